//! The GPUs of NVML as a source.

use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, Nvml};
use wattcast_core::units::{Power, Quality};
use wattcast_core::wire::record::{Component, Scope};

use super::gpu::{Gpu, Sensor};
use super::visible::{Identity, Visible, visible};
use super::{library, missing};
use crate::source::gpu_model::{self, GpuSpec, ModelledGpus, UnknownGpu};
use crate::source::{Channel, Detection, Finding, ReadError, Reading, Roots, Source, Usage};

/// Name of the source in reports and findings.
const NAME: &str = "nvml";

/// ±5 %, see the module.
const RANGE_PPM: (u32, u32) = (950_000, 1_050_000);
/// Of polled power where the sensor looks at a quarter of the time: what
/// arXiv 2312.02741 could remove of the error by accounting for it, on average.
const PART_TIME_RANGE_PPM: (u32, u32) = (650_000, 1_350_000);

/// Looks for NVIDIA GPUs. Where there is no driver, this costs one failed
/// `dlopen`. `CUDA_VISIBLE_DEVICES` is heeded.
#[must_use]
pub fn detect(roots: &Roots) -> Detection {
    let nvml = match library::load(roots.nvml.as_deref()) {
        Ok(nvml) => nvml,
        Err(error) => {
            let findings = vec![missing::finding(roots, &error)];
            return Detection { sources: Vec::new(), findings };
        }
    };
    let mut found = Found::default();
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
    read: NvmlSource,
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
                let channel = channel(name.clone(), model, gpu.sensor());
                self.findings.push(Finding {
                    source: NAME,
                    available: true,
                    detail: format!("{name}: {}", channel.method),
                    remedy: None,
                });
                self.read.add(gpu, channel);
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
        if !self.read.gpus.is_empty() {
            sources.push(Box::new(self.read));
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

/// GPUs that NVML reads.
#[derive(Default)]
struct NvmlSource {
    gpus: Vec<Gpu>,
    channels: Vec<Channel>,
}

impl NvmlSource {
    fn add(&mut self, gpu: Gpu, channel: Channel) {
        self.gpus.push(gpu);
        self.channels.push(channel);
    }
}

impl Source for NvmlSource {
    fn name(&self) -> &'static str {
        NAME
    }

    fn channels(&self) -> &[Channel] {
        &self.channels
    }

    fn read(&mut self, usage: &Usage, readings: &mut Vec<Result<Reading, ReadError>>) {
        readings.extend(self.gpus.iter_mut().map(|gpu| gpu.read(usage.uptime)));
    }

    fn take_warnings(&mut self) -> Vec<String> {
        self.gpus.iter_mut().flat_map(Gpu::take_warnings).collect()
    }
}
