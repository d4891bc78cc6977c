//! Which processes belong to the tree, without looking at all of `/proc`.
//!
//! `/proc/loadavg` tells the id that was given out last. While it stands still
//! no process has been started anywhere; when it moves, only the ids in
//! between can be new. Ids rise, so a parent is met before its children, and
//! as orphans are adopted by the root, a living descendant always has a living
//! parent in the tree.

use nix::time::ClockId;
use nix::unistd::Pid;

use crate::process::procfs::{Memory, Proc, Stat, Watched};

/// Up to this many new ids are looked at one by one; more by a list of all
/// processes, which costs 0.1 µs for each rather than 1.5 µs.
const ONE_BY_ONE: u32 = 16;

/// Members of a small tree.
const FEW: usize = 4;

/// Members whose files stay open, two for each.
const MOST_WATCHED: usize = 48;

struct Member {
    pid: u32,
    clock: Option<ClockId>,
    /// CPU time by that clock, as of the last time.
    clock_ns: u64,
    stat: Stat,
    own_us: u64,
    collected_us: u64,
    files: Option<Watched>,
}

impl Member {
    fn read(&self, proc: &Proc) -> Option<Stat> {
        match &self.files {
            Some(files) => files.process(),
            // A later process may have got the id.
            None => proc.process(self.pid).filter(|stat| stat.started == self.stat.started),
        }
    }

    fn memory(&self, proc: &Proc) -> Memory {
        let memory = match &self.files {
            Some(files) => files.memory(),
            None => proc.memory(self.pid),
        };
        memory.unwrap_or_default()
    }

    fn cpu_us(&self) -> u64 {
        self.own_us.saturating_add(self.collected_us)
    }

    /// Asks the process's own clock; nothing where it has gone.
    fn clock_ns(&self) -> Option<u64> {
        let now = self.clock?.now().ok()?;
        let seconds = u64::try_from(now.tv_sec()).ok()?;
        let nanoseconds = u64::try_from(now.tv_nsec()).ok()?;
        Some(seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds))
    }
}

/// The descendants of one process.
pub(super) struct Tree {
    proc: Proc,
    root: u32,
    /// A child of the root that is none of the tree, or 0.
    ignored: u32,
    /// Ids up to this one have been looked at.
    seen: u32,
    /// Parents before their children.
    members: Vec<Member>,
    /// Their ids, rising.
    known: Vec<u32>,
    /// Those of them that run, rising.
    living: Vec<u32>,
    /// CPU time of the members, as of the last time.
    members_us: u64,
    /// CPU time of members whose end nobody waited for, as last seen.
    forgotten_us: u64,
    resident_bytes: u64,
}

impl Tree {
    pub(super) fn new(proc: Proc, root: u32) -> Self {
        Self {
            proc,
            root,
            ignored: 0,
            seen: 0,
            members: Vec::new(),
            known: Vec::new(),
            living: Vec::new(),
            members_us: 0,
            forgotten_us: 0,
            resident_bytes: 0,
        }
    }

    pub(super) fn proc(&self) -> &Proc {
        &self.proc
    }

    /// Only processes that start from now on are found by `find_new`.
    pub(super) fn start_here(&mut self) {
        self.seen = self.proc.newest_pid().unwrap_or(0);
    }

    /// Never takes this child of the root for a member.
    pub(super) fn ignore(&mut self, pid: u32) {
        self.ignored = pid;
    }

    /// All members, parents before their children.
    pub(super) fn members(&self) -> impl Iterator<Item = u32> {
        self.members.iter().map(|member| member.pid)
    }

    /// What a member is doing now; nothing where it has gone.
    pub(super) fn stat(&self, pid: u32) -> Option<Stat> {
        self.members.iter().find(|member| member.pid == pid)?.read(&self.proc)
    }

    /// Adds a child that was just started.
    pub(super) fn follow(&mut self, pid: u32) {
        self.consider(pid);
        let is_told = |newest| newest >= pid || self.seen >= pid;
        if !self.proc.newest_pid().is_some_and(is_told) {
            self.proc.distrust_load();
        }
    }

    /// Whether it takes next to nothing to read all members.
    pub(super) fn is_small(&self) -> bool {
        self.members.len() <= FEW
    }

    /// Whether no member has run since the last `refresh`: then none has
    /// started another or needs more memory.
    pub(super) fn stands_still(&self) -> bool {
        self.members.iter().all(|member| member.clock_ns() == Some(member.clock_ns))
    }

    /// Whether anything may have been started, anywhere on the machine, since
    /// the last look.
    pub(super) fn has_grown(&self) -> bool {
        self.proc.newest_pid() != Some(self.seen)
    }

    /// Adds what was started since the last time. False where nothing was
    /// started on the whole machine.
    pub(super) fn find_new(&mut self) -> bool {
        let Some(newest) = self.proc.newest_pid() else {
            self.find_all();
            return true;
        };
        let before = std::mem::replace(&mut self.seen, newest);
        // A new process may have got the id of a member that is gone.
        if self.known.iter().any(|&pid| pid > before && pid <= newest) {
            self.go_through();
        }
        match newest.checked_sub(before) {
            Some(0) => return false,
            Some(count) if count <= ONE_BY_ONE => {
                (before + 1..=newest).for_each(|pid| self.consider(pid));
            }
            Some(_) => {
                self.find_among(|pid| pid > before && pid <= newest);
            }
            // The ids started again from the bottom, where members may be gone
            // too.
            None => {
                self.go_through();
                self.find_all();
            }
        }
        true
    }

    /// Adds all descendants there are.
    pub(super) fn find_all(&mut self) {
        // Ids that started again from the bottom put children before parents.
        while self.find_among(|_| true) {}
    }

    /// Whether any was added.
    fn find_among(&mut self, is_new: impl Fn(u32) -> bool) -> bool {
        let mut pids: Vec<u32> = self.proc.pids().filter(|&pid| is_new(pid)).collect();
        pids.sort_unstable();
        let known = self.known.len();
        pids.into_iter().for_each(|pid| self.consider(pid));
        self.known.len() > known
    }

    fn consider(&mut self, pid: u32) {
        let Err(place) = self.known.binary_search(&pid) else { return };
        let Some(stat) = self.proc.process(pid) else { return };
        if pid != self.root && pid != self.ignored && !stat.is_thread && self.is_parent(stat.parent)
        {
            self.known.insert(place, pid);
            let clock = clock(pid);
            self.members.push(Member {
                pid,
                clock,
                clock_ns: 0,
                stat,
                own_us: 0,
                collected_us: 0,
                files: None,
            });
        }
    }

    fn is_parent(&self, pid: u32) -> bool {
        pid == self.root || self.has(pid)
    }

    /// Whether `pid` is a member.
    pub(super) fn has(&self, pid: u32) -> bool {
        self.known.binary_search(&pid).is_ok()
    }

    /// Reads all members anew and drops those that are gone. Parents come
    /// before their children: what ends in between is then missing until the
    /// next time, rather than counted in both.
    pub(super) fn go_through(&mut self) {
        let mut gone = Vec::new();
        let mut watched = 0;
        self.members.retain_mut(|member| match member.read(&self.proc) {
            Some(stat) => {
                if member.files.is_none() && watched < MOST_WATCHED {
                    member.files = self.proc.watch(member.pid);
                }
                watched += usize::from(member.files.is_some());
                let own_us = self.proc.ticks_to_us(stat.own_ticks);
                let collected_us = self.proc.ticks_to_us(stat.collected_ticks);
                member.stat = stat;
                member.own_us = member.own_us.max(own_us);
                member.collected_us = member.collected_us.max(collected_us);
                true
            }
            None => {
                gone.push((member.stat.parent, member.cpu_us()));
                false
            }
        });
        for (parent, cpu_us) in gone {
            let forgets = |member: &Member| member.pid == parent && member.stat.ignores_children;
            if self.members.iter().any(forgets) {
                self.forgotten_us = self.forgotten_us.saturating_add(cpu_us);
            }
        }
        self.known.clear();
        self.known.extend(self.members.iter().map(|member| member.pid));
        self.known.sort_unstable();
        self.refresh();
    }

    /// Reads clocks and memory only, at a fraction of the cost; false where a
    /// member is gone. Right as long as none was started either: what has no
    /// child that ends has nothing to collect.
    pub(super) fn refresh(&mut self) -> bool {
        let mut memory = Memory::default();
        let mut complete = true;
        self.living.clear();
        for member in &mut self.members {
            match member.clock_ns() {
                // Where stat counts ticks.
                Some(clock_ns) => {
                    member.clock_ns = clock_ns;
                    member.own_us = member.own_us.max(clock_ns / 1000);
                }
                None => complete = false,
            }
            let its = member.memory(&self.proc);
            // One that has ended has no memory any more.
            if its != Memory::default() {
                self.living.push(member.pid);
            }
            // Shared pages are mostly the same ones: the largest stands for
            // all of them.
            memory.private = memory.private.saturating_add(its.private);
            memory.shared = memory.shared.max(its.shared);
        }
        self.living.sort_unstable();
        self.members_us = self.members.iter().map(Member::cpu_us).fold(0, u64::saturating_add);
        self.resident_bytes =
            self.proc.pages_to_bytes(memory.private.saturating_add(memory.shared));
        complete
    }

    /// Nothing is left of it.
    pub(super) fn clear(&mut self) {
        self.members.clear();
        self.known.clear();
    }

    /// Members that run, rising.
    pub(super) fn living(&self) -> &[u32] {
        &self.living
    }

    /// CPU time that no ancestor has collected.
    pub(super) fn cpu_us(&self) -> u64 {
        self.members_us.saturating_add(self.forgotten_us)
    }

    /// Memory of the members: what each has for itself, and once the most
    /// that one of them shares.
    pub(super) fn resident_bytes(&self) -> u64 {
        self.resident_bytes
    }
}

/// The clock that counts the CPU time of a process.
fn clock(pid: u32) -> Option<ClockId> {
    ClockId::pid_cpu_clock_id(Pid::from_raw(i32::try_from(pid).ok()?)).ok()
}

#[cfg(test)]
mod tests;
