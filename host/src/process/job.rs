//! The command as a child of wattcast.

use std::ffi::OsStr;
use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::source::{Finding, Usage};

#[cfg(target_os = "linux")]
use super::freezer::Freezer;
use super::halt::Halt;
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
    is_paused: bool,
    halt: Halt,
    #[cfg(target_os = "linux")]
    freezer: Option<Freezer>,
    why_no_freezer: Option<String>,
    /// The last signal that asked to end.
    asked: Option<i32>,
    is_continued: bool,
    hook: Option<(Pid, Option<Exit>)>,
}

impl Job {
    /// Starts the command. Signals are forwarded from here on by [`Job::wait`].
    ///
    /// # Errors
    /// Where the command is not there, cannot be executed, or another one runs
    /// under this process.
    pub fn start(spec: &Spec, guardian: Option<Guardian>) -> Result<Self, StartError> {
        let mut guardian = guardian;
        let started = Self::spawn(spec, guardian.as_mut());
        match started {
            Ok(mut job) => {
                job.guardian = guardian;
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

    fn spawn(spec: &Spec, mut guardian: Option<&mut Guardian>) -> Result<Self, StartError> {
        let system = |error| StartError::System(spec.program.to_string_lossy().into_owned(), error);
        let signals = Signals::catch().map_err(system)?.ok_or(StartError::Busy)?;
        adopt_orphans();
        let mut accounting = Accounting::of_children();
        if let Some(guardian) = &guardian {
            accounting.ignore(guardian.id());
        }
        let mut command = Command::new(&spec.program);
        command.args(&spec.args).env(VARIABLE, spec.tag.value());
        command.envs(spec.env.iter().map(|(name, value)| (name, value)));
        #[cfg(target_os = "linux")]
        let (freezer, why_no_freezer) =
            match spec.freezer.then(|| Freezer::make(spec.tag.id())).transpose() {
                Ok(freezer) => (freezer, None),
                Err(error) => (None, Some(error.to_string())),
            };
        #[cfg(target_os = "linux")]
        let group = freezer.as_ref().map(Freezer::group);
        #[cfg(not(target_os = "linux"))]
        let (group, why_no_freezer) = (None, spec.freezer.then(|| "only Linux has one".to_owned()));
        if let Some(guardian) = &mut guardian {
            guardian.watch(&spec.tag, group);
        }
        #[cfg(target_os = "linux")]
        let child = match &freezer {
            Some(freezer) => freezer.inside(|| command.spawn()).map_err(system)?,
            None => command.spawn(),
        };
        #[cfg(not(target_os = "linux"))]
        let child = command.spawn();
        // Not waited for by its handle: `reap` collects it with all others.
        let child = child.map_err(|error| StartError::new(&spec.program, error))?;
        if let Some(guardian) = guardian {
            guardian.tell_command(child.id());
        }
        accounting.follow(child.id());
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
        Ok(Self {
            pid,
            exit: None,
            childless: false,
            signals,
            accounting,
            guardian: None,
            is_paused: false,
            halt: Halt::default(),
            #[cfg(target_os = "linux")]
            freezer,
            why_no_freezer,
            asked: None,
            is_continued: false,
            hook: None,
        })
    }

    /// The process id of the command.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
    }

    /// Why it is paused by signals where the freezer was wished for.
    #[must_use]
    pub fn why_no_freezer(&self) -> Option<&str> {
        self.why_no_freezer.as_deref()
    }

    /// The last signal to wattcast that asked to end.
    #[must_use]
    pub fn asked_to_end(&self) -> Option<i32> {
        self.asked
    }

    /// Waits until the command has ended, or for `timeout` at most; gives its
    /// exit, or `None` where it still runs. Forwards signals meanwhile. While
    /// the command is paused it comes back at once where one asks to end, since
    /// what is stopped hears nothing.
    ///
    /// # Errors
    /// Where the system can no longer be asked; the command goes on.
    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<Option<Exit>> {
        let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        while self.exit.is_none() && self.signals.wait(until)? {
            let is_disturbed = self.handle_signals();
            if is_disturbed && self.is_paused {
                self.reap();
                break;
            }
        }
        Ok(self.exit)
    }

    /// Forwards what has arrived and collects who has ended; true where a
    /// paused command needs a look.
    fn handle_signals(&mut self) -> bool {
        let mut is_disturbed = false;
        while let Some(received) = self.signals.next() {
            let own = |sender: i32| {
                sender == self.pid.as_raw()
                    || u32::try_from(sender).is_ok_and(|pid| self.accounting.has(pid))
            };
            if received.to_forward(own) && self.exit.is_none() {
                // It may have ended in this moment.
                let _ = kill(self.pid, received.signal);
            }
            if received.is_end() {
                self.asked = Some(received.signal as i32);
            }
            self.is_continued |= received.signal == Signal::SIGCONT;
            is_disturbed |= received.is_end() || received.signal == Signal::SIGCONT;
        }
        self.reap();
        is_disturbed
    }

    /// Stops the command and all that it has started, wherever its processes
    /// have moved, and comes back when they have stopped.
    ///
    /// # Errors
    /// Where one has not stopped after some seconds, such as one that waits for
    /// a device: it stops as soon as it can.
    pub fn pause(&mut self) -> io::Result<()> {
        self.tell_paused(true);
        self.hold()
    }

    /// Stops again what somebody else has continued, such as a shell's `fg`.
    ///
    /// # Errors
    /// As [`Job::pause`].
    pub fn hold(&mut self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if let Some(freezer) = &self.freezer {
            return freezer.freeze(true);
        }
        self.halt.stop(&mut self.accounting)
    }

    /// The command is paused, or no longer, by something else than
    /// [`Job::pause`]: the guardian has to know.
    pub fn tell_paused(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
        if let Some(guardian) = &mut self.guardian {
            guardian.tell_paused(is_paused);
        }
    }

    /// Lets the command go on.
    ///
    /// # Errors
    /// Where the freezer does not let go.
    pub fn resume(&mut self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if let Some(freezer) = &self.freezer {
            freezer.freeze(false)?;
        }
        self.halt.go_on();
        self.tell_paused(false);
        Ok(())
    }

    /// Whether wattcast has got SIGCONT since this was last asked.
    pub fn take_continued(&mut self) -> bool {
        std::mem::take(&mut self.is_continued)
    }

    /// Asks the command and all that it has started to end, by SIGTERM, or
    /// ends them by SIGKILL.
    pub fn end_all(&mut self, is_forced: bool) {
        let signal = if is_forced { Signal::SIGKILL } else { Signal::SIGTERM };
        for pid in self.accounting.all() {
            if let Ok(pid) = i32::try_from(pid) {
                // It may have ended in this moment.
                let _ = kill(Pid::from_raw(pid), signal);
            }
        }
    }

    /// Sends the command a signal by its number.
    pub fn signal(&self, signal: i32) {
        if let (Ok(signal), None) = (Signal::try_from(signal), self.exit) {
            // It may have ended in this moment.
            let _ = kill(self.pid, signal);
        }
    }

    /// Runs a user's hook by the shell and waits for it, for `patience` at
    /// most; `None` where it took longer and was killed. Signals are forwarded
    /// to the command meanwhile.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn run_hook(
        &mut self,
        hook: &OsStr,
        env: &[(&str, String)],
        patience: Duration,
    ) -> io::Result<Option<Exit>> {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(hook).env("WATTCAST_PID", self.id().to_string());
        let child = shell.envs(env.iter().map(|(name, value)| (name, value))).spawn()?;
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
        self.hook = Some((pid, None));
        let until = Instant::now().checked_add(patience);
        loop {
            self.reap();
            if let Some((_, Some(exit))) = self.hook {
                self.hook = None;
                return Ok(Some(exit));
            }
            if !self.signals.wait(until)? {
                let _ = kill(pid, Signal::SIGKILL);
                self.hook = None;
                return Ok(None);
            }
            self.handle_signals();
        }
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

    /// The same after a look at every process, whatever that costs: before and
    /// after a pause.
    pub fn exact_usage(&mut self, uptime: wattcast_core::units::Uptime) -> Usage {
        self.accounting.last_usage(uptime, self.childless)
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
            let (pid, exit) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) => (pid, Exit::Code(code)),
                Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, Exit::Signal(signal as i32)),
                Ok(WaitStatus::StillAlive) => return,
                Ok(_) | Err(Errno::EINTR) => continue,
                Err(_) => {
                    self.childless = true;
                    return;
                }
            };
            if pid == self.pid {
                self.exit = Some(exit);
            } else if let Some((hook, ended)) = &mut self.hook
                && pid == *hook
            {
                *ended = Some(exit);
            } else if self.guardian.as_ref().is_some_and(|guardian| guardian.is(Some(pid))) {
                // Somebody killed it: its id may be given to another.
                self.guardian = None;
            }
        }
    }
}

/// Orphans of the command become our children rather than those of init, so
/// that they are found and their CPU time is collected.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_child_subreaper(true);
}
