//! Which sources this machine has, and which of them are used together.

use wattcast_core::units::Power;
use wattcast_core::wire::record::Component;

use super::cpu_model::{CpuModel, probe};
use super::gpu_model::{Gpus, ModelledGpus};
use super::{Detection, Finding, Roots, Source, battery, hwmon, nvml, ram, rapl};
use crate::metering::IdleModel;

/// What a user asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Where sources look.
    pub roots: Roots,
    /// GPUs without a driver at hand.
    pub gpus: Vec<Gpus>,
    /// Sensors that see the whole machine, to be counted in place of all else.
    pub sensors: Vec<String>,
    /// Whether to look for sensors of which none is named. Some batteries take
    /// milliseconds to answer.
    pub all_sensors: bool,
}

/// The sources of a run, chosen so that no joule is counted twice.
pub struct Detected {
    /// The sources to read.
    pub sources: Vec<Box<dyn Source>>,
    /// What was found and what is missing.
    pub findings: Vec<Finding>,
    /// What the processors draw when they do nothing.
    pub idle: IdleModel,
    /// What the machine is.
    pub facts: Facts,
}

/// What the machine is, in words.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Its name in the network.
    pub host: String,
    /// Its operating system and version.
    pub os: String,
    /// Its processor.
    pub cpu: String,
    /// Logical CPUs.
    pub cpu_count: u32,
    /// Their design power together.
    pub cpu_tdp: Power,
    /// Memory that a process can have, in bytes; 0 where it is not known.
    pub ram_bytes: u64,
    /// Its accelerators as their sources name them, one a line.
    pub gpus: String,
}

impl Facts {
    /// As named facts of a run.
    pub(crate) fn attributes(&self) -> [(&'static str, String); 6] {
        [
            ("os", self.os.clone()),
            ("cpu", self.cpu.clone()),
            ("cpu_count", self.cpu_count.to_string()),
            ("cpu_tdp_mw", (self.cpu_tdp.as_uw() / 1_000).to_string()),
            ("ram_bytes", self.ram_bytes.to_string()),
            ("gpu", self.gpus.clone()),
        ]
    }
}

/// Looks for all sources.
#[must_use]
pub fn detect(wanted: &Wanted) -> Detected {
    let roots = &wanted.roots;
    let processor = probe(roots);
    let cpu = CpuModel::new(&processor);
    let mut detected = Detected {
        sources: Vec::new(),
        findings: Vec::new(),
        idle: IdleModel {
            power: cpu.idle_power,
            method: cpu.method.clone(),
            range_ppm: cpu.idle_range_ppm,
        },
        facts: facts(&cpu, roots),
    };
    detected.add(rapl::detect(roots, &processor));
    // A counter of the hardware takes the place of the model.
    for (component, model) in
        [(Component::Cpu, cpu.detection()), (Component::Ram, ram::detect(roots))]
    {
        if !detected.counts(component) {
            detected.add(model);
        }
    }
    detected.add(nvml::detect(roots));
    detected.add(hwmon::detect_gpus(roots));
    if !wanted.gpus.is_empty() {
        detected.add_modelled_gpus(&wanted.gpus);
    }
    if wanted.all_sensors || !wanted.sensors.is_empty() {
        detected.add(hwmon::detect_counted(roots, &wanted.sensors));
        detected.add(battery::detect_counted(roots, &wanted.sensors));
    }
    detected.facts.gpus = detected.gpus();
    detected
}

impl Detected {
    fn add_modelled_gpus(&mut self, gpus: &[Gpus]) {
        let measured = self.counts(Component::Gpu);
        self.findings.push(Finding {
            source: "gpu-model",
            available: !measured,
            detail: if measured {
                "a GPU is measured already, the named ones are left out".to_owned()
            } else {
                gpus.iter()
                    .map(|gpus| format!("{} × {}", gpus.count, gpus.spec.name))
                    .collect::<Vec<_>>()
                    .join(", ")
            },
            remedy: measured.then(|| "leave --gpu out".to_owned()),
        });
        if !measured {
            self.sources.push(Box::new(ModelledGpus::given(gpus)));
        }
    }

    /// Whether a counted channel of a source already holds this component.
    fn counts(&self, component: Component) -> bool {
        let mut channels = self.sources.iter().flat_map(|source| source.channels());
        channels.any(|channel| channel.counted && channel.component == component)
    }

    /// The accelerators that are counted, in the words of their sources.
    fn gpus(&self) -> String {
        let channels = self.sources.iter().flat_map(|source| source.channels());
        let gpus =
            channels.filter(|channel| channel.counted && channel.component == Component::Gpu);
        gpus.map(|gpu| gpu.method.clone()).collect::<Vec<_>>().join("\n")
    }

    fn add(&mut self, detection: Detection) {
        self.sources.extend(detection.sources);
        self.findings.extend(detection.findings);
    }
}

fn facts(cpu: &CpuModel, roots: &Roots) -> Facts {
    let (host, os) = system_names();
    Facts {
        host,
        os,
        cpu: cpu.name.clone(),
        cpu_count: cpu.logical_cpus,
        cpu_tdp: cpu.tdp,
        ram_bytes: ram::limit(roots).unwrap_or(0),
        gpus: String::new(),
    }
}

/// Name of the machine and of its operating system.
#[cfg(unix)]
fn system_names() -> (String, String) {
    let Ok(names) = nix::sys::utsname::uname() else { return Default::default() };
    let text = |name: &std::ffi::OsStr| name.to_string_lossy().into_owned();
    let os = format!("{} {}", text(names.sysname()), text(names.release()));
    (text(names.nodename()), os)
}

/// Name of the machine and of its operating system.
#[cfg(not(unix))]
fn system_names() -> (String, String) {
    use sysinfo::System;
    (System::host_name().unwrap_or_default(), System::long_os_version().unwrap_or_default())
}
