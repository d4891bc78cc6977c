//! Waiting for a time at which nothing is run yet.

use std::io;
use std::time::Duration;

/// Catches the signals that ask to end, until dropped.
pub struct Vigil {
    #[cfg(unix)]
    signals: super::signals::Signals,
}

impl Vigil {
    /// Starts to catch them. To be dropped before a job is started.
    ///
    /// # Errors
    /// Where the system refuses, or a job runs in this process.
    pub fn keep() -> io::Result<Self> {
        #[cfg(unix)]
        {
            let signals = super::signals::Signals::catch()?;
            Ok(Self { signals: signals.ok_or_else(|| io::Error::other("a job runs already"))? })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits so long, or until a signal asks to end, whose number comes back.
    ///
    /// # Errors
    /// Where the system can no longer be asked.
    pub fn wait(&mut self, length: Duration) -> io::Result<Option<i32>> {
        #[cfg(unix)]
        {
            let until = std::time::Instant::now().checked_add(length);
            while self.signals.wait(until)? {
                while let Some(received) = self.signals.next() {
                    if received.is_end() {
                        return Ok(Some(received.signal as i32));
                    }
                }
            }
        }
        #[cfg(not(unix))]
        std::thread::sleep(length);
        Ok(None)
    }
}
