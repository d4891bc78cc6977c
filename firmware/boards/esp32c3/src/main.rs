//! The firmware on an ESP32-C3. See the README for its wiring.
#![no_std]
#![no_main]

use core::panic::PanicInfo;

use esp_hal as hal;

use esp_storage::FlashStorage;
use hal::gpio::{Level, Output, OutputConfig};
use hal::i2c::master::{Config as I2cConfig, I2c};
use hal::rtc_cntl::{Rtc, RwdtStage, SocResetReason};
use hal::system::{reset_reason, software_reset};
use hal::time::{Duration, Instant, Rate};
use hal::uart::{Config as UartConfig, Uart};
use wattcast_board::fault;
use wattcast_board::parts::Parts;
use wattcast_board::start::{self, SHUNT_UOHM};
use wattcast_core::wire::record::BootCause;
use wattcast_firmware::Identity;
use wattcast_firmware::keep::FlashKeep;
use wattcast_firmware::sensor::ina226::Ina226;

/// The partition `totals` of `partitions.csv`.
const KEPT: core::ops::Range<u32> = 0x9000..0xF000;

esp_bootloader_esp_idf::esp_app_desc!();

#[hal::main]
fn main() -> ! {
    let fault = fault::take();
    let device = hal::init(hal::Config::default());

    let Ok(line) = Uart::new(device.UART0, UartConfig::default()) else { restart() };
    let line = line.with_tx(device.GPIO21).with_rx(device.GPIO20);
    let fast = I2cConfig::default().with_frequency(Rate::from_khz(400));
    let Ok(i2c) = I2c::new(device.I2C0, fast) else { restart() };
    let i2c = i2c.with_sda(device.GPIO5).with_scl(device.GPIO6);
    let mut sensor = Ina226::new(i2c, 0x40, SHUNT_UOHM);

    let mut watchdog = Rtc::new(device.RTC_TIMER).rwdt;
    watchdog.set_timeout(RwdtStage::Stage0, Duration::from_secs(8));
    watchdog.enable();
    let identity =
        Identity { device: "esp32c3", cause: cause(fault.is_some()), stream: 0, fault };
    let board = Parts {
        identity,
        line,
        load: Output::new(device.GPIO3, Level::Low, OutputConfig::default()),
        now_us: || Instant::now().duration_since_epoch().as_micros(),
        feed: || watchdog.feed(),
    };

    let Some(keep) = FlashKeep::new(FlashStorage::new(device.FLASH), KEPT) else { restart() };
    start::run(board, keep, &mut sensor)
}

fn cause(is_fault: bool) -> BootCause {
    match reset_reason() {
        _ if is_fault => BootCause::Fault,
        // The chip tells a power-on and a deep brown-out alike.
        Some(SocResetReason::ChipPowerOn) => BootCause::PowerOn,
        Some(SocResetReason::SysBrownOut) => BootCause::BrownOut,
        Some(
            SocResetReason::CoreMwdt0
            | SocResetReason::CoreMwdt1
            | SocResetReason::CoreRtcWdt
            | SocResetReason::Cpu0Mwdt0
            | SocResetReason::Cpu0Mwdt1
            | SocResetReason::Cpu0RtcWdt
            | SocResetReason::SysRtcWdt
            | SocResetReason::SysSuperWdt,
        ) => BootCause::Watchdog,
        Some(SocResetReason::CoreSw | SocResetReason::Cpu0Sw) => BootCause::Requested,
        _ => BootCause::Unknown,
    }
}

fn restart() -> ! {
    software_reset()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    fault::remember(info);
    restart()
}
