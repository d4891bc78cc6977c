//! The firmware in QEMU: the same bytes as on the host from a Cortex-M4, a
//! Cortex-M7 and a 32-bit RISC-V, and the energy of an emulated sensor to the
//! microjoule.
//!
//! Needs QEMU for both and the Rust targets; `tests/run` installs them and sets
//! `WATTCAST_QEMU`, without which the tests are skipped where one is missing.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at its mistakes"
)]

mod adm1272;
mod describe;
mod machine;
mod messages;
mod same_bytes;
