//! Prints forecasts by the network that ships.
#![no_std]
#![no_main]

use core::fmt;

use semihosting::print;

/// The terminal of the machine that runs QEMU.
struct Terminal;

impl fmt::Write for Terminal {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        print!("{text}");
        Ok(())
    }
}

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    let out = &mut Terminal;
    let mut told = kernels::alone(wattcast_models::HISTORY, out);
    // The micro:bit has too little memory for a record.
    if cfg!(not(small)) {
        told = told.and_then(|()| kernels::recorded(wattcast_models::HISTORY, out));
    }
    if told.is_none() {
        panic!("no forecast");
    }
    semihosting::process::exit(0)
}
