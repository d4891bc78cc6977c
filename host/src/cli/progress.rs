//! How far a longer piece of work has come, for a person at a terminal.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Work that is done sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time from one line to the next.
const REFRESH: Duration = Duration::from_millis(100);

/// Counts steps, and tells of them on standard error once a second has passed.
pub(super) struct Progress {
    what: &'static str,
    of: usize,
    done: usize,
    next: Option<Instant>,
    shown: bool,
}

impl Progress {
    /// Counts up to `of`; shows nothing where nobody looks.
    pub(super) fn new(what: &'static str, of: usize) -> Self {
        let next = std::io::stderr().is_terminal().then(|| Instant::now() + PATIENCE);
        Self { what, of, done: 0, next, shown: false }
    }

    /// One more is done.
    pub(super) fn step(&mut self) {
        self.done += 1;
        let now = Instant::now();
        if self.next.is_some_and(|next| now >= next) {
            self.next = Some(now + REFRESH);
            self.shown = true;
            let mut terminal = std::io::stderr().lock();
            // A terminal that is gone needs no progress.
            let _ = write!(terminal, "\r{} of {} {}", self.done, self.of, self.what);
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
