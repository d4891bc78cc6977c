//! Some grids, day by day: what was told and what came.

use wattcast_core::forecast::{ForecastError, Hour};
use wattcast_core::plan::{MAX_ZONES, PlanError};

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
    /// For each zone the median of each hour as told at the start, in mg/kWh.
    pub(super) told: Vec<Vec<u32>>,
    /// For each zone what came.
    pub(super) came: Vec<Vec<u32>>,
}

impl Day {
    /// How many hours it has.
    pub(super) fn hours(&self) -> usize {
        self.came.first().map_or(0, Vec::len)
    }
}

/// Some grids over some days.
#[derive(Clone, Debug)]
pub struct Field {
    zones: Vec<String>,
    pub(super) days: Vec<Day>,
    left_out: usize,
}

impl Field {
    /// Lets a forecaster tell each of the days from `from` on, 24 hours at
    /// their start, as it could have done then. Days of which an hour is not
    /// known in some grid are left out. `done` counts forecasts.
    ///
    /// # Errors
    /// [`SimulateError`] where nothing is left.
    pub fn replay(
        grids: &[Grid],
        by: &Candidate<'_>,
        from: Hour,
        hours: u32,
        done: &(dyn Fn(u64) + Sync),
    ) -> Result<Self, SimulateError> {
        if grids.is_empty() || grids.len() > MAX_ZONES {
            return Err(SimulateError::GridCount(grids.len()));
        }
        let nothing = || SimulateError::NoDay { from: crate::intensity::timestamp(from.start()) };
        let whole_days = hours.div_ceil(24).saturating_mul(24);
        let windows = Windows::new(from, from.later(whole_days), 24, 24).ok_or_else(nothing)?;
        let replays = backtest::run(grids, std::slice::from_ref(by), windows, done)?;
        let mut replayed: Vec<_> =
            replays.iter().filter_map(|of_grid| Some(of_grid.first()?.windows())).collect();
        let (mut days, mut left_out) = (Vec::new(), 0);
        for start in windows.issues() {
            let left = from.as_hours().saturating_add(hours).saturating_sub(start.as_hours());
            let length = usize::try_from(left).unwrap_or(DAY).min(DAY);
            let mut day = Day { start, told: Vec::new(), came: Vec::new() };
            let mut is_known = true;
            for window in &mut replayed {
                let hours = window.next().map(|(_, hours)| hours).unwrap_or_default();
                let hours = hours.get(..length).unwrap_or_default();
                let mg = |value: wattcast_core::units::CarbonIntensity| value.as_mg_per_kwh();
                day.told.push(hours.iter().map(|(told, _)| mg(told.p50())).collect());
                let came: Option<Vec<u32>> = hours.iter().map(|(_, came)| came.map(mg)).collect();
                is_known &= came.is_some();
                day.came.push(came.unwrap_or_default());
            }
            if is_known && day.hours() == length { days.push(day) } else { left_out += 1 }
        }
        if days.is_empty() {
            return Err(nothing());
        }
        let zones = grids.iter().map(|grid| grid.zone().to_owned()).collect();
        Ok(Self { zones, days, left_out })
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

    /// Mean intensity of a zone in mg/kWh.
    #[must_use]
    pub fn mean_mg(&self, zone: usize) -> u64 {
        let hours = self.days.iter().filter_map(|day| day.came.get(zone)).flatten();
        let sum: u64 = hours.map(|mg| u64::from(*mg)).sum();
        sum.checked_div(u64::try_from(self.hours()).unwrap_or(0)).unwrap_or(0)
    }
}
