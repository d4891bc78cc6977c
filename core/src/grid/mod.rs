//! Zones and their emission factors: what a kilowatt-hour costs in CO2e, by
//! country, subdivision, bidding zone or cloud region, each number with its
//! year, basis and source.
//!
//! | file | holds |
//! | --- | --- |
//! | `factor` | [`Factor`] and where it comes from |
//! | `zone` | [`Zone`] and the lookup by code |
//! | `mix` | a factor computed from a [generation mix](mix()) |
//! | `table` | the generated tables; all of this takes 27 KB of flash |
//!
//! There is no silent default: an unknown code is an error, and [`WORLD`] is
//! for those who name no zone at all.
//!
//! ```
//! use wattcast_core::grid::{self, FactorSource};
//! use wattcast_core::units::Basis;
//!
//! let france = grid::lookup("FR")?;
//! assert_eq!(grid::lookup("fra")?, france);
//! assert_eq!(grid::lookup("250")?, france);
//! assert_eq!(grid::lookup("gcp:europe-west9")?, france);
//!
//! let best = france.best();
//! assert_eq!((best.source, best.year, best.basis), (FactorSource::Ember, 2024, Basis::LifeCycle));
//! assert_eq!(best.intensity.as_mg_per_kwh(), 44_180);
//! assert!(france.factors().count() > 2);
//! assert!(grid::lookup("FX").is_err());
//! # Ok::<(), grid::UnknownZone>(())
//! ```
//!
//! A firmware that needs a few zones names them in [`factor!`](crate::factor),
//! and only those are linked.

mod factor;
mod mix;
mod table;
mod zone;

#[cfg(test)]
mod tests;

pub use factor::{Factor, FactorSource};
pub use mix::{Generation, MixOutOfRange, mix};
pub use table::named;
pub use zone::{UnknownZone, Zone, cloud_regions, lookup, zones};

/// The world's mean, for where no zone is named.
pub const WORLD: Factor = crate::factor!("WORLD");
