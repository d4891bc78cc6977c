//! The freezer of Linux' control groups, version 2: stops all processes of a
//! group at once, unseen by them and by their parents.
//!
//! It needs a group that we may make below our own: as root, or where the
//! system has delegated it (`systemd-run --user --scope`).

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long processes may take to stop; one that waits for a device cannot
/// sooner.
const PATIENCE: Duration = Duration::from_secs(5);

/// A control group of the command's own, removed when dropped.
#[derive(Debug)]
pub(super) struct Freezer {
    group: PathBuf,
    home: PathBuf,
}

impl Freezer {
    /// Makes a group named after the run.
    ///
    /// # Errors
    /// Where there is no version 2 hierarchy or we may not make a group in it.
    pub(super) fn make(run: &str) -> io::Result<Self> {
        Self::make_under(Path::new("/proc"), run)
    }

    fn make_under(proc: &Path, run: &str) -> io::Result<Self> {
        let missing = || io::Error::new(ErrorKind::Unsupported, "no cgroup v2 is mounted");
        let mounts = fs::read_to_string(proc.join("self/mounts"))?;
        let mount = mounts.lines().find_map(|line| {
            let mut fields = line.split(' ').skip(1);
            let point = fields.next()?;
            (fields.next()? == "cgroup2").then_some(point)
        });
        let groups = fs::read_to_string(proc.join("self/cgroup"))?;
        let own = groups.lines().find_map(|line| line.strip_prefix("0::/")).ok_or_else(missing)?;
        let home = Path::new(mount.ok_or_else(missing)?).join(own);
        let group = home.join(format!("wattcast-{run}"));
        fs::create_dir(&group)?;
        let freezer = Self { group, home };
        // The root of the hierarchy has no such file: it is asked of ours.
        if !freezer.group.join("cgroup.freeze").exists() {
            return Err(io::Error::new(ErrorKind::Unsupported, "this kernel has no v2 freezer"));
        }
        Ok(freezer)
    }

    /// Its folder.
    pub(super) fn group(&self) -> &Path {
        &self.group
    }

    /// Does `start` with this process inside the group, so that what it starts
    /// is there from its first moment.
    pub(super) fn inside<T>(&self, start: impl FnOnce() -> T) -> io::Result<T> {
        join(&self.group)?;
        let started = start();
        join(&self.home)?;
        Ok(started)
    }

    /// Stops all of the group, or lets it go on.
    pub(super) fn freeze(&self, is_frozen: bool) -> io::Result<()> {
        let state = if is_frozen { "1" } else { "0" };
        fs::write(self.group.join("cgroup.freeze"), state)?;
        let began = Instant::now();
        let events = self.group.join("cgroup.events");
        let wanted = format!("frozen {state}");
        while !fs::read_to_string(&events)?.lines().any(|line| line == wanted) {
            if began.elapsed() > PATIENCE {
                return Err(io::Error::new(ErrorKind::TimedOut, "a process does not stop"));
            }
            sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

impl Drop for Freezer {
    fn drop(&mut self) {
        // Stays where processes that the command left behind are in it.
        let _ = fs::remove_dir(&self.group);
    }
}

fn join(group: &Path) -> io::Result<()> {
    fs::write(group.join("cgroup.procs"), "0")
}
