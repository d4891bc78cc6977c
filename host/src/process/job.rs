//! The command as a child of wattcast.

use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::source::{Finding, Usage};

use super::signals::Signals;
use super::tag::VARIABLE;
use super::{Accounting, Ended, Exit, Guardian, Spec, StartError};

/// A running command and all that it has started. One at a time in a process,
/// since it collects the exit of every child. Where it is dropped before the
/// command has ended, its guardian does what it does when wattcast dies.
pub struct Job {
    pid: Pid,
    exit: Option<Exit>,
    /// No child is left, not even one that the command left behind.
    childless: bool,
    signals: Signals,
    accounting: Accounting,
    guardian: Option<Guardian>,
}

impl Job {
    /// Starts the command. Signals are forwarded from here on by [`Job::wait`].
    ///
    /// # Errors
    /// Where the command is not there, cannot be executed, or another one runs
    /// under this process.
    pub fn start(spec: &Spec, guardian: Option<Guardian>) -> Result<Self, StartError> {
        match Self::spawn(spec) {
            Ok(mut job) => {
                job.guardian = guardian;
                if let Some(guardian) = &mut job.guardian {
                    guardian.watch(job.pid.as_raw().unsigned_abs(), &spec.tag);
                }
                Ok(job)
            }
            Err(error) => {
                if let Some(guardian) = guardian {
                    guardian.dismiss();
                }
                Err(error)
            }
        }
    }

    fn spawn(spec: &Spec) -> Result<Self, StartError> {
        let system = |error| StartError::System(spec.program.to_string_lossy().into_owned(), error);
        let signals = Signals::catch().map_err(system)?.ok_or(StartError::Busy)?;
        adopt_orphans();
        let mut accounting = Accounting::of_children();
        let mut command = Command::new(&spec.program);
        command.args(&spec.args).env(VARIABLE, spec.tag.value());
        // Not waited for by its handle: `reap` collects it with all others.
        let child = command.spawn().map_err(|error| StartError::new(&spec.program, error))?;
        accounting.follow(child.id());
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
        Ok(Self { pid, exit: None, childless: false, signals, accounting, guardian: None })
    }

    /// The process id of the command.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
    }

    /// Waits until the command has ended, or for `timeout` at most; gives its
    /// exit, or `None` where it still runs. Forwards signals meanwhile.
    ///
    /// # Errors
    /// Where the system can no longer be asked; the command goes on.
    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<Option<Exit>> {
        let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        while self.exit.is_none() && self.signals.wait(until)? {
            while let Some(received) = self.signals.next() {
                let own = |sender: i32| {
                    sender == self.pid.as_raw()
                        || u32::try_from(sender).is_ok_and(|pid| self.accounting.has(pid))
                };
                if received.to_forward(own) && self.exit.is_none() {
                    // It may have ended in this moment.
                    let _ = kill(self.pid, received.signal);
                }
            }
            self.reap();
        }
        Ok(self.exit)
    }

    /// From here on the machine counts as busy with the command alone, which
    /// saves time where no source is shared by CPU time.
    pub fn leave_machine_out(&mut self) {
        self.accounting.leave_machine_out();
    }

    /// What the command and all that it started have used up to now.
    pub fn usage(&mut self, uptime: wattcast_core::units::Uptime) -> Usage {
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

    /// The last reading, exact, and what the command leaves behind. Called
    /// after [`Job::wait`] gave the exit; before that the command counts as
    /// left behind. Dismisses the guardian.
    pub fn finish(mut self, uptime: wattcast_core::units::Uptime) -> Ended {
        if let Some(guardian) = self.guardian.take() {
            let before = Accounting::reaped_us();
            guardian.dismiss();
            self.accounting.leave_out(Accounting::reaped_us().saturating_sub(before));
        }
        self.reap();
        let usage = self.accounting.last_usage(uptime, self.childless);
        let left_behind = if self.childless { Vec::new() } else { self.accounting.living() };
        Ended { usage, left_behind }
    }

    /// Collects every child that has ended, orphans of the command included.
    fn reap(&mut self) {
        loop {
            let exit = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) if pid == self.pid => Exit::Code(code),
                Ok(WaitStatus::Signaled(pid, signal, _)) if pid == self.pid => {
                    Exit::Signal(signal as i32)
                }
                Ok(WaitStatus::StillAlive) => return,
                Ok(status)
                    if self.guardian.as_ref().is_some_and(|guardian| guardian.is(status.pid())) =>
                {
                    // Somebody killed it: its id may be given to another.
                    self.guardian = None;
                    continue;
                }
                Ok(_) | Err(Errno::EINTR) => continue,
                Err(_) => {
                    self.childless = true;
                    return;
                }
            };
            self.exit = Some(exit);
        }
    }
}

/// Orphans of the command become our children rather than those of init, so
/// that they are found and their CPU time is collected.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_child_subreaper(true);
}
