//! What a board links that only meters: INA226, exact energy, factors of five
//! zones, log, commands, totals in flash. Its size is measured; it also runs.
#![no_std]
#![no_main]

use core::convert::Infallible;

use embedded_hal::digital::{ErrorType, OutputPin};
use qemu_mps2::i2c::{SHIELD_1, TwoPins};
use qemu_mps2::timer::Timer;
use qemu_mps2::uart::{FIRST, Uart};
use wattcast_board::parts::{CHANNEL, FACTORS, Parts};
use wattcast_core::wire::record::BootCause;
use wattcast_firmware::keep::Forgetful;
use wattcast_firmware::planning::MeterOnly;
use wattcast_firmware::sensor::ina226::Ina226;
use wattcast_firmware::{App, Channel, Identity, Settings};

struct NoLoad;

impl ErrorType for NoLoad {
    type Error = Infallible;
}

impl OutputPin for NoLoad {
    fn set_low(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut timer = Timer::start();
    let mut sensor = Ina226::new(TwoPins::open(SHIELD_1), 0x40, 2_000);
    let board = Parts {
        identity: Identity {
            device: "meter",
            cause: BootCause::Unknown,
            stream: 0,
            fault: wattcast_board::fault::take(),
        },
        line: Uart::open(FIRST),
        load: NoLoad,
        now_us: || timer.now_us(),
        feed: || {},
    };
    let settings = Settings::default();
    let channels = [Channel::new(0, CHANNEL, &mut sensor, settings.sample_us)];
    App::start(board, Forgetful, MeterOnly, channels, FACTORS, settings).run()
}
