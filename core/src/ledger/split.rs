//! Cutting the energy of an interval.

use crate::units::{Energy, Interval, Uptime};
use crate::wide::div_floor;

/// Cuts the energy of an interval at moments in it, evenly over time, so that
/// the pieces are the whole: what lies before a cut is floored, and a piece is
/// what lies before its end less what lies before its start. A piece between
/// two moments is therefore the same wherever else the interval is cut.
///
/// ```
/// use wattcast_core::ledger::Splitter;
/// use wattcast_core::units::{Energy, Interval, Uptime};
///
/// let interval = Interval::new(Uptime::from_us(10), Uptime::from_us(13)).unwrap();
/// let mut pieces = Splitter::new(interval, Energy::from_uj(100));
/// assert_eq!(pieces.take_until(Uptime::from_us(11)), Energy::from_uj(33));
/// assert_eq!(pieces.take_until(Uptime::from_us(12)), Energy::from_uj(33));
/// assert_eq!(pieces.rest(), Energy::from_uj(34));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Splitter {
    interval: Interval,
    whole_uj: i64,
    taken_uj: i64,
}

impl Splitter {
    /// All of `energy` is still there to be taken.
    #[must_use]
    pub const fn new(interval: Interval, energy: Energy) -> Self {
        Self { interval, whole_uj: energy.as_uj(), taken_uj: 0 }
    }

    /// The energy from the last cut to `moment`; nothing where `moment` lies
    /// before that cut, and all the rest from the interval's end on.
    pub fn take_until(&mut self, moment: Uptime) -> Energy {
        if moment >= self.interval.end() {
            return self.take_to(self.whole_uj);
        }
        let elapsed_us = moment.as_us().saturating_sub(self.interval.start().as_us());
        let product = i128::from(self.whole_uj) * i128::from(elapsed_us);
        let before = div_floor(product, self.interval.duration_us());
        // Between zero and the whole, so it fits.
        self.take_to(before.and_then(|(uj, _)| i64::try_from(uj).ok()).unwrap_or(0))
    }

    /// Whatever has not been taken.
    #[must_use]
    pub fn rest(mut self) -> Energy {
        self.take_to(self.whole_uj)
    }

    fn take_to(&mut self, uj: i64) -> Energy {
        let is_behind = uj.unsigned_abs() < self.taken_uj.unsigned_abs();
        let piece = if is_behind { 0 } else { uj.saturating_sub(self.taken_uj) };
        self.taken_uj = self.taken_uj.saturating_add(piece);
        Energy::from_uj(piece)
    }
}
