//! RAPL through perf events, `/sys/bus/event_source/devices/power`: for users
//! who may not read powercap but may watch a whole CPU.
//!
//! The kernel extends the 32-bit registers to 64 bits, so nothing wraps.

use std::collections::BTreeSet;
use std::io;

use perf_event::events::Software;
use perf_event::{Builder, Counter, ReadFormat};
use wattcast_core::meter::CounterSpec;

use super::domain::{Domain, channel, summary};
use crate::source::cpu_list;
use crate::source::cpu_model::Probe;
use crate::source::sysfs::text;
use crate::source::{Channel, Detection, Finding, ReadError, Reading, Roots, Source, Usage};

/// The events of the `power` unit that matter.
const EVENTS: [(&str, Domain); 3] =
    [("energy-pkg", Domain::Package), ("energy-ram", Domain::Dram), ("energy-psys", Domain::Psys)];

/// The scale of all energy events: one count is 2^-32 J.
const SCALE: &str = "2.3283064365386962890625e-10";

/// An event as the kernel wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PowerEvent {
    /// Number of the unit.
    pub(super) unit: u32,
    /// Which of its events.
    pub(super) config: u64,
    /// A CPU of the package to read.
    pub(super) cpu: u32,
}

/// A counter of 2^-32 J.
pub(super) trait EnergyCounter: Send {
    /// Its value, which never falls.
    fn value(&mut self) -> io::Result<u64>;
}

impl EnergyCounter for Counter {
    fn value(&mut self) -> io::Result<u64> {
        self.read()
    }
}

/// Opens an event in the running kernel.
pub(super) fn open(event: PowerEvent) -> io::Result<Counter> {
    // The unit counts whatever runs: it knows no exclusions.
    let mut builder = Builder::new(Software::DUMMY);
    let attributes = builder.attrs_mut();
    attributes.type_ = event.unit;
    attributes.config = event.config;
    let cpu = usize::try_from(event.cpu).map_err(io::Error::other)?;
    builder
        .any_pid()
        .one_cpu(cpu)
        .exclude_kernel(false)
        .exclude_hv(false)
        .enabled(true)
        .read_format(ReadFormat::empty())
        .build()
}

/// Looks for energy events under `roots.sys`. `open` opens them.
pub(super) fn detect<C: EnergyCounter + 'static>(
    roots: &Roots,
    processor: &Probe,
    open: impl Fn(PowerEvent) -> io::Result<C>,
) -> Detection {
    let unit = roots.sys.join("bus/event_source/devices/power");
    let is_amd = processor.is_amd;
    let Some(kind) = text(&unit.join("type")).and_then(|text| text.parse().ok()) else {
        return nothing(format!("no power unit in {}", unit.display()), None);
    };
    let places = places(roots, &text(&unit.join("cpumask")).unwrap_or_default(), is_amd);
    let mut findings = Vec::new();
    let mut source: Perf<C> = Perf { channels: Vec::new(), counters: Vec::new() };
    for (name, domain) in EVENTS {
        let Some(config) = text(&unit.join("events").join(name)).and_then(|text| config(&text))
        else {
            continue;
        };
        let scale = text(&unit.join("events").join(format!("{name}.scale")));
        if scale.as_deref() != Some(SCALE) {
            return nothing(format!("perf: {name} has the unknown scale {scale:?}"), None);
        }
        // The platform has one counter, whichever package is asked.
        let count = if domain == Domain::Psys { 1 } else { places.len() };
        for (cpu, place) in places.iter().take(count) {
            match open(PowerEvent { unit: kind, config, cpu: *cpu }) {
                Ok(counter) => {
                    let place = if domain == Domain::Psys { "" } else { place };
                    source.channels.push(described(domain, place, is_amd));
                    source.counters.push(counter);
                }
                Err(error) if domain == Domain::Package => return refused(roots, name, &error),
                Err(error) => findings.extend(refused(roots, name, &error).findings),
            }
        }
    }
    if !source.channels.iter().any(|channel| channel.counted) {
        return nothing(format!("no energy events in {}", unit.display()), None);
    }
    findings.push(finding(true, summary("perf", &source.channels), None));
    Detection { sources: vec![Box::new(source)], findings }
}

/// One CPU of each package or die, and its place. On AMD each die of a package
/// has the same counter.
fn places(roots: &Roots, mask: &str, is_amd: bool) -> Vec<(u32, String)> {
    let topology = |cpu: u32, file: &str| {
        text(&roots.sys.join(format!("devices/system/cpu/cpu{cpu}/topology/{file}")))
    };
    let package = |cpu| topology(cpu, "physical_package_id").unwrap_or_else(|| "0".to_owned());
    let cpus: Vec<u32> = cpu_list::cpus(mask).take(MOST_CPUS).collect();
    let packages: BTreeSet<String> = cpus.iter().map(|cpu| package(*cpu)).collect();
    let one_each = packages.len() == cpus.len();
    let mut seen = BTreeSet::new();
    let named = cpus.into_iter().map(|cpu| match topology(cpu, "die_id") {
        Some(die) if !is_amd && !one_each => (cpu, format!("{}-die-{die}", package(cpu))),
        _ => (cpu, package(cpu)),
    });
    named.filter(|(_, place)| seen.insert(place.clone())).collect()
}

/// More packages than any machine has.
const MOST_CPUS: usize = 1024;

/// The event number of `event=0x02`.
fn config(event: &str) -> Option<u64> {
    u64::from_str_radix(event.strip_prefix("event=0x")?, 16).ok()
}

fn described(domain: Domain, place: &str, is_amd: bool) -> Channel {
    let spec = CounterSpec::new(1_000_000, 1 << 32, None).unwrap_or(CounterSpec::microjoules());
    // The registers behind it count about 61 µJ on Intel and 15 µJ on AMD.
    let step_uj = if is_amd { 16 } else { 61 };
    channel(domain, place, is_amd, spec, step_uj, "perf")
}

struct Perf<C> {
    channels: Vec<Channel>,
    counters: Vec<C>,
}

impl<C: EnergyCounter> Source for Perf<C> {
    fn name(&self) -> &'static str {
        "perf"
    }

    fn channels(&self) -> &[Channel] {
        &self.channels
    }

    fn read(&mut self, _usage: &Usage, readings: &mut Vec<Result<Reading, ReadError>>) {
        readings.extend(self.counters.iter_mut().map(|counter| match counter.value() {
            Ok(value) => Ok(Reading::Counter(value)),
            // The end of a counter's file: the kernel took its CPU off line.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(ReadError::Gone(format!("perf: {error}")))
            }
            Err(error) => Err(ReadError::Retry(format!("perf: {error}"))),
        }));
    }
}

const fn finding(available: bool, detail: String, remedy: Option<String>) -> Finding {
    Finding { source: "perf", available, detail, remedy }
}

fn nothing(detail: String, remedy: Option<String>) -> Detection {
    Detection { sources: Vec::new(), findings: vec![finding(false, detail, remedy)] }
}

fn refused(roots: &Roots, event: &str, error: &io::Error) -> Detection {
    if error.kind() != io::ErrorKind::PermissionDenied {
        return nothing(format!("perf: {event}: {error}"), None);
    }
    let level = text(&roots.proc.join("sys/kernel/perf_event_paranoid"));
    let detail = format!(
        "perf: {event}: {error} (perf_event_paranoid is {})",
        level.as_deref().unwrap_or("unknown")
    );
    let remedy = "sudo sysctl kernel.perf_event_paranoid=0  # until the next boot; to last: \
                  sudo setcap cap_perfmon+ep \"$(command -v wattcast)\"";
    nothing(detail, Some(remedy.to_owned()))
}

#[cfg(test)]
mod tests;
