//! The loop over a plan, a running command and its meter.

use std::ffi::OsString;
use std::io;
use std::time::{Duration, Instant};

use wattcast_core::units::{Uptime, Utc};
use wattcast_core::wire::Record;
use wattcast_core::wire::record::EventKind;

use super::brake::Asked;
use super::drive::{Course, LONGEST_WAIT, is_given_up};
use super::outcome::{Before, Outcome, Ran, mean_power};
use super::spending::Spending;
use super::{Brake, Drive, DriveError, Due, Finished, Standing};
use crate::intensity::timestamp;
use crate::metering::Session;
use crate::process::{Exit, Guardian, Job, Spec, birth_of};

/// A step of the clock that counts as one.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);

/// A planned run whose command has been started.
pub(super) struct Running {
    pub(super) drive: Drive,
    course: Course,
    pub(super) before: Before,
    done_before_us: u64,
    pub(super) session: Session,
    pub(super) job: Job,
    brake: Brake,
    pub(super) is_paused: bool,
    /// The plan no longer counts: the command runs to its end.
    pub(super) is_let_go: bool,
    /// Where it ran, the last one being where it runs.
    pub(super) ran: Vec<Ran>,
    slept: Duration,
    last_sample: Uptime,
    pub(super) spending: Spending,
}

impl Running {
    pub(super) fn start(
        mut drive: Drive,
        course: Course,
        before: Before,
    ) -> Result<Self, DriveError> {
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
            spending: Spending::Within,
        })
    }

    pub(super) fn go(mut self) -> Result<Finished, DriveError> {
        let exit = loop {
            let length = self.until_next();
            if let Some(exit) = self.job.wait(Some(length))? {
                break exit;
            }
            self.mind_the_clock();
            if self.is_paused {
                if let Err(error) = self.brake.hold(&mut self.job) {
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
        if self.is_let_go || self.spending == Spending::Held {
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
        let tolerance = CLOCK_TOLERANCE * self.drive.settings.clock.speed();
        if let Some(step_us) = self.session.follow_clock(tolerance) {
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
        let (has_to_wait, exit) = self.mind_the_budget()?;
        if has_to_wait {
            return Ok(exit);
        }
        let is_due = self.drive.planner.learns() && self.drive.now() >= self.course.next_plan;
        if !self.is_let_go && is_due {
            self.measure();
            let standing = self.standing();
            if self.drive.plan_again(&mut self.course, standing) {
                let Self { course, session, .. } = self;
                course.agenda.records().for_each(|plan| session.record(&Record::Plan(plan)));
                self.drive.announce(&self.course.agenda);
            }
            let zone = self.ran.last().map_or_else(String::new, |ran| ran.zone.clone());
            self.price_by(&zone);
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

    pub(super) fn pause(&mut self, why: &str) -> Result<Option<Exit>, DriveError> {
        let Self { brake, job, session, drive, last_sample, .. } = self;
        let tick = drive.settings.tick();
        let mut sampled = Instant::now();
        let asked = brake.ask(job, |job| {
            if sampled.elapsed() >= tick {
                sampled = Instant::now();
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

    /// Takes the best intensity that is known of a zone now.
    fn price_by(&mut self, zone: &str) {
        if let Some(intensity) = self.drive.planner.intensity(zone) {
            let pricer = &mut self.drive.settings.pricer;
            pricer.intensity = intensity;
            self.session.reprice(pricer.clone());
        }
    }

    pub(super) fn resume(&mut self, zone: String, why: &str) {
        if self.ran.last().is_none_or(|ran| ran.zone != zone) {
            self.price_by(&zone);
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
