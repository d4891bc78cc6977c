//! One GPU: which of its sensors answers, and what its errors mean.

use nvml_wrapper::Device;
use nvml_wrapper::error::NvmlError;
use wattcast_core::meter::CounterSpec;
use wattcast_core::units::{Power, Uptime};

use super::check::CrossCheck;
use crate::source::{ReadError, Reading, ReadingKind};

/// NVML counts millijoules in 64 bits, which do not wrap.
pub(super) const MILLIJOULES: CounterSpec = match CounterSpec::new(1_000, 1, None) {
    Some(spec) => spec,
    None => CounterSpec::microjoules(),
};

/// Which sensor of a GPU is read.
#[derive(Debug)]
pub(super) enum Sensor {
    /// The energy counter in millijoules, with the power sensor beside it
    /// where there is one.
    Energy(Option<CrossCheck>),
    /// Momentary power in milliwatts.
    Power,
}

impl Sensor {
    /// What its readings are.
    pub(super) fn kind(&self) -> ReadingKind {
        match self {
            Self::Energy(_) => ReadingKind::Counter(MILLIJOULES),
            Self::Power => ReadingKind::Power,
        }
    }
}

/// A GPU that is read.
pub(super) struct Gpu {
    name: String,
    device: Device<'static>,
    sensor: Sensor,
    lost: Option<String>,
    warnings: Vec<String>,
}

impl Gpu {
    /// Looks which sensor of `device` answers, the counter first.
    ///
    /// # Errors
    ///
    /// What the driver said of the counter and of the power sensor.
    pub(super) fn open(
        name: String,
        device: Device<'static>,
    ) -> Result<Self, (NvmlError, NvmlError)> {
        let power = device.power_usage();
        let sensor = match (device.total_energy_consumption(), power) {
            (Ok(_), power) => Sensor::Energy(power.is_ok().then(CrossCheck::default)),
            (Err(_), Ok(_)) => Sensor::Power,
            (Err(energy), Err(power)) => return Err((energy, power)),
        };
        Ok(Self { name, device, sensor, lost: None, warnings: Vec::new() })
    }

    /// Its name, such as `gpu0`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The sensor in use.
    pub(super) fn sensor(&self) -> &Sensor {
        &self.sensor
    }

    /// The GPU as the driver knows it.
    pub(super) fn device(&self) -> &Device<'static> {
        &self.device
    }

    /// Reads it.
    pub(super) fn read(&mut self, now: Uptime) -> Result<Reading, ReadError> {
        if let Some(line) = &self.lost {
            return Err(ReadError::Gone(line.clone()));
        }
        let reading = match &self.sensor {
            Sensor::Energy(_) => self.device.total_energy_consumption().map(Reading::Counter),
            Sensor::Power => self.device.power_usage().map(|mw| Reading::Power(milliwatts(mw))),
        };
        match reading {
            Ok(Reading::Counter(energy_mj)) => {
                self.cross_check(now, energy_mj);
                Ok(Reading::Counter(energy_mj))
            }
            Ok(power) => Ok(power),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// What a person should know since the last call.
    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    fn cross_check(&mut self, now: Uptime, energy_mj: u64) {
        let Sensor::Energy(Some(check)) = &mut self.sensor else { return };
        if !check.is_due(now) {
            return;
        }
        let Ok(power) = self.device.power_usage().map(milliwatts) else { return };
        if let Some((counted, polled, seconds)) = check.sample(now, energy_mj, power) {
            self.warnings.push(format!(
                "{}: over {seconds} s the energy counter gave {counted} J, but the power sensor \
                 {polled} J; the counter is used, compare both with a meter at the wall",
                self.name
            ));
        }
    }

    fn failed(&mut self, error: &NvmlError) -> ReadError {
        let name = &self.name;
        let line = match error {
            NvmlError::GpuLost => format!(
                "{name}: the driver lost the GPU; its energy from here on is unknown \
                 (`dmesg | grep Xid` tells why)"
            ),
            NvmlError::ResetRequired => format!(
                "{name}: the GPU needs a reset before it can be read again \
                 (`sudo nvidia-smi --gpu-reset`)"
            ),
            NvmlError::NotSupported
            | NvmlError::NoPermission
            | NvmlError::Uninitialized
            | NvmlError::DriverNotLoaded
            | NvmlError::LibRmVersionMismatch => {
                format!("{name}: the driver stopped telling the energy: {error}")
            }
            _ => return ReadError::Retry(format!("{name}: {error}")),
        };
        self.lost = Some(line.clone());
        ReadError::Gone(line)
    }
}

fn milliwatts(value: u32) -> Power {
    Power::from_uw(i64::from(value) * 1_000)
}
