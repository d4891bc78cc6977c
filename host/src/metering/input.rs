//! One channel of a source and the integrator that turns its readings into
//! energy.

use wattcast_core::meter::{CounterLimits, CounterMeter, Counts, Outcome, Overflow, PowerMeter};
use wattcast_core::units::{Power, Quality, Uptime};

use crate::source::{Channel, ReadError, Reading, ReadingKind};

/// No socket, memory or accelerator that one channel counts draws more; a
/// reading that implies more is a reset. RAPL's shortest range (65 kJ) takes
/// longer than half a minute at this power.
const MAX_POWER: Power = Power::from_uw(2_000_000_000);

/// The integrator of a channel.
pub(super) enum Input {
    Counter(CounterMeter),
    Power(PowerMeter),
}

impl Input {
    /// For the readings of `channel`, taken no further apart than
    /// `max_gap_us` while all is well, by a clock of this speed.
    pub(super) fn new(channel: &Channel, max_gap_us: u64, speed: u32) -> Self {
        match channel.kind {
            ReadingKind::Power => Self::Power(PowerMeter::new(max_gap_us)),
            ReadingKind::Counter(spec) => {
                // A model's own counter neither wraps nor jumps.
                let measured = channel.quality == Quality::Measured;
                // What the hardware draws in a second is spread over more of them.
                let most = Power::from_uw(MAX_POWER.as_uw() / i64::from(speed.max(1)));
                let limits = CounterLimits::new(most).filter(|_| measured);
                let limits = limits.unwrap_or(CounterLimits::unlimited());
                Self::Counter(CounterMeter::new(spec, limits.with_max_gap_us(max_gap_us)))
            }
        }
    }

    /// Takes a reading; one of the wrong kind counts as failed.
    pub(super) fn read(&mut self, at: Uptime, reading: Reading) -> Result<Outcome, Overflow> {
        match (self, reading) {
            (Self::Counter(meter), Reading::Counter(value)) => meter.read(at, value),
            (Self::Power(meter), Reading::Power(power)) => meter.read(at, power),
            (input, _) => Ok(input.read_failed()),
        }
    }

    /// Takes the reading from which the next interval counts; what came since
    /// the last one is left out. One that failed counts as that and the next
    /// that works goes on from the last: nothing better is known.
    pub(super) fn restart(&mut self, at: Uptime, reading: Result<Reading, ReadError>) {
        match (self, reading) {
            (Self::Counter(meter), Ok(Reading::Counter(value))) => meter.restart(at, value),
            (Self::Power(meter), Ok(Reading::Power(power))) => meter.restart(at, power),
            (input, _) => drop(input.read_failed()),
        }
    }

    /// Takes note of a reading that failed.
    pub(super) fn read_failed(&mut self) -> Outcome {
        match self {
            Self::Counter(meter) => meter.read_failed(),
            Self::Power(meter) => meter.read_failed(),
        }
    }

    /// What the readings went through so far.
    pub(super) fn counts(&self) -> Counts {
        match self {
            Self::Counter(meter) => meter.counts(),
            Self::Power(meter) => meter.counts(),
        }
    }
}
