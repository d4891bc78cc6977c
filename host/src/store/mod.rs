//! Ledgers on disk: what a run told, kept so that nothing already written is
//! lost.
//!
//! A ledger is an append-only file of the frames that boards send too
//! ([`wattcast_core::wire`]). [`LedgerWriter`] hands each sample to the system
//! in one write and syncs every ten seconds, in a thread of its own;
//! [`read`] gives back every whole frame and counts what is torn, changed or
//! missing. A [`Capture`] keeps the frames of boards as they came, tags and all.
//!
//! | what happens | what is kept |
//! | --- | --- |
//! | SIGKILL of the writer | all but the last sample |
//! | power cut | all but what came after the last sync, ten seconds at most |
//! | disk full, quota, read-only directory, I/O error | all: the run goes on in a file of the temporary directory, or in memory, and moves back when it ends |
//! | a second writer of the same file | both, in two files |
//! | a torn or changed stretch | every whole frame around it |
//!
//! It does not compress, and it does not delete: old ledgers are the user's.

mod capture;
mod key;
#[cfg(unix)]
mod limit;
mod lock;
mod pending;
mod place;
mod raw;
mod reader;
mod sink;
mod writer;

use std::path::PathBuf;

pub use capture::Capture;
pub use key::{KeyError, load_key, load_or_create_key};
pub use place::{LedgerFiles, LedgerOptions, Place, RunId};
pub use raw::RawDecoder;
pub use reader::{Entry, Summary, read};
pub use writer::{LedgerWriter, Outcome};

/// Extension of a ledger file.
pub const EXTENSION: &str = "wcl";

/// Why a ledger cannot be used as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file holds something else, which is left as it is.
    #[error("{0} is not a ledger of wattcast; name another file with --ledger")]
    Foreign(PathBuf),
    /// Neither a flag, nor the environment, nor a home directory says where.
    #[error("no home directory; say where ledgers go with --ledger DIR or WATTCAST_LEDGER")]
    NoHome,
    /// It cannot be read.
    #[error("cannot read {path}: {error}")]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

#[cfg(test)]
mod tests;
