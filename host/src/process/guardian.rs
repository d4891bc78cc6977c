//! A small copy of wattcast that outlives it, so that a command is never left
//! stopped, nor running where that was not wanted, when wattcast is killed.
//!
//! It reads from a pipe what it has to know, which the kernel closes when wattcast dies, in a session
//! of its own, with nothing else open. It finds what belongs to the command by
//! descent from it and by the run's tag in the environment. A process that has
//! both left the tree and cleared its environment is not found.

mod farewell;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use super::{RunTag, sys};
use farewell::Farewell;

/// What becomes of the command when wattcast dies before it. It is continued
/// in either case where it was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDeath {
    /// It is asked to end (SIGTERM), and killed where it still runs after this
    /// time.
    End(Duration),
    /// It goes on.
    Continue,
}

/// Lives until it is dismissed or wattcast dies.
#[derive(Debug)]
pub struct Guardian {
    pid: Pid,
    pipe: PipeWriter,
}

/// What it is told while wattcast lives: the command has been started, and its
/// process id follows.
const COMMAND: u8 = b'c';
/// The command is paused.
const PAUSED: u8 = b'p';
/// The command is no longer paused.
const RESUMED: u8 = b'r';

impl Guardian {
    /// Starts it. To be called before the process has a second thread, hence
    /// before sources are looked for.
    ///
    /// # Errors
    /// Where other threads run already, or the system refuses.
    pub fn start(on_death: OnDeath) -> io::Result<Self> {
        Self::start_with(on_death, None)
    }

    /// As [`Guardian::start`]; where wattcast dies while the command is paused,
    /// `resume` is run by a shell before anything else.
    ///
    /// # Errors
    /// As [`Guardian::start`].
    pub fn start_with(on_death: OnDeath, resume: Option<&OsStr>) -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        let null = OwnedFd::from(File::options().read(true).write(true).open("/dev/null")?);
        let duty = Duty { on_death, resume, folder: std::env::current_dir().ok() };
        let pid = sys::fork(|| stand_guard(reader, &null, &duty))?;
        Ok(Self { pid, pipe: writer })
    }

    /// Tells it the run's tag, and the control group of the command where it
    /// gets one of its own. To be called before the command is started: no
    /// moment may pass in which the guardian does not know what to look for.
    pub(super) fn watch(&mut self, tag: &RunTag, group: Option<&Path>) {
        let group = group.map_or(&[][..], |path| path.as_os_str().as_bytes());
        let lengths = [tag.id().len(), group.len()].map(u16::try_from);
        let [Ok(tag_length), Ok(group_length)] = lengths else { return };
        let message = [
            &tag_length.to_ne_bytes()[..],
            &group_length.to_ne_bytes(),
            tag.id().as_bytes(),
            group,
        ];
        // Where it is gone there is nobody to tell.
        let _ = self.pipe.write_all(&message.concat());
    }

    /// Tells it which process is the command.
    pub(super) fn tell_command(&mut self, pid: u32) {
        let [a, b, c, d] = pid.to_ne_bytes();
        let _ = self.pipe.write_all(&[COMMAND, a, b, c, d]);
    }

    /// Tells it whether the command is paused; before it is, and after it was.
    pub(super) fn tell_paused(&mut self, is_paused: bool) {
        let _ = self.pipe.write_all(&[if is_paused { PAUSED } else { RESUMED }]);
    }

    /// Whether it is this process.
    pub(super) fn is(&self, pid: Option<Pid>) -> bool {
        pid == Some(self.pid)
    }

    /// Its process id.
    pub(super) fn id(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
    }

    /// Sends it away: the command has ended.
    pub fn dismiss(self) {
        let _ = kill(self.pid, Signal::SIGKILL);
        let _ = waitpid(self.pid, None);
    }
}

/// What the guardian is for.
struct Duty<'a> {
    on_death: OnDeath,
    resume: Option<&'a OsStr>,
    /// Where hooks run.
    folder: Option<PathBuf>,
}

/// The life of the guardian, in the forked copy.
fn stand_guard(mut pipe: PipeReader, null: &OwnedFd, duty: &Duty<'_>) {
    let _ = nix::unistd::setsid();
    let _ = nix::unistd::dup2_stdin(null);
    let _ = nix::unistd::dup2_stdout(null);
    let _ = nix::unistd::dup2_stderr(null);
    sys::close_all_but(pipe.as_fd());
    // It must outlive those who end everything that bears the run's tag.
    sys::ignore(&[Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGPIPE]);
    let _ = nix::unistd::chdir("/");

    let Ok(watched) = Watched::read(&mut pipe) else {
        // Wattcast ended before it started a command.
        return;
    };
    let mut command = Farewell::to(&watched.run);
    let mut is_paused = false;
    let (mut told, mut pid) = ([0], [0; 4]);
    // The pipe ends when wattcast does.
    while pipe.read_exact(&mut told).is_ok() {
        if told != [COMMAND] {
            is_paused = told == [PAUSED];
        } else if pipe.read_exact(&mut pid).is_ok() {
            command.know(u32::from_ne_bytes(pid));
        }
    }
    if let (true, Some(resume)) = (is_paused, duty.resume) {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(resume);
        if let Some(folder) = &duty.folder {
            shell.current_dir(folder);
        }
        // Nobody is left to be told that it failed.
        let _ = shell.status();
    }
    if let Some(group) = &watched.group {
        let _ = std::fs::write(group.join("cgroup.freeze"), "0");
    }
    match duty.on_death {
        OnDeath::End(grace) => command.end(grace),
        OnDeath::Continue => command.thaw(),
    }
    if let Some(group) = &watched.group {
        // Stays where the command goes on in it.
        let _ = std::fs::remove_dir(group);
    }
}

/// What is watched.
struct Watched {
    run: Vec<u8>,
    group: Option<PathBuf>,
}

impl Watched {
    fn read(pipe: &mut PipeReader) -> io::Result<Self> {
        let mut lengths = [[0; 2]; 2];
        for length in &mut lengths {
            pipe.read_exact(length)?;
        }
        let [mut run, mut group] = lengths.map(|length| vec![0; u16::from_ne_bytes(length).into()]);
        pipe.read_exact(&mut run)?;
        pipe.read_exact(&mut group)?;
        let group = (!group.is_empty()).then(|| PathBuf::from(OsString::from_vec(group)));
        Ok(Self { run, group })
    }
}
