//! Whole hours and the calendar of a grid.

use crate::units::{US_PER_HOUR, Utc};

/// A whole hour of UTC, counted from 1970-01-01T00:00Z.
///
/// ```
/// use wattcast_core::forecast::Hour;
/// use wattcast_core::units::Utc;
///
/// let hour = Hour::containing(Utc::from_us(7_300_000_000));
/// assert_eq!(hour, Hour::from_hours(2));
/// assert_eq!(hour.start(), Utc::from_us(7_200_000_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Hour(u32);

impl Hour {
    /// From hours since 1970.
    #[must_use]
    pub const fn from_hours(hours: u32) -> Self {
        Self(hours)
    }

    /// As hours since 1970.
    #[must_use]
    pub const fn as_hours(self) -> u32 {
        self.0
    }

    /// The hour in which a moment lies; the last one that the type holds
    /// (in the year 491 936) where it lies beyond.
    #[must_use]
    pub fn containing(moment: Utc) -> Self {
        Self(u32::try_from(moment.as_us() / US_PER_HOUR).unwrap_or(u32::MAX))
    }

    /// The moment at which it begins.
    #[must_use]
    pub fn start(self) -> Utc {
        Utc::from_us(u64::from(self.0) * US_PER_HOUR)
    }

    /// So many hours later; stops at the last one.
    #[must_use]
    pub const fn later(self, hours: u32) -> Self {
        Self(self.0.saturating_add(hours))
    }

    /// So many hours earlier; stops at 1970.
    #[must_use]
    pub const fn earlier(self, hours: u32) -> Self {
        Self(self.0.saturating_sub(hours))
    }

    /// Whether a day of UTC begins with it.
    #[must_use]
    pub const fn is_midnight(self) -> bool {
        self.0.is_multiple_of(24)
    }
}

/// When and where a forecast is made: the first hour to come and the grid's
/// standard time, by which its weekdays and evenings are told.
///
/// The offset is fixed: daylight saving shows in the history itself, and a
/// device needs no table of time zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Issue {
    hour: Hour,
    offset_hours: i8,
}

impl Issue {
    /// The first hour to come, and the grid's standard time less UTC in whole
    /// hours; `None` where that lies outside -12 to 14.
    #[must_use]
    pub const fn new(hour: Hour, offset_hours: i8) -> Option<Self> {
        if offset_hours < -12 || offset_hours > 14 {
            return None;
        }
        Some(Self { hour, offset_hours })
    }

    /// The first hour to come.
    #[must_use]
    pub const fn hour(self) -> Hour {
        self.hour
    }

    /// Standard time less UTC, in hours.
    #[must_use]
    pub const fn offset_hours(self) -> i8 {
        self.offset_hours
    }

    /// At the same place, another hour.
    pub(super) const fn at(self, hour: Hour) -> Self {
        Self { hour, ..self }
    }

    /// The local calendar `ahead` hours after the issue; negative before it.
    pub(super) fn local(self, ahead: i32) -> Local {
        Local(i64::from(self.hour.0) + i64::from(self.offset_hours) + i64::from(ahead))
    }
}

/// Whole weeks, in hours.
const SHIFT: u32 = 14 * 168;

/// An hour of local standard time since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local(i64);

impl Local {
    /// Hour of the day, 0 to 23.
    pub(super) fn hour_of_day(self) -> usize {
        usize::try_from(self.shifted() % 24).unwrap_or(0)
    }

    /// Days since 1970-01-01, negative before.
    pub(super) fn days(self) -> i64 {
        i64::from(self.shifted() / 24) - i64::from(SHIFT / 24)
    }

    /// Day of the week, 0 is Monday.
    pub(super) fn weekday(self) -> usize {
        usize::try_from((self.shifted() / 24 + 3) % 7).unwrap_or(0)
    }

    /// Hours since 14 whole weeks before 1970, which no issue's history reaches;
    /// the last one that 32 bits hold for any beyond. Small cores divide 32
    /// bits in one instruction, and 64 bits in hundreds.
    fn shifted(self) -> u32 {
        u32::try_from(self.0 + i64::from(SHIFT)).unwrap_or(u32::MAX)
    }

    /// Saturday or Sunday.
    pub(super) fn is_weekend(self) -> bool {
        self.weekday() >= 5
    }

    /// The day of the year as one of 64 phases; a year has 1461 quarter days
    /// in four.
    pub(super) fn phase_of_year(self) -> usize {
        let quarter_days = (self.days() * 4).rem_euclid(1461);
        usize::try_from(quarter_days * 64 / 1461).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_local_calendar_on_both_sides_of_midnight() {
        // 2022-01-01 was a Saturday; it is still Friday in California.
        let midnight = Hour::from_hours(455_832);
        let at = |offset, ahead| Issue::new(midnight, offset).unwrap().local(ahead);
        assert_eq!((at(0, 0).weekday(), at(0, 0).hour_of_day()), (5, 0));
        assert_eq!((at(-8, 0).weekday(), at(-8, 0).hour_of_day()), (4, 16));
        assert_eq!((at(10, 38).weekday(), at(10, 38).hour_of_day()), (0, 0));
        assert!(at(0, 0).is_weekend() && !at(0, -1).is_weekend());
        assert_eq!(at(1, 0).phase_of_year(), 0);
        assert!(Issue::new(midnight, 15).is_none());
    }
}
