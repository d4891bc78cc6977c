//! The application on a board of one INA226 or the like, as the boards here
//! start it.

use wattcast_core::forecast::Model;
use wattcast_firmware::keep::Keep;
use wattcast_firmware::planning::{Memory, Planner};
use wattcast_firmware::sensor::Sensor;
use wattcast_firmware::{App, Board, Channel, Settings};

use crate::parts::{CHANNEL, FACTORS};

/// Microohms of the shunt that the boards here are wired with.
pub const SHUNT_UOHM: u32 = 2_000;

/// Meters, forecasts and plans for ever.
pub fn run(board: impl Board, keep: impl Keep, sensor: &mut dyn Sensor) -> ! {
    let settings = Settings::default();
    let channels = [Channel::new(0, CHANNEL, sensor, settings.sample_us)];
    let model = Model::load(wattcast_models::HISTORY).ok();
    let mut memory = Memory::<640>::new();
    let planner = Planner::new(&mut memory, model.as_ref());
    App::start(board, keep, planner, channels, FACTORS, settings).run()
}
