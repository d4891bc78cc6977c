//! The firmware on a Raspberry Pi Pico. See the README for its wiring.
#![no_std]
#![no_main]

mod flash;

use core::panic::PanicInfo;

use rp2040_hal as hal;

use hal::Clock;
use hal::fugit::{ExtU32, RateExtU32};
use hal::gpio::{FunctionI2C, FunctionUart, Pin, PullUp};
use hal::pac::Peripherals;
use hal::uart::{DataBits, StopBits, UartConfig, UartPeripheral};
use wattcast_board::fault;
use wattcast_board::parts::Parts;
use wattcast_board::start::{self, SHUNT_UOHM};
use wattcast_core::wire::record::BootCause;
use wattcast_firmware::Identity;
use wattcast_firmware::keep::FlashKeep;
use wattcast_firmware::sensor::ina226::Ina226;

/// The second stage of the boot loader.
#[unsafe(link_section = ".boot2")]
#[used]
pub static BOOT2_FIRMWARE: [u8; 256] = rp2040_boot2::BOOT_LOADER_W25Q080;

const CRYSTAL_HZ: u32 = 12_000_000;

#[hal::entry]
fn main() -> ! {
    let fault = fault::take();
    let Some(mut device) = Peripherals::take() else { restart() };
    let mut watchdog = hal::Watchdog::new(device.WATCHDOG);
    let clocks = hal::clocks::init_clocks_and_plls(
        CRYSTAL_HZ,
        device.XOSC,
        device.CLOCKS,
        device.PLL_SYS,
        device.PLL_USB,
        &mut device.RESETS,
        &mut watchdog,
    );
    let Ok(clocks) = clocks else { restart() };
    let timer = hal::Timer::new(device.TIMER, &mut device.RESETS, &clocks);
    let sio = hal::Sio::new(device.SIO);
    let pins =
        hal::gpio::Pins::new(device.IO_BANK0, device.PADS_BANK0, sio.gpio_bank0, &mut device.RESETS);

    let uart_pins = (
        pins.gpio0.into_function::<FunctionUart>(),
        pins.gpio1.into_function::<FunctionUart>(),
    );
    let settings = UartConfig::new(115_200.Hz(), DataBits::Eight, None, StopBits::One);
    let uart = UartPeripheral::new(device.UART0, uart_pins, &mut device.RESETS);
    let Ok(line) = uart.enable(settings, clocks.peripheral_clock.freq()) else { restart() };

    let sda: Pin<_, FunctionI2C, PullUp> = pins.gpio4.reconfigure();
    let scl: Pin<_, FunctionI2C, PullUp> = pins.gpio5.reconfigure();
    let i2c = hal::I2C::i2c0(
        device.I2C0,
        sda,
        scl,
        400.kHz(),
        &mut device.RESETS,
        &clocks.system_clock,
    );
    let mut sensor = Ina226::new(i2c, 0x40, SHUNT_UOHM);

    watchdog.start(8.secs());
    let cause = if fault.is_some() { BootCause::Fault } else { BootCause::Unknown };
    let board = Parts {
        identity: Identity { device: "rp2040", cause, stream: 0, fault },
        line,
        load: pins.gpio15.into_push_pull_output(),
        now_us: || timer.get_counter().ticks(),
        feed: || watchdog.feed(),
    };
    let keep = FlashKeep::new(flash::Flash::new(device.XIP_SSI), flash::KEPT);
    let Some(keep) = keep else { restart() };
    start::run(board, keep, &mut sensor)
}

fn restart() -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    fault::remember(info);
    restart()
}
