//! Who makes a plan, and is asked again as the job goes on.

use wattcast_core::units::{Power, Utc};

use super::Agenda;
use crate::metering::Intensity;

/// How far a job is when it is planned.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The moment.
    pub now: Utc,
    /// The work that is done, in microseconds of running.
    pub done_us: u64,
    /// What the job is doing.
    pub standing: Standing,
    /// The mean power that was measured while it ran.
    pub power: Option<Power>,
}

/// What a job is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has not started.
    Fresh,
    /// It runs.
    Running {
        /// Where.
        zone: String,
        /// Since when.
        since: Utc,
    },
    /// It is paused.
    Paused {
        /// Where it last ran.
        zone: String,
    },
}

/// Why there is no plan.
#[derive(Debug)]
pub struct Trouble {
    /// In words.
    pub text: String,
    /// No time is left to wait, so the job has to run.
    pub is_late: bool,
}

/// What perfect foresight would have done, known afterwards. Masses in
/// micrograms of CO2e of the energy that the job has used.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Hindsight {
    /// In the best hours.
    pub best_ug: Option<u64>,
    /// Started at once.
    pub run_now_ug: Option<u64>,
    /// Spread over all of the time.
    pub mean_ug: Option<u64>,
    /// The best intervals.
    pub plan: serde_json::Value,
}

/// Makes plans.
pub trait Planner {
    /// A plan for what is left.
    ///
    /// # Errors
    /// [`Trouble`] says why there is none.
    fn plan(&mut self, progress: &Progress) -> Result<Agenda, Trouble>;

    /// Whether another hour may bring another plan.
    fn learns(&self) -> bool;

    /// The intensity by which the energy of a zone is priced from now on,
    /// where the planner knows a better one than the user gave.
    fn intensity(&self, _zone: &str) -> Option<Intensity> {
        None
    }

    /// What would have been best from `start` on for a job that ran so long at
    /// this power, where the intensities of that time are known by now.
    fn hindsight(&mut self, _start: Utc, _running_us: u64, _power: Power) -> Option<Hindsight> {
        None
    }
}

/// A plan that somebody made before.
#[derive(Debug)]
pub struct FilePlan(pub Agenda);

impl Planner for FilePlan {
    fn plan(&mut self, _progress: &Progress) -> Result<Agenda, Trouble> {
        Ok(self.0.clone())
    }

    fn learns(&self) -> bool {
        false
    }
}
