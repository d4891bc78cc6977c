//! What one sender told: a run of a host or a boot of a board.

use std::collections::BTreeMap;

use wattcast_core::units::{Power, TotalEnergy, Uptime};
use wattcast_core::wire::record::{Boot, BootCause, ChannelId, Checkpoint, EventKind, Plan};
use wattcast_core::wire::{DeviceKey, Frame, Header, Record};

use super::builder::{ReportBuilder, Reprice};
use super::number::count;
use super::run::{Integrity, RunReport, State, Tags};
use super::tags::TagCheck;

/// The keys under which tags are checked.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// The key of this user's own runs.
    pub own: Option<DeviceKey>,
    /// Keys of boards.
    pub boards: Vec<DeviceKey>,
}

/// Takes the frames of one stream and boot, in their order, and gives its
/// report.
#[derive(Debug)]
pub struct Sender {
    stream: u16,
    boot: u32,
    builder: ReportBuilder,
    identity: Option<Identity>,
    powers: BTreeMap<ChannelId, Course>,
    /// What its channels had counted in earlier boots.
    kept_uj: BTreeMap<ChannelId, u128>,
    plan: Vec<Planned>,
    load_is_on: Option<bool>,
    tags: TagCheck,
    next: u64,
    unheard: u64,
    repeated: u64,
    /// What is known of the bytes; tags are told by [`TagCheck`].
    pub(super) integrity: Integrity,
}

/// Who a sender says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Name of the device or host.
    pub device: String,
    /// Name of its program.
    pub firmware: String,
    /// Version of that.
    pub version: String,
    /// Why it started.
    pub cause: BootCause,
}

/// A stretch in which a board means to run its load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The zone.
    pub zone: String,
    /// When it begins, in µs of UTC.
    pub start_utc_us: u64,
    /// When it ends.
    pub end_utc_us: u64,
    /// The intensity expected then.
    pub mg_per_kwh: u32,
}

impl Sender {
    /// A sender of which nothing was heard yet.
    #[must_use]
    pub fn new(stream: u16, boot: u32, keys: &Keys, reprice: Option<&Reprice>) -> Self {
        let builder =
            reprice.map_or_else(ReportBuilder::new, |it| ReportBuilder::repriced(it.clone()));
        Self {
            stream,
            boot,
            builder,
            identity: None,
            powers: BTreeMap::new(),
            kept_uj: BTreeMap::new(),
            plan: Vec::new(),
            load_is_on: None,
            tags: TagCheck::new(stream, boot, keys),
            next: 0,
            unheard: 0,
            repeated: 0,
            integrity: Integrity::default(),
        }
    }

    /// Whether a frame with this header is its.
    #[must_use]
    pub fn sent(&self, header: Header) -> bool {
        (self.stream, self.boot) == (header.stream, header.boot)
    }

    /// Its stream and boot.
    #[must_use]
    pub fn number(&self) -> (u16, u32) {
        (self.stream, self.boot)
    }

    /// Its boot, with the stream where that is not 0, as `0000001f` or
    /// `0000001f-3`.
    #[must_use]
    pub fn label(&self) -> String {
        match self.stream {
            0 => format!("{:08x}", self.boot),
            stream => format!("{:08x}-{stream}", self.boot),
        }
    }

    /// Who it is, once it has said so.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Number of its records that were taken.
    #[must_use]
    pub fn heard(&self) -> u64 {
        self.integrity.records
    }

    /// The name of a channel, once it was described.
    #[must_use]
    pub fn channel_name(&self, channel: ChannelId) -> Option<&str> {
        self.builder.channel_name(channel)
    }

    /// UTC in µs of a moment, where it has told a clock.
    #[must_use]
    pub fn utc_us_at(&self, at: Uptime) -> Option<u64> {
        self.builder.utc_us_at(at)
    }

    /// The power of a channel now: its last sample or, without samples, the
    /// mean between its last two checkpoints.
    #[must_use]
    pub fn power(&self, channel: ChannelId) -> Option<Power> {
        let course = self.powers.get(&channel)?;
        course.sampled.or(course.mean)
    }

    /// Its newest plan, in order of time.
    #[must_use]
    pub fn plan(&self) -> &[Planned] {
        &self.plan
    }

    /// Whether its load is switched on, once it has said so.
    #[must_use]
    pub fn load_is_on(&self) -> Option<bool> {
        self.load_is_on
    }

    /// Takes a frame; `false` where one with its number, or a later one, was
    /// taken before.
    pub fn take(&mut self, frame: &Frame<'_>) -> bool {
        let sequence = u64::from(frame.header.sequence);
        let Some(missing) = sequence.checked_sub(self.next) else {
            self.repeated += 1;
            return false;
        };
        if self.integrity.records == 0 {
            self.unheard = missing;
        } else {
            self.integrity.lost_records += missing;
        }
        self.next = sequence + 1;
        self.tags.check(frame);
        self.integrity.records += 1;
        match &frame.record {
            Ok(record) => {
                match record {
                    Record::Boot(boot) => self.identity = Some(Identity::of(boot)),
                    Record::Samples(samples) => {
                        if let Some((_, power)) = samples.iter().ok().and_then(Iterator::last) {
                            self.powers.entry(samples.channel).or_default().sampled = Some(power);
                        }
                    }
                    Record::Plan(plan) => {
                        if plan.index == 0 {
                            self.plan.clear();
                        }
                        self.plan.push(Planned::of(plan));
                    }
                    Record::Event(event) if event.kind == EventKind::Switched => {
                        self.load_is_on = Some(event.value != 0);
                    }
                    Record::Kept(kept) => {
                        self.kept_uj.insert(kept.channel, kept.import.as_uj());
                    }
                    Record::Checkpoint(checkpoint) => {
                        self.powers.entry(checkpoint.channel).or_default().reach(checkpoint);
                    }
                    _ => {}
                }
                self.builder.push(record);
            }
            Err(error) => self.builder.warn(format!("{error}; a newer wattcast may read it")),
        }
        true
    }

    /// What the tags say so far.
    #[must_use]
    pub fn tags(&self) -> Tags {
        self.tags.verdict(self.is_board())
    }

    /// Whether it is a board and not a run of wattcast on a host.
    #[must_use]
    pub fn is_board(&self) -> bool {
        let named = self.identity.as_ref();
        !self.builder.is_run() && named.is_none_or(|it| it.firmware != env!("CARGO_PKG_NAME"))
    }

    pub(super) fn is_finished(&self) -> bool {
        self.builder.is_finished()
    }

    /// The report so far; `running` where more is about to come.
    #[must_use]
    pub fn report(&self, running: bool) -> RunReport {
        let mut report = self.builder.report();
        let is_board = self.is_board();
        if report.run.is_empty() {
            report.run = self.label();
        }
        report.sender = Some(self.number());
        if running {
            report.state = State::Running;
        } else if is_board && report.state == State::CutShort {
            report.state = State::Heard;
        }
        if is_board && let Some(identity) = &self.identity {
            let Identity { firmware, version, .. } = identity;
            report.attributes.insert("firmware".into(), format!("{firmware} {version}"));
        }
        let kept = self.kept_uj.values().fold(0_u128, |sum, kept| sum.saturating_add(*kept));
        if kept > 0 {
            report.attributes.insert("kept_uj".into(), kept.to_string());
        }
        report.warnings.extend(self.warnings(is_board));
        if report.state == State::CutShort {
            report.warnings.push("the run was cut short: its records stop before its end".into());
        }
        let lost_records = self.lost_records(is_board);
        report.ledger =
            Some(Integrity { tags: self.tags(), lost_records, ..self.integrity.clone() });
        report
    }

    /// Whoever listens to a board may come late; the file of a run holds it
    /// from its start.
    fn lost_records(&self, is_board: bool) -> u64 {
        self.integrity.lost_records + if is_board { 0 } else { self.unheard }
    }

    fn warnings(&self, is_board: bool) -> Vec<String> {
        let mut warnings = Vec::new();
        let Integrity { lost_bytes, damaged_places, .. } = &self.integrity;
        let lost = self.lost_records(is_board);
        if lost > 0 {
            warnings.push(format!(
                "{} missing from the ledger; energy is cumulative, so the totals are those of the \
                 last record that was kept",
                count(lost, "record")
            ));
        }
        if is_board && self.unheard > 0 {
            warnings.push(format!(
                "heard from record {} on; its totals count from its boot",
                self.unheard
            ));
        }
        if is_board && self.repeated > 0 {
            warnings.push(format!(
                "{} told again and counted once: read twice, or the board gives every boot the \
                 same number",
                count(self.repeated, "record")
            ));
        }
        if *damaged_places > 0 {
            warnings.push(format!(
                "{} torn or changed at {} of the ledger, and left out",
                count(*lost_bytes, "byte"),
                count(*damaged_places, "place")
            ));
        }
        if let Tags::Forged { sequence } = self.tags() {
            let whose = if is_board { "the board" } else { "this user" };
            warnings.push(format!(
                "record {sequence} does not fit the key of {whose}: it was changed, or the run \
                 was recorded under another key"
            ));
        }
        warnings
    }

    /// Adds what a person should know of it.
    pub(super) fn warn(&mut self, warning: String) {
        self.builder.warn(warning);
    }
}

impl Planned {
    fn of(plan: &Plan<'_>) -> Self {
        Self {
            zone: plan.zone.to_owned(),
            start_utc_us: plan.start.as_us(),
            end_utc_us: plan.end.as_us(),
            mg_per_kwh: plan.expected.as_mg_per_kwh(),
        }
    }
}

/// What is known of a channel's power.
#[derive(Clone, Copy, Debug, Default)]
struct Course {
    sampled: Option<Power>,
    mean: Option<Power>,
    last: Option<(Uptime, TotalEnergy)>,
}

impl Course {
    fn reach(&mut self, checkpoint: &Checkpoint) {
        let now = (checkpoint.uptime, checkpoint.import);
        if let Some((at, energy)) = self.last.replace(now) {
            let us = u128::from(now.0.as_us().saturating_sub(at.as_us()));
            let uj = now.1.as_uj().saturating_sub(energy.as_uj());
            let uw = uj.saturating_mul(1_000_000).checked_div(us);
            self.mean = uw.and_then(|uw| i64::try_from(uw).ok()).map(Power::from_uw);
        }
    }
}

impl Identity {
    fn of(boot: &Boot<'_>) -> Self {
        Self {
            device: boot.device.to_owned(),
            firmware: boot.firmware.to_owned(),
            version: boot.version.to_owned(),
            cause: boot.cause,
        }
    }
}
