//! The forecast networks that ship, each a file that
//! `wattcast_core::forecast::Model` reads where it lies. The cards beside them
//! say what they were trained on and how well they do.
//!
//! ```
//! use wattcast_core::forecast::Model;
//!
//! let model = Model::load(wattcast_models::HISTORY)?;
//! assert_eq!(model.value("name"), Some("history"));
//! assert_eq!(model.has_seen("DE"), Some(true));
//! # Ok::<(), wattcast_core::forecast::ModelError>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

/// Four days ahead from four weeks of carbon intensity and the calendar; any
/// grid. Card: `history/README.md`.
pub static HISTORY: &[u8] = include_bytes!("../history/history.wcfm");

/// The same, told the weather of the past and a forecast of that to come. Card:
/// `weather/README.md`.
pub static WEATHER: &[u8] = include_bytes!("../weather/weather.wcfm");

/// The same, told in place of the weather the solar and wind that the operator
/// of the grid expects of each day. Card: `day-ahead/README.md`.
pub static DAY_AHEAD: &[u8] = include_bytes!("../day-ahead/day-ahead.wcfm");
