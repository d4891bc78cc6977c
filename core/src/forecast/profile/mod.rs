//! What a typical day of a grid looks like, month by month: for a device that
//! knows its zone and the time and nothing else.
//!
//! A row of the tables is one zone, [`PROFILE_BYTES`] bytes:
//!
//! | at | what |
//! | --- | --- |
//! | 0 | standard time less UTC in hours, i8 |
//! | 1 | weekends to the mean of all days, in 1/128 |
//! | 2 | u16: the largest ratio to the yearly mean below, in 1/4096 |
//! | 4 | by month: the ratio that one hour in ten lies below, in 1/256 |
//! | 16 | by month: the ratio that one hour in ten lies above, in 1/64 |
//! | 28 | by month: every second hour from 00:00 on, its ratio to the yearly mean in 1/255 of the largest |
//!
//! Hours between are the mean of their neighbours. A row tells a shape; the
//! level comes from the zone's newest yearly factor.
//!
//! The tables are written by `tools/profiles/generate.py`. The one in this
//! crate has 18 zones from series of ENTSO-E, US EIA and AEMO of 2019 to 2022
//! (3 KB; linked only where [`Profile::of`] is called); the crate
//! `wattcast-electricity-maps` has 92 more under the ODbL.

#[rustfmt::skip]
mod table;
#[cfg(test)]
mod tests;

use super::answer::within_horizon;
use super::history::View;
use super::hour::Local;
use super::{
    Forecast, ForecastError, Forecaster, History, Issue, Method, Notes, Quantiles, Typical,
};
use crate::units::CarbonIntensity;

/// Length of a row.
pub const PROFILE_BYTES: usize = 172;

const LOW_AT: usize = 4;
const HIGH_AT: usize = 16;
const MONTHS_AT: usize = 28;
const POINTS: usize = 12;
/// A history counts for the level once it holds a day's worth of readings of
/// the last week.
const ENOUGH: usize = 24;
const WEEK: usize = 168;

/// The typical day of a zone as a forecaster.
///
/// Of a history it uses the level alone: with at least 24 readings in the last
/// week the day is scaled to them, so that it serves a device that was
/// switched on yesterday, too.
///
/// ```
/// use wattcast_core::forecast::{Forecaster, History, Hour, Issue, Profile, Quantiles};
/// use wattcast_core::units::CarbonIntensity;
///
/// // Noon of a July Saturday in California, one yearly number known.
/// let issue = Issue::new(Hour::from_hours(495_332), -8).unwrap();
/// let level = CarbonIntensity::from_mg_per_kwh(208_000);
/// let mut profile = Profile::of("US-CAL-CISO", level);
///
/// let mut next_day = [Quantiles::default(); 24];
/// let nothing = History::new(issue.hour(), &[]);
/// let forecast = profile.forecast(&nothing, issue, &mut next_day)?;
/// // The sun is up: now is a third better than after sunset.
/// let [noon, evening] = [0, 9].map(|k: usize| forecast.values[k].p50().as_mg_per_kwh());
/// assert!(3 * noon < 2 * evening);
/// # Ok::<(), wattcast_core::forecast::ForecastError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Profile<'a> {
    row: Option<&'a [u8; PROFILE_BYTES]>,
    typical: Typical,
    level: CarbonIntensity,
}

impl Profile<'static> {
    /// The row of a zone (`DE`, `US-CAL-CISO`), else that of its country, else
    /// the same value at every hour; `level` is the yearly mean. Which of them
    /// is told by [`Profile::typical`] and by every answer.
    #[must_use]
    pub fn of(zone: &str, level: CarbonIntensity) -> Self {
        let row = |code: &str| {
            let at = table::ROWS.binary_search_by(|(known, _)| (*known).cmp(code)).ok()?;
            table::ROWS.get(at).map(|(_, row)| row)
        };
        let country = zone.split('-').next().unwrap_or(zone);
        let found = row(zone).map(|row| (row, Typical::OfZone));
        match found.or_else(|| row(country).map(|row| (row, Typical::OfCountry))) {
            Some((row, typical)) => Self { row: Some(row), typical, level },
            None => Self { row: None, typical: Typical::Flat, level },
        }
    }
}

impl<'a> Profile<'a> {
    /// From a row as this module specifies it; any bytes are a row.
    #[must_use]
    pub const fn from_row(
        row: &'a [u8; PROFILE_BYTES],
        typical: Typical,
        level: CarbonIntensity,
    ) -> Self {
        Self { row: Some(row), typical, level }
    }

    /// Whose typical day it is.
    #[must_use]
    pub const fn typical(&self) -> Typical {
        self.typical
    }

    /// p10, p50 and p90 in mg/kWh for a yearly mean of `level`.
    fn hour(&self, level: u64, issue: Issue, ahead: i32) -> [i64; 3] {
        let [low, ratio, high] = self.ratios(issue, ahead);
        let p50 = level * ratio / 4096;
        [p50 * low / 256, p50, p50 * high / 64].map(|mg| i64::try_from(mg).unwrap_or(i64::MAX))
    }

    /// Lower range in 1/256, ratio to the yearly mean in 1/4096, upper range in
    /// 1/64. Without a row: all hours alike, from half to one and a half.
    fn ratios(&self, issue: Issue, ahead: i32) -> [u64; 3] {
        let Some(row) = self.row else { return [128, 4096, 96] };
        let byte = |at: usize| u64::from(row.get(at).copied().unwrap_or(0));
        let offset = row.first().map_or(0, |byte| byte.cast_signed());
        let local = Issue::new(issue.hour(), offset).unwrap_or(issue).local(ahead);
        let (month, hour) = (local.month(), local.hour_of_day());
        let point = |hour: usize| byte(MONTHS_AT + POINTS * month + hour / 2 % POINTS);
        let shape = point(hour) + point(hour + hour % 2);
        let weekend = byte(1);
        // Five working days make up for what two days of the weekend lack.
        let of_week = if local.is_weekend() {
            weekend * 5
        } else {
            (7 * 128_u64).saturating_sub(2 * weekend)
        };
        let peak = byte(2) + 256 * byte(3);
        [
            byte(LOW_AT + month).min(256),
            shape * peak * of_week / (2 * 255 * 5 * 128),
            byte(HIGH_AT + month),
        ]
    }

    /// The yearly mean that goes with the readings of the last week, where
    /// there are enough.
    fn level_of(&self, view: &View<'_>, issue: Issue) -> Option<u64> {
        let mut count = 0;
        let (mut known, mut usual) = (0_u64, 0_u64);
        for back in 1..=WEEK.min(view.length()) {
            let Some(mg) = view.known(back) else { continue };
            let [_, ratio, _] = self.ratios(issue, -i32::try_from(back).unwrap_or(0));
            count += 1;
            known += u64::from(mg);
            usual += ratio;
        }
        if count < ENOUGH { None } else { (known * 4096).checked_div(usual) }
    }
}

impl Forecaster for Profile<'_> {
    /// Never fails for want of history.
    fn forecast<'o>(
        &mut self,
        history: &History<'_>,
        issue: Issue,
        out: &'o mut [Quantiles],
    ) -> Result<Forecast<'o>, ForecastError> {
        within_horizon(out.len())?;
        let view = View::new(history, issue).ok();
        let level = view.as_ref().and_then(|view| self.level_of(view, issue));
        let level = level.unwrap_or(u64::from(self.level.as_mg_per_kwh()));
        for (ahead, slot) in (0..).zip(out.iter_mut()) {
            *slot = Quantiles::from_mg(self.hour(level, issue, ahead));
        }
        let notes = view.map_or_else(Notes::default, |view| view.notes());
        Ok(Forecast { values: out, method: Method::TypicalDay(self.typical), notes })
    }
}

impl Local {
    /// Month of the year, 0 is January.
    fn month(self) -> usize {
        // Years that begin with March have their leap day at the end, and
        // months of 153 days in fives (Neri and Schneider, "Euclidean affine
        // functions and their application to calendar algorithms", 2022).
        let days = self.days() + 719_468;
        let in_era = days.rem_euclid(146_097);
        let year = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
        let in_year = in_era - (365 * year + year / 4 - year / 100);
        usize::try_from(((5 * in_year + 2) / 153 + 2) % 12).unwrap_or(0)
    }
}
