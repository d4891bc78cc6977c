//! Whose energy a GPU's is, where the driver names its processes.
//!
//! The energy of an interval is shared by how long each process kept the GPU
//! busy in it. While none did, the processes that hold a context share it
//! evenly, as the GPU stays awake for them. What is left, of other processes
//! and of an idle GPU, is stated beside it; both together are the whole,
//! exactly.

use std::path::Path;

use nvml_wrapper::Device;
use nvml_wrapper::error::NvmlError;
use wattcast_core::meter::{
    Attributor, CounterLimits, CounterMeter, CounterSpec, Outcome, Overflow, PowerMeter,
};
use wattcast_core::units::{Energy, Power, Uptime};

use super::gpu::MILLIJOULES;
use crate::source::Reading;

/// No GPU draws more; a counter that says so was reset.
const MAX_POWER: Power = Power::from_uw(2_000_000_000);

/// Power samples further apart leave too much of the time between them open.
const MAX_GAP_US: u64 = 60_000_000;

/// The driver samples the use of a GPU every sixth of a second to every
/// second, by product (nvmlDeviceGetUtilizationRates).
const SAMPLE_PERIOD_US: u64 = 1_000_000;

/// The number of the first process namespace, which the kernel never gives to
/// another (`PROC_PID_INIT_INO`).
const FIRST_NAMESPACE: &str = "pid:[4026531836]";

/// Whether the process ids of the driver are those that this process sees. In
/// a container they are not: the driver tells the host's.
pub(super) fn sees_all_processes(proc: &Path) -> bool {
    std::fs::read_link(proc.join("self/ns/pid"))
        .is_ok_and(|namespace| namespace.as_os_str() == FIRST_NAMESPACE)
}

/// Whether the driver names the processes of this GPU. It does not name those
/// of a partitioned one in a way that fits the counter of the whole.
pub(super) fn is_shareable(device: &Device<'_>) -> bool {
    let is_partitioned = device.mig_mode().is_ok_and(|mode| mode.current != 0);
    !is_partitioned && device.running_compute_processes().is_ok()
}

/// Splits the energy of one GPU.
pub(super) struct Shares {
    accounted: Accounted,
    clock: UseClock,
    whole: Whole,
    attributor: Attributor,
    ours: Total,
    rest: Total,
}

impl Shares {
    /// Of a GPU whose readings are counts of millijoules, or power.
    pub(super) fn new(counts: bool) -> Option<Self> {
        let whole = if counts {
            let limits = CounterLimits::new(MAX_POWER)?.with_max_gap_us(u64::MAX);
            Whole::Counter(CounterMeter::new(MILLIJOULES, limits))
        } else {
            Whole::Power(PowerMeter::new(MAX_GAP_US))
        };
        Some(Self {
            accounted: Accounted::default(),
            clock: UseClock::default(),
            whole,
            attributor: Attributor::new(Power::ZERO)?,
            ours: Total::default(),
            rest: Total::default(),
        })
    }

    /// Takes the processes that are accounted now.
    pub(super) fn account(&mut self, pids: &[u32]) {
        self.accounted.update(pids);
    }

    /// Turns a reading of the whole into one of ours and one of the rest.
    pub(super) fn split(
        &mut self,
        device: &Device<'_>,
        now: Uptime,
        reading: Reading,
    ) -> Result<[Reading; 2], Overflow> {
        let (ours, all) = self.clock.weigh(device, now, &self.accounted);
        match self.whole.read(now, reading)? {
            Outcome::Reset(_) | Outcome::Gap(_) => {
                self.ours.restart();
                self.rest.restart();
            }
            outcome => {
                if let Some(flow) = outcome.flow() {
                    let parts = self.attributor.split(flow.interval(), flow.import(), ours, all);
                    self.ours.add(parts.ours)?;
                    self.rest.add(parts.others)?;
                }
            }
        }
        Ok([self.ours.reading(), self.rest.reading()])
    }
}

/// The readings of the whole GPU turned into energy.
enum Whole {
    Counter(CounterMeter),
    Power(PowerMeter),
}

impl Whole {
    fn read(&mut self, now: Uptime, reading: Reading) -> Result<Outcome, Overflow> {
        match (self, reading) {
            (Self::Counter(meter), Reading::Counter(value)) => meter.read(now, value),
            (Self::Power(meter), Reading::Power(power)) => meter.read(now, power),
            (Self::Counter(meter), Reading::Power(_)) => Ok(meter.read_failed()),
            (Self::Power(meter), Reading::Counter(_)) => Ok(meter.read_failed()),
        }
    }
}

/// The processes whose energy is asked for.
#[derive(Debug, Default)]
struct Accounted {
    now: Vec<u32>,
    /// Those of the call before: the driver still tells of one that has ended.
    before: Vec<u32>,
    were_told: bool,
}

impl Accounted {
    fn update(&mut self, pids: &[u32]) {
        std::mem::swap(&mut self.now, &mut self.before);
        self.now.clear();
        self.now.extend_from_slice(pids);
        self.were_told |= !pids.is_empty();
    }

    /// Where no process was ever named, the machine is metered and all are
    /// ours.
    fn contains(&self, pid: u32) -> bool {
        !self.were_told || self.now.contains(&pid) || self.before.contains(&pid)
    }
}

/// What the driver says of how its processes used the GPU.
#[derive(Debug, Default)]
struct UseClock {
    /// The newest sample seen, on the driver's clock.
    seen_us: u64,
    tells_no_use: bool,
    last: Option<(Uptime, (u64, u64))>,
}

impl UseClock {
    /// The weight of our processes and that of all since the last call.
    fn weigh(&mut self, device: &Device<'_>, now: Uptime, accounted: &Accounted) -> (u64, u64) {
        if !accounted.were_told {
            return (1, 1);
        }
        let used = self.weigh_use(device, accounted);
        if used.1 > 0 {
            self.last = Some((now, used));
            return used;
        }
        // Between two samples of the driver the last one still holds.
        let is_fresh = |then: Uptime| now.as_us().saturating_sub(then.as_us()) <= SAMPLE_PERIOD_US;
        match self.last {
            Some((then, used)) if is_fresh(then) => used,
            _ => weigh_contexts(device, accounted),
        }
    }

    fn weigh_use(&mut self, device: &Device<'_>, accounted: &Accounted) -> (u64, u64) {
        if self.tells_no_use {
            return (0, 0);
        }
        let samples = match device.process_utilization_stats(self.seen_us) {
            Ok(samples) => samples,
            Err(error) => {
                self.tells_no_use =
                    matches!(error, NvmlError::NotSupported | NvmlError::FailedToLoadSymbol(_));
                return (0, 0);
            }
        };
        let mut weights = (0, 0);
        for sample in samples {
            self.seen_us = self.seen_us.max(sample.timestamp);
            let percent = sample.sm_util.max(sample.enc_util).max(sample.dec_util);
            // The driver fills samples without a value with nonsense.
            if percent <= 100 {
                add(&mut weights, u64::from(percent), accounted.contains(sample.pid));
            }
        }
        weights
    }
}

/// One for each process that holds a context. Where the driver does not
/// answer, nothing is ours for certain.
fn weigh_contexts(device: &Device<'_>, accounted: &Accounted) -> (u64, u64) {
    let mut weights = (0, 0);
    for process in device.running_compute_processes().unwrap_or_default() {
        add(&mut weights, 1, accounted.contains(process.pid));
    }
    weights
}

fn add((ours, all): &mut (u64, u64), weight: u64, is_ours: bool) {
    *all += weight;
    if is_ours {
        *ours += weight;
    }
}

/// A cumulative counter of microjoules that falls when the hardware's was
/// reset, so that the stretch is seen to be unknown. It starts high enough to
/// fall from a total of zero, too.
#[derive(Debug)]
struct Total {
    floor: u64,
    sum_uj: u64,
}

impl Default for Total {
    fn default() -> Self {
        Self { floor: 1 << 32, sum_uj: 0 }
    }
}

impl Total {
    fn add(&mut self, energy: Energy) -> Result<(), Overflow> {
        let energy = u64::try_from(energy.as_uj()).map_err(|_| Overflow)?;
        let sum = self.sum_uj.checked_add(energy).ok_or(Overflow)?;
        self.floor.checked_add(sum).ok_or(Overflow)?;
        self.sum_uj = sum;
        Ok(())
    }

    fn restart(&mut self) {
        self.floor = self.floor.saturating_sub(1);
        self.sum_uj = 0;
    }

    fn reading(&self) -> Reading {
        Reading::Counter(self.floor.saturating_add(self.sum_uj))
    }
}

/// How the readings of [`Shares`] count.
pub(super) const SHARE_COUNTER: CounterSpec = CounterSpec::microjoules();
