//! A simulated day of metering; its frames on the first UART.
#![no_std]
#![no_main]

use qemu_mps2::exit;
use qemu_mps2::uart::{FIRST, THIRD, Uart};
use wattcast_board::stack;

#[cortex_m_rt::entry]
fn main() -> ! {
    stack::paint();
    defmt::info!("a day of {=u64} s begins", wattcast_sim::day::DAY_S);
    wattcast_sim::programs::day(Uart::open(FIRST), 24);
    let depth = stack::high_water();
    defmt::info!("done; the stack went {=usize} bytes deep", depth);
    Uart::open(THIRD).text("stack");
    Uart::open(THIRD).number(depth as u64);
    exit::success()
}
