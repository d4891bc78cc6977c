//! The firmware on an STM32F411 ("black pill"). See the README for its wiring.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use embedded_io::{ErrorType, Read, ReadReady, Write};
use stm32f4xx_hal as hal;

use hal::flash::{FlashExt, LockedFlash};
use hal::pac::{self, DWT, USART1};
use hal::prelude::*;
use hal::rcc::Config;
use hal::serial::Serial;
use hal::watchdog::IndependentWatchdog;
use wattcast_board::fault;
use wattcast_board::parts::{LineError, Parts, Unwrapped};
use wattcast_board::start::{self, SHUNT_UOHM};
use wattcast_core::wire::record::BootCause;
use wattcast_firmware::Identity;
use wattcast_firmware::keep::FlashKeep;
use wattcast_firmware::sensor::ina226::Ina226;

const CORE_MHZ: u32 = 48;

/// The UART, through the traits of today's embedded-io.
struct Line(Serial<USART1>);

impl ErrorType for Line {
    type Error = LineError;
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, LineError> {
        for byte in bytes {
            while !self.0.is_tx_empty() {}
            let _ = self.0.write(*byte);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), LineError> {
        Ok(())
    }
}

impl Read for Line {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, LineError> {
        let mut count = 0;
        for slot in bytes {
            let Ok(byte) = self.0.read() else { break };
            *slot = byte;
            count += 1;
        }
        Ok(count)
    }
}

impl ReadReady for Line {
    fn read_ready(&mut self) -> Result<bool, LineError> {
        Ok(self.0.is_rx_not_empty())
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let fault = fault::take();
    let peripherals = (pac::Peripherals::take(), cortex_m::Peripherals::take());
    let (Some(device), Some(mut core)) = peripherals else { restart() };
    let cause = cause(&device.RCC, fault.is_some());
    let mut rcc = device.RCC.freeze(Config::hse(25.MHz()).sysclk(CORE_MHZ.MHz()));
    let (port_a, port_b) = (device.GPIOA.split(&mut rcc), device.GPIOB.split(&mut rcc));

    let pins = (port_a.pa9, port_a.pa10);
    let Ok(line) = device.USART1.serial(pins, 115_200.bps(), &mut rcc) else { restart() };
    let i2c = device.I2C1.i2c((port_b.pb8, port_b.pb9), 400.kHz(), &mut rcc);
    let mut sensor = Ina226::new(i2c, 0x40, SHUNT_UOHM);

    core.DCB.enable_trace();
    core.DWT.enable_cycle_counter();
    let mut unwrapped = Unwrapped::default();
    let mut watchdog = IndependentWatchdog::new(device.IWDG);
    watchdog.start(8_000.millis());
    let board = Parts {
        identity: Identity { device: "stm32f411", cause, stream: 0, fault },
        line: Line(line),
        load: port_a.pa0.into_push_pull_output(),
        now_us: || unwrapped.at(DWT::cycle_count()) / u64::from(CORE_MHZ),
        feed: || watchdog.feed(),
    };

    let mut flash = LockedFlash::new(device.FLASH);
    let keep = FlashKeep::new(flash.unlocked(), 0x4_0000..0x8_0000);
    let Some(keep) = keep else { restart() };
    start::run(board, keep, &mut sensor)
}

fn cause(rcc: &pac::RCC, is_fault: bool) -> BootCause {
    let flags = rcc.csr().read();
    rcc.csr().modify(|_, w| w.rmvf().set_bit());
    if is_fault {
        BootCause::Fault
    } else if flags.wdgrstf().bit_is_set() {
        BootCause::Watchdog
    } else if flags.porrstf().bit_is_set() {
        BootCause::PowerOn
    } else if flags.borrstf().bit_is_set() {
        BootCause::BrownOut
    } else if flags.sftrstf().bit_is_set() {
        BootCause::Requested
    } else {
        BootCause::Unknown
    }
}

fn restart() -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    fault::remember(info);
    restart()
}
