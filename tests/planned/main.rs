//! Planned runs of the built binary in accelerated time: real processes, real
//! signals, real ledgers; only the clock is quick.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

mod clock;
mod death;
mod gcp;
mod green;
mod hooks;
mod ledger;
mod pauses;
mod support;
