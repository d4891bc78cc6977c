//! Where energy readings come from. Each source says what it measures, how,
//! how finely and how far off it may be.

pub mod battery;
mod cgroup;
#[cfg(target_os = "linux")]
mod cpu_list;
pub mod cpu_model;
pub mod detect;
pub mod gpu_model;
pub mod hwmon;
pub mod nvml;
pub mod ram;
mod rapl;
pub mod replay;
mod sysfs;

use std::path::PathBuf;

use wattcast_core::meter::CounterSpec;
use wattcast_core::units::{Power, Quality, Uptime};
use wattcast_core::wire::record::{Component, Scope};

/// One stream of readings of a source.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Short and stable: `cpu`, `ram`, `gpu0`, `package-0`.
    pub name: String,
    /// What it belongs to.
    pub component: Component,
    /// Whose energy it counts.
    pub scope: Scope,
    /// How its numbers come about.
    pub quality: Quality,
    /// Source and formula in words, for the report.
    pub method: String,
    /// What a reading is.
    pub kind: ReadingKind,
    /// Smallest step in microjoules.
    pub resolution_uj: u64,
    /// The true energy over the stated one, in millionths: least and most.
    pub range_ppm: (u32, u32),
    /// False where another counted channel holds this energy too.
    pub counted: bool,
}

/// What the readings of a channel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadingKind {
    /// Momentary power, integrated by trapezoids.
    Power,
    /// A cumulative counter.
    Counter(CounterSpec),
}

/// One reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Momentary power.
    Power(Power),
    /// The raw value of a cumulative counter.
    Counter(u64),
}

/// Why a reading failed, and what that means for the next one.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadError {
    /// This one failed, the next may work.
    #[error("{0}")]
    Retry(String),
    /// There will be no more.
    #[error("{0}")]
    Gone(String),
}

/// What the accounted processes and the machine have used so far. All values
/// are cumulative since the start of the run, and never step back.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// When this was read.
    pub uptime: Uptime,
    /// CPU time of the accounted processes, ended ones included.
    pub process_cpu_us: u64,
    /// CPU time in which any processor of the machine was busy.
    pub machine_busy_us: u64,
    /// Resident memory of the accounted processes now, in bytes.
    pub process_rss_bytes: u64,
}

/// Reads one kind of hardware or model.
pub trait Source: Send {
    /// Its name in reports and in `doctor`.
    fn name(&self) -> &'static str;

    /// Its channels, in the order of the readings.
    fn channels(&self) -> &[Channel];

    /// Pushes one result per channel onto `readings`. A failed reading is an
    /// error and never a zero.
    fn read(&mut self, usage: &Usage, readings: &mut Vec<Result<Reading, ReadError>>);

    /// Takes the ids of the accounted processes that run now; to be called
    /// before each [`read`](Source::read). A source whose hardware names its
    /// users counts these alone. Until a call names one, all processes of the
    /// machine are accounted.
    fn account(&mut self, _pids: &[u32]) {}

    /// What a person should know and was not told yet, one line each.
    fn take_warnings(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// Where a source looks, so that tests can give it a tree of their own.
#[derive(Clone, Debug)]
pub struct Roots {
    /// In place of `/sys`.
    pub sys: PathBuf,
    /// In place of `/proc`.
    pub proc: PathBuf,
    /// A path of the NVML library in place of the system's. Where it is
    /// `None`, the environment variable `WATTCAST_NVML` may name one.
    pub nvml: Option<PathBuf>,
}

impl Default for Roots {
    fn default() -> Self {
        Self { sys: "/sys".into(), proc: "/proc".into(), nvml: None }
    }
}

/// What a look for a source found, for `doctor` and for warnings.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Name of the source.
    pub source: &'static str,
    /// Whether it can be read now.
    pub available: bool,
    /// What was found or is missing, one line.
    pub detail: String,
    /// The exact command or setting that mends it.
    pub remedy: Option<String>,
}

impl Finding {
    /// Whether a person should be told without asking: something that is there
    /// cannot be read, and there is a way to mend it.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        !self.available && self.remedy.is_some()
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.source, self.detail)?;
        match &self.remedy {
            Some(remedy) => write!(f, "; to mend: {remedy}"),
            None => Ok(()),
        }
    }
}

/// The outcome of a look for sources of one kind.
pub struct Detection {
    /// The sources that can be read now.
    pub sources: Vec<Box<dyn Source>>,
    /// One entry for each thing looked for.
    pub findings: Vec<Finding>,
}
