//! Bytes to disk: one append-only file, a continuation elsewhere when it can
//! no longer be written, and memory when neither can.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::lock;
use super::pending::Pending;
use super::place::LedgerOptions;

/// Longest time that written bytes wait for a sync.
const SYNC_EVERY: Duration = Duration::from_secs(10);

/// An open file and whether its last frame is torn.
#[derive(Debug)]
struct Out {
    path: PathBuf,
    file: File,
    torn: bool,
}

impl Out {
    /// Appends whole frames; what could not be written stays in `pending`,
    /// from the start of the frame at which writing stopped.
    fn append(&mut self, pending: &mut Pending) -> io::Result<()> {
        if self.torn {
            // Ends the torn frame, so that it cannot swallow the next one.
            self.file.write_all(&[0])?;
            self.torn = false;
        }
        let mut done = 0;
        while let Some(rest) = pending.bytes().get(done..).filter(|rest| !rest.is_empty()) {
            let stopped = match self.file.write(rest) {
                Ok(0) => io::Error::from(io::ErrorKind::WriteZero),
                Ok(written) => {
                    done += written;
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            self.torn = pending.drop_written(done) < done;
            return Err(stopped);
        }
        pending.drop_written(done);
        Ok(())
    }
}

/// Syncs in a thread of its own, since a slow disk can take seconds.
#[derive(Debug)]
struct Syncer {
    last: Instant,
    due: bool,
    named: bool,
    running: Option<JoinHandle<io::Result<()>>>,
}

/// Where the frames of one run go.
#[derive(Debug)]
pub(super) struct Sink {
    primary: Option<Out>,
    continuation: Option<Out>,
    options: LedgerOptions,
    file: PathBuf,
    pending: Pending,
    started: Instant,
    syncer: Syncer,
    warnings: Vec<String>,
    warned_memory: bool,
    warned_sync: bool,
}

/// What became of the bytes.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) files: Vec<PathBuf>,
    pub(super) lost_frames: u64,
    pub(super) warnings: Vec<String>,
}

impl Sink {
    /// Writes to the file that was opened, if any; `torn` says that it may end
    /// within a frame. `file` is the one that was asked for.
    pub(super) fn new(
        opened: Option<(PathBuf, File, bool)>,
        options: LedgerOptions,
        file: PathBuf,
    ) -> Self {
        let started = Instant::now();
        Self {
            primary: opened.map(|(path, file, torn)| Out { path, file, torn }),
            continuation: None,
            options,
            file,
            pending: Pending::default(),
            started,
            syncer: Syncer { last: started, due: false, named: false, running: None },
            warnings: Vec::new(),
            warned_memory: false,
            warned_sync: false,
        }
    }

    /// Takes a frame; `detail` marks one that a later one stands in for.
    pub(super) fn push(&mut self, frame: &[u8], detail: bool) {
        self.pending.push(frame, detail);
    }

    /// Tells a person something, once it is asked for.
    pub(super) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// Bytes in memory, those that wait and those kept for the next ones.
    pub(super) fn held_bytes(&self) -> usize {
        self.pending.capacity()
    }

    /// The warnings since the last call.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// Hands everything pending to the system in one write. A failure is kept
    /// for a warning, and the bytes for the next call.
    pub(super) fn commit(&mut self) {
        if self.pending.bytes().is_empty() {
            return;
        }
        if !self.write_out() {
            self.pending.bound();
        }
        self.sync_when_due();
    }

    fn write_out(&mut self) -> bool {
        if self.continuation.is_none() && !self.write_primary() {
            return false;
        }
        let Some(continuation) = &mut self.continuation else { return true };
        let Err(error) = continuation.append(&mut self.pending) else { return true };
        let path = continuation.path.clone();
        self.warn_memory(&path, &error);
        false
    }

    /// Writes to the file that was opened or, failing that, begins the
    /// continuation; `false` where there is neither.
    fn write_primary(&mut self) -> bool {
        let failed = match &mut self.primary {
            Some(primary) => match primary.append(&mut self.pending) {
                Ok(()) => return true,
                Err(error) => Some((primary.path.clone(), error)),
            },
            None => None,
        };
        match self.create_continuation() {
            Ok((path, file)) => {
                self.warnings.push(match &failed {
                    Some((primary, error)) => format!(
                        "cannot write the ledger {} ({error}); the run goes on in {}. {}",
                        primary.display(),
                        path.display(),
                        remedy(error)
                    ),
                    None => format!("the run is kept in {}", path.display()),
                });
                self.continuation = Some(Out { path, file, torn: false });
                true
            }
            Err((path, error)) => {
                let (path, error) = failed.unwrap_or((path, error));
                self.warn_memory(&path, &error);
                false
            }
        }
    }

    fn create_continuation(&self) -> Result<(PathBuf, File), (PathBuf, io::Error)> {
        let mut attempt = 0;
        loop {
            let path = self.options.fallback(&self.file, attempt);
            match lock::create(&path) {
                Ok(file) => return Ok((path, file)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => {
                    attempt += 1;
                }
                Err(error) => return Err((path, error)),
            }
        }
    }

    fn warn_memory(&mut self, path: &Path, error: &io::Error) {
        if !std::mem::replace(&mut self.warned_memory, true) {
            self.warnings.push(format!(
                "cannot write the ledger {} ({error}); metering goes on in memory and retries at \
                 each sample. {}",
                path.display(),
                remedy(error)
            ));
        }
    }

    fn sync_when_due(&mut self) {
        self.syncer.due = true;
        if self.syncer.running.as_ref().is_some_and(JoinHandle::is_finished) {
            self.reap_sync();
        }
        if self.syncer.running.is_some() || self.syncer.last.elapsed() < SYNC_EVERY {
            return;
        }
        let Some(out) = self.continuation.as_ref().or(self.primary.as_ref()) else { return };
        if let Ok(file) = out.file.try_clone() {
            let work = std::thread::Builder::new().name("ledger-sync".into());
            // The first time, the name of the new file has to be kept too.
            let dir = (!self.syncer.named).then(|| out.path.parent().map(Path::to_owned)).flatten();
            self.syncer.named = true;
            self.syncer.running = work.spawn(move || sync(&file, dir.as_deref())).ok();
            self.syncer.due = false;
        }
        self.syncer.last = Instant::now();
    }

    fn reap_sync(&mut self) {
        let Some(handle) = self.syncer.running.take() else { return };
        if let Ok(Err(error)) = handle.join() {
            self.warn_sync(&error);
        }
    }

    fn warn_sync(&mut self, error: &io::Error) {
        // A pipe or a device has nothing to sync.
        let no_disk =
            matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported);
        if !no_disk && !std::mem::replace(&mut self.warned_sync, true) {
            self.warnings.push(format!(
                "the ledger is written but the disk did not confirm it ({error}); check the disk"
            ));
        }
    }

    /// Writes what is left, moves a continuation back where its place can be
    /// written again, and syncs a run that is longer than the time between
    /// two syncs; so a power cut never costs more than that time.
    pub(super) fn close(mut self) -> Closed {
        self.commit();
        self.move_back();
        if self.syncer.due && self.started.elapsed() >= SYNC_EVERY {
            self.reap_sync();
            let out = self.continuation.as_ref().or(self.primary.as_ref());
            if let Some(Err(error)) = out.map(|out| out.file.sync_all()) {
                self.warn_sync(&error);
            }
        }
        let lost_frames = self.pending.dropped() + self.pending.frames();
        if lost_frames > 0 {
            self.warnings.push(format!(
                "{lost_frames} records of this run are in no ledger; the totals shown at its end \
                 are complete, those of `wattcast report` end at the last record that was written"
            ));
        }
        let files = self.primary.into_iter().chain(self.continuation);
        Closed { files: files.map(|out| out.path).collect(), lost_frames, warnings: self.warnings }
    }

    fn move_back(&mut self) {
        let (Some(primary), Some(continuation)) = (&mut self.primary, &mut self.continuation)
        else {
            return;
        };
        let mut moved = Pending::default();
        let mut read = || -> io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            continuation.file.seek(SeekFrom::Start(0))?;
            continuation.file.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let Ok(bytes) = read() else { return };
        // One unit: it moves whole or stays where it is.
        moved.push(&bytes, false);
        if primary.append(&mut moved).is_ok()
            && primary.append(&mut self.pending).is_ok()
            && std::fs::remove_file(&continuation.path).is_ok()
        {
            self.warnings.push(format!(
                "the ledger {} can be written again and holds the whole run",
                primary.path.display()
            ));
            self.continuation = None;
        }
    }
}

fn sync(file: &File, dir: Option<&Path>) -> io::Result<()> {
    file.sync_data()?;
    match dir {
        Some(dir) if cfg!(unix) => {
            // A bare file name has the current directory.
            let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
            File::open(dir)?.sync_all()
        }
        _ => Ok(()),
    }
}

/// What a person can do about an error of writing.
pub(super) fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "Free space there, or choose another place with --ledger DIR"
        }
        io::ErrorKind::FileTooLarge => "Raise the limit (`ulimit -f unlimited`)",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "Make it writable, or choose another place with --ledger DIR"
        }
        _ => "Check that disk, or choose another place with --ledger DIR",
    }
}
