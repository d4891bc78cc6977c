//! How far a longer piece of work has come, for a person at a terminal.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Work that is done sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time from one line to the next.
const REFRESH: Duration = Duration::from_millis(100);

/// What is counted.
pub(super) struct Unit {
    name: &'static str,
    size: u64,
}

impl Unit {
    /// Bytes, told in megabytes.
    pub(super) const BYTES: Self = Self { name: "MB", size: 1_000_000 };
    /// Days, told one by one.
    pub(super) const DAYS: Self = Self { name: "days", size: 1 };
    /// Forecasts, told one by one.
    pub(super) const FORECASTS: Self = Self { name: "forecasts", size: 1 };
}

/// Tells on standard error, once a second has passed, how much is done.
pub(super) struct Progress {
    what: &'static str,
    of: u64,
    unit: Unit,
    next: Option<Instant>,
    shown: bool,
}

impl Progress {
    /// Of `of` in all; shows nothing where nobody looks.
    pub(super) fn new(what: &'static str, of: u64, unit: Unit) -> Self {
        let next = std::io::stderr().is_terminal().then(|| Instant::now() + PATIENCE);
        Self { what, of, unit, next, shown: false }
    }

    /// So many are done.
    pub(super) fn at(&mut self, done: u64) {
        let Some(next) = self.next else { return };
        let now = Instant::now();
        if now >= next {
            self.next = Some(now + REFRESH);
            self.shown = true;
            let Unit { name, size } = self.unit;
            let (done, of) = (done / size, self.of / size);
            let mut terminal = std::io::stderr().lock();
            // A terminal that is gone needs no progress.
            let _ = write!(terminal, "\r{}: {done} of {of} {name}", self.what);
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
