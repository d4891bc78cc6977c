//! A timer of 32 bits that counts down 25 times a microsecond.

const TIMER0: usize = 0x4000_0000;
const VALUE: usize = 4;
const RELOAD: usize = 8;
/// Ticks in a microsecond.
pub const TICKS_PER_US: u64 = 25;

fn register(offset: usize) -> *mut u32 {
    core::ptr::with_exposed_provenance_mut(TIMER0 + offset)
}

/// Time since the timer was started. To be asked at least once in two minutes,
/// before the counter has gone round.
#[derive(Debug)]
pub struct Timer {
    last: u32,
    ticks: u64,
}

impl Timer {
    /// Starts it.
    #[must_use]
    pub fn start() -> Self {
        // SAFETY: registers of the timer, which nobody else uses.
        unsafe {
            register(0).write_volatile(0);
            register(RELOAD).write_volatile(u32::MAX);
            register(VALUE).write_volatile(u32::MAX);
            register(0).write_volatile(1);
        }
        Self { last: u32::MAX, ticks: 0 }
    }

    /// Ticks since the start.
    pub fn ticks(&mut self) -> u64 {
        // SAFETY: a register of the timer.
        let value = unsafe { register(VALUE).read_volatile() };
        self.ticks += u64::from(self.last.wrapping_sub(value));
        self.last = value;
        self.ticks
    }

    /// Microseconds since the start.
    pub fn now_us(&mut self) -> u64 {
        self.ticks() / TICKS_PER_US
    }
}
