//! What a board brings.

use embedded_hal::delay::DelayNs;
use embedded_hal::digital::OutputPin;
use embedded_io::{Read, ReadReady, Write};
use wattcast_core::units::Uptime;
use wattcast_core::wire::record::BootCause;

/// The hardware under the application, sensors apart.
pub trait Board {
    /// The line to the host: records out, commands in.
    type Serial: Read + ReadReady + Write;
    /// What switches the deferrable load; high is on.
    type Load: OutputPin;

    /// Who it is.
    fn identity(&self) -> Identity;

    /// Time since the boot, by a clock that never steps.
    fn now(&mut self) -> Uptime;

    /// Sleeps until `moment`, or less long, as when a byte arrives.
    fn wait_until(&mut self, moment: Uptime);

    /// The line.
    fn serial(&mut self) -> &mut Self::Serial;

    /// The switch of the load.
    fn load(&mut self) -> &mut Self::Load;

    /// Feeds the watchdog. Called after each round of samples that was taken
    /// and logged, and nowhere else: an application that hangs, or spins
    /// without sampling, is reset.
    fn progress(&mut self);
}

/// Who a board is.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// Name of the device.
    pub device: &'static str,
    /// Why it started.
    pub cause: BootCause,
    /// Its address on a shared line; 0 where it is alone.
    pub stream: u16,
    /// Where the last run ended in a panic: file and line.
    pub fault: Option<(&'static str, u32)>,
}

/// Waits with a delay, for boards whose clock has no alarm: at most a
/// millisecond at a time, so that arriving bytes are soon taken.
pub fn wait_with(delay: &mut impl DelayNs, now: Uptime, until: Uptime) {
    let left_us = until.as_us().saturating_sub(now.as_us()).min(1_000);
    delay.delay_us(u32::try_from(left_us).unwrap_or(1_000));
}
