//! A plan and its command before the command is started.

use std::ffi::OsString;
use std::io;
use std::time::Duration;

use wattcast_core::units::{US_PER_HOUR, Utc};

use super::outcome::Before;
use super::running::Running;
use super::{
    Agenda, AtBudget, Budget, Checkpoint, Due, Hooks, Planner, Progress, Saved, Standing, StateFile,
};
use crate::intensity::timestamp;
use crate::metering::{OpenError, Settings};
use crate::process::{Exit, OnDeath, StartError, Vigil, lives};
use crate::report::{Reading, RunReport, duration, read_runs};

/// The system's clock is looked at this often, at least: it can be set, and
/// the machine can sleep.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long the command of a run that was killed may take to end.
const FAREWELL: Duration = Duration::from_secs(30);

/// A planned run.
pub struct Drive {
    /// The command.
    pub program: OsString,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// How it is metered; its clock is that of the plan.
    pub settings: Settings,
    /// What becomes of it if this process is killed.
    pub on_death: OnDeath,
    /// The user's ways to pause, resume and move it.
    pub hooks: Hooks,
    /// How it saves its work, where it can.
    pub checkpoint: Option<Checkpoint>,
    /// Whether to pause it by the freezer.
    pub freezer: bool,
    /// Whether a command that is started again goes on where it was, as far as
    /// it ran, rather than from its last checkpoint or its beginning.
    pub resumable: bool,
    /// What it may use, and what happens when that is used up.
    pub budget: Option<(Budget, AtBudget)>,
    /// Who plans.
    pub planner: Box<dyn Planner>,
    /// Where the state is kept, if it is.
    pub state: Option<StateFile>,
    /// What was kept.
    pub saved: Saved,
    /// Tells a person one line.
    pub tell: fn(&str),
}

/// A planned run that came to its end.
pub struct Finished {
    /// How the command ended.
    pub exit: Exit,
    /// What it cost, and what was planned.
    pub report: RunReport,
}

/// Why a planned run did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// There is no plan.
    #[error("{0}")]
    Plan(String),
    /// It cannot be metered.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The command could not be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The system can no longer be asked.
    #[error(transparent)]
    System(#[from] io::Error),
    /// The command of an earlier run with this plan goes on without wattcast.
    #[error(
        "the command of this plan still runs as process {0}, not metered; end it or wait for its end"
    )]
    Alive(u32),
    /// A signal ended it before the command was started; its number.
    #[error("ended by signal {0} before the command was started")]
    Ended(i32),
}

impl Drive {
    /// Waits, runs the command as planned, and ends when it has ended.
    ///
    /// # Errors
    /// [`DriveError`] where it was not started.
    pub fn run(mut self) -> Result<Finished, DriveError> {
        self.await_farewell()?;
        let before = self.before();
        let done_us = if self.resumable { before.running_us } else { self.saved.saved_us };
        if self.saved.runs.is_empty() {
            self.saved.started_utc_us = self.settings.clock.utc_us();
        } else {
            (self.tell)(&format!(
                "takes up the plan of {}; {} of the work count as done",
                timestamp(Utc::from_us(self.saved.started_utc_us)),
                duration(done_us),
            ));
        }
        let mut course = Course::new(done_us);
        let agenda = self.plan(&course, Standing::Fresh).map_err(DriveError::Plan)?;
        if self.saved.planned.is_null() {
            self.saved.planned = agenda.plan.clone();
        }
        self.save();
        course.agenda = agenda;
        self.await_start(&mut course)?;
        Running::start(self, course, before)?.go()
    }

    /// A command whose wattcast was killed may be about to end.
    fn await_farewell(&self) -> Result<(), DriveError> {
        let Some((pid, birth)) = self.saved.job else { return Ok(()) };
        let began = std::time::Instant::now();
        while lives(pid, birth) {
            if began.elapsed() > FAREWELL || self.on_death == OnDeath::Continue {
                return Err(DriveError::Alive(pid));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// What the runs of this plan so far came to, by their ledgers.
    fn before(&self) -> Before {
        let mut before = Before::default();
        let Some(options) = self.settings.ledger.as_ref().filter(|_| !self.saved.runs.is_empty())
        else {
            return before;
        };
        let ledgers = options.place.ledgers(&options.fallback_dir).unwrap_or_default();
        for files in &ledgers {
            for report in read_runs(files, &mut Reading::default()).unwrap_or_default() {
                if self.saved.runs.contains(&report.run) {
                    before.running_us = before.running_us.saturating_add(report.running_us);
                    before.energy_uj = before.energy_uj.saturating_add(report.energy_uj);
                    before.carbon_ug =
                        before.carbon_ug.saturating_add(report.carbon_ug.unwrap_or(0));
                    before.cost_micro =
                        before.cost_micro.saturating_add(report.cost_micro.unwrap_or(0));
                }
            }
        }
        before
    }

    pub(super) fn save(&self) {
        if let Some(state) = &self.state
            && let Err(error) = state.save(&self.saved)
        {
            (self.tell)(&format!("the plan is not kept: {error}"));
        }
    }

    pub(super) fn now(&self) -> Utc {
        self.settings.clock.utc()
    }

    /// A plan for what is left; where no time is left to wait, to run now.
    fn plan(&mut self, course: &Course, standing: Standing) -> Result<Agenda, String> {
        let now = self.now();
        let progress = Progress { now, done_us: course.done_us, standing, power: course.power };
        let planned = match self.planner.plan(&progress) {
            Ok(agenda) => Ok(agenda),
            Err(trouble) if trouble.is_late && self.saved.plans > 0 => {
                (self.tell)(&format!("{}: runs on now", trouble.text));
                Ok(Agenda::nothing())
            }
            Err(trouble) => Err(trouble.text),
        };
        if planned.is_ok() {
            self.saved.plans += 1;
        }
        planned
    }

    /// Plans anew where an hour has passed and that may help.
    pub(super) fn plan_again(&mut self, course: &mut Course, standing: Standing) -> bool {
        let now = self.now();
        if !self.planner.learns() || now < course.next_plan {
            return false;
        }
        course.next_plan = next_hour(now);
        match self.plan(course, standing) {
            Ok(agenda) if agenda.stretches() != course.agenda.stretches() => {
                course.agenda = agenda;
                true
            }
            Ok(_) => false,
            Err(text) => {
                if course.told.as_ref() != Some(&text) {
                    (self.tell)(&format!("{text}; keeps to the plan as it was"));
                    course.told = Some(text);
                }
                false
            }
        }
    }

    fn await_start(&mut self, course: &mut Course) -> Result<(), DriveError> {
        course.next_plan = next_hour(self.now());
        self.announce(&course.agenda);
        let mut vigil = None;
        loop {
            let Due::Wait(start) = course.agenda.due(self.now()) else { return Ok(()) };
            let vigil = match &mut vigil {
                Some(vigil) => vigil,
                None => vigil.insert(Vigil::keep()?),
            };
            let wake = if self.planner.learns() { start.min(course.next_plan) } else { start };
            let length = self.settings.clock.until_us(wake.as_us()).min(LONGEST_WAIT);
            if let Some(signal) = vigil.wait(length)? {
                if is_given_up(signal) {
                    self.forget();
                }
                return Err(DriveError::Ended(signal));
            }
            if self.plan_again(course, Standing::Fresh) {
                self.announce(&course.agenda);
            }
        }
    }

    pub(super) fn announce(&self, agenda: &Agenda) {
        let intervals = agenda.stretches().iter().map(|stretch| {
            let zone = if stretch.zone.is_empty() {
                String::new()
            } else {
                format!(" in {}", stretch.zone)
            };
            format!("{} to {}{zone}", timestamp(stretch.start), timestamp(stretch.end))
        });
        let intervals: Vec<String> = intervals.collect();
        if !intervals.is_empty() {
            (self.tell)(&format!("runs {}", intervals.join(", ")));
        }
    }

    pub(super) fn forget(&self) {
        if let Some(state) = &self.state {
            state.forget();
        }
    }
}

/// A person who interrupts gives the plan up; a machine that goes down does
/// not.
pub(super) const fn is_given_up(signal: i32) -> bool {
    const SIGINT: i32 = 2;
    const SIGQUIT: i32 = 3;
    matches!(signal, SIGINT | SIGQUIT)
}

fn next_hour(now: Utc) -> Utc {
    Utc::from_us((now.as_us() / US_PER_HOUR + 1) * US_PER_HOUR)
}

/// How far the plan is.
pub(super) struct Course {
    pub(super) agenda: Agenda,
    pub(super) next_plan: Utc,
    /// Work that is done.
    pub(super) done_us: u64,
    pub(super) power: Option<wattcast_core::units::Power>,
    /// What was told of planning last.
    pub(super) told: Option<String>,
}

impl Course {
    fn new(done_us: u64) -> Self {
        let agenda = Agenda::nothing();
        Self { agenda, next_plan: Utc::ZERO, done_us, power: None, told: None }
    }
}
