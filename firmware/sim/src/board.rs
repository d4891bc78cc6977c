//! The simulated board.

use embedded_io::Write;
use wattcast_core::units::Uptime;
use wattcast_core::wire::record::BootCause;
use wattcast_firmware::{Board, Identity};

use crate::clock::{Switch, World};
use crate::line::{Line, Script};

/// A board whose clock only waiting moves. `P` is told each moment, in
/// microseconds, before it comes: it may take its time.
#[derive(Debug)]
pub struct SimBoard<'a, W, S, P> {
    world: &'a World,
    line: Line<'a, W, S>,
    switch: Switch<'a>,
    pace: P,
    progress: u32,
}

impl<'a, W: Write, S: Script, P: FnMut(u64)> SimBoard<'a, W, S, P> {
    /// That writes to `out` and is told by `script`.
    pub const fn new(world: &'a World, out: W, script: S, pace: P) -> Self {
        let line = Line::new(world, out, script);
        Self { world, line, switch: Switch(world), pace, progress: 0 }
    }

    /// How often the watchdog was fed.
    #[must_use]
    pub const fn progress_made(&self) -> u32 {
        self.progress
    }
}

impl<'a, W: Write, S: Script, P: FnMut(u64)> Board for SimBoard<'a, W, S, P> {
    type Serial = Line<'a, W, S>;
    type Load = Switch<'a>;

    fn identity(&self) -> Identity {
        Identity { device: "simulated", cause: BootCause::PowerOn, stream: 0, fault: None }
    }

    fn now(&mut self) -> Uptime {
        Uptime::from_us(self.world.now_us())
    }

    fn wait_until(&mut self, moment: Uptime) {
        (self.pace)(moment.as_us());
        self.world.wait_until(moment.as_us());
    }

    fn serial(&mut self) -> &mut Self::Serial {
        &mut self.line
    }

    fn load(&mut self) -> &mut Self::Load {
        &mut self.switch
    }

    fn progress(&mut self) {
        self.progress = self.progress.wrapping_add(1);
    }
}
