//! How a counter counts, and what it can plausibly do.

use crate::units::Power;
use crate::wide::{div_floor, product};

/// How an energy counter counts.
///
/// ```
/// use wattcast_core::meter::CounterSpec;
///
/// // RAPL through perf counts 2^-32 J; NVML counts millijoules.
/// assert!(CounterSpec::new(1_000_000, 1 << 32, None).is_some());
/// assert!(CounterSpec::new(1_000, 1, None).is_some());
/// assert!(CounterSpec::new(1, 0, None).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterSpec {
    uj_numerator: u32,
    uj_denominator: u64,
    range: Option<u64>,
}

impl CounterSpec {
    /// One count is `uj_numerator / uj_denominator` µJ. `range` is the number
    /// of values before the counter starts again at zero (the highest value
    /// plus one), `None` where it never wraps in practice.
    ///
    /// `None` where a part of the fraction or the range is zero.
    #[must_use]
    pub const fn new(uj_numerator: u32, uj_denominator: u64, range: Option<u64>) -> Option<Self> {
        if uj_numerator == 0 || uj_denominator == 0 || matches!(range, Some(0)) {
            return None;
        }
        Some(Self { uj_numerator, uj_denominator, range })
    }

    /// A counter of whole microjoules without a wrap, as a model gives.
    #[must_use]
    pub const fn microjoules() -> Self {
        Self { uj_numerator: 1, uj_denominator: 1, range: None }
    }

    /// The number of values before the counter starts again at zero.
    #[must_use]
    pub const fn range(self) -> Option<u64> {
        self.range
    }

    /// What one count is worth in microjoules: numerator and denominator.
    #[must_use]
    pub const fn uj_per_count(self) -> (u32, u64) {
        (self.uj_numerator, self.uj_denominator)
    }

    /// `counts` in microjoules times the denominator.
    pub(super) fn scaled_uj(self, counts: u64) -> i128 {
        i128::from(counts) * i128::from(self.uj_numerator)
    }

    /// `counts` in microjoules, rounded down.
    pub(super) fn whole_uj(self, counts: u64) -> i128 {
        div_floor(self.scaled_uj(counts), self.uj_denominator).map_or(i128::MAX, |(uj, _)| uj)
    }
}

/// What a counter can plausibly do, by which a wrap is told from a reset and
/// a gap from an ordinary interval.
///
/// ```
/// use wattcast_core::meter::CounterLimits;
/// use wattcast_core::units::Power;
///
/// // A socket that never draws 1 kW, its counter renewed every millisecond.
/// let limits = CounterLimits::new(Power::from_uw(1_000_000_000)).unwrap().with_lag_us(10_000);
/// assert_eq!(limits.max_gap_us(), 60_000_000);
/// assert!(CounterLimits::new(Power::ZERO).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterLimits {
    max_power: Power,
    max_gap_us: u64,
    lag_us: u64,
}

impl CounterLimits {
    /// `max_power` is more than the counted hardware ever draws; take several
    /// times its nominal power, as readings that imply more are discarded as
    /// resets. The longest allowed interval is 60 s and the lag 1 s until
    /// changed. `None` where `max_power` is not positive.
    #[must_use]
    pub const fn new(max_power: Power) -> Option<Self> {
        if max_power.as_uw() <= 0 {
            return None;
        }
        Some(Self { max_power, max_gap_us: 60_000_000, lag_us: 1_000_000 })
    }

    /// For a counter that neither wraps nor jumps, such as a model's: any
    /// advance is plausible.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self { max_power: Power::MAX, max_gap_us: 60_000_000, lag_us: 1_000_000 }
    }

    /// Sets the longest interval that is not a gap.
    #[must_use]
    pub const fn with_max_gap_us(self, max_gap_us: u64) -> Self {
        Self { max_gap_us, ..self }
    }

    /// Sets how stale a value of the counter may be when it is read: its
    /// update period and the jitter of the reader.
    #[must_use]
    pub const fn with_lag_us(self, lag_us: u64) -> Self {
        Self { lag_us, ..self }
    }

    /// More than the counted hardware ever draws.
    #[must_use]
    pub const fn max_power(self) -> Power {
        self.max_power
    }

    /// The longest interval that is not a gap.
    #[must_use]
    pub const fn max_gap_us(self) -> u64 {
        self.max_gap_us
    }

    /// The most that the counter can have advanced between two readings
    /// `elapsed_us` apart, in microjoules.
    pub(super) fn most_uj(self, elapsed_us: u64) -> i128 {
        let seen_us = elapsed_us.saturating_add(self.lag_us);
        let most_pj = product(self.max_power.as_uw().into(), seen_us);
        most_pj.and_then(|pj| div_floor(pj, 1_000_000)).map_or(i128::MAX, |(uj, _)| uj)
    }
}
