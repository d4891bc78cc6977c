//! The frames of others into a ledger, as they came.

use std::path::{Path, PathBuf};

use wattcast_core::units::Utc;

use super::StoreError;
use super::place::LedgerOptions;
use super::sink::Sink;
use super::writer::{Outcome, open};

/// Keeps frames that were sealed elsewhere, by a board above all. Nothing in
/// them is changed, so the tags still prove what they proved.
///
/// A directory gets a file for each sender, named by when it was first heard,
/// its name and its boot; where a file was named all come to it.
#[derive(Debug)]
pub struct Capture {
    file: PathBuf,
    sink: Sink,
}

impl Capture {
    /// Opens the ledger of a sender that is first heard now, at `start`. It
    /// fails for want of a disk no more than a
    /// [`LedgerWriter`](super::LedgerWriter) does.
    ///
    /// # Errors
    ///
    /// [`StoreError::Foreign`] where the file that was named holds something
    /// else.
    pub fn start(
        options: &LedgerOptions,
        start: Utc,
        name: &str,
        number: &str,
    ) -> Result<Self, StoreError> {
        #[cfg(unix)]
        super::limit::fail_by_error();
        let file = options.place.file_of_sender(start, name, number);
        let mut warnings = Vec::new();
        let opened = open(&options.place, &file, number, &mut warnings)?;
        let mut sink = Sink::new(opened, options.clone(), file.clone());
        for warning in warnings {
            sink.warn(warning);
        }
        Ok(Self { file, sink })
    }

    /// The file that was asked for.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Takes a whole frame with its delimiter; [`commit`](Self::commit) writes
    /// it. `detail` marks one that a later one stands in for.
    pub fn push(&mut self, frame: &[u8], detail: bool) {
        self.sink.push(frame, detail);
    }

    /// Hands what was pushed to the system, in one write.
    pub fn commit(&mut self) {
        self.sink.commit();
    }

    /// What a person should know, each thing once.
    pub fn take_warnings(&mut self) -> Vec<String> {
        self.sink.take_warnings()
    }

    /// Commits, syncs and closes.
    #[must_use]
    pub fn finish(self) -> Outcome {
        let closed = self.sink.close();
        Outcome {
            files: closed.files,
            tagged: false,
            lost_records: closed.lost_frames,
            warnings: closed.warnings,
        }
    }
}
