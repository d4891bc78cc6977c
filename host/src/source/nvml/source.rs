//! The GPUs of NVML as a source.

use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, Nvml};
use wattcast_core::units::{Power, Quality};
use wattcast_core::wire::record::{Component, Scope};

use super::gpu::{Gpu, Sensor};
use super::share::{self, SHARE_COUNTER, Shares};
use super::visible::{Identity, Visible, visible};
use super::{library, missing};
use crate::source::gpu_model::{self, GpuSpec, ModelledGpus, UnknownGpu};
use crate::source::{
    Channel, Detection, Finding, ReadError, Reading, ReadingKind, Roots, Source, Usage,
};

/// Name of the source in reports and findings.
const NAME: &str = "nvml";

/// ±5 %, see the module.
const RANGE_PPM: (u32, u32) = (950_000, 1_050_000);
/// Of polled power where the sensor looks at a quarter of the time: what
/// arXiv 2312.02741 could remove of the error by accounting for it, on average.
const PART_TIME_RANGE_PPM: (u32, u32) = (650_000, 1_350_000);

/// Looks for NVIDIA GPUs. Where there are none, this costs a few system calls.
/// `CUDA_VISIBLE_DEVICES` is heeded.
#[must_use]
pub fn detect(roots: &Roots) -> Detection {
    let named = library::named(roots.nvml.as_deref());
    // The files of a driver may be made by NVML only, so the bus is asked, too.
    if named.is_none() && !library::has_driver() && missing::gpu_on_bus(roots).is_none() {
        return Detection { sources: Vec::new(), findings: vec![missing::no_gpu()] };
    }
    let nvml = match library::load(named.as_deref()) {
        Ok(nvml) => nvml,
        Err(error) => {
            let findings = vec![missing::no_library(roots, named.is_some(), &error)];
            return Detection { sources: Vec::new(), findings };
        }
    };
    let by_process = cfg!(target_os = "linux") && share::sees_all_processes(&roots.proc);
    let mut found = Found { by_process, ..Found::default() };
    match nvml.device_count() {
        Ok(0) => found.miss("the NVIDIA driver has no GPU".to_owned(), None),
        Ok(count) => found.look(nvml, count),
        Err(error) => {
            found.miss(format!("the NVIDIA driver does not list its GPUs: {error}"), None)
        }
    }
    found.into_detection()
}

/// What was found so far.
#[derive(Default)]
struct Found {
    by_process: bool,
    read: Vec<NvmlSource>,
    modelled: ModelledGpus,
    findings: Vec<Finding>,
}

impl Found {
    fn look(&mut self, nvml: &'static Nvml, count: u32) {
        let mut devices = Vec::new();
        for index in 0..count {
            match nvml.device_by_index(index) {
                Ok(device) => {
                    let name = device.name().unwrap_or_else(|_| "NVIDIA GPU".to_owned());
                    let uuid = device.uuid().unwrap_or_default();
                    devices.push((index, device, Identity { name, uuid }));
                }
                Err(error) => self.miss(format!("gpu{index} cannot be opened: {error}"), None),
            }
        }
        let shown = self.shown(&devices);
        for ((index, device, identity), shown) in devices.into_iter().zip(shown) {
            if shown {
                self.open(format!("gpu{index}"), device, &identity.name);
            } else {
                self.miss(
                    format!("gpu{index} ({}) is hidden by CUDA_VISIBLE_DEVICES", identity.name),
                    None,
                );
            }
        }
    }

    /// Which of the devices the command may see.
    fn shown(&mut self, devices: &[(u32, Device<'static>, Identity)]) -> Vec<bool> {
        let all = vec![true; devices.len()];
        let Ok(value) = std::env::var("CUDA_VISIBLE_DEVICES") else { return all };
        let in_bus_order =
            std::env::var("CUDA_DEVICE_ORDER").is_ok_and(|order| order == "PCI_BUS_ID");
        let gpus: Vec<Identity> = devices.iter().map(|(.., identity)| identity.clone()).collect();
        match visible(&value, in_bus_order, &gpus) {
            Visible::These(shown) => shown,
            Visible::Unclear => {
                self.findings.push(Finding {
                    source: NAME,
                    available: true,
                    detail: format!(
                        "CUDA_VISIBLE_DEVICES={value} does not say which of the GPUs are meant, \
                         so all are counted"
                    ),
                    remedy: Some("export CUDA_DEVICE_ORDER=PCI_BUS_ID".to_owned()),
                });
                all
            }
        }
    }

    fn open(&mut self, name: String, device: Device<'static>, model: &str) {
        let limit = device.enforced_power_limit();
        match Gpu::open(name.clone(), device) {
            Ok(gpu) => {
                let whole = channel(name.clone(), model, gpu.sensor());
                let source = NvmlSource::new(gpu, whole, self.by_process);
                self.findings.push(self.found(&source));
                self.read.push(source);
            }
            Err((NvmlError::GpuLost, _)) => self.miss(
                format!("{name} ({model}): the driver lost the GPU"),
                Some(
                    "sudo nvidia-smi --gpu-reset  # or reboot; `dmesg | grep Xid` tells why"
                        .to_owned(),
                ),
            ),
            Err((energy, power)) => self.fall_back(name, model, limit.ok(), &energy, &power),
        }
    }

    fn found(&self, source: &NvmlSource) -> Finding {
        let method = source.channels.first().map_or("", |channel| channel.method.as_str());
        let name = &source.gpu.name();
        // In a container, which only Linux has in this sense.
        let is_confined = cfg!(target_os = "linux") && !self.by_process;
        let (whole, remedy) = if source.shares.is_some() {
            ("", None)
        } else if is_confined {
            let remedy = "docker run --pid=host --gpus all IMAGE COMMAND";
            (", all its users counted: in a container they cannot be told apart", Some(remedy))
        } else {
            (", all its users counted: the driver does not tell them apart", None)
        };
        Finding {
            source: NAME,
            available: true,
            detail: format!("{name}: {method}{whole}"),
            remedy: remedy.map(str::to_owned),
        }
    }

    /// Neither sensor answers: the power limit stands in for them, else the
    /// table's.
    fn fall_back(
        &mut self,
        name: String,
        model: &str,
        limit_mw: Option<u32>,
        energy: &NvmlError,
        power: &NvmlError,
    ) {
        let why = if is_refusal(energy) && is_refusal(power) {
            "tells neither energy nor power, as for a slice of a partitioned GPU (MIG)".to_owned()
        } else {
            format!("tells no energy ({energy}) and no power ({power})")
        };
        match spec(model, limit_mw) {
            Ok(spec) => {
                let watts = spec.tdp.as_uw() / 1_000_000;
                self.miss(
                    format!("{name} ({model}): the driver {why}; {watts} W × time is assumed"),
                    Some(
                        "meter outside of the container or virtual machine, on the whole GPU"
                            .to_owned(),
                    ),
                );
                let modelled = std::mem::take(&mut self.modelled);
                self.modelled = modelled.with(name, &spec, Scope::Machine);
            }
            Err(unknown) => self.miss(
                format!("{name}: the driver {why}; {unknown}"),
                Some("wattcast run --gpu 300W -- COMMAND  # its power limit in watts".to_owned()),
            ),
        }
    }

    fn miss(&mut self, detail: String, remedy: Option<String>) {
        self.findings.push(Finding { source: NAME, available: false, detail, remedy });
    }

    fn into_detection(self) -> Detection {
        let mut sources: Vec<Box<dyn Source>> = Vec::new();
        for source in self.read {
            sources.push(Box::new(source));
        }
        if !self.modelled.is_empty() {
            sources.push(Box::new(self.modelled));
        }
        Detection { sources, findings: self.findings }
    }
}

/// The limit that the driver enforces, else the TDP of that model.
fn spec(model: &str, limit_mw: Option<u32>) -> Result<GpuSpec, UnknownGpu> {
    match limit_mw {
        Some(limit) if limit > 0 => Ok(GpuSpec {
            name: model.to_owned(),
            tdp: Power::from_uw(i64::from(limit) * 1_000),
            source: "the power limit that the driver enforces",
        }),
        _ => gpu_model::lookup(model),
    }
}

fn is_refusal(error: &NvmlError) -> bool {
    matches!(
        error,
        NvmlError::NotSupported | NvmlError::NoPermission | NvmlError::FailedToLoadSymbol(_)
    )
}

fn channel(name: String, model: &str, sensor: &Sensor) -> Channel {
    let part_time = ["A100", "A800", "H100", "H800", "H200"].iter().any(|gpu| model.contains(gpu));
    let (method, range_ppm) = match sensor {
        Sensor::Energy(_) => (format!("NVML energy counter of the {model}"), RANGE_PPM),
        Sensor::Power if part_time => (
            format!("NVML power of the {model}, whose sensor looks at a quarter of the time"),
            PART_TIME_RANGE_PPM,
        ),
        Sensor::Power => (format!("NVML power of the {model}"), RANGE_PPM),
    };
    Channel {
        name,
        component: Component::Gpu,
        scope: Scope::Machine,
        quality: Quality::Measured,
        method,
        kind: sensor.kind(),
        resolution_uj: 1_000,
        range_ppm,
        counted: true,
    }
}

/// One GPU that NVML reads. Each is a source of its own, so that one that is
/// lost does not take the others with it.
struct NvmlSource {
    gpu: Gpu,
    channels: Vec<Channel>,
    shares: Option<Shares>,
}

impl NvmlSource {
    /// Counts the accounted processes alone if `by_process` and if the driver
    /// names them.
    fn new(gpu: Gpu, whole: Channel, by_process: bool) -> Self {
        let counts = matches!(gpu.sensor(), Sensor::Energy(_));
        let shares = (by_process && share::is_shareable(gpu.device()))
            .then(|| Shares::new(counts))
            .flatten();
        let channels = match shares {
            Some(_) => share_channels(whole).to_vec(),
            None => vec![whole],
        };
        Self { gpu, channels, shares }
    }
}

/// The channels of our part of a GPU and of the rest.
fn share_channels(whole: Channel) -> [Channel; 2] {
    let part = Channel { kind: ReadingKind::Counter(SHARE_COUNTER), resolution_uj: 1, ..whole };
    let rest = Channel {
        name: format!("{}-rest", part.name),
        method: format!("what other processes and idleness took of the {}", part.method),
        counted: false,
        ..part.clone()
    };
    let ours = Channel {
        scope: Scope::Process,
        method: format!("share of the processes' use of the {}", part.method),
        ..part
    };
    [ours, rest]
}

impl Source for NvmlSource {
    fn name(&self) -> &'static str {
        NAME
    }

    fn channels(&self) -> &[Channel] {
        &self.channels
    }

    fn read(&mut self, usage: &Usage, readings: &mut Vec<Result<Reading, ReadError>>) {
        let reading = self.gpu.read(usage.uptime);
        let Some(shares) = &mut self.shares else {
            readings.push(reading);
            return;
        };
        let split = reading.and_then(|reading| {
            shares
                .split(self.gpu.device(), usage.uptime, reading)
                .map_err(|overflow| ReadError::Retry(overflow.to_string()))
        });
        match split {
            Ok(parts) => readings.extend(parts.map(Ok)),
            Err(error) => readings.extend([Err(error.clone()), Err(error)]),
        }
    }

    fn account(&mut self, pids: &[u32]) {
        if let Some(shares) = &mut self.shares {
            shares.account(pids);
        }
    }

    fn take_warnings(&mut self) -> Vec<String> {
        self.gpu.take_warnings()
    }
}
