//! Messages of defmt, on the second UART.

use core::ptr::addr_of_mut;

use crate::uart::{SECOND, Uart};

#[defmt::global_logger]
struct Logger;

static mut ENCODER: defmt::Encoder = defmt::Encoder::new();
static mut RESTORE: critical_section_state::State = critical_section_state::NONE;

/// The state of interrupts to go back to.
mod critical_section_state {
    pub(super) type State = bool;
    pub(super) const NONE: State = false;
}

fn put(bytes: &[u8]) {
    let mut uart = Uart::open(SECOND);
    bytes.iter().for_each(|byte| uart.put(*byte));
}

// SAFETY: one core, and interrupts are off from acquire to release, so nothing
// runs beside whoever holds the encoder.
unsafe impl defmt::Logger for Logger {
    fn acquire() {
        let were_on = cortex_m::register::primask::read().is_active();
        cortex_m::interrupt::disable();
        // SAFETY: interrupts are off.
        unsafe {
            RESTORE = were_on;
            (*addr_of_mut!(ENCODER)).start_frame(put);
        }
    }

    unsafe fn flush() {}

    unsafe fn release() {
        // SAFETY: called once for each acquire, interrupts still off.
        unsafe {
            (*addr_of_mut!(ENCODER)).end_frame(put);
            if RESTORE {
                cortex_m::interrupt::enable();
            }
        }
    }

    unsafe fn write(bytes: &[u8]) {
        // SAFETY: between acquire and release.
        unsafe { (*addr_of_mut!(ENCODER)).write(bytes, put) }
    }
}
