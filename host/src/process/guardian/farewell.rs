//! Finding all that a dead wattcast has left, and ending or thawing it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::process::procfs::{Proc, Stat};
use crate::process::tag::VARIABLE;

/// How long to go on killing what does not die (it may hang in a driver).
const KILLING: Duration = Duration::from_secs(10);
/// How long a command may take from its fork to its start.
const STARTING: Duration = Duration::from_secs(2);
/// Between one search and the next: at first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(250));

/// What belongs to one run.
pub(super) struct Farewell<'a> {
    proc: Proc,
    run: &'a [u8],
    /// By id, with the start that tells them from later ones of that id.
    members: BTreeMap<u32, u64>,
    /// Whether the command was started as far as is known.
    is_started: bool,
}

impl<'a> Farewell<'a> {
    pub(super) fn to(run: &'a [u8]) -> Self {
        let proc = Proc::new(Path::new("/proc"));
        Self { members: BTreeMap::new(), proc, run, is_started: false }
    }

    /// The command was started as this process.
    pub(super) fn know(&mut self, command: u32) {
        self.is_started = true;
        let started = self.proc.process(command).map(|stat| (command, stat.started));
        self.members.extend(started);
    }

    /// One that is being started bears no tag yet, for a moment.
    fn may_come(&self, began: Instant) -> bool {
        !self.is_started && began.elapsed() < STARTING
    }

    /// Asks all to end, waits, and kills what is left after `grace`.
    pub(super) fn end(&mut self, grace: Duration) {
        let began = Instant::now();
        let mut asked = BTreeMap::new();
        let mut pause = PAUSE.0;
        loop {
            let found = self.find();
            let spent = began.elapsed();
            let is_over = found.is_empty() && !self.may_come(began);
            if is_over || spent > grace.saturating_add(KILLING) {
                return;
            }
            for (&pid, stat) in &found {
                if spent >= grace {
                    send(pid, Signal::SIGKILL);
                } else if asked.insert(pid, stat.started) != Some(stat.started) {
                    send(pid, Signal::SIGTERM);
                    // What is stopped hears nothing.
                    send(pid, Signal::SIGCONT);
                }
            }
            std::thread::sleep(pause.min(grace.saturating_sub(spent).max(PAUSE.0)));
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// Continues all that is stopped; twice, since a stop may be on its way.
    pub(super) fn thaw(&mut self) {
        for pause in [Duration::ZERO, PAUSE.1] {
            std::thread::sleep(pause);
            for (pid, stat) in self.find() {
                if stat.state == b'T' {
                    send(pid, Signal::SIGCONT);
                }
            }
        }
    }

    /// All members that have not ended.
    fn find(&mut self) -> BTreeMap<u32, Stat> {
        let own = std::process::id();
        let mut others: BTreeMap<u32, Stat> = self
            .proc
            .pids()
            .filter(|&pid| pid != own && pid != 1)
            .filter_map(|pid| Some((pid, self.proc.process(pid)?)))
            .collect();
        let mut found: BTreeMap<u32, Stat> = BTreeMap::new();
        loop {
            let added: Vec<u32> = others
                .iter()
                .filter(|(pid, stat)| {
                    found.contains_key(&stat.parent)
                        || self.members.get(pid) == Some(&stat.started)
                        || found.is_empty() && self.bears_tag(**pid)
                })
                .map(|(&pid, _)| pid)
                .collect();
            if added.is_empty() {
                break;
            }
            found.extend(added.into_iter().filter_map(|pid| others.remove_entry(&pid)));
        }
        self.members = found.iter().map(|(&pid, stat)| (pid, stat.started)).collect();
        found.retain(|_, stat| !stat.is_zombie());
        found
    }

    fn bears_tag(&self, pid: u32) -> bool {
        let environment = self.proc.environment(pid);
        let value = environment
            .split(|&byte| byte == 0)
            .find_map(|variable| variable.strip_prefix(VARIABLE.as_bytes())?.strip_prefix(b"="));
        value.is_some_and(|value| value.split(|&byte| byte == b':').any(|id| id == self.run))
    }
}

fn send(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid) {
        // It may have ended in this moment.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}
