//! Exact metering, carbon accounting and records for anything from a
//! Cortex-M0 to a GPU workstation: no `std`, no allocation, no floating point,
//! no clock. Time, samples and bytes come in as arguments; values go out.
//!
//! The modules, in the order in which data passes through them:
//!
//! | module | takes | gives |
//! | --- | --- | --- |
//! | [`units`] | integers in a named unit | typed quantities that only combine where physics allows |
//! | [`wire`] | records | framed bytes, and back |
#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::float_arithmetic, clippy::cast_possible_truncation)]

pub mod meter;
pub mod units;
pub mod wire;
