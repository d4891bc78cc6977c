//! What a board links that forecasts and plans as well: as `meter`, with the
//! planner and the shipped network. Its size is measured; it also runs.
#![no_std]
#![no_main]

use qemu_mps2::i2c::{SHIELD_1, TwoPins};
use qemu_mps2::parts::parts;
use qemu_mps2::timer::Timer;
use wattcast_board::parts::{CHANNEL, FACTORS};
use wattcast_core::forecast::Model;
use wattcast_firmware::keep::Forgetful;
use wattcast_firmware::planning::{Memory, Planner};
use wattcast_firmware::sensor::ina226::Ina226;
use wattcast_firmware::{App, Channel, Settings};

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut timer = Timer::start();
    let mut sensor = Ina226::new(TwoPins::open(SHIELD_1), 0x40, 2_000);
    let settings = Settings::default();
    let channels = [Channel::new(0, CHANNEL, &mut sensor, settings.sample_us)];
    let model = Model::load(wattcast_models::HISTORY).ok();
    let memory = cortex_m::singleton!(MEMORY: Memory<640> = Memory::new());
    let Some(memory) = memory else { cortex_m::peripheral::SCB::sys_reset() };
    let planner = Planner::new(memory, model.as_ref());
    let board = parts("advise", || timer.now_us());
    App::start(board, Forgetful, planner, channels, FACTORS, settings).run()
}
