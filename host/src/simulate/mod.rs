//! Plans played over a past: what they would have saved, by the forecasts that
//! could have been made then and by perfect foresight.
//!
//! A [`Field`] holds some grids day by day: what came, and what was told at the
//! start of each day and later in it. On it are played
//!
//! | what | runs | against |
//! | --- | --- | --- |
//! | [`one_zone`] | so many hours of each day, in one zone | the mean of those days |
//! | [`sweep`] | all hours, in the zone that is told to be cleanest, for every set of zones | the zone of the set that came out cleanest; the mean of the set |
//! | [`stretch`] | a share of each day of a stretch, in some zones | the same hours run at once in the first of them |
//!
//! Everything runs at constant power, so that carbon is a sum of intensities;
//! all sums are integers. What is compared is carbon for the same energy.
//!
//! ```
//! use wattcast::backtest::{Candidate, Grid, Windows};
//! use wattcast::forecast::Series;
//! use wattcast::intensity::{History, ReadOptions};
//! use wattcast::simulate::{Field, one_zone, sweep};
//! use wattcast_core::forecast::Simple;
//!
//! let mut csv = String::new();
//! for hour in 0..240 {
//!     let gram = if hour % 24 < 6 { 120 } else { 300 };
//!     csv += &format!("2024-01-{:02}T{:02}:00Z,{gram}\n", 1 + hour / 24, hour % 24);
//! }
//! let history = History::parse("example.csv", &csv, &ReadOptions::default())?;
//! let grids = [Grid::new("DE", Series::of(&history))];
//! let end = grids[0].series().end();
//! let yesterday = Candidate::Simple(Simple::Yesterday);
//! let field = Field::replay(&grids, &yesterday, end.earlier(48), (48, 24), &|_| ())?;
//! let zone = one_zone(&field, 0, &[6])?;
//! // 255 g/kWh in the mean, 120 in the six hours of the night.
//! assert_eq!(zone.jobs[0].told.saving_ppm(), 529_411);
//! assert_eq!(zone.jobs[0].told, zone.jobs[0].foreseen);
//! assert_eq!(sweep(&field, 5_000, |_| ()).sets.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod field;
mod one_zone;
mod saved;
mod stretch;
mod sweep;
#[cfg(test)]
mod tests;

pub use field::{Field, SimulateError};
pub use one_zone::{OneZone, OneZoneJob, one_zone};
pub use saved::Saved;
pub use stretch::{Stretch, stretch};
pub use sweep::{Set, Sweep, sweep};
