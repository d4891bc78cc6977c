//! What a job runs on and how hard.

use std::time::Duration;

use wattcast_core::units::{Interval, Power, Quality, Uptime};

use super::Part;
use crate::source::cpu_model::CpuModel;
use crate::source::gpu_model::{self, Gpus};
use crate::source::ram;

/// How much of a part is used, on the mean over the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load(u32);

impl Load {
    /// All of it, all the time.
    pub const FULL: Self = Self(1_000_000);

    /// From millionths of full load; `None` above full.
    #[must_use]
    pub const fn from_millionths(millionths: u32) -> Option<Self> {
        if millionths > Self::FULL.0 { None } else { Some(Self(millionths)) }
    }

    /// As millionths of full load.
    #[must_use]
    pub const fn as_millionths(self) -> u32 {
        self.0
    }
}

/// A job before it runs.
#[derive(Clone, Debug)]
pub struct Job {
    pub(super) duration_us: u64,
    pub(super) parts: Vec<JobPart>,
    gpus: u32,
}

/// Something that draws a constant power while the job runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPart {
    name: String,
    quality: Quality,
    method: String,
    power: Power,
    /// The true power over the stated one, in millionths: least and most.
    range_ppm: (u32, u32),
}

impl Job {
    /// A job of that length, on nothing yet.
    #[must_use]
    pub fn new(duration: Duration) -> Self {
        let duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Self { duration_us, parts: Vec::new(), gpus: 0 }
    }

    /// Adds `cpus` of the logical CPUs of a model: what they draw at rest, and
    /// what the load adds.
    #[must_use]
    pub fn with_cpus(mut self, model: &CpuModel, cpus: u32, load: Load) -> Self {
        let share = |power: Power| {
            let all = i128::from(power.as_uw()) * i128::from(cpus);
            narrow(all / i128::from(model.logical_cpus.max(1)))
        };
        let active = i128::from(model.active_power_per_cpu().as_uw()) * i128::from(cpus);
        let percent = percent(load);
        // A processor whose threads are not known counts as one.
        let which = if cpus == 1 { "1 CPU".to_owned() } else { format!("{cpus} CPUs") };
        self.parts.push(JobPart {
            name: "cpu".to_owned(),
            quality: model.quality,
            method: format!(
                "{which} × {percent} % × (full - idle power) / CPUs ({})",
                model.method
            ),
            power: narrow(active * i128::from(load.0) / 1_000_000),
            range_ppm: model.active_range_ppm,
        });
        self.parts.push(JobPart {
            name: "idle".to_owned(),
            quality: model.quality,
            method: format!("time × idle power of {which} ({})", model.method),
            power: share(model.idle_power),
            range_ppm: model.idle_range_ppm,
        });
        self
    }

    /// Adds memory.
    #[must_use]
    pub fn with_memory_mib(mut self, mib: u64) -> Self {
        let power = i128::from(mib) * i128::from(ram::PER_GIB.as_uw()) / 1024;
        self.parts.push(JobPart {
            name: "ram".to_owned(),
            quality: Quality::Assumed,
            method: "memory × 0.3725 W/GiB (Green Algorithms; others 0.284 to 0.392)".to_owned(),
            power: narrow(power),
            range_ppm: ram::RANGE_PPM,
        });
        self
    }

    /// Adds GPUs: a twentieth of their TDP at rest, a straight line to all of
    /// it at full load. The range is that of any load.
    #[must_use]
    pub fn with_gpus(mut self, gpus: &Gpus, load: Load) -> Self {
        let (idle_ppm, most_ppm) = gpu_model::RANGE_PPM;
        let at_load = idle_ppm + (1_000_000 - idle_ppm) / 1000 * (load.0 / 1000);
        let tdp = i128::from(gpus.spec.tdp.as_uw());
        let over_stated = |ppm: u32| {
            let ratio = u64::from(ppm) * 1_000_000 / u64::from(at_load.max(1));
            u32::try_from(ratio).unwrap_or(u32::MAX)
        };
        let first = self.gpus;
        self.gpus += u32::from(gpus.count);
        let last = self.gpus.saturating_sub(1);
        self.parts.push(JobPart {
            name: if last > first { format!("gpu{first}-{last}") } else { format!("gpu{first}") },
            quality: Quality::Assumed,
            method: format!(
                "{} × TDP of the {} ({}) at {} % load, 5 % of it at rest",
                gpus.count,
                gpus.spec.name,
                gpus.spec.source,
                percent(load)
            ),
            power: narrow(tdp * i128::from(gpus.count) * i128::from(at_load) / 1_000_000),
            range_ppm: (over_stated(idle_ppm), over_stated(most_ppm)),
        });
        self
    }
}

impl JobPart {
    /// Its energy over the whole job; `None` where it does not fit.
    pub(super) fn over(&self, duration_us: u64) -> Option<Part> {
        let span = Interval::new(Uptime::ZERO, Uptime::from_us(duration_us))?;
        let energy_uj = u64::try_from(self.power.checked_over(span)?.as_uj()).ok()?;
        let times =
            |ppm: u32| u64::try_from(u128::from(energy_uj) * u128::from(ppm) / 1_000_000).ok();
        let (least, most) = self.range_ppm;
        Some(Part {
            name: self.name.clone(),
            quality: self.quality,
            method: self.method.clone(),
            energy_uj,
            energy_low_uj: times(least)?,
            energy_high_uj: times(most)?,
        })
    }
}

fn narrow(microwatts: i128) -> Power {
    Power::from_uw(i64::try_from(microwatts).unwrap_or(i64::MAX))
}

fn percent(load: Load) -> String {
    let text = format!("{}.{:04}", load.0 / 10_000, load.0 % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
