//! GPUs that cannot be read: their energy is the thermal design power (TDP)
//! times the time that the run has them. Not a measurement; a GPU that idles
//! draws a twentieth of it.
//!
//! ```
//! use wattcast::source::gpu_model::{lookup, parse};
//! use wattcast_core::units::Power;
//!
//! assert_eq!(lookup("NVIDIA A100-SXM4-40GB").unwrap().tdp, Power::from_uw(400_000_000));
//! assert_eq!(parse("rtx4090 x2").unwrap().count, 2);
//! assert!(lookup("Voodoo 2").unwrap_err().to_string().contains("unknown GPU"));
//! ```

mod names;
mod table;

use wattcast_core::meter::CounterSpec;
use wattcast_core::units::{Power, Quality, Uptime};
use wattcast_core::wire::record::{Component, Scope};

use super::{Channel, ReadError, Reading, ReadingKind, Source, Usage};

/// The true energy over TDP × time. Least: an idle card draws about 5 % of its
/// TDP (an RTX 4090 about 20 of 450 W, an A100 about 50 of 400 W). Most: the
/// driver holds a card to its limit within the 5 % of its sensor.
pub const RANGE_PPM: (u32, u32) = (50_000, 1_050_000);

/// A GPU and its thermal design power.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GpuSpec {
    /// Name without the maker, such as `A100 SXM4`.
    pub name: String,
    /// Thermal design power.
    pub tdp: Power,
    /// Who says so.
    pub source: &'static str,
}

/// GPUs of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gpus {
    /// Which.
    pub spec: GpuSpec,
    /// How many, at least one.
    pub count: u16,
}

/// A GPU that the table does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown GPU `{given}`: the nearest known are {}; or give its power, such as `300W`",
    nearest.join(", ")
)]
pub struct UnknownGpu {
    /// The name as given.
    pub given: String,
    /// Known names that are most like it, the nearest first.
    pub nearest: Vec<&'static str>,
}

/// Finds a GPU by the name that a person, NVML or ROCm gives it. Makers, case,
/// punctuation and memory sizes that make no difference do not matter; a name
/// that leaves the form open (`A100`) takes the one that the table has first.
///
/// # Errors
///
/// [`UnknownGpu`] with the nearest names. A mobile variant is unknown: its
/// limit is the laptop's.
pub fn lookup(name: &str) -> Result<GpuSpec, UnknownGpu> {
    match names::find(name, table::ROWS) {
        Some(&(name, watts, source)) => {
            Ok(GpuSpec { name: name.to_owned(), tdp: watts_to_power(watts), source })
        }
        None => {
            let nearest = names::nearest(name, table::ROWS, 4);
            Err(UnknownGpu { given: name.trim().to_owned(), nearest })
        }
    }
}

/// Reads `A100`, `A100 x2`, `2x A100` and, for GPUs that the table does not
/// hold, `300W x2`.
///
/// # Errors
///
/// [`UnknownGpu`] where the name is not known; a count or a power of zero is a
/// part of a name that is not known.
pub fn parse(text: &str) -> Result<Gpus, UnknownGpu> {
    let (name, count) = names::split_count(text);
    let given = name
        .trim_end_matches(['w', 'W'])
        .trim_end()
        .parse::<u16>()
        .ok()
        .filter(|&watts| watts > 0 && name.ends_with(['w', 'W']));
    let spec = match given {
        Some(watts) => GpuSpec {
            name: format!("{watts} W"),
            tdp: watts_to_power(watts),
            source: "given by the user",
        },
        None => lookup(name)?,
    };
    Ok(Gpus { spec, count })
}

fn watts_to_power(watts: u16) -> Power {
    Power::from_uw(i64::from(watts) * 1_000_000)
}

/// GPUs at their TDP for as long as the run lasts, one channel per GPU.
#[derive(Debug)]
pub struct ModelledGpus {
    channels: Vec<Channel>,
    tdps: Vec<Power>,
    start: Option<Uptime>,
}

impl ModelledGpus {
    /// A source of no GPU.
    #[must_use]
    pub fn new() -> Self {
        Self { channels: Vec::new(), tdps: Vec::new(), start: None }
    }

    /// The GPUs that a person says the run has to itself, named `gpu0` and so
    /// on.
    #[must_use]
    pub fn given(gpus: &[Gpus]) -> Self {
        let each = gpus.iter().flat_map(|gpus| (0..gpus.count).map(|_| gpus.spec.clone()));
        each.enumerate().fold(Self::new(), |source, (index, spec)| {
            source.with(format!("gpu{index}"), &spec, Scope::Process)
        })
    }

    /// Adds a GPU.
    #[must_use]
    pub fn with(mut self, name: String, spec: &GpuSpec, scope: Scope) -> Self {
        let watts = spec.tdp.as_uw() / 1_000_000;
        self.channels.push(Channel {
            name,
            component: Component::Gpu,
            scope,
            quality: Quality::Assumed,
            method: format!(
                "TDP of the {} × time: {watts} W ({}), its load unknown",
                spec.name, spec.source
            ),
            kind: ReadingKind::Counter(CounterSpec::microjoules()),
            resolution_uj: 1,
            range_ppm: RANGE_PPM,
            counted: true,
        });
        self.tdps.push(spec.tdp);
        self
    }

    /// Whether it holds no GPU.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tdps.is_empty()
    }
}

impl Default for ModelledGpus {
    fn default() -> Self {
        Self::new()
    }
}

impl Source for ModelledGpus {
    fn name(&self) -> &'static str {
        "gpu-model"
    }

    fn channels(&self) -> &[Channel] {
        &self.channels
    }

    fn read(&mut self, usage: &Usage, readings: &mut Vec<Result<Reading, ReadError>>) {
        let start = *self.start.get_or_insert(usage.uptime);
        let elapsed_us = usage.uptime.as_us().saturating_sub(start.as_us());
        readings.extend(self.tdps.iter().map(|tdp| {
            u64::try_from(i128::from(tdp.as_uw()) * i128::from(elapsed_us) / 1_000_000)
                .map(Reading::Counter)
                .map_err(|_| ReadError::Gone("gpu: more energy than 64 bits of µJ hold".to_owned()))
        }));
    }
}

#[cfg(test)]
mod tests;
