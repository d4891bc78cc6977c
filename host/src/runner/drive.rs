//! The loop over a plan, a job and its meter.

use std::ffi::OsString;
use std::io;
use std::time::Duration;

use wattcast_core::units::{US_PER_HOUR, Utc};
use wattcast_core::wire::Record;
use wattcast_core::wire::record::EventKind;

use super::brake::Asked;
use super::outcome::{Before, Outcome, Ran, mean_power};
use super::{Agenda, Brake, Checkpoint, Due, Hooks, Planner, Progress, Saved, Standing, StateFile};
use crate::intensity::timestamp;
use crate::metering::{OpenError, Session, Settings};
use crate::process::{Exit, Guardian, Job, OnDeath, Spec, StartError, Vigil, birth_of, lives};
use crate::report::{Reading, RunReport, duration, read_runs};

/// The system's clock is looked at this often, at least: it can be set, and
/// the machine can sleep.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A step of the clock that counts as one.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);
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
                }
            }
        }
        before
    }

    fn save(&self) {
        if let Some(state) = &self.state
            && let Err(error) = state.save(&self.saved)
        {
            (self.tell)(&format!("the plan is not kept: {error}"));
        }
    }

    fn now(&self) -> Utc {
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
    fn plan_again(&mut self, course: &mut Course, standing: Standing) -> bool {
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

    fn announce(&self, agenda: &Agenda) {
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

    fn forget(&self) {
        if let Some(state) = &self.state {
            state.forget();
        }
    }
}

/// A person who interrupts gives the plan up; a machine that goes down does
/// not.
const fn is_given_up(signal: i32) -> bool {
    const SIGINT: i32 = 2;
    const SIGQUIT: i32 = 3;
    matches!(signal, SIGINT | SIGQUIT)
}

fn next_hour(now: Utc) -> Utc {
    Utc::from_us((now.as_us() / US_PER_HOUR + 1) * US_PER_HOUR)
}

/// How far the plan is.
struct Course {
    agenda: Agenda,
    next_plan: Utc,
    /// Work that is done.
    done_us: u64,
    power: Option<wattcast_core::units::Power>,
    /// What was told of planning last.
    told: Option<String>,
}

impl Course {
    fn new(done_us: u64) -> Self {
        let agenda = Agenda::nothing();
        Self { agenda, next_plan: Utc::ZERO, done_us, power: None, told: None }
    }
}

/// A planned run whose command has been started.
struct Running {
    drive: Drive,
    course: Course,
    before: Before,
    done_before_us: u64,
    session: Session,
    job: Job,
    brake: Brake,
    is_paused: bool,
    /// The plan no longer counts: the command runs to its end.
    is_let_go: bool,
    /// Where it ran, the last one being where it runs.
    ran: Vec<Ran>,
    slept: Duration,
    last_sample: wattcast_core::units::Uptime,
}

impl Running {
    fn start(mut drive: Drive, course: Course, before: Before) -> Result<Self, DriveError> {
        let state = drive.state.as_ref();
        let control = match state {
            Some(state) => state.control(),
            None => std::env::temp_dir().join(format!("wattcast-{}.control", std::process::id())),
        };
        let mut brake = Brake::new(drive.hooks.clone(), drive.checkpoint.clone(), control);
        // Before the sources, since a driver may start threads.
        let resume = brake.resume_hook().map(OsString::as_os_str);
        let guardian = Guardian::start_with(drive.on_death, resume);
        let now = drive.now();
        let zone = match course.agenda.due(now) {
            Due::Run(stretch) => stretch.zone.clone(),
            Due::Wait(_) | Due::Over => String::new(),
        };
        if let Some(intensity) = drive.planner.intensity(&zone) {
            drive.settings.pricer.intensity = intensity;
        }
        let mut session = Session::open(&drive.settings)?;
        if drive.settings.clock.speed() > 1 {
            let text = format!(
                "a test clock runs {} times as fast as the machine's: these are no measurements",
                drive.settings.clock.speed()
            );
            session.event(EventKind::Warning, 0, &text);
        }
        let guardian = guardian
            .map_err(|error| session.event(EventKind::Warning, 0, &format!("no guardian: {error}")))
            .ok();
        brake.release(&zone).map_err(io::Error::other)?;
        let mut spec = Spec::new(drive.program.clone(), drive.args.clone(), session.tag().clone());
        spec.env = brake.environment();
        spec.freezer = drive.freezer;
        drive.saved.runs.push(session.tag().id().to_owned());
        let mut job = match Job::start(&spec, guardian) {
            Ok(job) => job,
            Err(error) => {
                session.event(EventKind::Exited, i64::from(error.exit_code()), &error.to_string());
                let _ = session.finish();
                drive.forget();
                return Err(error.into());
            }
        };
        if let Some(why) = job.why_no_freezer() {
            let text = format!("no freezer ({why}); the command is paused by signals");
            session.event(EventKind::Warning, 0, &text);
        }
        if !session.shares_machine() {
            job.leave_machine_out();
        }
        session.event(EventKind::Started, i64::from(job.id()), "");
        course.agenda.records().for_each(|plan| session.record(&Record::Plan(plan)));
        drive.saved.job = birth_of(job.id()).map(|birth| (job.id(), birth));
        drive.save();
        let slept = drive.settings.clock.slept();
        let (done_before_us, last_sample) = (course.done_us, session.now());
        let ran = vec![Ran { zone, start: now, end: now }];
        Ok(Self {
            drive,
            course,
            before,
            done_before_us,
            session,
            job,
            brake,
            is_paused: false,
            is_let_go: false,
            ran,
            slept,
            last_sample,
        })
    }

    fn go(mut self) -> Result<Finished, DriveError> {
        let exit = loop {
            let length = self.until_next();
            if let Some(exit) = self.job.wait(Some(length))? {
                break exit;
            }
            self.mind_the_clock();
            if self.is_paused {
                if let Err(error) = self.job.hold() {
                    self.warn(&format!("the command is not paused: {error}"));
                }
            } else {
                self.sample();
            }
            if let Some(exit) = self.follow_plan()? {
                break exit;
            }
        };
        Ok(self.finish(exit))
    }

    /// How long to wait for the next thing to do.
    fn until_next(&self) -> Duration {
        let (clock, course) = (&self.drive.settings.clock, &self.course);
        let mut wake = if self.is_paused { LONGEST_WAIT } else { self.drive.settings.tick() };
        if self.is_let_go {
            return wake;
        }
        let mut until = |moment: Utc| wake = wake.min(clock.until_us(moment.as_us()));
        match course.agenda.due(clock.utc()) {
            Due::Run(stretch) => until(stretch.end),
            Due::Wait(start) => until(start),
            Due::Over => {}
        }
        if self.drive.planner.learns() {
            until(course.next_plan);
        }
        wake
    }

    /// Follows a clock that was set, and leaves out the time of a sleep.
    fn mind_the_clock(&mut self) {
        let slept = self.drive.settings.clock.slept();
        let added = slept.saturating_sub(self.slept);
        self.slept = slept;
        if added > CLOCK_TOLERANCE && !self.is_paused {
            let usage = self.job.exact_usage(self.session.now());
            self.session.slept(self.last_sample, &usage, self.job.pids());
            self.last_sample = usage.uptime;
        }
        if self.drive.settings.clock.speed() == 1
            && let Some(step_us) = self.session.follow_clock(CLOCK_TOLERANCE)
        {
            let text = format!(
                "the system's clock was set by {} s: the plan goes by the new time",
                step_us / 1_000_000
            );
            self.warn(&text);
        }
    }

    fn sample(&mut self) {
        let usage = self.job.usage(self.session.now());
        self.last_sample = usage.uptime;
        let warnings = self.session.sample(&usage, self.job.pids());
        warnings.iter().for_each(|warning| (self.drive.tell)(warning));
    }

    fn warn(&mut self, text: &str) {
        self.session.event(EventKind::Warning, 0, text);
        (self.drive.tell)(text);
    }

    /// Work that is done, by the meter.
    fn measure(&mut self) {
        let report = self.session.report();
        self.course.done_us = self.done_before_us.saturating_add(report.running_us);
        self.course.power = mean_power(report.energy_uj, report.running_us);
    }

    fn standing(&self) -> Standing {
        let (zone, since) =
            self.ran.last().map(|ran| (ran.zone.clone(), ran.start)).unwrap_or_default();
        if self.is_paused { Standing::Paused { zone } } else { Standing::Running { zone, since } }
    }

    /// Does what is due; gives the exit where the command ended meanwhile.
    fn follow_plan(&mut self) -> Result<Option<Exit>, DriveError> {
        if self.job.asked_to_end().is_some() {
            self.is_let_go = true;
        }
        if !self.is_let_go && self.drive.now() >= self.course.next_plan {
            self.measure();
            let standing = self.standing();
            if self.drive.plan_again(&mut self.course, standing) {
                let Self { course, session, .. } = self;
                course.agenda.records().for_each(|plan| session.record(&Record::Plan(plan)));
                self.drive.announce(&self.course.agenda);
            }
        }
        let now = self.drive.now();
        let zone = self.ran.last().map_or_else(String::new, |ran| ran.zone.clone());
        let due = if self.is_let_go { Due::Over } else { self.course.agenda.due(now) };
        match due {
            Due::Run(stretch) => {
                let target = stretch.zone.clone();
                if !self.is_paused
                    && target != zone
                    && let Some(exit) = self.pause(&format!("moves to {target}"))?
                {
                    return Ok(Some(exit));
                }
                if self.is_paused {
                    self.resume(target, "planned");
                }
            }
            Due::Wait(start) if !self.is_paused => {
                return self.pause(&format!("until {}", timestamp(start)));
            }
            Due::Wait(_) => {}
            Due::Over => {
                self.is_let_go = true;
                if self.is_paused {
                    self.resume(zone, "to its end");
                }
            }
        }
        Ok(None)
    }

    fn pause(&mut self, why: &str) -> Result<Option<Exit>, DriveError> {
        let Self { brake, job, session, drive, last_sample, .. } = self;
        let tick = drive.settings.tick();
        let mut sampled = std::time::Instant::now();
        let asked = brake.ask(job, |job| {
            if sampled.elapsed() >= tick {
                sampled = std::time::Instant::now();
                let usage = job.usage(session.now());
                *last_sample = usage.uptime;
                let warnings = session.sample(&usage, job.pids());
                warnings.iter().for_each(|warning| (drive.tell)(warning));
            }
        });
        match asked {
            Ok(Asked::Ended) => return Ok(self.job.wait(Some(Duration::ZERO))?),
            Ok(Asked::Saved) => {
                self.measure();
                self.drive.saved.saved_us = self.course.done_us;
            }
            Ok(Asked::Silent) => self.warn("the command has not saved in time"),
            Ok(Asked::Nobody) => {}
            Err(error) => self.warn(&format!("no checkpoint: {error}")),
        }
        if let Some(trouble) = self.brake.stop(&mut self.job) {
            self.warn(&trouble);
        }
        let usage = self.job.exact_usage(self.session.now());
        self.last_sample = usage.uptime;
        let warnings = self.session.pause(&usage, self.job.pids(), why);
        warnings.iter().for_each(|warning| (self.drive.tell)(warning));
        self.is_paused = true;
        let now = self.drive.now();
        if let Some(ran) = self.ran.last_mut() {
            ran.end = now;
        }
        (self.drive.tell)(&format!("pauses {why}"));
        self.drive.save();
        Ok(None)
    }

    fn resume(&mut self, zone: String, why: &str) {
        let is_moved = self.ran.last().is_none_or(|ran| ran.zone != zone);
        if is_moved && let Some(intensity) = self.drive.planner.intensity(&zone) {
            let pricer = &mut self.drive.settings.pricer;
            pricer.intensity = intensity;
            self.session.reprice(pricer.clone());
        }
        let usage = self.job.exact_usage(self.session.now());
        self.last_sample = usage.uptime;
        self.session.resume(&usage, self.job.pids(), why);
        for trouble in self.brake.go_on(&mut self.job, &zone) {
            self.warn(&trouble);
        }
        self.is_paused = false;
        (self.drive.tell)(&format!("resumes, {why}"));
        let now = self.drive.now();
        self.ran.push(Ran { zone, start: now, end: now });
    }

    fn finish(mut self, exit: Exit) -> Finished {
        let pids = [self.job.id()];
        if self.is_paused {
            // It ended while it was paused: nothing of the pause counts.
            let usage = self.job.exact_usage(self.session.now());
            self.session.resume(&usage, &pids, "has ended");
        } else if let Some(ran) = self.ran.last_mut() {
            ran.end = self.drive.settings.clock.utc();
        }
        let is_kept = self.job.asked_to_end().is_some_and(|signal| !is_given_up(signal));
        let Self { mut drive, mut session, job, ran, before, .. } = self;
        let warnings = super::end(job, &mut session, exit);
        warnings.iter().for_each(|warning| (drive.tell)(warning));
        let report = session.report();
        let started = Utc::from_us(drive.saved.started_utc_us);
        let power = mean_power(report.energy_uj, report.running_us);
        let running_us = report.running_us.saturating_add(before.running_us);
        let hindsight = power.and_then(|power| drive.planner.hindsight(started, running_us, power));
        let (_, earlier_runs) = drive.saved.runs.split_last().unwrap_or((&String::new(), &[]));
        let outcome = Outcome {
            started,
            planned: &drive.saved.planned,
            plans: drive.saved.plans,
            ran: &ran,
            earlier_runs,
            before,
            clock_speed: drive.settings.clock.speed(),
            hindsight,
        };
        session.attribute("plan", &outcome.to_json(&report).to_string());
        let (report, warnings) = session.finish();
        warnings.iter().for_each(|warning| (drive.tell)(warning));
        if is_kept {
            drive.saved.job = None;
            drive.save();
            (drive.tell)("the plan is kept: the same command takes it up");
        } else {
            drive.forget();
        }
        Finished { exit, report }
    }
}
