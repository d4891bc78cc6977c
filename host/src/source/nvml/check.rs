//! Whether a GPU's energy counter and its power sensor agree. On some cards
//! they do not: see <https://github.com/ml-energy/zeus/issues/181>, where the
//! counter gave 57 % of the integrated power.

use wattcast_core::units::{Power, Uptime};

/// Time between two samples of power: the sensor itself averages over about a
/// second, and each sample costs a call into the driver.
const PERIOD_US: u64 = 1_000_000;
/// Samples further apart say too little about the time between them.
const LONGEST_US: u64 = 5_000_000;
/// The time looked at before the verdict.
const ENOUGH_US: u64 = 30_000_000;
/// Counter and sensor are each good for ±5 %, and ±5 W near idle.
const TOLERANCE_PERCENT: i128 = 20;
const TOLERANCE: Power = Power::from_uw(5_000_000);

/// Compares a counter with power that is sampled beside it.
#[derive(Debug, Default)]
pub(super) struct CrossCheck {
    last: Option<(Uptime, u64, Power)>,
    span_us: u64,
    counted_uj: i128,
    /// In µW × µs / 2, or half picojoules.
    polled: i128,
    told: bool,
}

impl CrossCheck {
    /// Whether it wants another sample of power at `now`.
    pub(super) fn is_due(&self, now: Uptime) -> bool {
        !self.told
            && self
                .last
                .is_none_or(|(then, ..)| now.as_us().saturating_sub(then.as_us()) >= PERIOD_US)
    }

    /// Takes the counter in millijoules and the power at one moment. Answers
    /// once, with both energies in joules and the seconds they cover, when
    /// they disagree.
    pub(super) fn sample(
        &mut self,
        now: Uptime,
        counter_mj: u64,
        power: Power,
    ) -> Option<(i128, i128, u64)> {
        let (then, before_mj, before) = self.last.replace((now, counter_mj, power))?;
        let span = now.as_us().checked_sub(then.as_us()).filter(|&span| span <= LONGEST_US)?;
        // A counter that fell was reset; this stretch says nothing.
        let advance = counter_mj.checked_sub(before_mj)?;
        self.span_us = self.span_us.saturating_add(span);
        self.counted_uj += i128::from(advance) * 1_000;
        self.polled += (i128::from(power.as_uw()) + i128::from(before.as_uw())) * i128::from(span);
        self.verdict()
    }

    fn verdict(&mut self) -> Option<(i128, i128, u64)> {
        if self.told || self.span_us < ENOUGH_US {
            return None;
        }
        let polled_uj = self.polled / 2_000_000;
        let apart = (self.counted_uj - polled_uj).abs();
        let larger = self.counted_uj.max(polled_uj);
        let slack = i128::from(TOLERANCE.as_uw()) * i128::from(self.span_us) / 1_000_000;
        if apart <= slack || apart * 100 <= larger * TOLERANCE_PERCENT {
            return None;
        }
        self.told = true;
        Some((self.counted_uj / 1_000_000, polled_uj / 1_000_000, self.span_us / 1_000_000))
    }
}
