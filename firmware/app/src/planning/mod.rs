//! What a board does with the hours of its grid: a [`Planner`] forecasts and
//! plans, [`MeterOnly`] leaves that out, and its memory with it.

mod planner;

pub use planner::{Memory, Planner};

use embedded_io::Write;
use wattcast_core::forecast::{Hour, Quantiles};
use wattcast_core::units::{CarbonIntensity, Utc};
use wattcast_core::wire::command::{SetHistory, SetJob};

use crate::log::Log;
use crate::site::Site;

/// What came of an hour, or of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    /// What the load is to do; `None` where there is none to switch.
    pub load: Option<bool>,
    /// Whether there is a new forecast, so that prices are others.
    pub is_new: bool,
}

/// Forecasts and plans, or does not.
pub trait Planning {
    /// The board stands elsewhere now.
    fn forget(&mut self);

    /// Takes hours gone by.
    ///
    /// # Errors
    /// In words.
    fn history(&mut self, history: &SetHistory<'_>) -> Result<(), &'static str>;

    /// Takes a job.
    ///
    /// # Errors
    /// In words.
    fn job(&mut self, job: SetJob) -> Result<(), &'static str>;

    /// How long the job has run, in seconds; `None` without a job.
    fn done_s(&self) -> Option<u32>;

    /// Takes up the job as one that has run so long before this boot.
    fn resume(&mut self, done_s: u32);

    /// Forecasts where an hour has begun or something was learned, plans where
    /// either is new, logs both, and says what the load is to do now.
    fn advise(&mut self, now: Utc, site: &Site, log: &mut Log, line: &mut impl Write) -> Advice;

    /// Logs forecast and plan again.
    fn tell(&self, site: &Site, log: &mut Log, line: &mut impl Write);

    /// The hours that were forecast, and the first of them.
    fn ahead(&self) -> Option<(Hour, &[Quantiles])>;

    /// The intensity expected at a moment, and who says so.
    fn expected(&self, at: Utc) -> Option<(CarbonIntensity, &'static str)>;
}

/// Meters only.
#[derive(Clone, Copy, Debug, Default)]
pub struct MeterOnly;

impl Planning for MeterOnly {
    fn forget(&mut self) {}

    fn history(&mut self, _: &SetHistory<'_>) -> Result<(), &'static str> {
        Err("this firmware does not forecast")
    }

    fn job(&mut self, _: SetJob) -> Result<(), &'static str> {
        Err("this firmware does not plan")
    }

    fn done_s(&self) -> Option<u32> {
        None
    }

    fn resume(&mut self, _: u32) {}

    fn advise(&mut self, _: Utc, _: &Site, _: &mut Log, _: &mut impl Write) -> Advice {
        Advice::default()
    }

    fn tell(&self, _: &Site, _: &mut Log, _: &mut impl Write) {}

    fn ahead(&self) -> Option<(Hour, &[Quantiles])> {
        None
    }

    fn expected(&self, _: Utc) -> Option<(CarbonIntensity, &'static str)> {
        None
    }
}
