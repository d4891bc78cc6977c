//! Records into a ledger.

use std::fmt::Display;
use std::fs::{DirBuilder, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use wattcast_core::units::Utc;
use wattcast_core::wire::{DeviceKey, EncodeError, Encoder, MAX_FRAME, Ratchet, Record};

use super::key::load_or_create_key;
use super::lock;
use super::place::{LedgerOptions, Place, RunId};
use super::reader::begins_with_a_frame;
use super::sink::{Sink, remedy};
use super::{EXTENSION, StoreError};

/// Writes the records of one run. It never fails for want of a disk: what
/// cannot be written is told by [`take_warnings`](Self::take_warnings) and by
/// the [`Outcome`].
///
/// ```
/// use wattcast::store::{LedgerOptions, LedgerWriter, Place, read};
/// use wattcast_core::units::Utc;
/// use wattcast_core::wire::Record;
/// use wattcast_core::wire::record::Attribute;
///
/// let dir = tempfile::tempdir()?;
/// let options = LedgerOptions {
///     place: Place::Dir(dir.path().join("runs")),
///     fallback_dir: dir.path().to_owned(),
///     key_file: Some(dir.path().join("key")),
/// };
/// let mut writer = LedgerWriter::start(&options, Utc::from_us(1_790_000_000_000_000))?;
/// writer.push(&Record::Attribute(Attribute { key: "project", value: "demo", part: 0 }));
/// writer.commit();
/// let outcome = writer.finish();
///
/// let mut projects = Vec::new();
/// read(&outcome.files, |entry| {
///     if let Ok(Record::Attribute(attribute)) = &entry.frame.record {
///         projects.push(attribute.value.to_owned());
///     }
/// })?;
/// assert_eq!(projects, ["demo"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LedgerWriter {
    run: RunId,
    file: PathBuf,
    encoder: Sealing,
    sink: Sink,
    unencoded: u64,
}

/// What became of a run's records.
#[derive(Debug)]
pub struct Outcome {
    /// The files that hold them, in order; empty where none could be written.
    pub files: Vec<PathBuf>,
    /// Whether the records carry tags.
    pub tagged: bool,
    /// Records that are in no file.
    pub lost_records: u64,
    /// What a person should know and was not told yet.
    pub warnings: Vec<String>,
}

#[derive(Debug)]
enum Sealing {
    Tagged(Box<Encoder<Ratchet>>),
    Untagged(Encoder),
}

impl LedgerWriter {
    /// Opens the ledger of a run that starts now, at `start`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Foreign`] where the file that was named holds something
    /// else. A file that cannot be made or written is no error: see above.
    pub fn start(options: &LedgerOptions, start: Utc) -> Result<Self, StoreError> {
        #[cfg(unix)]
        super::limit::fail_by_error();
        let run = RunId::random();
        let mut warnings = Vec::new();
        let key = options.key_file.as_deref().map(load_or_create_key).transpose();
        let key = key.unwrap_or_else(|error| {
            warnings.push(format!("the ledger is not tagged: {error}"));
            None
        });
        let file = options.place.file(start, run);
        let opened = open(&options.place, &file, run, &mut warnings)?;
        let mut sink = Sink::new(opened, options.clone(), file.clone());
        for warning in warnings {
            sink.warn(warning);
        }
        Ok(Self { run, file, encoder: Sealing::new(key.as_ref(), run), sink, unencoded: 0 })
    }

    /// Number of the run.
    #[must_use]
    pub fn run(&self) -> RunId {
        self.run
    }

    /// The file that was asked for.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Takes a record; [`commit`](Self::commit) writes it.
    pub fn push(&mut self, record: &Record<'_>) {
        let mut buffer = [0; MAX_FRAME];
        let detail =
            matches!(record, Record::Samples(_) | Record::Checkpoint(_) | Record::Usage(_));
        match self.encoder.encode(record, &mut buffer) {
            Ok(frame) => self.sink.push(frame, detail),
            Err(error) => {
                self.unencoded += 1;
                if self.unencoded == 1 {
                    self.sink.warn(format!("a record is not in the ledger: {error}"));
                }
            }
        }
    }

    /// Hands what was pushed to the system, in one write. What a killed
    /// process had committed is kept.
    pub fn commit(&mut self) {
        self.sink.commit();
    }

    /// Bytes in memory that wait to be written.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.sink.held_bytes()
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
            tagged: matches!(self.encoder, Sealing::Tagged(_)),
            lost_records: closed.lost_frames.saturating_add(self.unencoded),
            warnings: closed.warnings,
        }
    }
}

impl Sealing {
    fn new(key: Option<&DeviceKey>, run: RunId) -> Self {
        match key {
            Some(key) => Self::Tagged(Box::new(Encoder::tagged(key, 0, run.0))),
            None => Self::Untagged(Encoder::new(0, run.0)),
        }
    }

    fn encode<'b>(
        &mut self,
        record: &Record<'_>,
        buffer: &'b mut [u8; MAX_FRAME],
    ) -> Result<&'b [u8], EncodeError> {
        match self {
            Self::Tagged(encoder) => encoder.encode(record, buffer),
            Self::Untagged(encoder) => encoder.encode(record, buffer),
        }
    }
}

type Opened = (PathBuf, File, bool);

/// Opens the ledger; `None`, with a warning, where it cannot be written.
pub(super) fn open(
    place: &Place,
    path: &Path,
    run: impl Display,
    warnings: &mut Vec<String>,
) -> Result<Option<Opened>, StoreError> {
    let opened = match place {
        Place::Dir(dir) => make_dir(dir).and_then(|()| lock::create(path)).map(Some),
        Place::File(_) => {
            if path.is_file() && !is_ledger(path)? {
                return Err(StoreError::Foreign(path.to_owned()));
            }
            make_dir(place.dir()).and_then(|()| lock::open(path))
        }
    };
    let failed = match opened {
        Ok(Some(file)) => {
            // What was there before may end within a frame.
            let torn = matches!(place, Place::File(_))
                && file.metadata().is_ok_and(|metadata| metadata.len() > 0);
            return Ok(Some((path.to_owned(), file, torn)));
        }
        Ok(None) => {
            let beside = path.with_extension(format!("{run}.{EXTENSION}"));
            match lock::create(&beside) {
                Ok(file) => {
                    warnings.push(format!(
                        "another run is writing {}; this one goes to {}",
                        path.display(),
                        beside.display()
                    ));
                    return Ok(Some((beside, file, false)));
                }
                Err(error) => error,
            }
        }
        Err(error) => error,
    };
    warnings.push(format!(
        "cannot write the ledger {} ({failed}). {}",
        path.display(),
        remedy(&failed)
    ));
    Ok(None)
}

fn make_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Whether a file that is to be continued is ours, or empty.
fn is_ledger(path: &Path) -> Result<bool, StoreError> {
    let mut start = Vec::new();
    let room = u64::try_from(2 * MAX_FRAME).unwrap_or(u64::MAX);
    File::open(path)
        .and_then(|file| file.take(room).read_to_end(&mut start))
        .map_err(|error| StoreError::Read { path: path.to_owned(), error })?;
    Ok(start.is_empty() || begins_with_a_frame(&start))
}
