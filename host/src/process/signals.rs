//! Signals to wattcast, and which of them the command has to be told of.

use std::io::{self, PipeReader, Read};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use super::sys::{Handlers, MESSAGE};

/// What is caught while a command runs. SIGTSTP keeps its default: Ctrl-Z
/// stops wattcast and the command together, and `fg` continues both.
const CAUGHT: [Signal; 8] = [
    Signal::SIGCHLD,
    // Continues a paused command too, where it comes from the terminal.
    Signal::SIGCONT,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
];

/// A signal that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) signal: Signal,
    /// A process sent it, rather than the kernel or the terminal.
    pub(super) sent: bool,
    /// That process; 0 where it lies outside this process's namespace.
    pub(super) sender: i32,
}

impl Received {
    fn parse(message: [u8; MESSAGE]) -> Option<Self> {
        let [kind, sent, a, b, c, d] = message;
        let signal = Signal::try_from(i32::from(kind)).ok()?;
        Some(Self { signal, sent: sent != 0, sender: i32::from_ne_bytes([a, b, c, d]) })
    }

    /// Whether it asks to end.
    pub(super) const fn is_end(self) -> bool {
        matches!(self.signal, Signal::SIGINT | Signal::SIGQUIT | Signal::SIGTERM | Signal::SIGHUP)
    }

    /// Whether to pass it on to the command. The terminal sends SIGINT and
    /// SIGQUIT to the whole foreground group, so the command has them already.
    /// What a process of the command sends comes from there.
    pub(super) fn to_forward(self, is_own: impl FnOnce(i32) -> bool) -> bool {
        match self.signal {
            Signal::SIGCHLD | Signal::SIGCONT => false,
            Signal::SIGINT | Signal::SIGQUIT if !self.sent => false,
            _ => !(self.sent && is_own(self.sender)),
        }
    }
}

/// Catches signals until dropped.
pub(super) struct Signals {
    reader: PipeReader,
    _handlers: Handlers,
}

impl Signals {
    /// `None` where another one is alive in this process.
    pub(super) fn catch() -> io::Result<Option<Self>> {
        let caught = Handlers::install(&CAUGHT)?;
        Ok(caught.map(|(handlers, reader)| Self { reader, _handlers: handlers }))
    }

    /// Waits until a signal has arrived or `until` has come; true for a signal.
    pub(super) fn wait(&self, until: Option<Instant>) -> io::Result<bool> {
        loop {
            let timeout = until.map(|until| until.saturating_duration_since(Instant::now()));
            let mut fds = [PollFd::new(self.reader.as_fd(), PollFlags::POLLIN)];
            match poll(&mut fds, timeout.map_or(PollTimeout::NONE, rounded_up)) {
                Ok(0) if until.is_none_or(|until| Instant::now() < until) => {}
                Ok(ready) => return Ok(ready > 0),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The next signal that has arrived, oldest first.
    pub(super) fn next(&mut self) -> Option<Received> {
        let mut message = [0; MESSAGE];
        loop {
            self.reader.read_exact(&mut message).ok()?;
            if let Some(received) = Received::parse(message) {
                return Some(received);
            }
        }
    }
}

/// Milliseconds for `poll`, never early.
fn rounded_up(timeout: Duration) -> PollTimeout {
    let millis = timeout.as_nanos().div_ceil(1_000_000);
    PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX)
}
