//! From readings to records: every reading is integrated, attributed, priced
//! and told, in that order.
//!
//! A machine-wide channel that the accounted processes share (a RAPL package,
//! RAPL memory) is split: what the machine would have drawn idle, then the
//! rest by share of CPU time. What others used is not counted.

mod clock;
mod input;
mod part;
pub(crate) mod prices;
mod route;
mod session;
#[cfg(test)]
mod tests;

use std::time::Duration;

use wattcast_core::meter::{Flow, Outcome};
use wattcast_core::units::{Anchor, Uptime};
use wattcast_core::wire::Record;
use wattcast_core::wire::record::{Event, EventKind};

use crate::report::Recorder;
use crate::source::{ReadError, Reading, Source, Usage};
use input::Input;
use part::Part;
use route::{Route, Routes};

pub use crate::pricing::{Intensity, PlaceError, Pricer, Tariff};
pub use clock::{Clock, ClockError, TestClock};
pub use route::IdleModel;
pub use session::{OpenError, Session, Settings};

/// A source, its integrators, and where their energy goes.
struct Feed {
    source: Box<dyn Source>,
    channels: Vec<(Input, Route)>,
    gone: bool,
}

/// Meters all sources of a run.
pub struct Meter {
    feeds: Vec<Feed>,
    parts: Vec<Part>,
    readings: Vec<Result<Reading, ReadError>>,
}

impl Meter {
    /// Over `sources`; readings further apart than `max_gap` are a gap.
    #[must_use]
    pub fn new(sources: Vec<Box<dyn Source>>, idle: IdleModel, max_gap: Duration) -> Self {
        Self::at_speed(sources, idle, max_gap, 1)
    }

    /// As [`Meter::new`] by a clock that runs `speed` times as fast as the
    /// machine's.
    #[must_use]
    pub fn at_speed(
        sources: Vec<Box<dyn Source>>,
        idle: IdleModel,
        max_gap: Duration,
        speed: u32,
    ) -> Self {
        let max_gap_us = u64::try_from(max_gap.as_micros()).unwrap_or(u64::MAX);
        let mut routes = Routes::new(&sources, idle);
        let feed = |source: Box<dyn Source>| {
            let channels = source.channels().iter();
            let channels = channels.map(|c| (Input::new(c, max_gap_us, speed), routes.route(c)));
            let channels = channels.collect();
            Feed { source, channels, gone: false }
        };
        let feeds = sources.into_iter().map(feed).collect();
        Self { feeds, parts: routes.into_parts(), readings: Vec::new() }
    }

    /// Names of all parts.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| part.channel.name.as_str())
    }

    /// Counts these parts alone: sensors that see the whole machine, in whose
    /// place nothing else may be added.
    pub fn count_only(&mut self, names: &[String]) {
        for part in &mut self.parts {
            part.channel.counted = names.contains(&part.channel.name);
        }
    }

    /// Whether a source is shared by CPU time.
    fn shares_machine(&self) -> bool {
        self.feeds.iter().flat_map(|feed| &feed.channels).any(|(_, route)| route.is_shared())
    }

    /// Describes all parts; stands before the first sample.
    pub fn describe(&self, recorder: &mut Recorder) {
        for part in &self.parts {
            recorder.push(&Record::Channel(part.describe()));
        }
    }

    /// Reads all sources once and lets every part go on from here: what came
    /// since the last sample is left out.
    pub fn restart(&mut self, usage: &Usage, pids: &[u32], recorder: &mut Recorder) {
        let Self { feeds, parts, readings } = self;
        for feed in feeds.iter_mut().filter(|feed| !feed.gone) {
            readings.clear();
            feed.source.account(pids);
            feed.source.read(usage, readings);
            for ((input, route), reading) in feed.channels.iter_mut().zip(readings.drain(..)) {
                input.restart(usage.uptime, reading);
                route.restart(usage);
            }
        }
        for part in parts {
            // So that whoever prices the ledger anew spreads nothing over the pause.
            recorder.push(&Record::Checkpoint(part.checkpoint(usage.uptime)));
        }
    }

    /// Reads all sources once and records what the readings came to. `pids`
    /// are the accounted processes that run now.
    pub fn sample(
        &mut self,
        usage: &Usage,
        pids: &[u32],
        pricer: &Pricer,
        anchor: Anchor,
        recorder: &mut Recorder,
    ) {
        let Self { feeds, parts, readings } = self;
        for feed in feeds.iter_mut().filter(|feed| !feed.gone) {
            readings.clear();
            feed.source.account(pids);
            feed.source.read(usage, readings);
            let name = feed.source.name();
            for ((input, route), reading) in feed.channels.iter_mut().zip(readings.drain(..)) {
                let (outcome, trouble) = integrate(input, usage.uptime, reading);
                if let Some(trouble) = trouble {
                    let text = format!("{name}: {}", trouble.text);
                    feed.gone |= trouble.kind == EventKind::SourceLost;
                    event(recorder, usage.uptime, trouble.kind, &text);
                }
                let (main, feeder) = route.main_part();
                if let Some(part) = parts.get_mut(main) {
                    part.note(feeder, input.counts());
                    record_gap(outcome, part, recorder);
                }
                for (index, flow) in route.split(outcome, usage).into_iter().flatten() {
                    if let Some(part) = parts.get_mut(index) {
                        pay(part, flow, pricer, anchor, recorder);
                    }
                }
            }
            for warning in feed.source.take_warnings() {
                event(recorder, usage.uptime, EventKind::Warning, &format!("{name}: {warning}"));
            }
        }
        for part in parts {
            if let Some(checkpoint) = part.take_changed() {
                recorder.push(&Record::Checkpoint(checkpoint));
            }
        }
    }
}

/// What went wrong with a reading.
struct Trouble {
    kind: EventKind,
    text: String,
}

/// The outcome of one reading, and what a person should know of it.
fn integrate(
    input: &mut Input,
    at: Uptime,
    reading: Result<Reading, ReadError>,
) -> (Outcome, Option<Trouble>) {
    match reading {
        Ok(reading) => match input.read(at, reading) {
            Ok(outcome) => (outcome, None),
            Err(overflow) => {
                let text = overflow.to_string();
                (Outcome::Unavailable, Some(Trouble { kind: EventKind::SensorFault, text }))
            }
        },
        Err(ReadError::Retry(_)) => (input.read_failed(), None),
        Err(ReadError::Gone(text)) => {
            (input.read_failed(), Some(Trouble { kind: EventKind::SourceLost, text }))
        }
    }
}

/// Tells of a stretch whose energy is not known.
fn record_gap(outcome: Outcome, part: &Part, recorder: &mut Recorder) {
    let Some(interval) = outcome.unknown() else { return };
    let what = match outcome {
        Outcome::Reset(_) => "the counter restarted",
        _ => "no reading for too long",
    };
    recorder.push(&Record::Event(Event {
        uptime: interval.end(),
        kind: EventKind::Gap,
        channel: Some(part.id),
        value: i64::try_from(interval.duration_us()).unwrap_or(i64::MAX),
        text: what,
    }));
}

/// Adds a flow to a part and prices it.
fn pay(part: &mut Part, flow: Flow, pricer: &Pricer, anchor: Anchor, recorder: &mut Recorder) {
    let paid = pricer.with_pricing(anchor, |pricing| part.account.add(flow, pricing));
    match paid {
        Ok(_) => part.touch(),
        Err(error) => {
            let text = format!("{}: {error}; this interval is left out", part.channel.name);
            event(recorder, flow.interval().end(), EventKind::SensorFault, &text);
        }
    }
}

fn event(recorder: &mut Recorder, uptime: Uptime, kind: EventKind, text: &str) {
    recorder.push(&Record::Event(Event { uptime, kind, channel: None, value: 0, text }));
}
