//! The whole machine as if it were one job, for those who watch it.

use std::path::Path;

use wattcast_core::units::Uptime;

use super::procfs::Proc;
use crate::source::Usage;

/// CPU time and memory of all processes of the machine.
pub struct MachineAccounting {
    proc: Proc,
    busy_before_us: u64,
    last: Usage,
}

impl Default for MachineAccounting {
    fn default() -> Self {
        Self::new()
    }
}

impl MachineAccounting {
    /// From now on.
    #[must_use]
    pub fn new() -> Self {
        let proc = Proc::new(Path::new("/proc"));
        let busy_before_us = busy_us(&proc);
        Self { proc, busy_before_us, last: Usage::default() }
    }

    /// What has been used since the start.
    pub fn usage(&mut self, uptime: Uptime) -> Usage {
        let busy_us = busy_us(&self.proc).saturating_sub(self.busy_before_us);
        let busy_us = busy_us.max(self.last.machine_busy_us);
        self.last = Usage {
            uptime,
            process_cpu_us: busy_us,
            machine_busy_us: busy_us,
            process_rss_bytes: used_bytes(
                &std::fs::read_to_string("/proc/meminfo").unwrap_or_default(),
            ),
        };
        self.last
    }
}

fn busy_us(proc: &Proc) -> u64 {
    proc.machine_time().unwrap_or_default().busy_us
}

/// Memory that is not available to a new process, of `/proc/meminfo`.
fn used_bytes(meminfo: &str) -> u64 {
    let kib = |name: &str| -> Option<u64> {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let used = kib("MemTotal:").zip(kib("MemAvailable:"));
    used.map_or(0, |(total, available)| total.saturating_sub(available).saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::used_bytes;

    #[test]
    fn used_memory_is_what_is_not_available() {
        let text = "MemTotal:  1000 kB\nMemFree:  1 kB\nMemAvailable:  400 kB\n";
        assert_eq!(used_bytes(text), 600 * 1024);
        assert_eq!(used_bytes("MemTotal: x kB"), 0);
    }
}
