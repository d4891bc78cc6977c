//! `wattcast estimate`: what a job will cost, before it runs.

#[cfg(test)]
mod tests;
mod text;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;
use wattcast_core::units::{Quality, Utc};

use super::output::{basis, json};
use super::place::PlaceArgs;
use super::{CliError, Outcome};
use crate::estimate::{Candidates, Elsewhere, Estimate, Job, Load, elsewhere};
use crate::source::Roots;
use crate::source::cpu_model::{CpuModel, lookup};
use crate::source::gpu_model;

/// Arguments of `estimate`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast estimate --hours 12 --gpu \"A100 x4\" --memory 256 --zone gcp:us-central1
  wattcast estimate --hours 3 --cpu \"AMD EPYC 7763\" --cpus 64/128 --load 80 --pue 1.3 --zone DE
  wattcast estimate --hours 8 --zone FR --tariff 0.25      on this machine's processors
  wattcast estimate --hours 12 --gpu H100 --zone IE --compare FR,SE,CA-QC --json

Without --cpu and --gpu it is this machine's processors. The CPUs are hardware
threads, as clouds rent them and `nproc` counts them. The job is priced as if it
began now.")]
pub(super) struct EstimateArgs {
    /// How long the job runs, in hours
    #[arg(long, value_name = "HOURS")]
    hours: String,

    /// How often it runs
    #[arg(long, value_name = "TIMES", default_value_t = 1)]
    runs: u32,

    /// Model of the processor, as `lscpu` names it
    #[arg(long, value_name = "NAME", help_heading = "Hardware")]
    cpu: Option<String>,

    /// How many CPUs (hardware threads) the job has, as `64`, or `64/128` for 64 of the
    /// processor's 128 [default: one whole processor]
    #[arg(long, value_name = "N", help_heading = "Hardware")]
    cpus: Option<String>,

    /// Mean load of the CPUs, in percent
    #[arg(long, value_name = "PERCENT", default_value = "100", help_heading = "Hardware")]
    load: String,

    /// GPU, as `A100`, `A100 x4` or by its power `300W x2`; may be repeated
    #[arg(long, value_name = "NAME", help_heading = "Hardware")]
    gpu: Vec<String>,

    /// Mean load of the GPUs, in percent
    #[arg(long, value_name = "PERCENT", default_value = "100", help_heading = "Hardware")]
    gpu_load: String,

    /// Memory that the job has, in GiB
    #[arg(long, value_name = "GIB", help_heading = "Hardware")]
    memory: Option<String>,

    #[command(flatten)]
    place: PlaceArgs,

    /// Compare with these places [default: the cleanest regions of the provider, or of all]
    #[arg(long, value_name = "CODE", value_delimiter = ',', help_heading = "Place and price")]
    compare: Vec<String>,

    /// How many cleaner places to show
    #[arg(long, value_name = "N", default_value_t = 5, help_heading = "Place and price")]
    top: usize,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct EstimateJson<'a> {
    #[serde(flatten)]
    estimate: &'a Estimate,
    elsewhere: &'a [Elsewhere],
}

/// Prints the estimate and the same job elsewhere.
pub(super) fn run(args: &EstimateArgs) -> Outcome {
    let now = jiff::Timestamp::now().as_microsecond();
    let start = Utc::from_us(u64::try_from(now).unwrap_or(0));
    let (estimate, elsewhere) = args.estimate(start)?;
    let text = if args.json {
        json(&EstimateJson { estimate: &estimate, elsewhere: &elsewhere })?
    } else {
        text::text(&estimate, &elsewhere)
    };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

impl EstimateArgs {
    fn estimate(&self, start: Utc) -> Result<(Estimate, Vec<Elsewhere>), CliError> {
        let job = self.job()?;
        let estimate = Estimate::of(&job, &self.place.pricer()?, start).map_err(CliError::input)?;
        let candidates = if self.compare.is_empty() {
            Candidates::CleanerThan { from: self.place.zone().unwrap_or_default(), top: self.top }
        } else {
            Candidates::Named(&self.compare)
        };
        let elsewhere = elsewhere(&estimate, candidates).map_err(CliError::input)?;
        for name in &self.compare {
            if elsewhere.iter().all(|job| job.place != *name) {
                super::tell(&format!(
                    "{name} is left out: no {} factor is known there, and bases do not compare",
                    basis(estimate.factor.basis)
                ));
            }
        }
        Ok((estimate, elsewhere))
    }

    fn job(&self) -> Result<Job, CliError> {
        let load = percent("--load", &self.load)?;
        let gpu_load = percent("--gpu-load", &self.gpu_load)?;
        let mut job = Job::new(self.duration()?);
        if self.cpu.is_some() || self.cpus.is_some() || self.gpu.is_empty() {
            let (model, cpus) = self.processor()?;
            job = job.with_cpus(&model, cpus, load);
        }
        if let Some(gib) = &self.memory {
            let mib = scaled(gib, 1024, MOST_GIB).ok_or_else(|| {
                CliError::input(format!("--memory `{gib}` is not a size in GiB; write 64 or 0.5"))
            })?;
            job = job.with_memory_mib(mib);
        }
        for name in &self.gpu {
            let gpus = gpu_model::parse(name)
                .map_err(|error| CliError::input(format!("--gpu: {error}")))?;
            job = job.with_gpus(&gpus, gpu_load);
        }
        Ok(job)
    }

    fn duration(&self) -> Result<Duration, CliError> {
        let bad = || {
            CliError::input(format!(
                "--hours `{}`: write a number of hours above 0, such as 24 or 1.5, with --runs at most {MOST_HOURS} in all",
                self.hours
            ))
        };
        let us =
            scaled(&self.hours, 3_600_000_000, MOST_HOURS).filter(|us| *us > 0).ok_or_else(bad)?;
        let all = us
            .checked_mul(u64::from(self.runs))
            .filter(|us| *us > 0 && us / 3_600_000_000 <= MOST_HOURS);
        all.map(Duration::from_micros).ok_or_else(bad)
    }

    /// The processor and how many CPUs of it.
    fn processor(&self) -> Result<(CpuModel, u32), CliError> {
        let wanted = self.cpus.as_deref().map(Cpus::parse).transpose()?;
        let Some(name) = &self.cpu else {
            let model = CpuModel::detect(&Roots::default());
            let cpus = wanted.map_or(model.logical_cpus, |wanted| wanted.count);
            if cpus > model.logical_cpus {
                return Err(CliError::input(format!(
                    "--cpus {cpus}: this machine has {}; name another processor with --cpu",
                    model.logical_cpus
                )));
            }
            return Ok((model, cpus));
        };
        let unknown = || {
            CliError::input(format!(
                "--cpu `{name}` has no known design power; name the model as `lscpu` does, such as \"AMD EPYC 7763\""
            ))
        };
        let found = lookup(name).ok_or_else(unknown)?;
        let (model, cpus) = match wanted {
            None => {
                let all = found.threads.unwrap_or(1).max(1);
                (CpuModel::of_share(name, all, all), all)
            }
            Some(Cpus { count, of: Some(threads) }) => {
                (CpuModel::of_share(name, count, threads), count)
            }
            Some(Cpus { count, of: None }) => (CpuModel::of_slice(name, count), count),
        };
        let model = model.ok_or_else(unknown)?;
        if model.quality == Quality::Assumed {
            super::tell(&format!(
                "how many hardware threads {name} has is not known; write --cpus {cpus}/N for {cpus} of its N"
            ));
        }
        Ok((model, cpus))
    }
}

/// CPUs of a processor, and how many that has where the user says so.
struct Cpus {
    count: u32,
    of: Option<u32>,
}

impl Cpus {
    fn parse(text: &str) -> Result<Self, CliError> {
        let number = |text: &str| text.trim().parse::<u32>().ok().filter(|number| *number > 0);
        let parsed = match text.split_once('/') {
            None => number(text).map(|count| Self { count, of: None }),
            Some((count, of)) => number(count)
                .zip(number(of))
                .filter(|(count, of)| count <= of)
                .map(|(count, of)| Self { count, of: Some(of) }),
        };
        parsed.ok_or_else(|| {
            CliError::input(format!(
                "--cpus `{text}`: write a number such as 64, or 64/128 for 64 of 128"
            ))
        })
    }
}

/// A thousand years.
const MOST_HOURS: u64 = 8_766_000;
/// A thousand machines of a pebibyte.
const MOST_GIB: u64 = 1 << 30;

fn percent(option: &str, text: &str) -> Result<Load, CliError> {
    scaled(text.trim().trim_end_matches('%'), 10_000, 100)
        .and_then(|millionths| u32::try_from(millionths).ok())
        .and_then(Load::from_millionths)
        .ok_or_else(|| {
            CliError::input(format!("{option} `{text}` is not between 0 and 100 percent"))
        })
}

/// A decimal number from 0 to `most`, times `scale`, rounded.
fn scaled(text: &str, scale: u64, most: u64) -> Option<u64> {
    let number: Decimal = text.trim().parse().ok()?;
    let in_range = !number.is_sign_negative() && number <= Decimal::from(most);
    in_range.then_some(number)?.checked_mul(Decimal::from(scale))?.round().to_u64()
}
