//! Nothing: what the others are compared with.
#![no_std]
#![no_main]

use flash_size as _;

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    core::hint::black_box("FR");
    loop {}
}
