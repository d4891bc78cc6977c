//! Meters what a program or a command costs in energy, carbon and money.
//!
//! The modules, in the order in which data passes through them:
//!
//! | module | takes | gives |
//! | --- | --- | --- |
//! | [`source`] | hardware counters, models, recorded traces | readings, each with its quality and range |
//! | [`process`] | a command | its exit, the CPU time and memory of its whole tree |
//! | [`grid`], [`intensity`] | codes of places, files of histories | carbon intensity |
//! | [`weather`] | files of the weather, past and forecast | what was known of it at an hour |
//! | [`forecast`] | a history | the next hours, with a range |
//! | [`planning`] | a job and its limits, what the hours are expected to be | when and where to run it |
//! | [`simulate`] | histories | what plans would have saved |
//! | [`backtest`] | histories | how good those would have been |
//! | [`model`] | an ONNX network and its ranges | the integers that devices run |
//! | [`pricing`] | place, hour, tariff | what an amount of energy comes to in carbon and money |
//! | [`metering`] | readings, intensity, tariff | records: integrated, shared out, priced |
//! | [`serial`] | ports, sockets and captures of boards | their records, live |
//! | [`store`] | records | a ledger on disk that loses nothing |
//! | [`report`] | records | sums, tables, JSON, CSV |
//! | [`runner`] | a command and a plan | the command run in the hours of the plan |
//! | [`schedulers`] | a plan | what Slurm, systemd, cron, at and Kubernetes take |
//! | [`tracker`] | | all of it, from inside a Rust program |
//!
//! ```
//! use wattcast::tracker::Tracker;
//!
//! let tracker = Tracker::builder().zone("FR").no_ledger().start()?;
//! let sum: u64 = (0..1_000_000).sum();
//! let report = tracker.stop();
//! assert_eq!(report.energy_uj, report.parts.iter().map(|part| part.energy_uj).sum());
//! # assert!(sum > 0);
//! # Ok::<(), wattcast::tracker::TrackerError>(())
//! ```

pub mod backtest;
mod chart;
#[cfg(feature = "cli")]
pub mod cli;
pub mod estimate;
pub mod forecast;
pub mod grid;
pub mod intensity;
mod local_zone;
pub mod metering;
pub mod model;
pub mod planning;
pub mod pricing;
pub mod process;
pub mod report;
pub mod runner;
pub mod schedulers;
pub mod serial;
pub mod simulate;
pub mod source;
pub mod store;
pub mod synthetic;
pub mod tracker;
pub mod weather;

/// The examples of the README are run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
