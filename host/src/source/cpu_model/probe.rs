//! What the machine tells about its processors.

use std::collections::BTreeMap;

use crate::source::Roots;

/// The processors of a machine as far as it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Probe {
    /// The processor's or the board's name, empty where it has none.
    pub(super) name: String,
    /// Logical CPUs that are on line, at least 1.
    pub(super) logical_cpus: u32,
    /// Hardware threads of one package, where the machine can be trusted with
    /// it: a virtual machine invents its topology.
    pub(super) threads: Option<u32>,
    /// Whether a hypervisor shows itself.
    pub(super) is_virtual: bool,
    /// Whether the instruction set is that of x86.
    pub(super) is_x86: bool,
    /// Whether Amazon built the machine.
    pub(super) is_amazon: bool,
    /// How many cores there are of each (implementer, part) on Arm.
    pub(super) arm_cores: BTreeMap<(u32, u32), u32>,
}

#[cfg(target_os = "linux")]
pub(super) use linux::probe;

#[cfg(not(target_os = "linux"))]
pub(super) fn probe(_roots: &Roots) -> Probe {
    use sysinfo::{CpuRefreshKind, System};

    // A system that tells nothing is an unnamed processor.
    let mut system = System::new().ok();
    if let Some(system) = &mut system {
        system.refresh_cpu_list(CpuRefreshKind::nothing());
    }
    let cpus = system.as_ref().map_or(&[][..], System::cpus);
    let logical_cpus = u32::try_from(cpus.len()).unwrap_or(u32::MAX).max(1);
    Probe {
        name: cpus.first().map(|cpu| cpu.brand().trim().to_owned()).unwrap_or_default(),
        logical_cpus,
        // One package: what workstations outside Linux have.
        threads: Some(logical_cpus),
        is_x86: cfg!(any(target_arch = "x86_64", target_arch = "x86")),
        ..Probe::default()
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{self, File};
    use std::io::Read;
    use std::path::Path;

    use super::{Probe, Roots};
    use crate::source::cpu_list;

    /// Most bytes of `/proc/cpuinfo` that are ever read.
    const LIMIT: u64 = 4 << 20;

    pub(in super::super) fn probe(roots: &Roots) -> Probe {
        let online = fs::read_to_string(roots.sys.join("devices/system/cpu/online"))
            .map_or(0, |text| cpu_list::count(&text));
        let text = cpu_info(&roots.proc.join("cpuinfo"), online == 0);
        let mut probe = parse(&text);
        if online > 0 {
            probe.logical_cpus = online;
        }
        probe.logical_cpus = probe.logical_cpus.max(1);
        if !probe.is_x86 {
            let device_tree = fs::read_to_string(roots.sys.join("firmware/devicetree/base/model"));
            if let Ok(board) = device_tree {
                board.trim_end_matches(['\0', '\n']).clone_into(&mut probe.name);
            }
            let vendor = fs::read_to_string(roots.sys.join("class/dmi/id/sys_vendor"));
            probe.is_amazon = vendor.is_ok_and(|vendor| vendor.trim() == "Amazon EC2");
        }
        probe
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
