//! Other runs that meter on this machine at the same time, so that a report
//! can say that the same joules may be in several of them.
//!
//! Each run holds a lock on an empty file of its own, whose name tells the
//! rest. The lock ends with its process: what a crash leaves is not locked,
//! counts for nothing, and is removed by the next run.
//!
//! The files lie in a folder of their user under the system's place for
//! temporary files. Folders of other users are only looked at. Runs in another
//! container, or with another `/tmp`, are not seen.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use wattcast_core::units::Utc;

use super::RunTag;

/// Folders and files looked at, at most: anyone may make more of them.
const MOST: usize = 256;

/// Longer than the steps in which file systems tell time.
const TICK: Duration = Duration::from_millis(50);

/// A file without a lock that is older is no run that begins.
const STALE: Duration = Duration::from_secs(60);

/// How another run stands to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It meters this run as a part of its command.
    Around,
    /// It is a part of this run's command.
    Within,
    /// Neither: what both share of the machine is in both.
    Beside,
}

/// Another run on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherRun {
    /// Process that meters it.
    pub pid: u32,
    /// Its id.
    pub run_id: String,
    /// Its start.
    pub since: Utc,
    /// How it stands to this run.
    pub relation: Relation,
}

/// This run as others see it, and what it has seen of others.
pub struct Presence {
    tag: RunTag,
    /// Own folder first.
    folders: Vec<Folder>,
    own: PathBuf,
    /// Locked for as long as it is open.
    _lock: File,
    seen: BTreeMap<PathBuf, OtherRun>,
}

struct Folder {
    path: PathBuf,
    /// Held open where the system allows it: asking it is cheaper.
    handle: Option<File>,
    changed: Option<SystemTime>,
}

impl Folder {
    fn new(path: PathBuf) -> Self {
        Self { handle: look_only().open(&path).ok(), path, changed: None }
    }

    /// When a file in it was last made or removed.
    fn modified(&self) -> Option<SystemTime> {
        let metadata = match &self.handle {
            Some(handle) => handle.metadata(),
            None => fs::symlink_metadata(&self.path),
        };
        metadata.ok().filter(fs::Metadata::is_dir)?.modified().ok()
    }
}

impl Presence {
    /// Makes this run known and looks for others.
    ///
    /// # Errors
    /// Where the folder cannot be made or belongs to somebody else. A run can
    /// do without: it is then not seen by others.
    pub fn enter(tag: &RunTag, since: Utc) -> io::Result<Self> {
        Self::enter_under(&place(), tag, since)
    }

    /// As [`Presence::enter`], in another place than the system's for
    /// temporary files.
    ///
    /// # Errors
    /// As [`Presence::enter`].
    pub fn enter_under(place: &Path, tag: &RunTag, since: Utc) -> io::Result<Self> {
        let path = place.join(own_folder());
        make_private(&path)?;
        let name = Name { pid: std::process::id(), since, chain: tag.value().to_owned() };
        let own = path.join(name.to_string());
        let lock = make_locked(&own)?;
        let mut folders = vec![Folder::new(path.clone())];
        let others = fs::read_dir(place).into_iter().flatten().flatten().filter(|entry| {
            let name = entry.file_name();
            name.to_str().is_some_and(|name| name.starts_with(PREFIX))
                && entry.file_type().is_ok_and(|kind| kind.is_dir())
                && entry.path() != path
        });
        folders.extend(others.take(MOST).map(|entry| Folder::new(entry.path())));
        let mut presence =
            Self { tag: tag.clone(), folders, own, _lock: lock, seen: BTreeMap::new() };
        presence.look();
        Ok(presence)
    }

    /// All other runs that were seen since this one began, ended ones too.
    /// Costs a microsecond while no run begins or ends, so it may be asked at
    /// each sample.
    pub fn others(&mut self) -> impl Iterator<Item = &OtherRun> {
        self.look();
        self.seen.values()
    }

    fn look(&mut self) {
        let mut folders = std::mem::take(&mut self.folders);
        for (index, folder) in folders.iter_mut().enumerate() {
            let changed = folder.modified();
            if changed.is_some() && changed != folder.changed {
                // Within one tick of the file system's clock more may come.
                let settled = |at: &SystemTime| at.elapsed().is_ok_and(|age| age > TICK);
                folder.changed = changed.filter(settled);
                self.look_into(&folder.path, index == 0);
            }
        }
        self.folders = folders;
    }

    fn look_into(&mut self, folder: &Path, is_own: bool) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten().take(MOST) {
            let path = entry.path();
            if path == self.own || self.seen.contains_key(&path) {
                continue;
            }
            let Some(name) = entry.file_name().to_str().and_then(Name::parse) else { continue };
            match is_locked(&path) {
                Some(true) => {
                    let run = name.seen_by(&self.tag);
                    self.seen.insert(path, run);
                }
                // Another run may have removed it already, and one that begins
                // has not locked it yet.
                Some(false) if is_own && is_old(&entry) => {
                    let _ = fs::remove_file(&path);
                }
                _ => {}
            }
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // What stays is removed by the next run.
        let _ = fs::remove_file(&self.own);
    }
}

fn is_old(entry: &fs::DirEntry) -> bool {
    let made = entry.metadata().and_then(|file| file.modified());
    made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age > STALE))
}

/// To open what somebody else may have put there: a link, a pipe, a device.
fn look_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK);
    }
    options
}

/// Whether a run holds the file, or nothing where that cannot be told.
fn is_locked(path: &Path) -> Option<bool> {
    let file = look_only().open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    match file.try_lock_shared() {
        Ok(()) => Some(false),
        Err(TryLockError::WouldBlock) => Some(true),
        Err(TryLockError::Error(_)) => None,
    }
}

/// What the name of a run's file tells.
#[derive(Debug, PartialEq, Eq)]
struct Name {
    pid: u32,
    since: Utc,
    chain: String,
}

impl Name {
    fn parse(name: &str) -> Option<Self> {
        let mut parts = name.splitn(3, '~');
        let pid = parts.next()?.parse().ok()?;
        let since = Utc::from_us(parts.next()?.parse().ok()?);
        Some(Self { pid, since, chain: parts.next()?.replace('+', ":") })
    }

    fn seen_by(self, tag: &RunTag) -> OtherRun {
        let its = RunTag::from_value(&self.chain);
        let relation = if tag.is_within(its.id()) {
            Relation::Around
        } else if its.is_within(tag.id()) {
            Relation::Within
        } else {
            Relation::Beside
        };
        OtherRun { pid: self.pid, run_id: its.id().to_owned(), since: self.since, relation }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Windows allows no colon in a name.
        write!(f, "{}~{}~{}", self.pid, self.since.as_us(), self.chain.replace(':', "+"))
    }
}

const PREFIX: &str = "wattcast-";

/// The same for all runs of the machine, whatever `TMPDIR` says.
#[cfg(unix)]
fn place() -> PathBuf {
    "/tmp".into()
}

#[cfg(not(unix))]
fn place() -> PathBuf {
    std::env::temp_dir()
}

#[cfg(unix)]
fn own_folder() -> String {
    format!("{PREFIX}{}", nix::unistd::geteuid())
}

#[cfg(not(unix))]
fn own_folder() -> String {
    format!("{PREFIX}runs")
}

/// A folder that nobody else can change, in a place where everybody may write.
#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    match fs::DirBuilder::new().mode(0o755).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = fs::symlink_metadata(path)?;
    let is_ours = found.is_dir()
        && found.uid() == nix::unistd::geteuid().as_raw()
        && found.mode() & 0o022 == 0;
    if is_ours {
        return Ok(());
    }
    let reason = format!(
        "{} is no folder that only you can write to: remove it to notice other runs",
        path.display()
    );
    Err(io::Error::new(io::ErrorKind::PermissionDenied, reason))
}

/// Until it is locked nobody else can open the file, hence not keep it from
/// being locked; then everybody may look whether it is.
#[cfg(unix)]
fn make_locked(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.lock()?;
    file.set_permissions(fs::Permissions::from_mode(0o644))?;
    Ok(file)
}

#[cfg(not(unix))]
fn make_locked(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.lock()?;
    Ok(file)
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(test)]
mod tests;
