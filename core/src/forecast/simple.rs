//! Forecasts that need no model, each with a range from its own errors on the
//! weeks before.

#[cfg(test)]
mod tests;

use super::answer::within_horizon;
use super::history::{MEMORY, View};
use super::{Forecast, ForecastError, Forecaster, History, Issue, Method, Notes, Quantiles};

const DAY: usize = 24;
const WEEK: usize = 168;

/// One rule that makes the hours to come from those before.
///
/// The range is 1.6 mean absolute errors of the rule at that distance on the
/// last four weeks: where eight of ten cases lie if errors follow a normal
/// distribution (1.606) or a double exponential (1.609).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Simple {
    /// The last hour stays.
    Persistence,
    /// The same hour of the day before.
    Yesterday,
    /// The same hour of the week before.
    LastWeek,
    /// The mean of the same hour over the last seven days.
    WeeklyProfile,
}

impl Simple {
    /// All of them, in the order in which a tie is decided.
    pub const ALL: [Self; 4] =
        [Self::WeeklyProfile, Self::Yesterday, Self::LastWeek, Self::Persistence];

    /// Hours of history below which it says nothing of its own.
    #[must_use]
    pub const fn needs_hours(self) -> usize {
        match self {
            Self::Persistence => 1,
            Self::Yesterday => DAY,
            Self::LastWeek | Self::WeeklyProfile => WEEK,
        }
    }

    /// What it says, `origin` hours before the issue, of the hour `ahead`
    /// hours later (0 is the first hour to come), in mg/kWh.
    fn value(self, view: &View<'_>, origin: usize, ahead: usize) -> i64 {
        // The same hour of the last day before the origin.
        let day_back = origin + DAY - ahead % DAY;
        match self {
            Self::Persistence => i64::from(view.filled(origin + 1)),
            Self::Yesterday => i64::from(view.filled(day_back)),
            Self::LastWeek => i64::from(view.filled(origin + WEEK - ahead % WEEK)),
            Self::WeeklyProfile => {
                let sum: i64 = (0..7).map(|d| i64::from(view.filled(day_back + DAY * d))).sum();
                sum / 7
            }
        }
    }

    /// Its mean absolute error on the last four weeks, in mg/kWh, `ahead`
    /// hours after each hour of issue that the history reaches; `None` where
    /// there is none.
    ///
    /// Every seventh hour is tried: over four weeks each hour of the day is.
    fn mean_error(self, view: &View<'_>, ahead: usize) -> Option<i64> {
        let reach = view.length().min(MEMORY).saturating_sub(self.needs_hours());
        let errors = (ahead + 1..=reach).step_by(7).filter_map(|origin| {
            let actual = i64::from(view.known(origin - ahead)?);
            Some((actual - self.value(view, origin, ahead)).abs())
        });
        let (sum, count) = errors.fold((0_i64, 0_i64), |(s, n), error| (s + error, n + 1));
        sum.checked_div(count)
    }

    fn fill(self, view: &View<'_>, ahead: usize) -> Quantiles {
        let value = self.value(view, 0, ahead);
        // Nothing to learn from: half of the value either way.
        let width = self.mean_error(view, ahead).map_or(value / 2, |error| error * 8 / 5);
        Quantiles::from_mg([value - width, value, value + width])
    }
}

impl Forecaster for Simple {
    /// With less history than the rule needs, the oldest hours there are stand
    /// in for the missing ones.
    fn forecast<'o>(
        &mut self,
        history: &History<'_>,
        issue: Issue,
        out: &'o mut [Quantiles],
    ) -> Result<Forecast<'o>, ForecastError> {
        within_horizon(out.len())?;
        let view = View::new(history, issue)?;
        for (ahead, slot) in out.iter_mut().enumerate() {
            *slot = self.fill(&view, ahead);
        }
        Ok(Forecast { values: out, method: Method::Simple(*self), notes: view.notes() })
    }
}

/// For each forecast day the rule with the smallest error on the last four
/// weeks of this grid.
#[derive(Clone, Copy, Debug, Default)]
pub struct BestSimple;

impl BestSimple {
    /// The rule for a forecast day, 0 to 3; the one that needs least where
    /// the history is too short to tell.
    fn choose(view: &View<'_>, day: usize) -> Simple {
        let error = |rule: Simple| {
            let hours = [5, 11, 17, 23].map(|hour| rule.mean_error(view, day * DAY + hour));
            hours.into_iter().try_fold(0_i64, |sum, error| Some(sum + error?))
        };
        let tried = Simple::ALL.into_iter().filter_map(|rule| Some((error(rule)?, rule)));
        let best = tried.min_by_key(|&(error, _)| error).map(|(_, rule)| rule);
        best.unwrap_or_else(|| {
            let fits = |rule: &Simple| rule.needs_hours() <= view.length();
            Simple::ALL.into_iter().find(fits).unwrap_or(Simple::Persistence)
        })
    }

    pub(super) fn fill(view: &View<'_>, out: &mut [Quantiles]) -> (Method, Notes) {
        let rules = [0, 1, 2, 3].map(|day| Self::choose(view, day));
        for ((day, hours), rule) in out.chunks_mut(DAY).enumerate().zip(rules) {
            for (hour, slot) in hours.iter_mut().enumerate() {
                *slot = rule.fill(view, day * DAY + hour);
            }
        }
        (Method::BestSimple(rules), view.notes())
    }
}

impl Forecaster for BestSimple {
    fn forecast<'o>(
        &mut self,
        history: &History<'_>,
        issue: Issue,
        out: &'o mut [Quantiles],
    ) -> Result<Forecast<'o>, ForecastError> {
        within_horizon(out.len())?;
        let view = View::new(history, issue)?;
        let (method, notes) = Self::fill(&view, out);
        Ok(Forecast { values: out, method, notes })
    }
}
