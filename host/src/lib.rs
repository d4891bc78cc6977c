//! Meters what a program or a command costs in energy, carbon and money.

#[cfg(feature = "cli")]
pub mod cli;
pub mod grid;
pub mod intensity;
pub mod metering;
pub mod process;
pub mod report;
pub mod source;
pub mod store;
pub mod tracker;
