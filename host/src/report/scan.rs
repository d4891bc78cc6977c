//! The runs of a ledger.

use super::builder::Reprice;
use super::run::RunReport;
use super::sender::{Keys, Sender};
use crate::store::{LedgerFiles, StoreError, read};

/// How ledgers are read.
#[derive(Default)]
pub struct Reading<'a> {
    /// Check the tags of the records.
    pub keys: Keys,
    /// Prices the energy anew.
    pub reprice: Option<&'a Reprice>,
    /// Is told from time to time how many bytes of the ledger are read.
    pub progress: Option<&'a mut dyn FnMut(u64)>,
}

/// Reads every run of a ledger, in the order in which they began.
///
/// # Errors
///
/// A file cannot be read. Damage within is told by the
/// [`Integrity`](super::Integrity) and the warnings of each run.
pub fn read_runs(
    files: &LedgerFiles,
    reading: &mut Reading<'_>,
) -> Result<Vec<RunReport>, StoreError> {
    let Reading { keys, reprice, progress } = reading;
    let mut runs: Vec<Sender> = Vec::new();
    let summary = read(&files.parts, |entry| {
        let frame = &entry.frame;
        // The run of a frame is nearly always the last one.
        let place = runs.iter().rposition(|run| run.sent(frame.header)).unwrap_or_else(|| {
            runs.push(Sender::new(frame.header.stream, frame.header.boot, keys, *reprice));
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
        let running = summary.held && index == last && !run.is_finished();
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
