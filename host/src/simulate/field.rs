//! Some grids, day by day: what was told and what came.

use wattcast_core::forecast::{ForecastError, Hour};
use wattcast_core::plan::{MAX_ZONES, PlanError};
use wattcast_core::units::CarbonIntensity;

use crate::backtest::{self, Candidate, Grid, Windows};

/// Hours of a day, and of each forecast.
pub(super) const DAY: usize = 24;

/// Why nothing can be played.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// No grid, or more than a plan weighs.
    #[error("{0} grids; give 1 to 16")]
    GridCount(usize),
    /// No day of which every hour is known in every grid.
    #[error(
        "no day from {from} on is known in full in every grid; give longer histories or another --from"
    )]
    NoDay {
        /// The first day that was asked for.
        from: String,
    },
    /// A forecast could not be made.
    #[error("{0}; begin later, with --from")]
    Forecast(#[from] ForecastError),
    /// A plan could not be made.
    #[error("{0}")]
    Plan(#[from] PlanError),
    /// A zone is not there, or a stretch leaves the days.
    #[error("{0}")]
    Stretch(String),
}

/// A day: 24 hours, fewer only at the end of the field.
#[derive(Clone, Debug)]
pub(super) struct Day {
    pub(super) start: Hour,
    /// What was told, the first at the start.
    pub(super) issues: Vec<Issue>,
    /// For each zone what came, in mg/kWh.
    pub(super) came: Vec<Vec<u32>>,
    /// For each zone the mean of the four weeks before.
    pub(super) before: Vec<u32>,
}

/// What was told at an hour of a day of the rest of it.
#[derive(Clone, Debug)]
pub(super) struct Issue {
    /// Hours from the start of the day.
    pub(super) at: usize,
    /// For each zone the mean of each hour, in mg/kWh.
    pub(super) told: Vec<Vec<u32>>,
}

impl Day {
    /// How many hours it has.
    pub(super) fn hours(&self) -> usize {
        self.came.first().map_or(0, Vec::len)
    }

    /// What was told at its start.
    pub(super) fn first(&self) -> &[Issue] {
        self.issues.get(..1).unwrap_or_default()
    }

    /// What one who knows all is told.
    pub(super) fn foreseen(&self) -> Issue {
        Issue { at: 0, told: self.came.clone() }
    }

    /// What was told of an hour by the newest of some issues, zone by zone.
    pub(super) fn told_of(hour: usize, issues: &[Issue]) -> Vec<u32> {
        let newest = issues.iter().rev().find(|issue| issue.at <= hour);
        let value = |issue: &Issue, zone: &Vec<u32>| zone.get(hour - issue.at).copied();
        newest.map_or_else(Vec::new, |issue| {
            issue.told.iter().map(|zone| value(issue, zone).unwrap_or(0)).collect()
        })
    }
}

/// Some grids over some days.
#[derive(Clone, Debug)]
pub struct Field {
    zones: Vec<String>,
    pub(super) days: Vec<Day>,
    left_out: usize,
    every_hours: u32,
}

impl Field {
    /// Lets a forecaster tell each of the days from `from` on, at their start
    /// and again every `every_hours`, which divide 24, as it could have done
    /// then. Days of which an hour is not known in some grid are left out.
    /// `done` counts forecasts.
    ///
    /// # Errors
    /// [`SimulateError`] where nothing is left.
    pub fn replay(
        grids: &[Grid],
        by: &Candidate<'_>,
        from: Hour,
        (hours, every_hours): (u32, u32),
        done: &(dyn Fn(u64) + Sync),
    ) -> Result<Self, SimulateError> {
        if grids.is_empty() || grids.len() > MAX_ZONES {
            return Err(SimulateError::GridCount(grids.len()));
        }
        let nothing = || SimulateError::NoDay { from: crate::intensity::timestamp(from.start()) };
        // The last issue is within the last day.
        let to = from.later(hours.div_ceil(24).saturating_mul(24).saturating_add(23));
        let windows = Windows::new(from, to, every_hours, 24)
            .filter(|_| 24 % every_hours == 0)
            .ok_or_else(nothing)?;
        let replays = backtest::run(grids, std::slice::from_ref(by), windows, done)?;
        let mut replayed: Vec<_> =
            replays.iter().filter_map(|of_grid| Some(of_grid.first()?.windows())).collect();
        let mut days: Vec<Day> = Vec::new();
        for issue in windows.issues() {
            let since = usize::try_from(issue.as_hours() - from.as_hours()).unwrap_or(0);
            let left = usize::try_from(hours).unwrap_or(0).saturating_sub(since);
            let (at, length) = (since % DAY, left.min(DAY - since % DAY));
            let mut told = Vec::new();
            let mut came = Vec::new();
            for window in &mut replayed {
                let hours = window.next().map(|(_, hours)| hours).unwrap_or_default();
                let hours = hours.get(..length).unwrap_or_default();
                let mg = |value: CarbonIntensity| value.as_mg_per_kwh();
                told.push(hours.iter().map(|(told, _)| mg(told.mean())).collect());
                // Of a day with a hole nothing is kept.
                let known: Option<Vec<u32>> = hours.iter().map(|(_, came)| came.map(mg)).collect();
                came.push(known.unwrap_or_default());
            }
            if at == 0 {
                let before = grids.iter().map(|grid| mean_before(grid, issue)).collect();
                days.push(Day { start: issue, issues: Vec::new(), came, before });
            }
            if let Some(day) = days.last_mut().filter(|_| length > 0) {
                day.issues.push(Issue { at, told });
            }
        }
        let whole = days.len();
        days.retain(|day| day.hours() > 0 && day.came.iter().all(|zone| zone.len() == day.hours()));
        let left_out = whole - days.len();
        if days.is_empty() {
            return Err(nothing());
        }
        let zones = grids.iter().map(|grid| grid.zone().to_owned()).collect();
        Ok(Self { zones, days, left_out, every_hours })
    }

    /// The zones, in the order of their numbers.
    #[must_use]
    pub fn zones(&self) -> &[String] {
        &self.zones
    }

    /// The hours that are played.
    #[must_use]
    pub fn hours(&self) -> usize {
        self.days.iter().map(Day::hours).sum()
    }

    /// How many days are played, and how many were left out.
    #[must_use]
    pub fn days(&self) -> (usize, usize) {
        (self.days.len(), self.left_out)
    }

    /// Hours from one forecast to the next.
    #[must_use]
    pub fn every_hours(&self) -> u32 {
        self.every_hours
    }

    /// Mean intensity of a zone in mg/kWh.
    #[must_use]
    pub fn mean_mg(&self, zone: usize) -> u64 {
        let hours = self.days.iter().filter_map(|day| day.came.get(zone)).flatten();
        let sum: u64 = hours.map(|mg| u64::from(*mg)).sum();
        sum.checked_div(u64::try_from(self.hours()).unwrap_or(0)).unwrap_or(0)
    }
}

/// The mean of the known hours of the four weeks before; where there are none,
/// more than any other.
fn mean_before(grid: &Grid, hour: Hour) -> u32 {
    let known = (1..=672).filter_map(|back| grid.series().value(hour.earlier(back)));
    let (sum, count) = known.fold((0_u64, 0_u64), |(sum, count), value| {
        (sum + u64::from(value.as_mg_per_kwh()), count + 1)
    });
    sum.checked_div(count).and_then(|mean| u32::try_from(mean).ok()).unwrap_or(u32::MAX)
}
