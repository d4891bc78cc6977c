//! The whole machine as if it were one job, as sysinfo sees it.

use std::time::Instant;

use sysinfo::System;
use wattcast_core::units::Uptime;

use crate::source::Usage;

/// CPU time and memory of all processes of the machine.
pub struct MachineAccounting {
    system: Option<System>,
    asked: Instant,
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
        Self { system: System::new().ok(), asked: Instant::now(), last: Usage::default() }
    }

    /// What has been used since the start.
    pub fn usage(&mut self, uptime: Uptime) -> Usage {
        let elapsed = self.asked.elapsed();
        self.asked = Instant::now();
        if let Some(system) = &mut self.system {
            system.refresh_cpu_usage();
            system.refresh_memory();
            let cpus = system.cpus().len();
            let share = f64::from(system.global_cpu_usage()) / 100.0;
            let busy_us =
                elapsed.as_secs_f64() * share * 1e6 * f64::from(u32::try_from(cpus).unwrap_or(1));
            // A float beyond the range of the integer saturates.
            self.last.machine_busy_us = self.last.machine_busy_us.saturating_add(busy_us as u64);
            self.last.process_cpu_us = self.last.machine_busy_us;
            self.last.process_rss_bytes = system.used_memory();
        }
        self.last.uptime = uptime;
        self.last
    }
}
