//! Plans for jobs: from a [`Request`] to a [`Planned`].
//!
//! | step | takes | gives |
//! | --- | --- | --- |
//! | [`Source::forecasts`] | zones; a forecast, a history, or nothing | [`Forecasts`] |
//! | [`Request::plan`] | [`Forecasts`], and [`Standing`] of the job | [`Planned`]: intervals, with figures and reasons |
//! | [`to_ical`], [`to_svg`] | [`Planned`] | a calendar, a picture |
//!
//! A job that runs asks again with the same request, what it has done, and
//! newer forecasts.
//!
//! ```
//! use wattcast::planning::{At, Request, Source, Work};
//! use wattcast_core::units::{Power, Utc};
//!
//! let csv = "timestamp_utc,zone,gco2_per_kwh\n\
//!            2026-01-01T00:00Z,DE,400\n2026-01-01T01:00Z,DE,90\n2026-01-01T02:00Z,DE,300\n";
//! let start = Utc::from_us(1_767_225_600_000_000);
//! let source = Source::forecast_text("example.csv", csv, &["DE"])?;
//! let request = Request::new(Work::Seconds(3_600), Power::from_uw(1_000_000_000));
//! let forecasts = source.forecasts(start, request.deadline)?;
//! let planned = request.plan(&forecasts, &At::fresh(start))?;
//! assert_eq!(planned.intervals[0].zone, "DE");
//! assert_eq!(planned.expected_ug, 90_000_000);
//! assert_eq!(planned.run_now_ug, Some(400_000_000));
//! # Ok::<(), wattcast::planning::PlanningError>(())
//! ```
//!
//! [`Standing`]: wattcast_core::plan::Standing

mod error;
mod file;
mod forecasts;
mod ical;
mod planned;
mod reason;
mod request;
mod source;
mod svg;

pub use error::PlanningError;
pub use forecasts::{Forecasts, Origin, ZoneForecast};
pub use ical::to_ical;
pub use planned::{Claim, Planned, PlannedInterval, SCHEMA, ZoneNote};
pub use request::{At, By, Request, SLOTS, Work};
pub use source::Source;
pub use svg::to_svg;
