//! Cumulative counters of energy, told apart: advance, wrap, reset.

use super::carry::Carry;
use super::outcome::count;
use super::{CounterLimits, CounterSpec, Counts, Flow, Outcome, Overflow};
use crate::units::{Energy, Interval, Uptime};

/// Turns the values of a cumulative counter into energy.
///
/// Between two readings the hardware can have used at most its largest
/// plausible power × (the time between them + the counter's lag). From this
/// bound follows what a reading is:
///
/// - the bound reaches the counter's range: it may have wrapped unseen, or
///   more than once; a [`Outcome::Gap`], whatever the value;
/// - the advance, modulo the range, is more than the bound: a
///   [`Outcome::Reset`];
/// - otherwise the advance is the energy, [`Outcome::Wrapped`] where the value
///   fell and [`Outcome::Advanced`] where it did not, or
///   [`Outcome::Bridged`] after longer than the allowed gap.
///
/// A counter without a range that falls was reset. A value beyond the range
/// is a failed reading. A reset within the bound of the range's end cannot be
/// told from a wrap; the error is then at most the bound.
///
/// ```
/// use wattcast_core::meter::{CounterLimits, CounterMeter, CounterSpec, Outcome};
/// use wattcast_core::units::{Energy, Power, Uptime};
///
/// // RAPL: microjoules that start again after 262144 J; at most 1 kW.
/// let spec = CounterSpec::new(1, 1, Some(262_143_328_850)).unwrap();
/// let limits = CounterLimits::new(Power::from_uw(1_000_000_000)).unwrap();
/// let mut meter = CounterMeter::new(spec, limits);
///
/// let at = |s: u64| Uptime::from_us(s * 1_000_000);
/// assert_eq!(meter.read(at(0), 262_143_328_000), Ok(Outcome::First));
/// let Ok(Outcome::Wrapped(flow)) = meter.read(at(1), 150) else { panic!() };
/// assert_eq!(flow.import(), Energy::from_uj(1_000));
/// // Falling from 150 µJ to 100 µJ would take 262 kJ in a second.
/// assert!(matches!(meter.read(at(2), 100), Ok(Outcome::Reset(_))));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CounterMeter {
    spec: CounterSpec,
    limits: CounterLimits,
    last: Option<(Uptime, u64)>,
    carry: Carry,
    counts: Counts,
}

impl CounterMeter {
    /// A meter that has seen no reading.
    #[must_use]
    pub const fn new(spec: CounterSpec, limits: CounterLimits) -> Self {
        let (_, denominator) = spec.uj_per_count();
        Self { spec, limits, last: None, carry: Carry::over(denominator), counts: Counts::NONE }
    }

    /// Takes the counter's value at a moment.
    ///
    /// # Errors
    ///
    /// [`Overflow`] where the energy of the interval does not fit.
    pub fn read(&mut self, at: Uptime, value: u64) -> Result<Outcome, Overflow> {
        if self.spec.range().is_some_and(|range| value >= range) {
            return Ok(self.read_failed());
        }
        let Some((since, before)) = self.last else {
            self.last = Some((at, value));
            return Ok(Outcome::First);
        };
        let Some(interval) = Interval::new(since, at) else {
            count(&mut self.counts.backward);
            return Ok(Outcome::Backward);
        };
        if interval.duration_us() == 0 {
            count(&mut self.counts.duplicates);
            return Ok(Outcome::Duplicate);
        }
        self.last = Some((at, value));
        self.advance(interval, before, value)
    }

    /// Takes the value from which the next interval counts, and leaves out what
    /// came since the last reading: the time in which nothing is metered.
    pub const fn restart(&mut self, at: Uptime, value: u64) {
        self.last = Some((at, value));
    }

    /// Takes note of a reading that failed. It is not a zero: the next one is
    /// compared with the last that worked, so no energy is lost.
    pub fn read_failed(&mut self) -> Outcome {
        count(&mut self.counts.unavailable);
        Outcome::Unavailable
    }

    /// What the readings went through so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    fn advance(
        &mut self,
        interval: Interval,
        before: u64,
        value: u64,
    ) -> Result<Outcome, Overflow> {
        let late = interval.duration_us() > self.limits.max_gap_us();
        let most_uj = self.limits.most_uj(interval.duration_us());
        if late {
            count(&mut self.counts.gaps);
        }
        if self.spec.range().is_some_and(|range| most_uj >= self.spec.whole_uj(range)) {
            if !late {
                count(&mut self.counts.gaps);
            }
            return Ok(Outcome::Gap(interval));
        }
        let wrapped = value < before;
        let advance = match self.spec.range() {
            _ if !wrapped => Some(value - before),
            Some(range) => range.checked_sub(before).and_then(|left| left.checked_add(value)),
            None => None,
        };
        let Some(advance) = advance.filter(|counts| self.spec.whole_uj(*counts) <= most_uj) else {
            count(&mut self.counts.reset);
            return Ok(Outcome::Reset(interval));
        };
        let (uj, carry) = self.carry.divide(self.spec.scaled_uj(advance)).ok_or(Overflow)?;
        let energy = i64::try_from(uj).map(Energy::from_uj).map_err(|_| Overflow)?;
        let flow = Flow::from_net(interval, energy).ok_or(Overflow)?;
        self.carry = carry;
        count(&mut self.counts.advanced);
        if wrapped {
            count(&mut self.counts.wrapped);
        }
        Ok(match (late, wrapped) {
            (true, _) => Outcome::Bridged(flow),
            (false, true) => Outcome::Wrapped(flow),
            (false, false) => Outcome::Advanced(flow),
        })
    }
}
