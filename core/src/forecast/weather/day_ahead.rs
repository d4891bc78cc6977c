//! Solar and wind as a grid's operator expects them, as what a grid answers to.

use super::{HORIZON, LARGEST, Told, WeatherSeries, bounded};
use crate::forecast::{Hour, Issue, calendar};

const DAY: i64 = 24;
const WEEK: u32 = 168;
/// By how much the last hour told lies apart from the usual fades in so many.
const FADES_HOURS: i64 = 24;

/// What the operator of a grid expects of one hour, a mean over it, or a hole.
///
/// ```
/// use wattcast_core::forecast::DayAhead;
///
/// let noon = DayAhead { solar_kw: 21_400_000, wind_kw: 9_150_000 };
/// assert!(noon.is_known() && !DayAhead::MISSING.is_known());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DayAhead {
    /// Solar power, in kW.
    pub solar_kw: u32,
    /// Wind power on land and at sea, in kW. [`u32::MAX`] makes the hour a hole.
    pub wind_kw: u32,
}

impl DayAhead {
    /// Nothing is known of the hour.
    pub const MISSING: Self = Self { solar_kw: 0, wind_kw: u32::MAX };

    /// Whether it is no hole.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.wind_kw != u32::MAX
    }

    fn parts(self) -> [i64; 2] {
        [i64::from(self.solar_kw), i64::from(self.wind_kw)]
    }
}

/// Wind and its square, solar and its square, wind by half days, what lies
/// above the mean of both and below half of it.
fn told([solar, wind]: [i64; 2], unit_kw: u32, [sine, cosine]: [i16; 2]) -> Told {
    let unit = i64::from(unit_kw.max(1));
    let scaled = |kw: i64| (kw * 2048).checked_div_euclid(unit).unwrap_or(0).min(LARGEST);
    let (solar, wind) = (scaled(solar), scaled(wind));
    let (sine, cosine) = (i64::from(sine), i64::from(cosine));
    let together = wind + solar;
    bounded([
        wind,
        (wind * wind) >> 13,
        solar,
        (solar * solar) >> 13,
        (wind * (((cosine * cosine) >> 10) - 2048)) >> 11,
        (wind * ((sine * cosine) >> 10)) >> 11,
        (together - 2048).max(0),
        (1024 - together).max(0) * 4,
    ])
}

impl WeatherSeries<'_> {
    /// The hour after the last one told, not before the start.
    pub(super) fn told_until(&self) -> Hour {
        let last = (0..self.len()).rev().find(|&place| self.is_known(place));
        let told = last.map_or(0, |place| u32::try_from(place + 1).unwrap_or(u32::MAX));
        self.start.later(told)
    }

    /// Hours told from `issue` on, at most four days.
    pub(super) fn told_ahead(&self, issue: Hour) -> u32 {
        self.told_until().as_hours().saturating_sub(issue.as_hours()).min(HORIZON)
    }

    /// The same as variables of the hour `ahead` hours after `issue`, counted
    /// in a mean of `unit_kw`.
    pub(super) fn day_ahead(&self, unit_kw: u32, issue: Issue, ahead: i64) -> Told {
        let wave = issue.local(i32::try_from(ahead).unwrap_or(0)).hour_of_day();
        told(self.expected(issue.hour(), ahead), unit_kw, calendar::hour_of_day(wave))
    }

    /// Solar and wind of an hour in kW. What is not told yet is as usual at
    /// that hour over the last week, the more so the later it comes.
    fn expected(&self, issue: Hour, ahead: i64) -> [i64; 2] {
        let known = i64::from(self.told_ahead(issue));
        if ahead < known {
            return self.kw(issue, ahead);
        }
        let last = self.kw(issue, known - 1);
        let usual_then = self.usual(issue, known - 1);
        let left = (FADES_HOURS - 1 - (ahead - known)).max(0);
        let mut pairs = last.into_iter().zip(usual_then);
        self.usual(issue, ahead).map(|usual| {
            let apart = pairs.next().map_or(0, |(last, usual)| last - usual);
            (usual + (apart * left).div_euclid(FADES_HOURS)).max(0)
        })
    }

    /// The mean over the seven days before the issue at the hour of the day of
    /// the hour `ahead`.
    fn usual(&self, issue: Hour, ahead: i64) -> [i64; 2] {
        let mut sums = [0; 2];
        let hour = ahead.rem_euclid(DAY);
        for days in 1..=7 {
            let of_day = self.kw(issue, hour - DAY * days);
            sums.iter_mut().zip(of_day).for_each(|(sum, kw)| *sum += kw);
        }
        sums.map(|sum| sum / 7)
    }

    fn kw(&self, issue: Hour, ahead: i64) -> [i64; 2] {
        let place = self.known_place(issue, ahead);
        place.map_or([0; 2], |place| self.operator_told(place).parts())
    }

    /// Holes of the week before `issue` and of what is told of the hours from
    /// then on.
    pub(super) fn holes_in_day_ahead(&self, issue: Hour) -> u32 {
        self.missing(issue.earlier(WEEK), WEEK) + self.missing(issue, self.told_ahead(issue))
    }
}
