//! Counters of energy that wrap or reset.

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
}
