//! A small copy of wattcast that outlives it, so that a command is never left
//! stopped, nor running where that was not wanted, when wattcast is killed.
//!
//! It waits on a pipe that the kernel closes when wattcast dies, in a session
//! of its own, with nothing else open. It finds what belongs to the command by
//! descent from it and by the run's tag in the environment. A process that has
//! both left the tree and cleared its environment is not found.

mod farewell;

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
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

impl Guardian {
    /// Starts it. To be called before the process has a second thread, hence
    /// before sources are looked for.
    ///
    /// # Errors
    /// Where other threads run already, or the system refuses.
    pub fn start(on_death: OnDeath) -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        let null = OwnedFd::from(File::options().read(true).write(true).open("/dev/null")?);
        let pid = sys::fork(|| stand_guard(reader, &null, on_death))?;
        Ok(Self { pid, pipe: writer })
    }

    /// Tells it which process is the command, and the run's tag.
    pub(super) fn watch(&mut self, pid: u32, tag: &RunTag) {
        // In one piece, since it is shorter than what a pipe takes at once.
        let message = [&pid.to_ne_bytes(), tag.id().as_bytes()].concat();
        // Where it is gone there is nobody to tell.
        let _ = self.pipe.write_all(&message);
    }

    /// Whether it is this process.
    pub(super) fn is(&self, pid: Option<Pid>) -> bool {
        pid == Some(self.pid)
    }

    /// Sends it away: the command has ended.
    pub fn dismiss(self) {
        let _ = kill(self.pid, Signal::SIGKILL);
        let _ = waitpid(self.pid, None);
    }
}

/// The life of the guardian, in the forked copy.
fn stand_guard(mut pipe: PipeReader, null: &OwnedFd, on_death: OnDeath) {
    let _ = nix::unistd::setsid();
    let _ = nix::unistd::dup2_stdin(null);
    let _ = nix::unistd::dup2_stdout(null);
    let _ = nix::unistd::dup2_stderr(null);
    sys::close_all_but(pipe.as_fd());
    // It must outlive those who end everything that bears the run's tag.
    sys::ignore(&[Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGPIPE]);
    let _ = nix::unistd::chdir("/");

    let mut message = [0; 4 + RunTag::MAX_ID];
    let length = pipe.read(&mut message).unwrap_or(0);
    let Some((pid, run)) = message.get(..length).and_then(<[u8]>::split_first_chunk) else {
        // Wattcast ended before it started a command.
        return;
    };
    let mut command = Farewell::to(u32::from_ne_bytes(*pid), run);
    // Ends when wattcast does.
    let _ = pipe.read(&mut [0]);
    match on_death {
        OnDeath::End(grace) => command.end(grace),
        OnDeath::Continue => command.thaw(),
    }
}
