//! The runs of a ledger.

use wattcast_core::wire::{DeviceKey, Frame, Order, Verdict, Verifier};

use super::builder::{ReportBuilder, Reprice};
use super::number::count;
use super::run::{Integrity, RunReport, State, Tags};
use crate::store::{LedgerFiles, StoreError, read};

/// Checkpoints that one hole may hold: a day of ten channels at ten a second.
const LOOK_AHEAD: u32 = 8_640_000;

/// How ledgers are read.
#[derive(Default)]
pub struct Reading<'a> {
    /// Checks the tags of the records.
    pub key: Option<&'a DeviceKey>,
    /// Prices the energy anew.
    pub reprice: Option<&'a Reprice>,
    /// Is told from time to time how many bytes of the ledger are read.
    pub progress: Option<&'a mut dyn FnMut(u64)>,
}

/// Reads every run of a ledger, in the order in which they began.
///
/// # Errors
///
/// A file cannot be read. Damage within is told by each run's
/// [`Integrity`] and warnings.
pub fn read_runs(
    files: &LedgerFiles,
    reading: &mut Reading<'_>,
) -> Result<Vec<RunReport>, StoreError> {
    let Reading { key, reprice, progress } = reading;
    let mut runs: Vec<Run> = Vec::new();
    let summary = read(&files.parts, |entry| {
        let frame = &entry.frame;
        let sender = (frame.header.stream, frame.header.boot);
        // The run of a frame is nearly always the last one.
        let place = runs.iter().rposition(|run| run.sender == sender).unwrap_or_else(|| {
            runs.push(Run::new(sender, *key, *reprice));
            runs.len() - 1
        });
        if let Some(run) = runs.get_mut(place) {
            run.take(frame);
        }
        if let Some(progress) = progress {
            progress(entry.bytes);
        }
    })?;
    let last = runs.len().saturating_sub(1);
    let names: Vec<String> = files.parts.iter().map(|path| path.display().to_string()).collect();
    let reports = runs.into_iter().enumerate().map(|(index, mut run)| {
        run.integrity.files.clone_from(&names);
        let running = summary.held && index == last && !run.finished();
        // Bytes that are no frame have no sender; the end of a file that is
        // being written is not damage.
        if index == last && !running {
            run.integrity.lost_bytes = summary.tally.lost_bytes;
            run.integrity.damaged_places = summary.damaged_places();
        }
        run.report(running)
    });
    Ok(reports.collect())
}

/// One run while its records are read.
struct Run {
    sender: (u16, u32),
    builder: ReportBuilder,
    verifier: Option<Verifier>,
    integrity: Integrity,
}

impl Run {
    fn new(sender: (u16, u32), key: Option<&DeviceKey>, reprice: Option<&Reprice>) -> Self {
        let builder =
            reprice.map_or_else(ReportBuilder::new, |it| ReportBuilder::repriced(it.clone()));
        let verifier =
            key.map(|key| Verifier::new(key, sender.0, sender.1).with_look_ahead(LOOK_AHEAD));
        Self { sender, builder, verifier, integrity: Integrity::default() }
    }

    fn take(&mut self, frame: &Frame<'_>) {
        self.integrity.lost_records += match frame.order {
            Order::First { before } => u64::from(before),
            Order::AfterHole { missing } => u64::from(missing),
            Order::Next => 0,
            // A continuation that was half moved back tells frames twice.
            Order::Repeated => return,
        };
        self.check(frame);
        self.integrity.records += 1;
        match &frame.record {
            Ok(record) => self.builder.push(record),
            Err(error) => self.builder.warn(format!("{error}; a newer wattcast may read it")),
        }
    }

    fn check(&mut self, frame: &Frame<'_>) {
        let sequence = u64::from(frame.header.sequence);
        let first = self.integrity.records == 0;
        self.integrity.tags = match (&self.integrity.tags, &mut self.verifier) {
            (Tags::Forged { .. }, _) => return,
            // Tags are on all records of a run or on none.
            (Tags::Verified | Tags::NoKey, _) if !frame.is_tagged() => Tags::Forged { sequence },
            (Tags::Untagged, _) if !first && frame.is_tagged() => Tags::Forged { sequence },
            (_, _) if !frame.is_tagged() => Tags::Untagged,
            (_, None) => Tags::NoKey,
            (_, Some(verifier)) => match verifier.check(frame) {
                Verdict::Verified | Verdict::AfterHole { .. } => Tags::Verified,
                _ => Tags::Forged { sequence },
            },
        };
    }

    fn finished(&self) -> bool {
        self.builder.is_finished()
    }

    fn report(mut self, running: bool) -> RunReport {
        let integrity = &self.integrity;
        if integrity.lost_records > 0 {
            self.builder.warn(format!(
                "{} missing from the ledger; energy is cumulative, so the totals are those of \
                 the last record that was kept",
                count(integrity.lost_records, "record")
            ));
        }
        if integrity.damaged_places > 0 {
            self.builder.warn(format!(
                "{} torn or changed at {} of the ledger, and left out",
                count(integrity.lost_bytes, "byte"),
                count(integrity.damaged_places, "place")
            ));
        }
        if let Tags::Forged { sequence } = integrity.tags {
            self.builder.warn(format!(
                "record {sequence} does not fit the key of this user: it was changed, or the run \
                 was recorded under another key"
            ));
        }
        let mut report = self.builder.report();
        if running {
            report.state = State::Running;
        } else if report.state == State::CutShort {
            report.warnings.push("the run was cut short: its records stop before its end".into());
        }
        report.ledger = Some(self.integrity);
        report
    }
}
