//! CPU time and memory of a process tree on Linux, from two counts of the
//! kernel, the greater of which stands:
//!
//! - the *tree*: what has been collected of ended children (getrusage), plus
//!   each living process's own clock and what it has collected itself. Exact
//!   for all that is waited for; in the end that is everything, since orphans
//!   become our children. It misses children of a parent that ignores SIGCHLD,
//!   which the kernel forgets.
//! - the *counter*: a perf task clock that every descendant inherits, less the
//!   time that a hypervisor or interrupts took from the machine. It sees those
//!   too, but neither a set-user-ID program nor, since Linux 6.16, the
//!   teardown of memory at exit (some 50 µs of a process).
//!
//! What it does not do: follow work that the command hands to a service that
//! was running before it (a daemon, a container engine, a batch system).

mod budget;
mod tree;

use std::path::Path;

use nix::sys::resource::{UsageWho, getrusage};
use perf_event::events::Software;
use perf_event::{Builder, Counter};
use wattcast_core::units::Uptime;

use crate::source::{Finding, Usage};

use super::LeftBehind;
use super::procfs::{MachineTime, Proc, Stat};
use budget::Budget;
use tree::Tree;

/// Follows the CPU time and memory of processes.
pub struct Accounting {
    tree: Tree,
    /// Counts the descendants of the thread that opened it.
    counter: Option<Counter>,
    why_no_counter: Option<String>,
    with_self: bool,
    /// Nothing is started but by what is followed.
    is_all_followed: bool,
    /// CPU time before the start, and of children that are not the command's.
    before_us: u64,
    machine_before: MachineTime,
    /// Whether somebody wants to know how busy the machine is.
    with_machine: bool,
    budget: Budget,
    /// CPU time of ended children when the tree was last gone through.
    reaped_us: u64,
    /// All of the tree as of then, `before_us` included.
    tree_us: u64,
    so_far: Usage,
    /// Whether any reading found memory in use.
    is_memory_seen: bool,
}

impl Accounting {
    /// Everything that this process starts from now on. Processes started by
    /// another thread than this one are seen by the tree alone.
    #[must_use]
    pub fn of_children() -> Self {
        let counter = Builder::new(Software::TASK_CLOCK)
            .observe_self()
            .any_cpu()
            .inherit(true)
            .enable_on_exec(true)
            .build();
        let mut accounting = Self::new(false);
        match counter {
            Ok(counter) => accounting.counter = Some(counter),
            Err(error) => accounting.why_no_counter = Some(error.to_string()),
        }
        accounting
    }

    /// As [`Accounting::of_children`], by the tree alone: spares the children
    /// the counter, which costs them some 0.15 µs at each switch of threads.
    #[must_use]
    pub fn of_children_by_tree() -> Self {
        Self::new(false)
    }

    /// This process with all its threads, and everything that it has started
    /// or will start.
    #[must_use]
    pub fn of_self() -> Self {
        let mut accounting = Self::new(true);
        accounting.tree.find_all();
        accounting.go_through();
        accounting.add_up();
        accounting.before_us = accounting.tree_us;
        accounting
    }

    fn new(with_self: bool) -> Self {
        let mut tree = Tree::new(Proc::new(Path::new("/proc")), std::process::id());
        tree.start_here();
        let before_us = Self::reaped_us();
        let machine_before = tree.proc().machine_time().unwrap_or_default();
        Self {
            tree,
            counter: None,
            why_no_counter: None,
            with_self,
            is_all_followed: false,
            before_us,
            machine_before,
            with_machine: true,
            budget: Budget::new(),
            reaped_us: before_us,
            tree_us: before_us,
            so_far: Usage::default(),
            is_memory_seen: false,
        }
    }

    /// From here on the machine counts as busy with the tree alone: its own
    /// figure costs up to a millisecond where there are many processors, and
    /// counts only where a source is shared by CPU time.
    pub fn leave_machine_out(&mut self) {
        self.with_machine = false;
    }

    /// Takes in a child that was just started, the only one of this process's.
    pub(super) fn follow(&mut self, pid: u32) {
        self.is_all_followed = true;
        self.tree.follow(pid);
    }

    /// What has been used since the start, as of now. Costs a few microseconds
    /// for each process of the tree; where it is large it is gone through less
    /// often, and the CPU time of its living processes lags behind meanwhile.
    pub fn usage(&mut self, uptime: Uptime) -> Usage {
        let mut is_exact = false;
        if self.budget.allows() {
            // Costs less than to measure what it costs.
            is_exact = self.tree.is_small()
                && (self.is_all_followed && self.tree.stands_still()
                    || !self.tree.has_grown() && self.tree.refresh());
            if !is_exact {
                self.budget.begin();
                // The clocks of the living are exact while none is started or
                // ends.
                is_exact = !self.tree.find_new() && self.tree.refresh();
                if !is_exact {
                    self.go_through();
                }
                self.budget.spent();
            }
            self.add_up();
        }
        self.combined(uptime, !is_exact)
    }

    /// The last reading, which goes through the whole tree whatever it costs.
    /// `childless` where it is known that no process is left.
    pub(super) fn last_usage(&mut self, uptime: Uptime, childless: bool) -> Usage {
        if childless {
            self.tree.clear();
        } else {
            self.tree.find_new();
        }
        self.go_through();
        self.add_up();
        let mut last = self.combined(uptime, true);
        if !self.is_memory_seen {
            // Shorter than a period: the kernel keeps the largest of them.
            last.process_rss_bytes = largest_reaped_bytes();
        }
        last
    }

    /// The processes of the tree that are known to live, in rising order.
    #[must_use]
    pub fn pids(&self) -> &[u32] {
        self.tree.living()
    }

    /// How the CPU time is counted.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let (checked, remedy) = match (&self.counter, &self.why_no_counter) {
            (Some(_), _) => {
                (", checked against a task clock that all inherit (perf)".to_owned(), None)
            }
            (None, Some(why)) => (
                format!(
                    "; no perf task clock ({why}): children that nobody waits for count as last seen"
                ),
                Some("sudo sysctl kernel.perf_event_paranoid=2; in a container, --cap-add PERFMON"),
            ),
            (None, None) => (String::new(), None),
        };
        Finding {
            source: "processes",
            available: true,
            detail: format!("CPU time of processes that ended and that live{checked}"),
            remedy: remedy.map(str::to_owned),
        }
    }

    /// Does not take this child for one of the command's.
    pub(super) fn ignore(&mut self, pid: u32) {
        self.tree.ignore(pid);
    }

    /// All processes of the tree after a look at every process there is,
    /// parents before their children.
    pub(super) fn all(&mut self) -> Vec<u32> {
        self.tree.find_all();
        self.tree.members().collect()
    }

    /// Whether a process of the tree is stopped; nothing where it has ended.
    pub(super) fn is_stopped(&self, pid: u32) -> Option<bool> {
        let stat = self.tree.stat(pid).filter(|stat| !stat.is_zombie())?;
        Some(matches!(stat.state, b'T' | b't'))
    }

    /// Whether it cannot run until a child of its own goes on that is stopped:
    /// one that it shares its memory with until the child has become another
    /// program, vfork(2). No stop shows before.
    pub(super) fn waits_for_stopped(&self, pid: u32) -> bool {
        let is_child = |stat: &Stat| stat.parent == pid && matches!(stat.state, b'T' | b't');
        self.tree.stat(pid).is_some_and(|stat| stat.state == b'D')
            && self.tree.members().any(|child| self.tree.stat(child).as_ref().is_some_and(is_child))
    }

    /// Whether `pid` is known to belong to the tree.
    pub(super) fn has(&self, pid: u32) -> bool {
        self.tree.has(pid)
    }

    /// Those of the tree that live now, with their names.
    pub(super) fn living(&self) -> Vec<LeftBehind> {
        self.tree
            .living()
            .iter()
            .map(|&pid| LeftBehind { pid, name: self.tree.proc().name(pid).unwrap_or_default() })
            .collect()
    }

    /// CPU time of all children of this process that have been waited for.
    pub(super) fn reaped_us() -> u64 {
        cpu_us(UsageWho::RUSAGE_CHILDREN)
    }

    /// Does not count this much of what was waited for.
    pub(super) fn leave_out(&mut self, us: u64) {
        self.before_us = self.before_us.saturating_add(us);
    }

    fn go_through(&mut self) {
        // Before the tree, whose members may be collected meanwhile.
        self.reaped_us = Self::reaped_us();
        self.tree.go_through();
    }

    fn add_up(&mut self) {
        let own_us = if self.with_self { cpu_us(UsageWho::RUSAGE_SELF) } else { 0 };
        self.tree_us = own_us.saturating_add(self.reaped_us).saturating_add(self.tree.cpu_us());
    }

    fn combined(&mut self, uptime: Uptime, ask_counter: bool) -> Usage {
        let counter = self.counter.as_mut().filter(|_| ask_counter);
        let counted_us = counter.and_then(|counter| counter.read().ok()).unwrap_or(0) / 1000;
        let tree_us = self.tree_us.saturating_sub(self.before_us);
        let is_greater = clearly_greater(counted_us, tree_us);
        let machine = if self.with_machine || is_greater {
            self.tree.proc().machine_time().unwrap_or_default()
        } else {
            self.machine_before
        };
        // The clock runs on while a hypervisor or an interrupt has the
        // processor: that much at most is not the processes' own.
        let taken_us = machine.taken_us.saturating_sub(self.machine_before.taken_us);
        let counted_us = if is_greater { counted_us.saturating_sub(taken_us) } else { 0 };
        let last = &mut self.so_far;
        last.uptime = uptime;
        last.process_cpu_us = last.process_cpu_us.max(tree_us).max(counted_us);
        // Ticks of 10 ms must not make a part larger than the whole.
        last.machine_busy_us = last
            .machine_busy_us
            .max(machine.busy_us.saturating_sub(self.machine_before.busy_us))
            .max(last.process_cpu_us);
        last.process_rss_bytes = self.tree.resident_bytes();
        self.is_memory_seen |= last.process_rss_bytes > 0;
        *last
    }
}

/// Whether the counter saw what the tree did not. It is read later, so a
/// little more of it is nothing else.
fn clearly_greater(counted_us: u64, tree_us: u64) -> bool {
    counted_us > tree_us.saturating_add(tree_us / 1000).saturating_add(500)
}

/// Largest resident memory of one process that was waited for; a program that
/// is smaller than this one counts as large, as at its fork.
fn largest_reaped_bytes() -> u64 {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else { return 0 };
    u64::try_from(usage.max_rss()).unwrap_or(0).saturating_mul(1024)
}

fn cpu_us(who: UsageWho) -> u64 {
    let Ok(usage) = getrusage(who) else { return 0 };
    let us = |time: nix::sys::time::TimeVal| {
        u64::try_from(time.tv_sec())
            .unwrap_or(0)
            .saturating_mul(1_000_000)
            .saturating_add(u64::try_from(time.tv_usec()).unwrap_or(0))
    };
    us(usage.user_time()).saturating_add(us(usage.system_time()))
}
