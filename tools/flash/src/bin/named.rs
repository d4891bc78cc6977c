//! Two zones by name.
#![no_std]
#![no_main]

use core::hint::black_box;

use flash_size as _;
use wattcast_core::grid::Factor;

const ZONES: [Factor; 2] = [wattcast_core::factor!("FR"), wattcast_core::factor!("US-CA")];

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    black_box(&ZONES);
    loop {}
}
