//! The command as a child of wattcast, where there are no Unix signals. Ctrl-C
//! reaches the command by itself, and wattcast stays to account for it.

use std::ffi::OsStr;
use std::io;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use wattcast_core::units::Uptime;

use crate::source::{Finding, Usage};

use super::tag::VARIABLE;
use super::{Accounting, Ended, Exit, Guardian, Spec, StartError};

/// A running command and all that it has started.
pub struct Job {
    pid: u32,
    exit: Option<Exit>,
    ended: Receiver<io::Result<Exit>>,
    accounting: Accounting,
}

impl Job {
    /// Starts the command.
    ///
    /// # Errors
    /// Where the command is not there or cannot be executed.
    pub fn start(spec: &Spec, _guardian: Option<Guardian>) -> Result<Self, StartError> {
        // Set once; a second job finds it set.
        #[cfg(windows)]
        let _ = ctrlc::set_handler(|| {});
        let accounting = Accounting::of_children();
        let mut command = Command::new(&spec.program);
        command.args(&spec.args).env(VARIABLE, spec.tag.value());
        command.envs(spec.env.iter().map(|(name, value)| (name, value)));
        let mut child = command.spawn().map_err(|error| StartError::new(&spec.program, error))?;
        let pid = child.id();
        let (sender, ended) = channel();
        std::thread::spawn(move || {
            let exit = child.wait().map(|status| Exit::Code(status.code().unwrap_or(1)));
            // Nobody listens where the job was given up.
            let _ = sender.send(exit);
        });
        Ok(Self { pid, exit: None, ended, accounting })
    }

    /// The process id of the command.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.pid
    }

    /// Waits until the command has ended, or for `timeout` at most; gives its
    /// exit, or `None` where it still runs.
    ///
    /// # Errors
    /// Where the system can no longer be asked; the command goes on.
    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<Option<Exit>> {
        if self.exit.is_some() {
            return Ok(self.exit);
        }
        let ended = match timeout {
            Some(timeout) => self.ended.recv_timeout(timeout),
            None => self.ended.recv().map_err(RecvTimeoutError::from),
        };
        match ended {
            Ok(exit) => {
                self.exit = Some(exit?);
                Ok(self.exit)
            }
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("its watcher has ended")),
        }
    }

    /// Why it is not paused by a freezer, which only Linux has.
    #[must_use]
    pub fn why_no_freezer(&self) -> Option<&str> {
        None
    }

    /// None here: Ctrl-C reaches the command by itself.
    #[must_use]
    pub fn asked_to_end(&self) -> Option<i32> {
        None
    }

    /// Stops nothing.
    ///
    /// # Errors
    /// Always: hooks have to pause the command here.
    pub fn pause(&mut self) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "no signals on this system"))
    }

    /// Nobody continues what is paused by a hook.
    ///
    /// # Errors
    /// None here.
    pub fn hold(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// There is no guardian to be told.
    pub fn tell_paused(&mut self, _is_paused: bool) {}

    /// Lets the command go on.
    ///
    /// # Errors
    /// None here.
    pub fn resume(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// There are no signals.
    pub fn take_continued(&mut self) -> bool {
        false
    }

    /// Ends nothing: there are no signals.
    pub fn end_all(&mut self, _is_forced: bool) {}

    /// There are no signals.
    pub fn signal(&self, _signal: i32) {}

    /// Runs a user's hook by the shell and waits for it.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn run_hook(
        &mut self,
        hook: &OsStr,
        env: &[(&str, String)],
        _patience: Duration,
    ) -> io::Result<Option<Exit>> {
        let mut shell = Command::new("cmd");
        shell.arg("/C").arg(hook).env("WATTCAST_PID", self.id().to_string());
        let status = shell.envs(env.iter().map(|(name, value)| (name, value))).status()?;
        Ok(Some(Exit::Code(status.code().unwrap_or(1))))
    }

    /// From here on the machine counts as busy with the command alone, which
    /// saves time where no source is shared by CPU time.
    pub fn leave_machine_out(&mut self) {
        self.accounting.leave_machine_out();
    }

    /// What the command and all that it started have used up to now.
    pub fn usage(&mut self, uptime: Uptime) -> Usage {
        self.accounting.usage(uptime)
    }

    /// The same, here.
    pub fn exact_usage(&mut self, uptime: Uptime) -> Usage {
        self.accounting.usage(uptime)
    }

    /// Its processes that run now, as far as they are known, in rising order.
    #[must_use]
    pub fn pids(&self) -> &[u32] {
        self.accounting.pids()
    }

    /// How the CPU time is counted.
    #[must_use]
    pub fn finding(&self) -> Finding {
        self.accounting.finding()
    }

    /// The last reading, and what the command leaves behind.
    pub fn finish(mut self, uptime: Uptime) -> Ended {
        let usage = self.accounting.last_usage(uptime, false);
        Ended { usage, left_behind: self.accounting.living() }
    }
}
