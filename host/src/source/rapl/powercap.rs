//! RAPL through the powercap tree, `/sys/class/powercap`.
//!
//! Format: <https://docs.kernel.org/power/powercap/powercap.html>.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use wattcast_core::meter::CounterSpec;
use wattcast_core::wire::record::Component;

use super::domain::{Domain, channel, summary};
use crate::source::cpu_model::Probe;
use crate::source::sysfs::text;
use crate::source::{Channel, Detection, Finding, ReadError, Reading, Roots, Source, Usage};

/// Control types that show RAPL, best first: the registers of the processor,
/// those of newer servers, and the memory-mapped copy on laptops.
const CONTROL_TYPES: [&str; 3] = ["intel-rapl", "intel-rapl-tpmi", "intel-rapl-mmio"];

/// Looks for zones under `roots.sys`. `open` opens their counters.
pub(super) fn detect(
    roots: &Roots,
    probe: &Probe,
    open: impl Fn(&Path) -> io::Result<File>,
) -> Detection {
    let class = roots.sys.join("class/powercap");
    let zones = zones(&class, probe.is_amd);
    let mut source = Powercap { channels: Vec::new(), counters: Vec::new() };
    let mut refused: Vec<(PathBuf, io::Error)> = Vec::new();
    for ((domain, place), candidates) in &zones {
        let mut errors = Vec::new();
        let opened = candidates.values().find_map(|zone| {
            let path = zone.path.join("energy_uj");
            match open(&path) {
                Ok(file) => Some((zone, Counter { file, path })),
                Err(error) => {
                    errors.push((path, error));
                    None
                }
            }
        });
        match opened {
            Some((zone, counter)) => {
                source.channels.push(zone.channel(*domain, place, probe.is_amd));
                source.counters.push(counter);
            }
            None => refused.extend(errors),
        }
    }
    // Memory alone would pass for the whole: perf may have the rest.
    if !source.channels.iter().any(|channel| channel.component == Component::Cpu) {
        source.channels.clear();
    }
    let mut findings = Vec::new();
    if zones.is_empty() {
        findings.push(absent(&class, probe));
    }
    if let Some((path, error)) = refused.first() {
        findings.push(unreadable(&class, path, error));
    }
    let mut sources: Vec<Box<dyn Source>> = Vec::new();
    if !source.channels.is_empty() {
        findings.push(finding(true, summary("powercap", &source.channels), None));
        sources.push(Box::new(source));
    }
    Detection { sources, findings }
}

/// The zones of each (domain, place), by the rank of their control type: the
/// same registers may be shown more than once.
type Zones = BTreeMap<(Domain, String), BTreeMap<usize, Zone>>;

fn zones(class: &Path, is_amd: bool) -> Zones {
    let mut zones = Zones::new();
    let entries = fs::read_dir(class).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    for name in names {
        let mut parts = name.split(':');
        let control = parts.next().unwrap_or_default();
        let Some(rank) = CONTROL_TYPES.iter().position(|known| *known == control) else {
            continue;
        };
        let path = class.join(&name);
        let parent = parts.next().map(|index| class.join(format!("{control}:{index}")));
        let (Some(parent), Some(zone)) = (parent, Zone::at(&path)) else { continue };
        let Some(label) = label(&path, &parent, is_amd) else { continue };
        zones.entry(label).or_default().entry(rank).or_insert(zone);
    }
    zones
}

/// The domain of a zone and the package or die it belongs to; `None` for parts
/// of a package.
fn label(path: &Path, parent: &Path, is_amd: bool) -> Option<(Domain, String)> {
    let domain = match text(&path.join("name"))?.as_str() {
        "psys" => return Some((Domain::Psys, String::new())),
        "dram" => Domain::Dram,
        name if name.starts_with("package-") => Domain::Package,
        _ => return None,
    };
    let package = text(&parent.join("name"))?;
    let place = package.strip_prefix("package-").unwrap_or_default();
    // Each die of an AMD package shows the counter of the whole package.
    let place = if is_amd { place.split("-die-").next().unwrap_or_default() } else { place };
    Some((domain, place.to_owned()))
}

struct Zone {
    path: PathBuf,
    max_energy_range_uj: u64,
}

impl Zone {
    fn at(path: &Path) -> Option<Self> {
        let max_energy_range_uj = text(&path.join("max_energy_range_uj"))?.parse().ok()?;
        Some(Self { path: path.to_owned(), max_energy_range_uj })
    }

    /// The register counts 2^32 steps of a unit. The kernel gives the value of
    /// its last step as `max_energy_range_uj`, so a wrap is one step further.
    fn step_uj(&self) -> u64 {
        let last = u64::from(u32::MAX);
        self.max_energy_range_uj.saturating_add(last / 2) / last
    }

    fn channel(&self, domain: Domain, place: &str, is_amd: bool) -> Channel {
        let step = self.step_uj().max(1);
        let range = self.max_energy_range_uj.checked_add(step);
        let spec = CounterSpec::new(1, 1, range).unwrap_or(CounterSpec::microjoules());
        channel(domain, place, is_amd, spec, step, "powercap")
    }
}

struct Counter {
    file: File,
    path: PathBuf,
}

impl Counter {
    fn read(&self) -> Result<Reading, ReadError> {
        let failed = |what: &dyn std::fmt::Display| format!("{}: {what}", self.path.display());
        // Twenty digits and a newline at most.
        let mut buffer = [0; 24];
        let length = self.file.read_at(&mut buffer, 0).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => {
                ReadError::Gone(failed(&error))
            }
            _ if error.raw_os_error() == Some(ENODEV) => ReadError::Gone(failed(&error)),
            _ => ReadError::Retry(failed(&error)),
        })?;
        buffer
            .get(..length)
            .and_then(|bytes| std::str::from_utf8(bytes).ok()?.trim().parse().ok())
            .map(Reading::Counter)
            .ok_or_else(|| ReadError::Retry(failed(&"holds no number of microjoules")))
    }
}

/// The zone's device went away.
const ENODEV: i32 = 19;

struct Powercap {
    channels: Vec<Channel>,
    counters: Vec<Counter>,
}

impl Source for Powercap {
    fn name(&self) -> &'static str {
        "rapl"
    }

    fn channels(&self) -> &[Channel] {
        &self.channels
    }

    fn read(&mut self, _usage: &Usage, readings: &mut Vec<Result<Reading, ReadError>>) {
        readings.extend(self.counters.iter().map(Counter::read));
    }
}

const fn finding(available: bool, detail: String, remedy: Option<String>) -> Finding {
    Finding { source: "rapl", available, detail, remedy }
}

fn absent(class: &Path, probe: &Probe) -> Finding {
    let class = class.display();
    if !probe.is_x86 {
        return finding(false, "this processor has no RAPL counters".to_owned(), None);
    }
    if probe.is_virtual {
        let detail = format!("no RAPL zones in {class}: a virtual machine does not show them");
        return finding(false, detail, None);
    }
    let detail = format!("no RAPL zones in {class}");
    finding(false, detail, Some("sudo modprobe intel_rapl_msr".to_owned()))
}

fn unreadable(class: &Path, path: &Path, error: &io::Error) -> Finding {
    let denied = error.kind() == io::ErrorKind::PermissionDenied;
    let why = if denied { " (for root only since CVE-2020-8694)" } else { "" };
    let remedy = denied.then(|| {
        format!(
            "sudo chmod a+r {}/*/energy_uj  # until the next boot; to last: \
             sudo setcap cap_dac_read_search+ep \"$(command -v wattcast)\"",
            class.display()
        )
    });
    finding(false, format!("{}: {error}{why}", path.display()), remedy)
}

#[cfg(test)]
mod tests;
