//! This board without a load and without a watchdog.

use core::convert::Infallible;

use embedded_hal::digital::{ErrorType, OutputPin};
use wattcast_board::parts::Parts;
use wattcast_core::wire::record::BootCause;
use wattcast_firmware::{Board, Identity};

use crate::uart::{FIRST, Uart};

/// A load that is not there.
#[derive(Debug)]
pub struct NoLoad;

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

/// The board under a name, with a clock.
pub fn parts(device: &'static str, now_us: impl FnMut() -> u64) -> impl Board {
    Parts {
        identity: Identity {
            device,
            cause: BootCause::Unknown,
            stream: 0,
            fault: wattcast_board::fault::take(),
        },
        line: Uart::open(FIRST),
        load: NoLoad,
        now_us,
        feed: || {},
    }
}
