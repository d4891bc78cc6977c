//! A board that is simulated whole, to the bit the same wherever it runs: a
//! clock that only waiting moves, an INA226 on a bus that follows a day half
//! recorded and half made up, a line on which commands arrive by a script. The
//! [`programs`] run the application on it: on the host, and unchanged in QEMU
//! on a Cortex-M4, a Cortex-M7 and a 32-bit RISC-V.
//!
//! | module | holds |
//! | --- | --- |
//! | [`clock`] | time |
//! | [`day`] | what the sensor measures |
//! | [`ina226`] | the sensor, as registers on an I2C bus |
//! | [`line`](mod@line) | the serial line with its script |
//! | [`flash`] | a flash that can lose its power |
//! | [`board`] | the board made of them |
//! | [`programs`] | what is run on it |
#![no_std]
#![forbid(unsafe_code)]

pub mod board;
pub mod clock;
pub mod day;
pub mod flash;
pub mod ina226;
pub mod line;
pub mod programs;
