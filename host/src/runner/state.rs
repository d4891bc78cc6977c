//! What a plan needs to go on after wattcast was killed or the machine was
//! rebooted: typed again, the same command in the same folder takes it up.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::metering;

/// Plans with one command that may go on at the same time.
const MOST_ALIKE: u32 = 64;

/// What is kept of a plan.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Saved {
    /// When the command was first typed, in µs since 1970 (UTC).
    pub started_utc_us: u64,
    /// The test clock, where there is one.
    pub test_clock: Option<metering::TestClock>,
    /// Ids of the runs so far.
    pub runs: Vec<String>,
    /// The work that the command has saved, in µs of running.
    pub saved_us: u64,
    /// The process of the command, and when it started by the kernel's count.
    pub job: Option<(u32, u64)>,
    /// The first plan.
    pub planned: Value,
    /// How often it was planned.
    pub plans: u64,
}

/// The state of a plan that cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The system refuses.
    #[error("{path}: {error}; name a place that can be written with --ledger")]
    Io {
        /// The file.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// Too many of the same command at once.
    #[error("{MOST_ALIKE} runs of this command wait already in this folder")]
    TooMany,
}

/// The file of one plan, held by this process alone.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    _lock: File,
}

impl StateFile {
    /// Opens the first state of `command`, typed in this folder, that no other
    /// process holds, and what it held.
    ///
    /// # Errors
    /// [`StateError`] where the folder cannot be written.
    pub fn open(folder: &Path, command: &[u8]) -> Result<(Self, Option<Saved>), StateError> {
        let here = std::env::current_dir().unwrap_or_default();
        let key = fnv1a(&[here.as_os_str().as_encoded_bytes(), command]);
        let failed = |path: &Path| {
            let path = path.display().to_string();
            move |error| StateError::Io { path, error }
        };
        fs::create_dir_all(folder).map_err(failed(folder))?;
        for number in 0..MOST_ALIKE {
            let path = folder.join(format!("{key:016x}-{number}.json"));
            let locked = path.with_extension("lock");
            let mut options = File::options();
            options.write(true).create(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let lock = options.open(&locked).map_err(failed(&locked))?;
            if matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock)) {
                continue;
            }
            // What cannot be understood is not gone on with.
            let saved = fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
            return Ok((Self { path, _lock: lock }, saved));
        }
        Err(StateError::TooMany)
    }

    /// Where the control file of the job is.
    #[must_use]
    pub fn control(&self) -> PathBuf {
        self.path.with_extension("control")
    }

    /// Keeps the state: after this a power cut leaves the old one or the new.
    ///
    /// # Errors
    /// [`StateError::Io`] where it cannot be written.
    pub fn save(&self, saved: &Saved) -> Result<(), StateError> {
        let failed = |error| StateError::Io { path: self.path.display().to_string(), error };
        let text = serde_json::to_vec(saved).map_err(|error| failed(error.into()))?;
        let new = self.path.with_extension("new");
        let write = || -> io::Result<()> {
            let mut file = File::create(&new)?;
            io::Write::write_all(&mut file, &text)?;
            file.sync_data()?;
            fs::rename(&new, &self.path)
        };
        write().map_err(failed)
    }

    /// The plan is over.
    pub fn forget(&self) {
        // The lock stays: another process may wait for it by its name.
        let _ = fs::remove_file(&self.path);
    }
}

/// A number for some bytes (FNV-1a).
fn fnv1a(parts: &[&[u8]]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.iter().chain(&[0]));
    bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
