//! What a network is told, window by window.

use wattcast_core::forecast::{Features, ForecastError, Hour, Issue, ModelKind, Response};

use crate::backtest::{Grid, Windows};

/// Hours that a forecast looks back, at most.
const MEMORY_HOURS: usize = 672;

/// Hands over the features of every window of a grid at which a forecaster
/// would ask its network; windows with too poor a history are left out.
///
/// A grid's response to its weather is learned on the way, from the beginning
/// of its history.
///
/// # Errors
/// [`ForecastError::NoHistory`] where no reading lies before a window.
pub fn each_told(
    grid: &Grid,
    kind: ModelKind,
    windows: Windows,
    each: &mut dyn FnMut(Hour, &Features<'_>),
) -> Result<(), ForecastError> {
    let mut scratch = vec![0; Features::scratch_words(kind)];
    let mut response = Response::new();
    let told = grid.told(kind, windows.from());
    for hour in windows.issues() {
        let issue = Issue::new(hour, grid.offset_hours()).ok_or(ForecastError::NoHistory)?;
        let history = grid.series().before(hour, MEMORY_HOURS);
        let weather = told.as_ref().map(|told| told.at(hour));
        if let Some(weather) = &weather {
            response.learn(&grid.series().before(hour, usize::MAX), weather, issue);
        }
        let features = match kind {
            ModelKind::History => Features::of_history(&history, issue, &mut scratch)?,
            ModelKind::Weather | ModelKind::DayAhead => {
                let known = weather.as_ref().map(|weather| (weather, &response));
                Features::of_weather(&history, known, issue, &mut scratch)?
            }
        };
        if features.serves() {
            each(hour, &features);
        }
    }
    Ok(())
}
