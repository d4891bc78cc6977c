//! Where ledgers lie and what they are called.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use jiff::Timestamp;
use wattcast_core::units::Utc;

use super::{EXTENSION, StoreError};

/// Number of a run, random, also the boot number of its frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub u32);

impl RunId {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        // Without a random source the process id keeps two runs apart.
        Self(getrandom::u32().unwrap_or_else(|_| std::process::id()))
    }
}

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// Where runs are kept: a directory with a file for each, or one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// One file for each run.
    Dir(PathBuf),
    /// All runs in this file.
    File(PathBuf),
}

impl Place {
    /// From `--ledger`, else `WATTCAST_LEDGER`, else the user's data directory
    /// (`$XDG_DATA_HOME/wattcast/runs`, on Windows below `%APPDATA%`).
    ///
    /// A path that is a file, or that ends in `.wcl`, is one file; any other
    /// is a directory.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoHome`] where nothing says where.
    pub fn choose(given: Option<&Path>) -> Result<Self, StoreError> {
        let named = given.map(Path::to_owned).or_else(|| {
            std::env::var_os("WATTCAST_LEDGER").filter(|path| !path.is_empty()).map(PathBuf::from)
        });
        match named {
            Some(path) => Ok(Self::from_path(path)),
            None => {
                let dirs = etcetera::choose_base_strategy().map_err(|_| StoreError::NoHome)?;
                Ok(Self::Dir(dirs.data_dir().join("wattcast").join("runs")))
            }
        }
    }

    fn from_path(path: PathBuf) -> Self {
        let is_file = match std::fs::metadata(&path) {
            Ok(metadata) => !metadata.is_dir(),
            Err(_) => path.extension().is_some_and(|extension| extension == EXTENSION),
        };
        if is_file { Self::File(path) } else { Self::Dir(path) }
    }

    /// The directory that holds the ledgers.
    #[must_use]
    pub fn dir(&self) -> &Path {
        match self {
            Self::Dir(dir) => dir,
            Self::File(file) => match file.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            },
        }
    }

    /// The file of a run that starts at `start`.
    #[must_use]
    pub fn file(&self, start: Utc, run: RunId) -> PathBuf {
        match self {
            Self::File(file) => file.clone(),
            Self::Dir(dir) => dir.join(format!("{}-{run}.{EXTENSION}", stamp(start))),
        }
    }

    /// The file of a sender that is first heard at `start`, one that is not
    /// there yet. Of `name` only letters, digits and `-` are taken.
    pub(super) fn file_of_sender(&self, start: Utc, name: &str, number: &str) -> PathBuf {
        let Self::Dir(dir) = self else { return self.file(start, RunId(0)) };
        let plain: String = name
            .chars()
            .take(40)
            .map(|char| if char.is_ascii_alphanumeric() { char } else { '-' })
            .collect();
        let stem = format!("{}-{plain}-{number}", stamp(start));
        let first = std::iter::once(dir.join(format!("{stem}.{EXTENSION}")));
        let others = (2..1000).map(|again| dir.join(format!("{stem}-{again}.{EXTENSION}")));
        let mut free = first.chain(others).filter(|path| !path.exists());
        free.next().unwrap_or_else(|| self.file(start, RunId::random()))
    }

    /// The ledgers that are there now, oldest first, each with what continues
    /// it in `fallback_dir`.
    ///
    /// # Errors
    ///
    /// The directory exists and cannot be read. One that does not exist holds
    /// no ledgers.
    pub fn ledgers(&self, fallback_dir: &Path) -> Result<Vec<LedgerFiles>, StoreError> {
        let mut files = match self {
            Self::File(file) if file.exists() => vec![file.clone()],
            Self::File(_) => Vec::new(),
            Self::Dir(dir) => {
                list(dir, |name| Path::new(name).extension().is_some_and(|it| it == EXTENSION))?
            }
        };
        files.sort();
        let prefix = fallback_prefix(self.dir());
        let continued = |name: &str| name.starts_with(&prefix) && name.ends_with(EXTENSION);
        // A temporary directory that cannot be read holds nothing of ours.
        let mut loose = list(fallback_dir, continued).unwrap_or_default();
        loose.sort();
        let mut ledgers: Vec<LedgerFiles> = files
            .into_iter()
            .map(|file| {
                let stem = format!("{prefix}{}.", stem_of(&file));
                let parts = loose.extract_if(.., |path| name_of(path).starts_with(&stem));
                LedgerFiles { parts: std::iter::once(file).chain(parts).collect() }
            })
            .collect();
        if let Self::File(file) = self {
            let stem = format!("{prefix}{}.", stem_of(file));
            loose.retain(|path| name_of(path).starts_with(&stem));
        }
        ledgers.extend(loose.into_iter().map(|path| LedgerFiles { parts: vec![path] }));
        Ok(ledgers)
    }
}

/// The files of one ledger: the ledger itself and what continues it elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerFiles {
    /// In the order in which they were written.
    pub parts: Vec<PathBuf>,
}

/// How a run is kept.
#[derive(Clone, Debug)]
pub struct LedgerOptions {
    /// Where.
    pub place: Place,
    /// Where a run goes on when that place can no longer be written.
    pub fallback_dir: PathBuf,
    /// File of the key under which records are tagged; `None` leaves them
    /// without tags.
    pub key_file: Option<PathBuf>,
}

impl LedgerOptions {
    /// The user's choice, else the defaults: tagged under the key in the
    /// user's configuration directory (`$XDG_CONFIG_HOME/wattcast/key`).
    ///
    /// # Errors
    ///
    /// See [`Place::choose`].
    pub fn choose(given: Option<&Path>) -> Result<Self, StoreError> {
        Ok(Self {
            place: Place::choose(given)?,
            fallback_dir: std::env::temp_dir(),
            key_file: default_key_file(),
        })
    }

    /// Where `file` continues, for the first, second, … attempt.
    pub(super) fn fallback(&self, file: &Path, attempt: u32) -> PathBuf {
        let prefix = fallback_prefix(self.place.dir());
        let stem = stem_of(file);
        let number = if attempt == 0 { String::new() } else { format!("{attempt}.") };
        self.fallback_dir.join(format!("{prefix}{stem}.{number}{EXTENSION}"))
    }
}

fn default_key_file() -> Option<PathBuf> {
    let dirs = etcetera::choose_base_strategy().ok()?;
    Some(dirs.config_dir().join("wattcast").join("key"))
}

/// UTC in the basic form of ISO 8601, which sorts by time and suits any file
/// system.
fn stamp(at: Utc) -> String {
    let seconds = i64::try_from(at.as_us() / 1_000_000).unwrap_or(i64::MAX);
    let time = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Tells continuations of one directory from those of another (FNV-1a).
fn fallback_prefix(dir: &Path) -> String {
    let absolute = std::fs::canonicalize(dir)
        .or_else(|_| std::path::absolute(dir))
        .unwrap_or_else(|_| dir.to_owned());
    let hash =
        absolute.as_os_str().as_encoded_bytes().iter().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
        });
    format!("wattcast-{hash:08x}-")
}

fn stem_of(file: &Path) -> String {
    file.file_stem().map_or_else(|| "ledger".into(), |stem| stem.to_string_lossy().into_owned())
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn list(dir: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, StoreError> {
    let failed = |error| StoreError::Read { path: dir.to_owned(), error };
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name: OsString = entry.file_name();
        if wanted(&name.to_string_lossy()) && entry.path().is_file() {
            found.push(entry.path());
        }
    }
    Ok(found)
}
