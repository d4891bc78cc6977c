//! The firmware of a metering board, without the board: it samples power
//! channels, integrates and prices their energy, logs records, forecasts and
//! plans, switches a load in the green hours and answers commands. Generic over
//! embedded-hal 1.0 and embedded-io; no `std`, no allocation, no clock of its
//! own.
//!
//! The modules, in the order in which data passes through them:
//!
//! | module | holds |
//! | --- | --- |
//! | [`board`] | what a board must bring: line, load, clock, watchdog |
//! | [`sensor`] | INA219, INA226, INA228, INA260, INA3221, PMBus, pulses, a shunt |
//! | [`channel`] | a sensor with its meter, its account and its health |
//! | [`site`] | zone, factor, tariff and time, by which energy is priced |
//! | [`planning`] | history, forecast, job and plan; or none of it |
//! | [`keep`] | totals and settings in flash that survive a power cut |
//! | [`log`] | records, framed onto the line |
//! | [`app`] | the application that ties them together |
//!
//! What it does not do: keep the time through a power cut, or repeat a frame
//! that was lost on the line.
#![no_std]
#![forbid(unsafe_code)]

pub mod app;
pub mod board;
pub mod channel;
pub mod keep;
pub mod log;
pub mod planning;
pub mod sensor;
pub mod site;

pub use app::{App, Settings};
pub use board::{Board, Identity};
pub use channel::{Channel, ChannelInfo};
