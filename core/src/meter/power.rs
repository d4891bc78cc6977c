//! Momentary power, integrated by trapezoids.

use super::carry::Carry;
use super::outcome::count;
use super::{Counts, Flow, Outcome, Overflow};
use crate::units::{Energy, Interval, Power, Uptime};
use crate::wide::{div_floor, product};

/// Half picojoules (µW × µs / 2) in one microjoule: a trapezoid is
/// `(p1 + p2) · dt / 2`.
const HALF_PJ_PER_UJ: u64 = 2_000_000;

/// Turns samples of power into energy: between two samples power runs on a
/// straight line. Where it crosses zero, what flowed in and what flowed out
/// are told apart at the crossing.
///
/// A longer time between two samples than allowed is a [`Outcome::Gap`]
/// without energy. A sample at the sensor's full scale gives
/// [`Outcome::Saturated`]: a lower bound.
///
/// ```
/// use wattcast_core::meter::{Outcome, PowerMeter};
/// use wattcast_core::units::{Energy, Power, Uptime};
///
/// let mut meter = PowerMeter::new(10_000_000);
/// meter.read(Uptime::from_us(0), Power::from_uw(-1_000_000)).unwrap();
/// let outcome = meter.read(Uptime::from_us(1_000_000), Power::from_uw(3_000_000)).unwrap();
/// let flow = outcome.flow().unwrap();
/// assert_eq!(flow.import(), Energy::from_uj(1_125_000));
/// assert_eq!(flow.export(), Energy::from_uj(125_000));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PowerMeter {
    max_gap_us: u64,
    full_scale: Option<Power>,
    last: Option<(Uptime, Power)>,
    import: Carry,
    export: Carry,
    counts: Counts,
}

impl PowerMeter {
    /// A meter that has seen no sample. `max_gap_us` is the longest time
    /// between two samples that is not a gap.
    #[must_use]
    pub const fn new(max_gap_us: u64) -> Self {
        Self {
            max_gap_us,
            full_scale: None,
            last: None,
            import: Carry::over(HALF_PJ_PER_UJ),
            export: Carry::over(HALF_PJ_PER_UJ),
            counts: Counts::NONE,
        }
    }

    /// Sets the largest power, in either direction, that the sensor can show.
    #[must_use]
    pub const fn with_full_scale(self, full_scale: Power) -> Self {
        Self { full_scale: Some(full_scale), ..self }
    }

    /// Takes the power at a moment.
    ///
    /// # Errors
    ///
    /// [`Overflow`] where the energy of the interval does not fit.
    pub fn read(&mut self, at: Uptime, power: Power) -> Result<Outcome, Overflow> {
        let Some((since, before)) = self.last else {
            self.accept(at, power);
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
        self.accept(at, power);
        if interval.duration_us() > self.max_gap_us {
            count(&mut self.counts.gaps);
            return Ok(Outcome::Gap(interval));
        }
        let flow = self.integrate(interval, before, power).ok_or(Overflow)?;
        count(&mut self.counts.advanced);
        Ok(if self.is_saturated(before) || self.is_saturated(power) {
            Outcome::Saturated(flow)
        } else {
            Outcome::Advanced(flow)
        })
    }

    /// Takes the power from which the next interval runs, and leaves out what
    /// came since the last sample: the time in which nothing is metered.
    pub const fn restart(&mut self, at: Uptime, power: Power) {
        self.last = Some((at, power));
    }

    /// Takes note of a sample that failed. It is not a zero: the line runs
    /// from the last good sample to the next, if that comes in time.
    pub fn read_failed(&mut self) -> Outcome {
        count(&mut self.counts.unavailable);
        Outcome::Unavailable
    }

    /// What the samples went through so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    fn accept(&mut self, at: Uptime, power: Power) {
        self.last = Some((at, power));
        if self.is_saturated(power) {
            count(&mut self.counts.saturated);
        }
    }

    fn is_saturated(&self, power: Power) -> bool {
        self.full_scale
            .is_some_and(|most| power.as_uw().unsigned_abs() >= most.as_uw().unsigned_abs())
    }

    fn integrate(&mut self, interval: Interval, from: Power, to: Power) -> Option<Flow> {
        let (taken, given) = trapezoid(from.as_uw(), to.as_uw(), interval.duration_us())?;
        let (import_uj, import) = self.import.divide(taken)?;
        let (export_uj, export) = self.export.divide(given)?;
        let flow = Flow::new(
            interval,
            Energy::from_uj(i64::try_from(import_uj).ok()?),
            Energy::from_uj(i64::try_from(export_uj).ok()?),
        )?;
        (self.import, self.export) = (import, export);
        Some(flow)
    }
}

/// The area above and the area below zero of a line from `from` to `to`, in
/// half picojoules. Their difference is exact; at a crossing the area above is
/// rounded down.
fn trapezoid(from_uw: i64, to_uw: i64, elapsed_us: u64) -> Option<(i128, i128)> {
    // A product that does not fit is of more energy than fits.
    let net = product(i128::from(from_uw) + i128::from(to_uw), elapsed_us)?;
    if (from_uw < 0) == (to_uw < 0) || from_uw == 0 || to_uw == 0 {
        return Some((net.max(0), net.min(0).checked_neg()?));
    }
    // above²·elapsed / span in two steps, as the product does not fit.
    let above = i128::from(from_uw.max(to_uw));
    let span = from_uw.abs_diff(to_uw);
    let above_uw = u64::try_from(above).ok()?;
    let (whole, rest) = div_floor(product(above, elapsed_us)?, span)?;
    // Below 2^64 times 2^63.
    let (rest, _) = div_floor(i128::from(rest).wrapping_mul(above), span)?;
    let taken = product(whole, above_uw)?.checked_add(rest)?;
    Some((taken, taken.checked_sub(net)?))
}
