//! Where there is no guardian: the command goes on when wattcast is killed.

use std::ffi::OsStr;
use std::io;
#[cfg(unix)]
use std::path::Path;
use std::time::Duration;

#[cfg(unix)]
use super::RunTag;

/// What becomes of the command when wattcast dies before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDeath {
    /// It is asked to end, and killed where it still runs after this time.
    End(Duration),
    /// It goes on.
    Continue,
}

/// Cannot be made on this system.
#[derive(Debug)]
pub struct Guardian(std::convert::Infallible);

impl Guardian {
    /// Starts none.
    ///
    /// # Errors
    /// Always, except where the command shall go on: there `Continue` needs
    /// nobody, and the caller goes without.
    pub fn start(_on_death: OnDeath) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "no guardian on this system"))
    }

    /// Starts none.
    ///
    /// # Errors
    /// As [`Guardian::start`].
    pub fn start_with(on_death: OnDeath, _resume: Option<&OsStr>) -> io::Result<Self> {
        Self::start(on_death)
    }

    #[cfg(unix)]
    pub(super) fn watch(&mut self, _tag: &RunTag, _group: Option<&Path>) {
        match self.0 {}
    }

    #[cfg(unix)]
    pub(super) fn tell_command(&mut self, _pid: u32) {
        match self.0 {}
    }

    #[cfg(unix)]
    pub(super) fn tell_paused(&mut self, _is_paused: bool) {
        match self.0 {}
    }

    #[cfg(unix)]
    pub(super) fn id(&self) -> u32 {
        match self.0 {}
    }

    #[cfg(unix)]
    pub(super) fn is(&self, _pid: Option<nix::unistd::Pid>) -> bool {
        match self.0 {}
    }

    /// Sends it away.
    pub fn dismiss(self) {
        match self.0 {}
    }
}
