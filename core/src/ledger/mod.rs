//! Carbon and cost of metered energy, interval by interval, exact.
//!
//! An [`Account`] takes the [`Flow`](crate::meter::Flow)s of one channel and a
//! [`Pricing`]: intensity and tariff as [`StepSeries`] over UTC, the PUE, and
//! the [`Anchor`](crate::units::Anchor) that ties uptime to UTC. Where an hour
//! or a tariff changes inside an interval, a [`Splitter`] cuts its energy so
//! that the parts are the whole. Energy that has no price yet waits in a
//! [`Backlog`]. [`total`] adds up the channels that do not hold each other.
//!
//! - carbon in µg = µJ × mg/kWh × PUE in millionths / 3.6e15
//! - cost in millionths = µJ × millionths/kWh / 3.6e12; the tariff is for the
//!   energy as metered, without the PUE
//!
//! Both are for energy taken in; what is given out earns nothing here. Every
//! division hands its remainder on.

mod account;
mod backlog;
mod error;
mod pricing;
mod series;
mod split;
mod tariff;
mod total;

pub use account::{Account, Entry};
pub use backlog::Backlog;
pub use error::LedgerError;
pub use pricing::Pricing;
pub use series::{Constant, IntensitySeries, PriceSeries, Series, SeriesError, Step, StepSeries};
pub use split::Splitter;
pub use tariff::{DailyTariff, Rate, TariffError};
pub use total::{Line, Total, total};

#[cfg(test)]
mod tests;
