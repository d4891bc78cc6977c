//! A simulated day of metering; its frames on the UART.
#![no_std]
#![no_main]

use qemu_virt_riscv32::{Uart, success};

#[riscv_rt::entry]
fn main() -> ! {
    wattcast_sim::programs::day(Uart, 24);
    success()
}
