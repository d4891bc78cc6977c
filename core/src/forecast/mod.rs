//! The carbon intensity of the next hours, with a range, from the hours
//! before: in integers, without allocation, the same bytes on every target.
//!
//! | forecaster | needs | takes |
//! | --- | --- | --- |
//! | [`Profile`] | nothing but the zone and the time | what is typical of the month and the hour |
//! | [`Simple`] | one hour; a week for the weekly profile | the grid's own past |
//! | [`BestSimple`] | the same | whichever did best on the last four weeks, day by day |
//! | [`NetworkForecaster`] | a week, most of it known | a [`Model`]; falls back on [`BestSimple`] |
//! | [`WeatherForecaster`] | the same, and the weather or the operator's day-ahead solar and wind | a [`Model`] of that kind; falls back on another, then on [`BestSimple`] |
//!
//! Each answers with the 10 %, 50 % and 90 % quantile of every hour, which
//! never cross, and with what it found in the history: holes, an end that lies
//! far back, a sensor that stands still, a grid that the model never saw.
//!
//! ```
//! use wattcast_core::forecast::{
//!     BestSimple, Forecaster, History, Hour, Issue, Quantiles, Reading,
//! };
//! use wattcast_core::units::CarbonIntensity;
//!
//! // Two weeks in which every afternoon is clean.
//! let mut hours = [Reading::MISSING; 336];
//! for (i, hour) in (0_u32..).zip(&mut hours) {
//!     let mg = if (12..16).contains(&(i % 24)) { 100_000 } else { 400_000 };
//!     *hour = CarbonIntensity::from_mg_per_kwh(mg + i % 7).into();
//! }
//! let midnight = Hour::from_hours(480_000);
//! let history = History::new(midnight, &hours);
//!
//! let mut next_day = [Quantiles::default(); 24];
//! let issue = Issue::new(midnight, 1).unwrap();
//! let forecast = BestSimple.forecast(&history, issue, &mut next_day)?;
//! let cleanest = (0..24).min_by_key(|&k| forecast.values[k].p50()).unwrap();
//! assert!((12..16).contains(&cleanest));
//! # Ok::<(), wattcast_core::forecast::ForecastError>(())
//! ```

mod answer;
mod calendar;
mod features;
mod history;
mod hour;
mod kernel;
mod model;
mod net;
mod network;
mod profile;
mod simple;
mod tcn;
mod tracker;
mod weather;
mod weather_network;

pub use answer::{Forecast, ForecastError, Method, Notes, Quantiles, Typical, WeatherUse};
pub use features::Features;
pub use history::{History, MAX_INTENSITY, Reading, STUCK_HOURS};
pub use hour::{Hour, Issue};
pub use model::{Model, ModelError, ModelKind, Shape};
pub use network::NetworkForecaster;
pub use profile::{PROFILE_BYTES, Profile};
pub use simple::{BestSimple, Simple};
pub use tcn::Tcn;
pub use tracker::Tracker;
pub use weather::{DayAhead, Response, Weather, WeatherSeries};
pub use weather_network::WeatherForecaster;

/// The most hours ahead that are forecast: four days.
pub const HORIZON: usize = 96;

/// Something that says how clean the next hours will be.
pub trait Forecaster {
    /// Fills `out` with the hours from the issue on, one each.
    ///
    /// # Errors
    /// [`ForecastError`] where no answer is possible; `out` is then of no use.
    fn forecast<'o>(
        &mut self,
        history: &History<'_>,
        issue: Issue,
        out: &'o mut [Quantiles],
    ) -> Result<Forecast<'o>, ForecastError>;
}
