//! Time that only waiting moves, and the switch of the load.

use core::cell::Cell;
use core::convert::Infallible;

use embedded_hal::digital::{ErrorType, OutputPin};

/// What the parts of the simulated board share.
#[derive(Debug, Default)]
pub struct World {
    now_us: Cell<u64>,
    load: Cell<bool>,
}

impl World {
    /// At boot, the load off.
    #[must_use]
    pub const fn new() -> Self {
        Self { now_us: Cell::new(0), load: Cell::new(false) }
    }

    /// Microseconds since the boot.
    #[must_use]
    pub const fn now_us(&self) -> u64 {
        self.now_us.get()
    }

    /// Moves time forward; never back.
    pub fn wait_until(&self, moment_us: u64) {
        self.now_us.set(self.now_us().max(moment_us));
    }

    /// Whether the load is on.
    #[must_use]
    pub const fn load(&self) -> bool {
        self.load.get()
    }
}

/// The pin that switches the load.
#[derive(Debug)]
pub struct Switch<'a>(pub &'a World);

impl ErrorType for Switch<'_> {
    type Error = Infallible;
}

impl OutputPin for Switch<'_> {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.0.load.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.0.load.set(true);
        Ok(())
    }
}
