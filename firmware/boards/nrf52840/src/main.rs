//! The firmware on an nRF52840 development kit. See the README for its wiring.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use nrf52840_hal as hal;

use hal::gpio::{Level, p0};
use hal::nvmc::Nvmc;
use hal::pac::Peripherals;
use hal::twim::{self, Twim};
use hal::uarte::{self, Baudrate, Parity, Uarte};
use hal::wdt::{Watchdog, count::One, handles::HdlN};
use wattcast_board::fault;
use wattcast_board::parts::{Halves, Parts, Unwrapped};
use wattcast_board::start::{self, SHUNT_UOHM};
use wattcast_core::wire::record::BootCause;
use wattcast_firmware::Identity;
use wattcast_firmware::keep::FlashKeep;
use wattcast_firmware::sensor::ina226::Ina226;

/// The two pages of flash that the memory map leaves free.
const KEPT_AT: usize = 1_016 * 1_024;
const KEPT_LEN: usize = 8 * 1_024;
/// Eight seconds of the watchdog's 32,768 Hz.
const WATCHDOG_TICKS: u32 = 8 * 32_768;

#[cortex_m_rt::entry]
fn main() -> ! {
    let fault = fault::take();
    let Some(device) = Peripherals::take() else { restart() };
    let cause = cause(&device, fault.is_some());
    let port = p0::Parts::new(device.P0);

    let pins = uarte::Pins {
        rxd: port.p0_08.into_floating_input().degrade(),
        txd: port.p0_06.into_push_pull_output(Level::High).degrade(),
        cts: None,
        rts: None,
    };
    let uart = Uarte::new(device.UARTE0, pins, Parity::EXCLUDED, Baudrate::BAUD115200);
    let sent = cortex_m::singleton!(SENT: [u8; 64] = [0; 64]);
    let received = cortex_m::singleton!(RECEIVED: [u8; 1] = [0; 1]);
    let (Some(sent), Some(received)) = (sent, received) else { restart() };
    let Ok((tx, rx)) = uart.split(sent, received) else { restart() };

    let pins = twim::Pins {
        sda: port.p0_26.into_floating_input().degrade(),
        scl: port.p0_27.into_floating_input().degrade(),
    };
    let i2c = Twim::new(device.TWIM0, pins, twim::Frequency::K400);
    let mut sensor = Ina226::new(i2c, 0x40, SHUNT_UOHM);

    // A free counter of microseconds.
    let timer = device.TIMER0;
    timer.bitmode.write(|w| w.bitmode()._32bit());
    // SAFETY: 16 MHz by 2^4.
    timer.prescaler.write(|w| unsafe { w.prescaler().bits(4) });
    // SAFETY: tasks are triggered by a one.
    timer.tasks_start.write(|w| unsafe { w.bits(1) });
    let mut unwrapped = Unwrapped::default();

    let mut watchdog = watchdog(device.WDT);
    let board = Parts {
        identity: Identity { device: "nrf52840", cause, stream: 0, fault },
        line: Halves(rx, tx),
        load: port.p0_13.into_push_pull_output(Level::Low),
        now_us: || {
            // SAFETY: as above.
            timer.tasks_capture[0].write(|w| unsafe { w.bits(1) });
            unwrapped.at(timer.cc[0].read().bits())
        },
        feed: || {
            if let Some(handle) = &mut watchdog {
                handle.pet();
            }
        },
    };

    // SAFETY: the memory map leaves these pages to nobody else.
    let pages = unsafe { core::slice::from_raw_parts_mut(KEPT_AT as *mut u8, KEPT_LEN) };
    let Some(keep) = FlashKeep::new(Nvmc::new(device.NVMC, pages), 0..8_192) else { restart() };
    start::run(board, keep, &mut sensor)
}

/// Starts the watchdog, or takes it over where it runs since before a reset.
fn watchdog(device: hal::pac::WDT) -> Option<hal::wdt::WatchdogHandle<HdlN>> {
    let parts = match Watchdog::try_new(device) {
        Ok(mut watchdog) => {
            watchdog.set_lfosc_ticks(WATCHDOG_TICKS);
            watchdog.activate::<One>()
        }
        Err(device) => Watchdog::try_recover::<One>(device).ok()?,
    };
    Some(parts.handles.0.degrade())
}

fn cause(device: &Peripherals, is_fault: bool) -> BootCause {
    let reasons = device.POWER.resetreas.read();
    // SAFETY: reasons are cleared by ones.
    device.POWER.resetreas.write(|w| unsafe { w.bits(u32::MAX) });
    if is_fault {
        BootCause::Fault
    } else if reasons.dog().is_detected() {
        BootCause::Watchdog
    } else if reasons.sreq().is_detected() {
        BootCause::Requested
    } else if reasons.bits() == 0 {
        BootCause::PowerOn
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
