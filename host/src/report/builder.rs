//! From records to a report: fed live or from a file, the result is the same.

use std::collections::BTreeMap;

use wattcast_core::ledger;
use wattcast_core::units::{Anchor, Pue, Uptime, Utc};
use wattcast_core::wire::Record;
use wattcast_core::wire::record::{Attribute, ChannelId, Checkpoint, Event, EventKind, Pricing};

use super::channel::ChannelState;
use super::factor::FactorState;
use super::run::{Gap, Mark, Overlap, Part, Pause, RunReport, SCHEMA, State};
use super::timeline::Timeline;
use super::whole::Whole;

pub use super::factor::Reprice;

/// Most gaps that a report lists one by one.
const MOST_GAPS: usize = 1000;

/// Stands for a clock that is not known.
const UNKNOWN: Anchor = Anchor { uptime: Uptime::ZERO, utc: Utc::ZERO, uncertainty_us: u32::MAX };

/// Builds the report of one run from its records, in their order.
///
/// ```
/// use wattcast::report::ReportBuilder;
/// use wattcast_core::units::Uptime;
/// use wattcast_core::wire::Record;
/// use wattcast_core::wire::record::Usage;
///
/// let mut builder = ReportBuilder::new();
/// builder.push(&Record::Usage(Usage {
///     uptime: Uptime::from_us(2_000_000),
///     cpu_time_us: 1_500_000,
///     rss_bytes: 0,
/// }));
/// let report = builder.report();
/// assert_eq!((report.duration_us, report.cpu_time_us), (2_000_000, 1_500_000));
/// ```
#[derive(Clone, Debug, Default)]
pub struct ReportBuilder {
    host: String,
    attributes: BTreeMap<String, String>,
    channels: BTreeMap<ChannelId, ChannelState>,
    factor: FactorState,
    counted_uj: u128,
    course: Timeline,
    anchor: Option<Anchor>,
    pue: Pue,
    currency: String,
    cpu_time_us: u64,
    peak_rss_bytes: u64,
    started_us: u64,
    ended_us: Option<u64>,
    last_us: u64,
    exit_code: Option<i64>,
    finished: bool,
    pauses: Vec<Pause>,
    /// The last of them goes on.
    is_paused: bool,
    gaps: Vec<Gap>,
    unlisted_gaps: u64,
    marks: Vec<Mark>,
    overlaps: Vec<Overlap>,
    left_behind: u64,
    warnings: Vec<String>,
}

impl ReportBuilder {
    /// A builder that keeps the carbon of the records.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A builder that prices the energy anew.
    #[must_use]
    pub fn repriced(reprice: Reprice) -> Self {
        let factor = FactorState::repriced(reprice);
        Self { factor, ..Self::default() }
    }

    /// Takes the next record.
    pub fn push(&mut self, record: &Record<'_>) {
        match record {
            Record::Boot(boot) => boot.device.clone_into(&mut self.host),
            Record::Anchor(anchor) => self.anchor(anchor),
            Record::Channel(channel) => {
                self.channels.entry(channel.id).or_default().describe(channel);
            }
            Record::Samples(samples) => self.seen(samples.start.as_us()),
            Record::Checkpoint(checkpoint) => self.checkpoint(checkpoint),
            Record::Intensity(intensity) => {
                if let Some(warning) = self.factor.intensity(intensity) {
                    self.warn(warning);
                }
            }
            Record::Event(event) => self.event(event),
            Record::Attribute(attribute) => self.attribute(attribute),
            Record::Pricing(pricing) => self.pricing(pricing),
            Record::Usage(usage) => {
                self.seen(usage.uptime.as_us());
                self.cpu_time_us = self.cpu_time_us.max(usage.cpu_time_us);
                self.peak_rss_bytes = self.peak_rss_bytes.max(usage.rss_bytes);
            }
            // What was kept belongs to earlier boots.
            Record::Forecast(_) | Record::Plan(_) | Record::Kept(_) => {}
        }
    }

    /// Adds what a person should know; the same words are kept once.
    pub fn warn(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        if !warning.is_empty() && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Whether it is a run of wattcast, which names itself by an id.
    #[must_use]
    pub fn is_run(&self) -> bool {
        self.attributes.contains_key("run")
    }

    /// The name of a channel, once it was described.
    pub(super) fn channel_name(&self, channel: ChannelId) -> Option<&str> {
        self.channels.get(&channel).map(ChannelState::name).filter(|name| !name.is_empty())
    }

    /// UTC in µs of a moment, where the clock is known.
    pub(super) fn utc_us_at(&self, at: Uptime) -> Option<u64> {
        Some(self.anchor?.utc_at(at)?.as_us())
    }

    /// Whether the run's last record was seen.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// The report so far.
    #[must_use]
    pub fn report(&self) -> RunReport {
        let mut warnings = self.warnings.clone();
        let parts: Vec<(Part, bool)> = self
            .channels
            .iter()
            .map(|(id, state)| (state.part(*id, self.factor.reprices()), state.counted()))
            .collect();
        let whole = Whole::of(parts.iter().filter(|(_, counted)| *counted).map(|(part, _)| part));
        if whole.overflowed {
            warnings.push("the energies of this run are too large to add: damaged records".into());
        }
        for state in self.channels.values().filter(|state| state.is_nameless()) {
            warnings.push(format!(
                "the description of a channel is lost; its {} µJ are listed and not added",
                state.import_uj()
            ));
        }
        if self.unlisted_gaps > 0 {
            warnings.push(format!("{} more gaps are not listed", self.unlisted_gaps));
        }
        let timelines = self.channels.values().filter_map(ChannelState::timeline).collect();
        let (counted, details): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.1);
        let end_us = self.ended_us.unwrap_or(self.last_us);
        let duration_us = end_us.saturating_sub(self.started_us);
        let mut pauses = self.pauses.clone();
        if let (true, Some(last)) = (self.is_paused, pauses.last_mut()) {
            last.duration_us = duration_us.saturating_sub(last.at_us);
        }
        let paused_us = pauses.iter().fold(0_u64, |sum, it| sum.saturating_add(it.duration_us));
        let attribute = |key: &str| self.attributes.get(key).cloned().unwrap_or_default();
        RunReport {
            schema: SCHEMA,
            run: attribute("run"),
            state: if self.finished { State::Finished } else { State::CutShort },
            host: self.host.clone(),
            project: attribute("project"),
            command: attribute("command"),
            start_utc_us: self.start_utc_us(),
            duration_us,
            cpu_time_us: self.cpu_time_us,
            peak_rss_bytes: self.peak_rss_bytes,
            exit_code: self.exit_code,
            energy_uj: whole.energy_uj,
            energy_low_uj: whole.low_uj,
            energy_high_uj: whole.high_uj,
            export_uj: whole.export_uj,
            carbon_ug: whole.carbon_ug,
            carbon_low_ug: whole.carbon_low_ug,
            carbon_high_ug: whole.carbon_high_ug,
            zone: self.factor.zone().to_owned(),
            factor: self.factor.report(),
            pue_millionths: self.factor.pue().unwrap_or(self.pue).as_millionths(),
            cost_micro: whole.cost_micro.filter(|_| !self.currency.is_empty()),
            currency: Some(self.currency.clone()).filter(|code| !code.is_empty()),
            parts: counted.into_iter().map(|part| part.0).collect(),
            details: details.into_iter().map(|part| part.0).collect(),
            running_us: duration_us.saturating_sub(paused_us),
            pauses,
            plan: self.attributes.get("plan").and_then(|text| serde_json::from_str(text).ok()),
            gaps: self.gaps.clone(),
            marks: self.marks.clone(),
            overlaps: self.overlaps.clone(),
            left_behind: self.left_behind,
            warnings,
            attributes: self.attributes.clone(),
            ledger: None,
            timelines,
            course: self.course.clone(),
            boot_utc_us: self.boot_utc_us(),
            sender: None,
        }
    }

    fn boot_utc_us(&self) -> Option<u64> {
        Some(self.anchor?.utc_at(Uptime::ZERO)?.as_us())
    }

    fn start_utc_us(&self) -> Option<u64> {
        Some(self.anchor?.utc_at(Uptime::from_us(self.started_us))?.as_us())
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        self.seen(checkpoint.uptime.as_us());
        let state = self.channels.entry(checkpoint.channel).or_default();
        let (since, added_uj) = state.advance(checkpoint);
        if state.counted() {
            self.counted_uj = self.counted_uj.saturating_add(added_uj);
            let at_us = checkpoint.uptime.as_us().saturating_sub(self.started_us);
            self.course.push(at_us, self.counted_uj);
        }
        let ends = self.anchor.and_then(|anchor| anchor.utc_at(checkpoint.uptime));
        let anchor = self.anchor;
        let failed = self.factor.repricer(ends).and_then(|pricer| {
            // Without a clock only an intensity that never changes is known.
            let anchor = anchor.or(pricer.intensity.series.is_empty().then_some(UNKNOWN));
            let priced = match anchor {
                Some(anchor) => pricer.with_pricing(anchor, |pricing| {
                    state.reprice(since, checkpoint.uptime, added_uj, pricing)
                }),
                None => {
                    let unpriced = ledger::Pricing::new(pricer.pue);
                    state.reprice(since, checkpoint.uptime, added_uj, &unpriced)
                }
            };
            priced.err()
        });
        if state.counted() {
            self.factor.used(added_uj);
        }
        if let Some(error) = failed {
            self.warn(format!("a stretch could not be priced anew: {error}"));
        }
    }

    fn seen(&mut self, uptime_us: u64) {
        self.last_us = self.last_us.max(uptime_us);
    }

    fn anchor(&mut self, anchor: &Anchor) {
        self.seen(anchor.uptime.as_us());
        // The first of the most certain: a clock that steps later moves nothing.
        if self.anchor.is_none_or(|best| anchor.uncertainty_us < best.uncertainty_us) {
            self.anchor = Some(*anchor);
        }
    }

    fn attribute(&mut self, attribute: &Attribute<'_>) {
        let value = self.attributes.entry(attribute.key.to_owned()).or_default();
        if attribute.part == 0 {
            value.clear();
        }
        value.push_str(attribute.value);
    }

    fn pricing(&mut self, pricing: &Pricing<'_>) {
        self.pue = pricing.pue;
        self.factor.record_pue(pricing.pue);
        if !self.currency.is_empty() && self.currency != pricing.currency {
            self.warn(format!(
                "costs in {} and {} are added without conversion",
                self.currency, pricing.currency
            ));
        }
        pricing.currency.clone_into(&mut self.currency);
    }

    fn event(&mut self, event: &Event<'_>) {
        let now_us = event.uptime.as_us();
        self.seen(now_us);
        let at_us = now_us.saturating_sub(self.started_us);
        match event.kind {
            EventKind::Started => self.started_us = now_us,
            EventKind::Exited => {
                self.ended_us = Some(now_us);
                self.exit_code = Some(event.value);
            }
            EventKind::Signalled => {
                self.ended_us = Some(now_us);
                self.exit_code = Some(event.value.saturating_add(128));
            }
            EventKind::Finished => self.finished = true,
            EventKind::Mark => {
                let whole = self.so_far();
                self.marks.push(Mark {
                    text: event.text.to_owned(),
                    at_us,
                    energy_uj: whole.energy_uj,
                    carbon_ug: whole.carbon_ug,
                    cost_micro: whole.cost_micro,
                });
            }
            EventKind::Gap if self.gaps.len() < MOST_GAPS => {
                let channel = event.channel.and_then(|id| self.channels.get(&id));
                self.gaps.push(Gap {
                    part: channel.map(|state| state.name().to_owned()),
                    at_us,
                    duration_us: event.value.unsigned_abs(),
                });
            }
            EventKind::Gap => self.unlisted_gaps += 1,
            EventKind::Overlap => {
                let text = event.text.to_owned();
                self.overlaps.push(Overlap { pid: event.value, at_us, text });
            }
            EventKind::LeftBehind => self.left_behind = event.value.unsigned_abs(),
            EventKind::SourceLost | EventKind::SensorFault | EventKind::Warning => {
                self.warn(event.text);
            }
            EventKind::Paused => {
                self.is_paused = true;
                self.pauses.push(Pause { at_us, duration_us: 0, reason: event.text.to_owned() });
            }
            EventKind::Resumed => {
                if let (true, Some(last)) = (self.is_paused, self.pauses.last_mut()) {
                    last.duration_us = at_us.saturating_sub(last.at_us);
                }
                self.is_paused = false;
            }
            EventKind::Budget => self.warn(event.text),
            EventKind::Command
            | EventKind::Accepted
            | EventKind::Refused
            | EventKind::Switched
            | EventKind::SelfTest => {}
        }
    }

    fn so_far(&self) -> Whole {
        let reprices = self.factor.reprices();
        let counted = self.channels.iter().filter(|(_, state)| state.counted());
        let parts: Vec<Part> = counted.map(|(id, state)| state.part(*id, reprices)).collect();
        Whole::of(parts.iter())
    }
}

#[cfg(test)]
mod tests;
