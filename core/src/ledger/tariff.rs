//! Prices by the time of day.

use core::fmt;

use super::{Step, StepSeries};
use crate::units::{Price, Utc};

const US_PER_MIN: u64 = 60_000_000;
const MIN_PER_DAY: u16 = 1_440;
/// No place's clock is further from UTC.
const MAX_OFFSET_MIN: u16 = 18 * 60;

/// A price from one time of day to another, in minutes of local time. The end
/// is excluded; an end that is not after the start lies on the next day, and
/// equal ones are the whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// From when, 0 to 1440.
    pub from_min: u16,
    /// Until when, 0 to 1440.
    pub to_min: u16,
    /// The price.
    pub price: Price,
}

impl Rate {
    /// Minutes that it lasts.
    fn length_min(&self) -> u16 {
        match minutes_between(self.from_min, self.to_min) {
            0 => MIN_PER_DAY,
            minutes => minutes,
        }
    }

    fn holds_at(&self, minute: u16) -> bool {
        minutes_between(self.from_min, minute) < self.length_min()
    }
}

/// Minutes from one time of day to the next time that it is the other.
fn minutes_between(from_min: u16, to_min: u16) -> u16 {
    let (from, to) = (from_min % MIN_PER_DAY, to_min % MIN_PER_DAY);
    (to + MIN_PER_DAY - from) % MIN_PER_DAY
}

/// A tariff that repeats each day of local time.
///
/// The offset to UTC is fixed; for a run across a change to or from summer
/// time give a [`Series`](super::Series) of prices.
///
/// ```
/// use wattcast_core::ledger::{DailyTariff, Rate, StepSeries};
/// use wattcast_core::units::{Price, Utc};
///
/// let price = |cents: i64| Price::from_micro_per_kwh(cents * 10_000);
/// let rates = [
///     Rate { from_min: 8 * 60 + 30, to_min: 19 * 60, price: price(30) },
///     Rate { from_min: 19 * 60, to_min: 8 * 60 + 30, price: price(20) },
/// ];
/// let berlin = DailyTariff::new(&rates, 60).unwrap();
/// let step = berlin.step_at(Utc::from_us(0)); // 01:00 in Berlin
/// assert_eq!(step.value, Some(price(20)));
/// assert_eq!(step.until, Some(Utc::from_us((7 * 60 + 30) * 60_000_000)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DailyTariff<'a> {
    rates: &'a [Rate],
    offset_min: i16,
}

impl<'a> DailyTariff<'a> {
    /// From rates that together cover each minute of the day once, and the
    /// minutes by which local time is ahead of UTC.
    ///
    /// # Errors
    ///
    /// [`TariffError`] names the rate that is wrong or the minute without one.
    pub fn new(rates: &'a [Rate], offset_min: i16) -> Result<Self, TariffError> {
        if offset_min.unsigned_abs() > MAX_OFFSET_MIN {
            return Err(TariffError::Offset);
        }
        for (index, rate) in rates.iter().enumerate() {
            if rate.from_min > MIN_PER_DAY || rate.to_min > MIN_PER_DAY {
                return Err(TariffError::TimeOfDay { index });
            }
            let overlaps =
                |other: &Rate| other.holds_at(rate.from_min) || rate.holds_at(other.from_min);
            if let Some(other) = rates.iter().take(index).position(overlaps) {
                return Err(TariffError::Overlap { index, other });
            }
        }
        let is_free = |minute: &u16| !rates.iter().any(|rate| rate.holds_at(*minute));
        // A hole begins where a rate ends.
        let hole = rates.iter().map(|rate| rate.to_min % MIN_PER_DAY).find(is_free);
        match hole.or(rates.is_empty().then_some(0)) {
            Some(minute) => Err(TariffError::Hole { minute }),
            None => Ok(Self { rates, offset_min }),
        }
    }
}

impl StepSeries<Price> for DailyTariff<'_> {
    fn step_at(&self, at: Utc) -> Step<Price> {
        let utc_min = at.as_us() / US_PER_MIN;
        let of_day = i32::try_from(utc_min % u64::from(MIN_PER_DAY)).unwrap_or(0);
        let local = (of_day + i32::from(self.offset_min)).rem_euclid(i32::from(MIN_PER_DAY));
        let minute = u16::try_from(local).unwrap_or(0);
        let Some(rate) = self.rates.iter().find(|rate| rate.holds_at(minute)) else {
            return Step { value: None, until: None };
        };
        let left_min = rate.length_min() - minutes_between(rate.from_min, minute);
        let until_min = utc_min + u64::from(left_min);
        let until = until_min.checked_mul(US_PER_MIN).map(Utc::from_us);
        Step { value: Some(rate.price), until }
    }

    fn constant(&self) -> Option<Price> {
        match self.rates {
            [rate] => Some(rate.price),
            _ => None,
        }
    }
}

/// Why rates are not a tariff. Indices count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TariffError {
    /// A time of day beyond 24:00.
    TimeOfDay {
        /// Of which rate.
        index: usize,
    },
    /// Two rates at the same time.
    Overlap {
        /// The later one in the list.
        index: usize,
        /// The earlier one.
        other: usize,
    },
    /// A time of day without a rate.
    Hole {
        /// The first such minute after another rate.
        minute: u16,
    },
    /// Local time more than 18 hours from UTC.
    Offset,
}

impl fmt::Display for TariffError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimeOfDay { index } => {
                write!(f, "rate {} has a time beyond 24:00", index + 1)
            }
            Self::Overlap { index, other } => {
                write!(
                    f,
                    "rates {} and {} overlap; end one where the other starts",
                    other + 1,
                    index + 1
                )
            }
            Self::Hole { minute } => write!(
                f,
                "no rate holds at {}:{:02}; the rates must cover the whole day",
                minute / 60,
                minute % 60
            ),
            Self::Offset => f.write_str("local time is at most 18 hours from UTC"),
        }
    }
}

impl core::error::Error for TariffError {}
