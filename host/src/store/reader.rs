//! Bytes of a ledger back into records.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use wattcast_core::wire::{Decoder, Frame, FrameError, Tally};

use super::{StoreError, lock};

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 16;

/// A whole frame.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The frame.
    pub frame: Frame<'a>,
    /// Bytes of the files that were read when it was found.
    pub bytes: u64,
}

/// What a pass over a ledger met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Whole frames, and what was lost.
    pub tally: Tally,
    /// Whether a writer holds a file now, so that a torn end is only
    /// a frame that is being written.
    pub held: bool,
}

impl Summary {
    /// Stretches of bytes that are no frame.
    #[must_use]
    pub fn damaged_places(&self) -> u64 {
        let tally = &self.tally;
        tally.malformed + tally.oversize + tally.checksum + tally.version + tally.cut
    }
}

/// Reads the files of one ledger in order and hands every whole frame to
/// `each`, also those after a torn or changed stretch.
///
/// # Errors
///
/// A file cannot be opened or read. Damage is no error: it is counted.
pub fn read(files: &[PathBuf], mut each: impl FnMut(&Entry<'_>)) -> Result<Summary, StoreError> {
    let mut decoder = Decoder::new();
    let mut chunk = vec![0; CHUNK];
    let mut total = 0_u64;
    for path in files {
        let failed = |error| StoreError::Read { path: path.clone(), error };
        let mut file = File::open(path).map_err(failed)?;
        loop {
            let taken = match file.read(&mut chunk) {
                Ok(0) => break,
                Ok(taken) => taken,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(error)),
            };
            total = total.saturating_add(u64::try_from(taken).unwrap_or(u64::MAX));
            let mut bytes = chunk.get(..taken).unwrap_or_default();
            while let Some(outcome) = decoder.decode(&mut bytes) {
                if let Ok(frame) = outcome {
                    each(&Entry { frame, bytes: total });
                }
            }
        }
        // A frame never goes on in the next file.
        let _: Option<FrameError> = decoder.finish();
    }
    let held = files.iter().any(|path| lock::is_held(path));
    Ok(Summary { tally: *decoder.tally(), held })
}

/// Whether there is a whole frame in the first bytes of a file.
pub(super) fn begins_with_a_frame(mut bytes: &[u8]) -> bool {
    let mut decoder = Decoder::new();
    while let Some(outcome) = decoder.decode(&mut bytes) {
        if outcome.is_ok() {
            return true;
        }
    }
    false
}
