//! The firmware's application on a simulated board: power cuts, faults,
//! commands, settings.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at its mistakes"
)]

mod commands;
mod memory;
mod power_cut;
mod settings;
mod window;
