//! A run from its first record to its report. It has no loop and no thread:
//! the caller says when to sample and what the accounted processes have used.

use std::collections::BTreeSet;
use std::time::Duration;

use wattcast_core::units::{Anchor, Uptime, Utc};
use wattcast_core::wire::Record;
use wattcast_core::wire::record::{self, Event, EventKind};

use super::{Clock, Meter, Pricer, prices};
use crate::process::{Presence, Relation, RunTag};
use crate::report::{Recorder, RunReport};
use crate::source::Usage;
use crate::source::detect::{Detected, Wanted, detect};
use crate::store::{LedgerOptions, StoreError};

/// What a run is, validated.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name under which runs are grouped.
    pub project: String,
    /// What is tried in this run.
    pub experiment: String,
    /// The command, or the name of the program that meters itself.
    pub command: String,
    /// Time from one sample to the next.
    pub period: Duration,
    /// What prices the energy.
    pub pricer: Pricer,
    /// Where the ledger goes; `None` keeps none.
    pub ledger: Option<LedgerOptions>,
    /// Which sources to read.
    pub wanted: Wanted,
    /// What tells the time.
    pub clock: Clock,
}

/// RAPL's shortest counter holds for longer, at any power it can measure.
const LONGEST_TICK: Duration = Duration::from_secs(30);

/// However often is sampled, others are looked for once in this time, and
/// what stands still is told again.
const SECOND_US: u64 = 1_000_000;

impl Settings {
    /// How long to wait between two samples: the period, but never so long
    /// that a counter could wrap unseen or much be lost in a crash.
    #[must_use]
    pub fn tick(&self) -> Duration {
        self.period.min(LONGEST_TICK)
    }

    /// The longest stretch between two samples that is still one interval: a
    /// busy machine may be late.
    fn max_gap(&self) -> Duration {
        let longest = self.tick().saturating_mul(3).max(Duration::from_secs(5));
        longest.saturating_mul(self.clock.speed())
    }
}

/// Why a run could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The place of the ledger makes no sense.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such sensor.
    #[error("there is no sensor `{name}` here; there are: {}", known.join(", "))]
    UnknownSensor {
        /// The name as given.
        name: String,
        /// The sensors of this machine.
        known: Vec<String>,
    },
}

/// A run in progress.
pub struct Session {
    clock: Clock,
    /// What the clock showed at the start.
    opened_us: u64,
    anchor: Anchor,
    meter: Meter,
    pricer: Pricer,
    recorder: Recorder,
    /// The step of the intensity that was told last.
    told: Option<Utc>,
    tag: RunTag,
    presence: Option<Presence>,
    overlaps: BTreeSet<String>,
    /// CPU time and memory of the processes, as of the last sample.
    used: Option<(u64, u64)>,
    /// The sample in which the last second was over.
    second: Option<Uptime>,
    /// What came up before anyone could be told.
    untold: Vec<String>,
}

impl Session {
    /// Looks for sources, opens the ledger, and takes the first readings.
    ///
    /// # Errors
    /// [`OpenError`] where the place of the ledger makes no sense or a named
    /// sensor is not there. A place that cannot be written is no error: the run
    /// is metered all the same and its report says so.
    pub fn open(settings: &Settings) -> Result<Self, OpenError> {
        let clock = settings.clock.clone();
        let opened_us = clock.now_us();
        let Detected { sources, findings, idle, facts } = detect(&settings.wanted);
        let anchor =
            Anchor { uptime: Uptime::ZERO, utc: clock.utc_at(opened_us), uncertainty_us: 1_000 };
        let mut meter = Meter::at_speed(sources, idle, settings.max_gap(), clock.speed());
        let sensors = &settings.wanted.sensors;
        if let Some(name) = sensors.iter().find(|name| !meter.parts().any(|part| part == *name)) {
            let known = meter.parts().map(str::to_owned).collect();
            return Err(OpenError::UnknownSensor { name: name.clone(), known });
        }
        if !sensors.is_empty() {
            meter.count_only(sensors);
        }
        let recorder = Recorder::start(
            settings.ledger.as_ref(),
            &facts.host,
            anchor.utc,
            anchor.uncertainty_us,
        )?;
        let pricer = settings.pricer.clone();
        let tag = RunTag::new(&recorder.run().to_string());
        // Where it cannot be made known, the run goes on by itself.
        let presence = Presence::enter(&tag, anchor.utc).ok();
        let mut session = Self {
            clock,
            opened_us,
            anchor,
            meter,
            pricer,
            recorder,
            told: None,
            tag,
            presence,
            overlaps: BTreeSet::new(),
            used: None,
            second: None,
            untold: Vec::new(),
        };
        session.describe(settings);
        for (key, value) in facts.attributes() {
            session.recorder.attribute(key, &value);
        }
        // Totals over runs count a nested one within the run around it.
        if let Some(parent) = session.tag.parent() {
            session.recorder.attribute("parent", parent);
        }
        for finding in findings.iter().filter(|finding| finding.is_warning()) {
            session.event(EventKind::Warning, 0, &finding.to_string());
        }
        session.meter.describe(&mut session.recorder);
        let usage = Usage { uptime: session.now(), ..Usage::default() };
        session.untold = session.sample(&usage, &[]);
        Ok(session)
    }

    /// The mark of the run, which also names its ledger.
    #[must_use]
    pub fn tag(&self) -> &RunTag {
        &self.tag
    }

    /// Time since the run was opened, by a clock that never steps.
    #[must_use]
    pub fn now(&self) -> Uptime {
        Uptime::from_us(self.clock.now_us().saturating_sub(self.opened_us))
    }

    /// Whether a source is shared by CPU time, so that
    /// [`Usage::machine_busy_us`] counts.
    #[must_use]
    pub fn shares_machine(&self) -> bool {
        self.meter.shares_machine()
    }

    /// Takes an event of this moment.
    pub fn event(&mut self, kind: EventKind, value: i64, text: &str) {
        let uptime = self.now();
        self.recorder.push(&Record::Event(Event { uptime, kind, channel: None, value, text }));
    }

    /// Reads all sources; `usage` was taken just before, `pids` are the
    /// accounted processes that run now. Gives what a person should be told
    /// now, such as a disk that is full.
    pub fn sample(&mut self, usage: &Usage, pids: &[u32]) -> Vec<String> {
        let Self { pricer, told, anchor, recorder, .. } = self;
        prices::tell_intensity(pricer, told, *anchor, usage.uptime, recorder);
        let each_second = self.is_second_over(usage.uptime);
        if each_second {
            self.tell_overlaps(usage.uptime);
        }
        let Self { meter, pricer, recorder, anchor, .. } = self;
        meter.sample(usage, pids, pricer, *anchor, recorder);
        let used = (usage.process_cpu_us, usage.process_rss_bytes);
        if self.used.replace(used) != Some(used) || each_second {
            recorder.push(&Record::Usage(record::Usage {
                uptime: usage.uptime,
                cpu_time_us: usage.process_cpu_us,
                rss_bytes: usage.process_rss_bytes,
            }));
        }
        let mut warnings = std::mem::take(&mut self.untold);
        warnings.extend(self.recorder.commit(usage.uptime));
        warnings
    }

    /// Takes the last sample of a job that has just been paused; nothing is
    /// metered until [`Session::resume`]. Gives what a person should be told
    /// now.
    pub fn pause(&mut self, usage: &Usage, pids: &[u32], why: &str) -> Vec<String> {
        let mut warnings = self.sample(usage, pids);
        let uptime = usage.uptime;
        let event = Event { uptime, kind: EventKind::Paused, channel: None, value: 0, text: why };
        self.recorder.push(&Record::Event(event));
        warnings.extend(self.recorder.commit(uptime));
        warnings
    }

    /// Meters on from here; `usage` was taken just before.
    pub fn resume(&mut self, usage: &Usage, pids: &[u32], why: &str) {
        self.meter.restart(usage, pids, &mut self.recorder);
        let event = Event {
            uptime: usage.uptime,
            kind: EventKind::Resumed,
            channel: None,
            value: 0,
            text: why,
        };
        self.recorder.push(&Record::Event(event));
    }

    /// Leaves out the stretch from `since`, the last sample, to `usage`, in
    /// which the machine slept.
    pub fn slept(&mut self, since: Uptime, usage: &Usage, pids: &[u32]) {
        let text = "the machine slept";
        let event = Event { uptime: since, kind: EventKind::Paused, channel: None, value: 0, text };
        self.recorder.push(&Record::Event(event));
        self.resume(usage, pids, text);
    }

    /// The system's clock was set: from here on the hours are those of the new
    /// time, if it lies more than `tolerance` away. Gives the step in
    /// microseconds.
    pub fn follow_clock(&mut self, tolerance: Duration) -> Option<i128> {
        let now_us = self.clock.now_us();
        let uptime = Uptime::from_us(now_us.saturating_sub(self.opened_us));
        let expected = self.anchor.utc_at(uptime)?;
        let utc = self.clock.utc_at(now_us);
        let step_us = i128::from(utc.as_us()) - i128::from(expected.as_us());
        if step_us.unsigned_abs() <= tolerance.as_micros() {
            return None;
        }
        self.anchor = Anchor { uptime, utc, ..self.anchor };
        self.told = None;
        self.recorder.push(&Record::Anchor(self.anchor));
        Some(step_us)
    }

    /// Takes new prices from now on.
    pub fn reprice(&mut self, pricer: Pricer) {
        self.pricer = pricer;
        self.told = None;
    }

    /// Takes a record that is not the meter's own.
    pub fn record(&mut self, record: &Record<'_>) {
        self.recorder.push(record);
    }

    /// Takes a named fact of any length.
    pub fn attribute(&mut self, key: &str, value: &str) {
        self.recorder.attribute(key, value);
    }

    /// The report so far.
    #[must_use]
    pub fn report(&self) -> RunReport {
        self.recorder.report()
    }

    /// Ends the run after its last sample. Also gives what a person was not
    /// told yet.
    #[must_use]
    pub fn finish(self) -> (RunReport, Vec<String>) {
        let now = self.now();
        self.recorder.finish(now)
    }

    fn describe(&mut self, settings: &Settings) {
        let recorder = &mut self.recorder;
        recorder.attribute("project", &settings.project);
        recorder.attribute("experiment", &settings.experiment);
        recorder.attribute("command", &settings.command);
        recorder.attribute("period_us", &settings.period.as_micros().to_string());
        prices::describe(&settings.pricer, recorder);
    }

    /// Whether a second has passed since this was last so.
    fn is_second_over(&mut self, uptime: Uptime) -> bool {
        let passed = |since: Uptime| uptime.as_us().saturating_sub(since.as_us()) >= SECOND_US;
        let is_over = self.second.is_none_or(passed);
        if is_over {
            self.second = Some(uptime);
        }
        is_over
    }

    /// Tells of other runs on this machine as they appear.
    fn tell_overlaps(&mut self, uptime: Uptime) {
        let Self { presence: Some(presence), overlaps, recorder, .. } = self else { return };
        for other in presence.others() {
            let run = &other.run_id;
            if overlaps.contains(run) {
                continue;
            }
            overlaps.insert(run.clone());
            let text = match other.relation {
                Relation::Around => format!("run {run} holds all of this run"),
                Relation::Within => format!("run {run} is a part of this run"),
                Relation::Beside => {
                    format!("run {run} shares what this run counts of the whole machine")
                }
            };
            recorder.push(&Record::Event(Event {
                uptime,
                kind: EventKind::Overlap,
                channel: None,
                value: i64::from(other.pid),
                text: &text,
            }));
        }
    }
}
