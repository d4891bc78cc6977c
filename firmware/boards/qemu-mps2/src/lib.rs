//! The boards mps2-an386 and mps2-an500 as QEMU emulates them (Arm AN386,
//! AN500): UARTs, a timer, an I2C bus on two pins.
#![no_std]

pub mod exit;
pub mod i2c;
pub mod logger;
pub mod parts;
pub mod psram;
pub mod timer;
pub mod uart;

use core::panic::PanicInfo;

/// Interrupts of the CMSDK; none is enabled.
const INTERRUPTS: usize = 32;

/// Where an interrupt that nobody enabled would go.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [Option<unsafe extern "C" fn()>; INTERRUPTS] = [None; INTERRUPTS];

/// Tells the place on the third UART, remembers it, and resets.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    wattcast_board::fault::remember(info);
    if let Some(place) = info.location() {
        uart::Uart::open(uart::THIRD).text("panic at ");
        uart::Uart::open(uart::THIRD).text(place.file());
        uart::Uart::open(uart::THIRD).text("\n");
    }
    cortex_m::peripheral::SCB::sys_reset()
}
