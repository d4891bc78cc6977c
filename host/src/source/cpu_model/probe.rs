//! What the machine tells about its processors.

use std::collections::BTreeMap;

use crate::source::Roots;

/// The processors of a machine as far as it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct Probe {
    /// The processor's or the board's name, empty where it has none.
    pub(in crate::source) name: String,
    /// Logical CPUs that are on line, at least 1.
    pub(in crate::source) logical_cpus: u32,
    /// Hardware threads of one package, where the machine can be trusted with
    /// it: a virtual machine invents its topology.
    pub(in crate::source) threads: Option<u32>,
    /// Whether a hypervisor shows itself.
    pub(in crate::source) is_virtual: bool,
    /// Whether the instruction set is that of x86.
    pub(in crate::source) is_x86: bool,
    /// Whether AMD designed the processor.
    pub(in crate::source) is_amd: bool,
    /// Whether Amazon built the machine.
    pub(in crate::source) is_amazon: bool,
    /// How many CPUs the process may use at once, in thousandths, where a
    /// container or an affinity leaves it less than all.
    pub(in crate::source) usable_millis: Option<u32>,
    /// How many cores there are of each (implementer, part) on Arm.
    pub(in crate::source) arm_cores: BTreeMap<(u32, u32), u32>,
}

#[cfg(target_os = "linux")]
pub(in crate::source) use linux::probe;

#[cfg(not(target_os = "linux"))]
pub(in crate::source) fn probe(_roots: &Roots) -> Probe {
    use sysinfo::{CpuRefreshKind, System};

    // A system that tells nothing is an unnamed processor.
    let mut system = System::new().ok();
    if let Some(system) = &mut system {
        system.refresh_cpu_list(CpuRefreshKind::nothing());
    }
    let cpus = system.as_ref().map_or(&[][..], System::cpus);
    let name = cpus.first().map(|cpu| cpu.brand().trim().to_owned()).unwrap_or_default();
    Probe {
        logical_cpus: u32::try_from(cpus.len()).unwrap_or(u32::MAX).max(1),
        // Nobody tells here; a server's processor is most often a slice of one.
        is_virtual: ["Xeon", "EPYC", "Opteron"].iter().any(|server| name.contains(server)),
        name,
        is_x86: cfg!(any(target_arch = "x86_64", target_arch = "x86")),
        ..Probe::default()
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io::Read;
    use std::path::Path;

    use super::{Probe, Roots};
    use crate::source::sysfs::text;
    use crate::source::{cgroup, cpu_list};

    /// Most bytes of `/proc/cpuinfo` that are ever read.
    const LIMIT: u64 = 4 << 20;

    pub(in crate::source) fn probe(roots: &Roots) -> Probe {
        let online = text(&roots.sys.join("devices/system/cpu/online"))
            .map_or(0, |text| cpu_list::count(&text));
        let info = cpu_info(&roots.proc.join("cpuinfo"), online == 0);
        let mut probe = parse(&info);
        if online > 0 {
            probe.logical_cpus = online;
        }
        probe.logical_cpus = probe.logical_cpus.max(1);
        probe.usable_millis = usable_millis(roots, probe.logical_cpus);
        if !probe.is_x86 {
            if let Some(board) = text(&roots.sys.join("firmware/devicetree/base/model")) {
                board.trim_end_matches(['\0', '\n']).clone_into(&mut probe.name);
            }
            let vendor = text(&roots.sys.join("class/dmi/id/sys_vendor"));
            probe.is_amazon = vendor.is_some_and(|vendor| vendor == "Amazon EC2");
        }
        probe
    }

    /// The least of the affinity and the quotas of the groups.
    fn usable_millis(roots: &Roots, cpus: u32) -> Option<u32> {
        let status = text(&roots.proc.join("self/status")).unwrap_or_default();
        let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        let affinity = allowed.map(cpu_list::count).filter(|count| *count > 0);
        let groups = cgroup::groups(roots, "cpu");
        let quotas = groups.iter().filter_map(|group| {
            let (quota, period) = match text(&group.join("cpu.max")) {
                Some(text) => {
                    let (quota, period) = text.split_once(' ')?;
                    (quota.parse::<u64>().ok()?, period.parse::<u64>().ok()?)
                }
                None => (
                    cgroup::number(group, "cpu.cfs_quota_us")?,
                    cgroup::number(group, "cpu.cfs_period_us")?,
                ),
            };
            u32::try_from(quota.saturating_mul(1_000).checked_div(period)?).ok()
        });
        let affinity = affinity.map(|count| count.saturating_mul(1_000));
        quotas.chain(affinity).min().filter(|millis| *millis < cpus.saturating_mul(1_000))
    }

    /// The text of `/proc/cpuinfo`: on x86 the first processor is enough, and
    /// on large machines the kernel takes milliseconds for all of them.
    fn cpu_info(path: &Path, all: bool) -> String {
        let mut bytes = Vec::new();
        if let Ok(file) = File::open(path) {
            let mut file = file.take(LIMIT);
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = file.read(&mut chunk) {
                bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
                let is_x86 =
                    bytes.starts_with(b"processor") && find(&bytes, b"vendor_id").is_some();
                if !all && is_x86 && find(&bytes, b"\n\n").is_some() {
                    break;
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn find(text: &[u8], what: &[u8]) -> Option<usize> {
        text.windows(what.len()).position(|window| window == what)
    }

    fn parse(text: &str) -> Probe {
        let mut probe = Probe::default();
        let mut implementer = 0;
        for line in text.lines() {
            let Some((key, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match key.trim() {
                "processor" if value.parse::<u32>().is_ok() => probe.logical_cpus += 1,
                "vendor_id" => {
                    probe.is_amd = matches!(value, "AuthenticAMD" | "HygonGenuine");
                }
                "model name" | "Model" | "cpu model" if probe.name.is_empty() => {
                    value.clone_into(&mut probe.name);
                }
                "siblings" => probe.threads = value.parse().ok().filter(|threads| *threads > 0),
                // Others call theirs features.
                "flags" => {
                    probe.is_x86 = true;
                    probe.is_virtual |= value.split(' ').any(|flag| flag == "hypervisor");
                }
                "CPU implementer" => implementer = hexadecimal(value).unwrap_or(0),
                "CPU part" => {
                    if let Some(part) = hexadecimal(value) {
                        *probe.arm_cores.entry((implementer, part)).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
        if probe.is_virtual {
            probe.threads = None;
        }
        probe
    }

    fn hexadecimal(text: &str) -> Option<u32> {
        u32::from_str_radix(text.strip_prefix("0x")?, 16).ok()
    }
}
