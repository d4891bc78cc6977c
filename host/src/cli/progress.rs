//! How far a longer piece of work has come, for a person at a terminal.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Work that is done sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time from one line to the next.
const REFRESH: Duration = Duration::from_millis(100);

/// Tells on standard error, once a second has passed, how much is done.
pub(super) struct Progress {
    what: &'static str,
    of: u64,
    next: Option<Instant>,
    shown: bool,
}

impl Progress {
    /// Of `of` bytes in all; shows nothing where nobody looks.
    pub(super) fn new(what: &'static str, of: u64) -> Self {
        let next = std::io::stderr().is_terminal().then(|| Instant::now() + PATIENCE);
        Self { what, of, next, shown: false }
    }

    /// So many bytes are done.
    pub(super) fn at(&mut self, done: u64) {
        let Some(next) = self.next else { return };
        let now = Instant::now();
        if now >= next {
            self.next = Some(now + REFRESH);
            self.shown = true;
            let (done, of) = (done / 1_000_000, self.of / 1_000_000);
            let mut terminal = std::io::stderr().lock();
            // A terminal that is gone needs no progress.
            let _ = write!(terminal, "\r{}: {done} of {of} MB", self.what);
            let _ = terminal.flush();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
