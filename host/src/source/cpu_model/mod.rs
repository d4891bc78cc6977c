//! The power of processors that have no counter: design power (TDP) from a
//! table, a straight line between rest and full load, and CPU time.
//!
//! A process is charged `CPU seconds × (full − idle power) / logical CPUs`;
//! what the processors draw at rest is a part of its own. Of a processor that
//! the machine shows only a slice of, as a virtual machine does, the slice
//! counts. It does not see clock, voltage, vector units or temperature: that
//! is what the range is for.

mod arm;
mod envelope;
mod name;
mod probe;
mod table;
#[cfg(test)]
mod tests;

use wattcast_core::meter::CounterSpec;
use wattcast_core::units::{Power, Quality};
use wattcast_core::wire::record::{Component, Scope};

use self::envelope::Range;
use super::{Channel, Detection, Finding, ReadError, Reading, ReadingKind, Roots, Source, Usage};

pub use self::name::normalise;
pub(super) use self::probe::{Probe, probe};
pub use self::table::{MatchKind, TdpMatch, lookup};

/// Power at rest, in millionths of the TDP (Boavizta, Teads).
const IDLE_PPM: i64 = 120_000;
/// Power at full load, in millionths of the TDP.
const FULL_PPM: i64 = 1_020_000;

/// TDP of a hardware thread where nothing better is known, and how far off it
/// may be: CodeCarbon's 4 W on x86, with 1.3 W (EPYC 9965) to 8 W (Core i9 on the
/// desktop) around it; half of that on other processors.
const X86_THREAD: Power = Power::from_uw(4_000_000);
const OTHER_THREAD: Power = Power::from_uw(2_000_000);
const THREAD_SPREAD_PPM: Range = (325_000, 2_000_000);

/// How far the TDP of a processor may lie from those whose model number begins
/// alike, at least.
const SERIES_SPREAD_PPM: Range = (700_000, 1_400_000);

/// What a model says about the processors of this machine.
///
/// ```
/// use wattcast::source::Roots;
/// use wattcast::source::cpu_model::CpuModel;
///
/// let cpu = CpuModel::detect(&Roots::default());
/// assert!(cpu.idle_power < cpu.full_power);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpuModel {
    /// The name that the machine tells, empty where it has none.
    pub name: String,
    /// The name under which the TDP was found, `None` where it is assumed.
    pub matched_name: Option<String>,
    /// Design power of all logical CPUs of this machine together.
    pub tdp: Power,
    /// Logical CPUs of this machine, at least 1.
    pub logical_cpus: u32,
    /// CPUs that this process may use at once, in thousandths, where a quota or
    /// an affinity leaves it less than all. No energy depends on it.
    pub usable_cpus_millis: Option<u32>,
    /// What they draw together at rest.
    pub idle_power: Power,
    /// What they draw together at full load.
    pub full_power: Power,
    /// True over stated active energy, in millionths: least and most.
    pub active_range_ppm: (u32, u32),
    /// True over stated idle energy, in millionths: least and most.
    pub idle_range_ppm: (u32, u32),
    /// Modelled where the TDP was found, assumed where it was not.
    pub quality: Quality,
    /// TDP, its source and its match, in words.
    pub method: String,
}

impl CpuModel {
    /// Looks at the machine. There is always an answer.
    #[must_use]
    pub fn detect(roots: &Roots) -> Self {
        Self::new(&probe(roots))
    }

    /// What one logical CPU draws at full load above its share of idle power:
    /// the price of a CPU second.
    #[must_use]
    pub const fn active_power_per_cpu(&self) -> Power {
        let active = self.full_power.as_uw() - self.idle_power.as_uw();
        Power::from_uw(active / (self.logical_cpus as i64))
    }

    /// Some CPUs of a named processor, wherever they are: for an estimate
    /// before a run. `None` where the name is not known or `cpus` is 0.
    ///
    /// ```
    /// use wattcast::source::cpu_model::CpuModel;
    ///
    /// let half = CpuModel::of_slice("AMD EPYC 7763 64-Core", 64).unwrap();
    /// assert_eq!(half.tdp.as_uw(), 140_000_000);
    /// assert!(CpuModel::of_slice("EPYC", 64).is_none());
    /// ```
    #[must_use]
    pub fn of_slice(name: &str, cpus: u32) -> Option<Self> {
        lookup(name).filter(|_| cpus > 0)?;
        Some(Self::new(&Probe {
            name: name.to_owned(),
            logical_cpus: cpus,
            is_virtual: true,
            is_x86: true,
            ..Probe::default()
        }))
    }

    /// Some CPUs of a named processor that has `threads` of them, all of it
    /// where they are as many. `None` where the name is not known or a number
    /// is 0.
    ///
    /// ```
    /// use wattcast::source::cpu_model::CpuModel;
    ///
    /// let half = CpuModel::of_share("AMD EPYC 7763", 64, 128).unwrap();
    /// assert_eq!(half.tdp.as_uw(), 140_000_000);
    /// ```
    #[must_use]
    pub fn of_share(name: &str, cpus: u32, threads: u32) -> Option<Self> {
        lookup(name).filter(|_| cpus > 0 && threads > 0)?;
        Some(Self::new(&Probe {
            name: name.to_owned(),
            logical_cpus: cpus,
            threads: Some(threads),
            is_virtual: cpus < threads,
            is_x86: true,
            ..Probe::default()
        }))
    }

    pub(super) fn new(probe: &Probe) -> Self {
        let thread = ThreadTdp::of(probe);
        let cpus = i64::from(probe.logical_cpus);
        let share = |ppm: i64| Power::from_uw(thread.tdp.as_uw() * ppm / 1_000_000);
        let (idle, full) = (share(IDLE_PPM), share(FULL_PPM));
        let active = Power::from_uw(full.as_uw() - idle.as_uw());
        Self {
            name: thread.name,
            usable_cpus_millis: probe.usable_millis,
            matched_name: thread.matched_name,
            tdp: Power::from_uw(thread.tdp.as_uw() * cpus),
            logical_cpus: probe.logical_cpus,
            idle_power: Power::from_uw(idle.as_uw() * cpus),
            full_power: Power::from_uw(full.as_uw() * cpus),
            active_range_ppm: envelope::active(thread.spread, probe.is_virtual.then_some(active)),
            idle_range_ppm: envelope::idle(thread.spread, probe.is_virtual.then_some(idle)),
            quality: thread.quality,
            method: thread.words,
        }
    }

    fn channels(&self) -> [Channel; 2] {
        let channel = |name: &str, component, scope, power, range_ppm, formula: &str| Channel {
            name: name.to_owned(),
            component,
            scope,
            quality: self.quality,
            method: format!("{formula} ({}; Boavizta's 0.12 and 1.02 × TDP)", self.method),
            kind: ReadingKind::Counter(microseconds_at(power)),
            resolution_uj: 1,
            range_ppm,
            counted: true,
        };
        [
            channel(
                "cpu",
                Component::Cpu,
                Scope::Process,
                self.active_power_per_cpu(),
                self.active_range_ppm,
                "CPU time × (full - idle power) / CPUs",
            ),
            channel(
                "idle",
                Component::Idle,
                Scope::Machine,
                self.idle_power,
                self.idle_range_ppm,
                "time × idle power",
            ),
        ]
    }
}

/// A counter of microseconds, each worth `power` (at most 4,294 W) × 1 µs, so
/// that the meter carries every remainder and nothing is rounded here.
fn microseconds_at(power: Power) -> CounterSpec {
    let microwatts = u32::try_from(power.as_uw().max(1)).unwrap_or(u32::MAX);
    CounterSpec::new(microwatts, 1_000_000, None).unwrap_or(CounterSpec::microjoules())
}

/// The TDP of one hardware thread and how it was found.
struct ThreadTdp {
    name: String,
    matched_name: Option<String>,
    tdp: Power,
    spread: Range,
    quality: Quality,
    words: String,
}

impl ThreadTdp {
    fn of(probe: &Probe) -> Self {
        if let Some(found) = lookup(&probe.name) {
            return Self::of_package(probe, &found);
        }
        Self::of_arm(probe).unwrap_or_else(|| Self::assumed(probe, probe.name.clone(), None))
    }

    fn of_package(probe: &Probe, found: &TdpMatch) -> Self {
        let stated = || name::stated_cores(&probe.name).map(|cores| cores.saturating_mul(2));
        let visible = || (!probe.is_virtual).then_some(probe.logical_cpus);
        let threads = probe.threads.or(found.threads).or_else(stated).or_else(visible);
        let Some(threads) = threads else {
            return Self::assumed(probe, probe.name.clone(), Some(found.tdp));
        };
        let (low, high) =
            (envelope::ratio(found.low, found.tdp), envelope::ratio(found.high, found.tdp));
        let (how, spread) = match found.kind {
            MatchKind::Exact => ("", (low, high)),
            MatchKind::Series => {
                let (least, most) = SERIES_SPREAD_PPM;
                ("the series ", (low.min(least), high.max(most)))
            }
        };
        Self {
            name: probe.name.clone(),
            matched_name: Some(found.key.to_owned()),
            tdp: Power::from_uw(found.tdp.as_uw() / i64::from(threads)),
            spread,
            quality: Quality::Modelled,
            words: format!(
                "TDP {} W of {how}{}{}, tables of CodeCarbon and eco2AI",
                watts(found.tdp),
                found.key,
                if threads > 1 { format!(" over {threads} threads") } else { String::new() },
            ),
        }
    }

    /// The mean over the cores of an Arm processor whose parts are all known.
    fn of_arm(probe: &Probe) -> Option<Self> {
        let (mut microwatts, mut cores) = (0, 0);
        let mut names: Vec<&str> = Vec::new();
        for ((implementer, part), count) in &probe.arm_cores {
            let core = arm::core_of(*implementer, *part, probe.is_amazon)?;
            microwatts += core.tdp.as_uw() * i64::from(*count);
            cores += i64::from(*count);
            names.push(core.name);
        }
        let tdp = Power::from_uw(microwatts.checked_div(cores)?);
        let matched = names.join(" + ");
        Some(Self {
            name: if probe.name.is_empty() { matched.clone() } else { probe.name.clone() },
            words: format!("TDP {} W a core of {matched}, makers' data", watts(tdp)),
            matched_name: Some(matched),
            tdp,
            spread: arm::SPREAD_PPM,
            quality: Quality::Modelled,
        })
    }

    /// A thread's TDP by the kind of processor; together not above `package`.
    fn assumed(probe: &Probe, name: String, package: Option<Power>) -> Self {
        let usual = if probe.is_x86 { X86_THREAD } else { OTHER_THREAD };
        let most = package.map(|tdp| Power::from_uw(tdp.as_uw() / i64::from(probe.logical_cpus)));
        let tdp = most.map_or(usual, |most| most.min(usual));
        Self {
            words: format!("TDP of {} W a thread assumed", watts(tdp)),
            name,
            matched_name: None,
            tdp,
            spread: THREAD_SPREAD_PPM,
            quality: Quality::Assumed,
        }
    }
}

/// Watts with up to two decimals, for people.
fn watts(power: Power) -> String {
    let hundredths = power.as_uw() / 10_000;
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

struct CpuModelSource {
    channels: [Channel; 2],
}

impl Source for CpuModelSource {
    fn name(&self) -> &'static str {
        "cpu-model"
    }

    fn channels(&self) -> &[Channel] {
        &self.channels
    }

    fn read(&mut self, usage: &Usage, readings: &mut Vec<Result<Reading, ReadError>>) {
        readings.push(Ok(Reading::Counter(usage.process_cpu_us)));
        readings.push(Ok(Reading::Counter(usage.uptime.as_us())));
    }
}

/// The model of this machine as a source; see [`CpuModel::detection`].
#[must_use]
pub fn detect(roots: &Roots) -> Detection {
    CpuModel::detect(roots).detection()
}

impl CpuModel {
    /// The model as a source: `cpu`, the energy of the accounted processes, and
    /// `idle`, that of the machine at rest.
    #[must_use]
    pub fn detection(&self) -> Detection {
        let name = if self.name.is_empty() { "unnamed processor" } else { &self.name };
        let usable = self.usable_cpus_millis.map_or_else(String::new, |millis| {
            format!(" ({}.{} usable here)", millis / 1_000, millis % 1_000 / 100)
        });
        let detail = format!(
            "{name}: {} logical CPUs{usable}, {} W at rest, {} W at full load ({})",
            self.logical_cpus,
            watts(self.idle_power),
            watts(self.full_power),
            self.method,
        );
        Detection {
            sources: vec![Box::new(CpuModelSource { channels: self.channels() })],
            findings: vec![Finding { source: "cpu-model", available: true, detail, remedy: None }],
        }
    }
}
