//! CPU time and memory of a process tree as sysinfo sees it: of a process that
//! has ended, what was seen last.

use std::collections::BTreeMap;
use std::time::Instant;

use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};
use wattcast_core::units::Uptime;

use crate::source::{Finding, Usage};

use super::LeftBehind;

/// Follows the CPU time and memory of processes.
pub struct Accounting {
    /// Nothing where the system cannot be asked.
    system: Option<System>,
    root: u32,
    with_self: bool,
    /// CPU time of each process of the tree, as last seen, in milliseconds.
    seen_ms: BTreeMap<u32, u64>,
    before_ms: u64,
    reaped_before_us: u64,
    left_out_us: u64,
    asked: Instant,
    busy_us: u64,
    with_machine: bool,
    living: Vec<u32>,
    resident_bytes: u64,
    so_far: Usage,
}

impl Accounting {
    /// Everything that this process starts from now on.
    #[must_use]
    pub fn of_children() -> Self {
        Self::new(false)
    }

    /// As [`Accounting::of_children`]: there is no counter here.
    #[must_use]
    pub fn of_children_by_tree() -> Self {
        Self::new(false)
    }

    /// This process with all its threads, and everything that it starts.
    #[must_use]
    pub fn of_self() -> Self {
        let mut accounting = Self::new(true);
        accounting.go_through();
        accounting.before_ms = accounting.sum_ms();
        accounting
    }

    fn new(with_self: bool) -> Self {
        Self {
            system: System::new().ok(),
            root: std::process::id(),
            with_self,
            seen_ms: BTreeMap::new(),
            before_ms: 0,
            reaped_before_us: Self::reaped_us(),
            left_out_us: 0,
            asked: Instant::now(),
            busy_us: 0,
            with_machine: true,
            living: Vec::new(),
            resident_bytes: 0,
            so_far: Usage::default(),
        }
    }

    /// From here on the machine counts as busy with the tree alone.
    pub fn leave_machine_out(&mut self) {
        self.with_machine = false;
    }

    #[cfg_attr(not(unix), expect(dead_code, reason = "found by its parent alone"))]
    pub(super) fn follow(&mut self, pid: u32) {
        self.seen_ms.entry(pid).or_default();
    }

    /// What has been used since the start, as of now.
    pub fn usage(&mut self, uptime: Uptime) -> Usage {
        self.go_through();
        if self.with_machine {
            self.add_busy();
        }
        let seen_us = self.sum_ms().saturating_sub(self.before_ms).saturating_mul(1000);
        let before_us = self.reaped_before_us.saturating_add(self.left_out_us);
        let reaped_us = Self::reaped_us().saturating_sub(before_us);
        let last = &mut self.so_far;
        last.uptime = uptime;
        last.process_cpu_us = last.process_cpu_us.max(seen_us).max(reaped_us);
        last.machine_busy_us = self.busy_us.max(last.process_cpu_us).max(last.machine_busy_us);
        last.process_rss_bytes = self.resident_bytes;
        *last
    }

    pub(super) fn last_usage(&mut self, uptime: Uptime, _childless: bool) -> Usage {
        self.usage(uptime)
    }

    /// The processes of the tree that live, in rising order.
    #[must_use]
    pub fn pids(&self) -> &[u32] {
        &self.living
    }

    /// How the CPU time is counted.
    #[must_use]
    pub fn finding(&self) -> Finding {
        Finding {
            source: "processes",
            available: true,
            detail: "CPU time of processes as seen at each sample (sysinfo); children that live shorter may be missing".to_owned(),
            remedy: None,
        }
    }

    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no guardian to ignore"))]
    pub(super) fn ignore(&mut self, _pid: u32) {}

    /// All processes of the tree, in rising order.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only signals stop processes"))]
    pub(super) fn all(&mut self) -> Vec<u32> {
        self.go_through();
        self.living.iter().copied().filter(|&pid| pid != self.root).collect()
    }

    /// Whether a process of the tree was stopped when all were last asked for.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only signals stop processes"))]
    pub(super) fn is_stopped(&self, pid: u32) -> Option<bool> {
        let process = self.system.as_ref()?.process(Pid::from_u32(pid))?;
        match process.status() {
            ProcessStatus::Zombie | ProcessStatus::Dead => None,
            status => Some(status == ProcessStatus::Stop),
        }
    }

    /// Unknown here: what waits in the kernel does not tell for whom.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only signals stop processes"))]
    #[expect(clippy::unused_self, reason = "as where it is known")]
    pub(super) fn waits_for_stopped(&self, _pid: u32) -> bool {
        false
    }

    #[cfg_attr(not(unix), expect(dead_code, reason = "only signals have a sender"))]
    pub(super) fn has(&self, pid: u32) -> bool {
        self.living.binary_search(&pid).is_ok()
    }

    pub(super) fn living(&self) -> Vec<LeftBehind> {
        let name = |pid: u32| {
            let process = self.system.as_ref()?.process(Pid::from_u32(pid))?;
            Some(process.name().to_string_lossy().into_owned())
        };
        let left = |&pid: &u32| LeftBehind { pid, name: name(pid).unwrap_or_default() };
        self.living.iter().filter(|&&pid| pid != self.root).map(left).collect()
    }

    /// CPU time of all children of this process that have been waited for.
    pub(super) fn reaped_us() -> u64 {
        #[cfg(unix)]
        {
            use nix::sys::resource::{UsageWho, getrusage};
            let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else { return 0 };
            let us = |time: nix::sys::time::TimeVal| {
                let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
                seconds
                    .saturating_mul(1_000_000)
                    .saturating_add(u64::try_from(time.tv_usec()).unwrap_or(0))
            };
            us(usage.user_time()).saturating_add(us(usage.system_time()))
        }
        #[cfg(not(unix))]
        0
    }

    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no guardian to leave out"))]
    pub(super) fn leave_out(&mut self, us: u64) {
        self.left_out_us = self.left_out_us.saturating_add(us);
    }

    fn sum_ms(&self) -> u64 {
        self.seen_ms.values().fold(0, |sum, ms| sum.saturating_add(*ms))
    }

    /// Adds up the load of all processors since the last time.
    fn add_busy(&mut self) {
        let Some(system) = &mut self.system else { return };
        system.refresh_cpu_usage();
        let load = system.cpus().iter().map(|cpu| f64::from(cpu.usage()) / 100.0).sum::<f64>();
        let now = Instant::now();
        let elapsed = now.saturating_duration_since(self.asked);
        self.asked = now;
        // Converting from a float saturates.
        let busy_us = (elapsed.as_secs_f64() * load * 1e6) as u64;
        self.busy_us = self.busy_us.saturating_add(busy_us);
    }

    fn go_through(&mut self) {
        let kind = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
        let Some(system) = &mut self.system else { return };
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        self.living = vec![self.root];
        loop {
            let is_new = |pid: u32, parent: Option<Pid>| {
                let of_tree = |parent: Pid| self.living.contains(&parent.as_u32());
                // One that was seen in the tree stays in it as an orphan.
                !self.living.contains(&pid)
                    && (self.seen_ms.contains_key(&pid) || parent.is_some_and(of_tree))
            };
            let added: Vec<u32> = system
                .processes()
                .values()
                .map(|process| (process.pid().as_u32(), process.parent()))
                .filter(|&(pid, parent)| is_new(pid, parent))
                .map(|(pid, _)| pid)
                .collect();
            if added.is_empty() {
                break;
            }
            self.living.extend(added);
        }
        if !self.with_self {
            self.living.retain(|&pid| pid != self.root);
        }
        self.living.sort_unstable();
        self.resident_bytes = 0;
        for &pid in &self.living {
            if let Some(process) = system.process(Pid::from_u32(pid)) {
                let seen = self.seen_ms.entry(pid).or_default();
                *seen = (*seen).max(process.accumulated_cpu_time());
                self.resident_bytes = self.resident_bytes.saturating_add(process.memory());
            }
        }
    }
}
