//! Forecasts from a history file: the network that ships, with what it learns
//! from the file about its own record on this grid.
//!
//! ```
//! use wattcast::forecast::Outlook;
//! use wattcast::intensity::{History, ReadOptions};
//!
//! let mut csv = String::from("timestamp_utc,gco2_per_kwh\n");
//! for hour in 0..400 {
//!     let day = 1 + hour / 24;
//!     let gram = if hour % 24 < 6 { 120 } else { 300 + hour % 7 };
//!     csv += &format!("2024-01-{day:02}T{:02}:00Z,{gram}\n", hour % 24);
//! }
//! let history = History::parse("example.csv", &csv, &ReadOptions::default())?;
//! let outlook = Outlook::of(&history, "DE", 24).unwrap();
//! assert_eq!(outlook.values.len(), 24);
//! # Ok::<(), wattcast::intensity::HistoryError>(())
//! ```

mod follower;
mod grid_code;
mod offset;
mod series;
mod svg;
#[cfg(test)]
mod tests;
mod typical;

use wattcast_core::forecast::{ForecastError, Hour, Method, Model, ModelError, Notes, Quantiles};

use crate::intensity::History;
use crate::weather::{DayAheadFile, Told, WeatherFile};

pub(crate) use follower::{Follower, ask_rule};
pub use grid_code::grid_code;
pub use offset::standard_offset_hours;
pub use series::Series;
pub use svg::to_svg;
pub use typical::TypicalOutlook;
pub(crate) use typical::typical_profile;

/// Why there is no forecast.
#[derive(Debug, thiserror::Error)]
pub enum OutlookError {
    /// The history cannot be forecast from.
    #[error("{0}")]
    Forecast(#[from] ForecastError),
    /// The model cannot be read.
    #[error("{0}")]
    Model(#[from] ModelError),
}

/// The next hours of one grid.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// The first hour forecast: the one after the newest reading.
    pub from: Hour,
    /// The grid's standard time less UTC, in hours.
    pub offset_hours: i8,
    /// Hour by hour.
    pub values: Vec<Quantiles>,
    /// What answered.
    pub method: Method,
    /// What was found in the history.
    pub notes: Notes,
}

impl Outlook {
    /// Forecasts `hours` hours (at most 96) from the end of a history of the
    /// grid `zone`, with the network that ships.
    ///
    /// # Errors
    /// [`OutlookError::Forecast`] where more hours are asked for.
    pub fn of(history: &History, zone: &str, hours: usize) -> Result<Self, OutlookError> {
        Self::by(&Model::load(wattcast_models::HISTORY)?, history, None, zone, hours)
    }

    /// The same, told the weather of the past and to come.
    ///
    /// # Errors
    /// As [`Outlook::of`].
    pub fn with_weather(
        history: &History,
        weather: &WeatherFile,
        zone: &str,
        hours: usize,
    ) -> Result<Self, OutlookError> {
        Self::by(&Model::load(wattcast_models::WEATHER)?, history, Some(weather), zone, hours)
    }

    /// The same, told the solar and wind that the operator of the grid expects.
    ///
    /// # Errors
    /// As [`Outlook::of`].
    pub fn with_day_ahead(
        history: &History,
        day_ahead: &DayAheadFile,
        zone: &str,
        hours: usize,
    ) -> Result<Self, OutlookError> {
        let model = Model::load(wattcast_models::DAY_AHEAD)?;
        Self::by_day_ahead(&model, history, day_ahead, zone, hours)
    }

    /// The same with a network of one's own.
    ///
    /// # Errors
    /// As [`Outlook::of`].
    pub fn by(
        model: &Model<'_>,
        history: &History,
        weather: Option<&WeatherFile>,
        zone: &str,
        hours: usize,
    ) -> Result<Self, OutlookError> {
        Self::told(model, history, weather.map(Told::Weather), zone, hours)
    }

    /// The same with a network of one's own of kind
    /// [`ModelKind::DayAhead`](wattcast_core::forecast::ModelKind::DayAhead).
    ///
    /// # Errors
    /// As [`Outlook::of`].
    pub fn by_day_ahead(
        model: &Model<'_>,
        history: &History,
        day_ahead: &DayAheadFile,
        zone: &str,
        hours: usize,
    ) -> Result<Self, OutlookError> {
        let end = Series::of(history).end();
        let offset_hours = standard_offset_hours(grid_code(zone)).unwrap_or(0);
        // What the file holds today is published.
        let told = day_ahead.from(end, offset_hours).with_all_from(end);
        Self::told(model, history, Some(Told::DayAhead(told)), zone, hours)
    }

    fn told(
        model: &Model<'_>,
        history: &History,
        told: Option<Told<'_>>,
        zone: &str,
        hours: usize,
    ) -> Result<Self, OutlookError> {
        let series = Series::of(history);
        let zone = grid_code(zone);
        let offset_hours = standard_offset_hours(zone).unwrap_or(0);
        let mut values = vec![Quantiles::default(); hours];
        let from = series.end();
        let mut follower = Follower::new(model, &series, zone, offset_hours, from);
        if let Some(told) = told {
            follower = follower.with_told(told);
        }
        let (method, notes) = follower.ask(from, &mut values)?;
        Ok(Self { from, offset_hours, values, method, notes })
    }
}
