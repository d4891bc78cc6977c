//! One run, told to its ledger and to its report at once, so that both give
//! the same numbers.

use wattcast_core::units::{Uptime, Utc};
use wattcast_core::wire::Record;
use wattcast_core::wire::record::{Anchor, Attribute, Boot, BootCause, Event, EventKind};

use super::builder::ReportBuilder;
use super::run::{Integrity, RunReport, Tags};
use crate::store::{LedgerOptions, LedgerWriter, RunId, StoreError};

/// Most bytes of a name, of which a record may hold several.
const MOST_NAME: usize = 80;
/// Most bytes of the one longer text of a record, beside a name.
const MOST_TEXT: usize = 360;

/// Records a run.
#[derive(Debug)]
pub struct Recorder {
    writer: Option<LedgerWriter>,
    run: RunId,
    builder: ReportBuilder,
    records: u64,
}

impl Recorder {
    /// Begins a run on `host`, whose uptime starts at `start`. Without
    /// `options` it is kept in no ledger.
    ///
    /// # Errors
    ///
    /// See [`LedgerWriter::start`].
    pub fn start(
        options: Option<&LedgerOptions>,
        host: &str,
        start: Utc,
        uncertainty_us: u32,
    ) -> Result<Self, StoreError> {
        let writer = options.map(|options| LedgerWriter::start(options, start)).transpose()?;
        let run = writer.as_ref().map_or_else(RunId::random, LedgerWriter::run);
        let mut recorder = Self { writer, run, builder: ReportBuilder::new(), records: 0 };
        recorder.push(&Record::Boot(Boot {
            device: host,
            firmware: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            cause: BootCause::Requested,
        }));
        recorder.push(&Record::Anchor(Anchor { uptime: Uptime::ZERO, utc: start, uncertainty_us }));
        recorder.attribute("run", &run.to_string());
        Ok(recorder)
    }

    /// Number of the run.
    #[must_use]
    pub fn run(&self) -> RunId {
        self.run
    }

    /// Takes a record. Names of more than 80 bytes and texts of more than 360
    /// are shortened, those of [`attribute`](Self::attribute) are not.
    pub fn push(&mut self, record: &Record<'_>) {
        let record = &shortened(record);
        self.builder.push(record);
        if let Some(writer) = &mut self.writer {
            writer.push(record);
        }
        self.records += 1;
    }

    /// Takes a named fact of any length. Up to 92,160 bytes are kept.
    pub fn attribute(&mut self, key: &str, value: &str) {
        let mut rest = value;
        for part in 0..=u8::MAX {
            let piece = shorten(rest, MOST_TEXT);
            self.push(&Record::Attribute(Attribute { key, value: piece, part }));
            rest = rest.get(piece.len()..).unwrap_or_default();
            if rest.is_empty() {
                return;
            }
        }
    }

    /// Writes what was pushed since the last call, in one write, and returns
    /// what a person should be told now, each thing once. `now` stamps it in
    /// the ledger.
    pub fn commit(&mut self, now: Uptime) -> Vec<String> {
        let Some(writer) = &mut self.writer else { return Vec::new() };
        writer.commit();
        let warnings = writer.take_warnings();
        for text in &warnings {
            self.push(&Record::Event(Event {
                uptime: now,
                kind: EventKind::Warning,
                channel: None,
                value: 0,
                text,
            }));
        }
        warnings
    }

    /// The report so far.
    #[must_use]
    pub fn report(&self) -> RunReport {
        self.builder.report()
    }

    /// Ends the run: what was pushed before belongs to it. Returns its report
    /// and what a person was not told yet.
    #[must_use]
    pub fn finish(mut self, now: Uptime) -> (RunReport, Vec<String>) {
        self.push(&Record::Event(Event {
            uptime: now,
            kind: EventKind::Finished,
            channel: None,
            value: 0,
            text: "",
        }));
        let Some(writer) = self.writer else { return (self.builder.report(), Vec::new()) };
        let outcome = writer.finish();
        for warning in &outcome.warnings {
            self.builder.warn(warning);
        }
        let mut report = self.builder.report();
        report.sender = Some((0, self.run.0));
        report.ledger = Some(Integrity {
            files: outcome.files.iter().map(|path| path.display().to_string()).collect(),
            tags: if outcome.tagged { Tags::Verified } else { Tags::Untagged },
            records: self.records.saturating_sub(outcome.lost_records),
            lost_records: outcome.lost_records,
            ..Integrity::default()
        });
        (report, outcome.warnings)
    }
}

/// The record with texts that fit a frame.
fn shortened<'a>(record: &Record<'a>) -> Record<'a> {
    let mut record = record.clone();
    let name = |text: &mut &'a str| *text = shorten(text, MOST_NAME);
    let words = |text: &mut &'a str| *text = shorten(text, MOST_TEXT);
    match &mut record {
        Record::Boot(boot) => name(&mut boot.device),
        Record::Channel(channel) => {
            name(&mut channel.name);
            words(&mut channel.method);
        }
        Record::Intensity(intensity) => {
            name(&mut intensity.zone);
            words(&mut intensity.name);
        }
        Record::Event(event) => words(&mut event.text),
        _ => {}
    }
    record
}

fn shorten(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}
