//! Meters that give a pulse for each fixed amount of energy: S0 outputs (IEC
//! 62053-31), blinking diodes, ferraris wheels.

use core::sync::atomic::{AtomicU32, Ordering};

use wattcast_core::meter::{CounterLimits, CounterSpec};
use wattcast_core::units::{Power, Uptime};

use super::{About, Fault, Reading, Sensor};

/// Thousandths of a pulse, so that the energy of a pulse fits.
const PARTS: u64 = 1_000;

/// Pulses counted elsewhere: by an interrupt or a timer's counter input.
pub trait Pulses {
    /// How many so far, modulo 2^32.
    fn count(&mut self) -> u32;
}

impl Pulses for &AtomicU32 {
    fn count(&mut self) -> u32 {
        self.load(Ordering::Relaxed)
    }
}

/// A pulse meter. A meter without power gives no pulses either, so nothing here
/// notices one that is taken away.
#[derive(Debug)]
pub struct PulseMeter<P> {
    pulses: P,
    per_kwh: u32,
    counter: (CounterSpec, CounterLimits),
    last: Option<(Uptime, u32)>,
}

impl<P: Pulses> PulseMeter<P> {
    /// With its pulses per kilowatt-hour and a power that it never shows;
    /// `None` where one of them is 0.
    #[must_use]
    pub fn new(pulses: P, per_kwh: u32, max_power: Power) -> Option<Self> {
        let range = (1 << 32) * PARTS;
        let spec = CounterSpec::new(3_600_000_000, per_kwh.into(), Some(range))?;
        Some(Self { pulses, per_kwh, counter: (spec, CounterLimits::new(max_power)?), last: None })
    }
}

impl<P: Pulses> Sensor for PulseMeter<P> {
    fn about(&self) -> About {
        About {
            method: "pulses of a meter",
            step: Power::from_uw(1_000_000),
            low_ppm: 980_000,
            high_ppm: 1_020_000,
            counter: Some(self.counter),
        }
    }

    fn start(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn read(&mut self, now: Uptime) -> Result<Reading, Fault> {
        let count = self.pulses.count();
        let (since, before) = self.last.replace((now, count)).unwrap_or((now, count));
        let elapsed_us = i128::from(now.as_us().saturating_sub(since.as_us())).max(1);
        let added = i128::from(count.wrapping_sub(before));
        // 3.6e12 µJ a kilowatt-hour, 1e6 µs a second.
        let uw = added * 3_600_000_000_000_000_000 / i128::from(self.per_kwh) / elapsed_us;
        Ok(Reading {
            power: Power::from_uw(i64::try_from(uw).unwrap_or(i64::MAX)),
            counter: Some(u64::from(count) * PARTS),
            raw: count,
            saturated: false,
        })
    }
}
