//! Any zone by any code, every factor of it, and mixes.
#![no_std]
#![no_main]

use core::hint::black_box;

use flash_size as _;
use wattcast_core::grid::{Generation, lookup, mix};

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    if let Ok(zone) = lookup(black_box("FR")) {
        zone.factors().for_each(|factor| {
            black_box(factor);
        });
    }
    let _ = black_box(mix(black_box(&[(Generation::Wind, 1_000_000)])));
    loop {}
}
