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

mod hourly;
mod offset;
#[cfg(test)]
mod tests;

use wattcast_core::forecast::{
    Forecast, ForecastError, Forecaster, HORIZON, Hour, Issue, Method, Model, ModelError,
    NetworkForecaster, Notes, Quantiles, Tracker,
};

use crate::intensity::History;

pub use offset::standard_offset_hours;

/// Days before the issue whose forecasts are made again and held against what
/// came, so that the record of this grid counts.
const RECORD_DAYS: u32 = 60;
/// Hours that a forecast looks back, at most.
const MEMORY_HOURS: usize = 672;

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
    /// grid `zone`.
    ///
    /// # Errors
    /// [`OutlookError::Forecast`] where more hours are asked for.
    pub fn of(history: &History, zone: &str, hours: usize) -> Result<Self, OutlookError> {
        let readings = hourly::Hourly::of(history);
        let model = Model::load(wattcast_models::HISTORY)?;
        let offset_hours = standard_offset_hours(zone).unwrap_or(0);
        let mut scratch = vec![0; model.scratch_words()];
        let mut tracker = Tracker::new();
        let mut values = vec![Quantiles::default(); hours];
        let mut ask = |hour: Hour, out: &mut [Quantiles]| -> Result<_, ForecastError> {
            // Every offset of the table lies in range.
            let issue = Issue::new(hour, offset_hours).ok_or(ForecastError::NoHistory)?;
            let before = readings.before(hour, MEMORY_HOURS);
            let Forecast { method, notes, .. } = NetworkForecaster::new(&model, &mut scratch)?
                .with_zone(zone)
                .with_tracker(&mut tracker)
                .forecast(&before, issue, out)?;
            Ok((method, notes))
        };
        let from = readings.end();
        let mut unused = [Quantiles::default(); HORIZON];
        for day in (1..=RECORD_DAYS).rev() {
            let midnight = Hour::from_hours(from.as_hours() / 24 * 24).earlier(24 * day - 24);
            if midnight < from && midnight > readings.start() {
                ask(midnight, &mut unused)?;
            }
        }
        let (method, notes) = ask(from, &mut values)?;
        Ok(Self { from, offset_hours, values, method, notes })
    }
}
