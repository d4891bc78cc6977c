//! Exact metering, carbon accounting and records for anything from a
//! Cortex-M0 to a GPU workstation: no `std`, no allocation, no floating point,
//! no clock. Time, samples and bytes come in as arguments; values go out.
//!
//! The modules, in the order in which data passes through them:
//!
//! | module | takes | gives |
//! | --- | --- | --- |
//! | [`units`] | integers in a named unit | typed quantities that only combine where physics allows |
//! | [`meter`] | readings of power or of a counter, their moments | the energy of each interval, and what the reading came to |
//! | [`ledger`] | energy, carbon intensity, tariff, PUE | carbon and cost, exact to the microgram |
//! | [`grid`] | the code of a zone | its emission factors, with source, year and basis |
//! | [`forecast`] | the intensity of the hours before | that of the next four days, with a range |
//! | [`plan`] | a forecast for some zones, a job with its limits | when and where to run it, proven best |
//! | [`wire`] | records | framed bytes, and back |
//!
//! From a reading to carbon:
//!
//! ```
//! use wattcast_core::ledger::{Account, IntensitySeries, Pricing};
//! use wattcast_core::meter::{CounterLimits, CounterMeter, CounterSpec};
//! use wattcast_core::units::{
//!     Anchor, Basis, CarbonIntensity, CarbonMass, Power, Pue, Uptime, Utc,
//! };
//!
//! // A counter of millijoules on hardware that never draws 2 kW.
//! let spec = CounterSpec::new(1_000, 1, None).unwrap();
//! let limits = CounterLimits::new(Power::from_uw(2_000_000_000)).unwrap();
//! let mut meter = CounterMeter::new(spec, limits);
//! let mut account = Account::new();
//!
//! // The grid gets cleaner ten seconds after the device booted.
//! let boot = Utc::from_us(1_790_000_000_000_000);
//! let anchor = Anchor { uptime: Uptime::ZERO, utc: boot, uncertainty_us: 0 };
//! let cleaner = Utc::from_us(boot.as_us() + 10_000_000);
//! let steps = [
//!     (boot, CarbonIntensity::from_mg_per_kwh(400_000)),
//!     (cleaner, CarbonIntensity::from_mg_per_kwh(100_000)),
//! ];
//! let intensity = IntensitySeries::new(&steps, None).unwrap();
//! let pricing =
//!     Pricing::new(Pue::ONE).with_anchor(anchor).with_intensity(Basis::LifeCycle, &intensity);
//!
//! for (second, millijoules) in [(0, 5_000), (20, 7_205_000)] {
//!     let outcome = meter.read(Uptime::from_us(second * 1_000_000), millijoules).unwrap();
//!     if let Some(flow) = outcome.flow() {
//!         account.add(flow, &pricing).unwrap();
//!     }
//! }
//! // 7.2 kJ are 2 Wh: one at 400 g/kWh, one at 100 g/kWh.
//! assert_eq!(account.carbon(), Some(CarbonMass::from_ug(500_000)));
//! ```
#![no_std]
// Unsafe is one file of the forecast's kernels, for Cortex-M4.
#![deny(unsafe_code)]
#![deny(clippy::float_arithmetic, clippy::cast_possible_truncation)]

mod crc;
pub mod forecast;
pub mod grid;
pub mod ledger;
pub mod meter;
pub mod plan;
pub mod units;
mod wide;
pub mod wire;
