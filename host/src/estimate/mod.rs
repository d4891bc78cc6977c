//! What a job will cost, before it runs: hardware × time × load, priced like a
//! run that begins at a moment, and the same job in cleaner places.
//!
//! ```
//! use std::time::Duration;
//! use wattcast::estimate::{Estimate, Job, Load};
//! use wattcast::pricing::{Intensity, Pricer};
//! use wattcast::source::gpu_model;
//! use wattcast_core::units::{Basis, Pue, Utc};
//!
//! let gpus = gpu_model::parse("A100 x4")?;
//! let job = Job::new(Duration::from_secs(24 * 3600)).with_gpus(&gpus, Load::FULL);
//! let here = Intensity::of_zone("DE", Basis::LifeCycle)?;
//! let pricer = Pricer { intensity: here, pue: Pue::ONE, tariff: None };
//! let estimate = Estimate::of(&job, &pricer, Utc::from_us(0))?;
//! assert_eq!(estimate.energy_uj / 3_600_000_000, 38_400); // Wh
//! assert!(estimate.carbon_low_ug < estimate.carbon_ug);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod elsewhere;
mod job;
#[cfg(test)]
mod tests;

use serde::Serialize;
use wattcast_core::ledger::LedgerError;
use wattcast_core::units::{Energy, Quality, Utc};
use wattcast_core::wire::record::IntensitySource;

use crate::grid;
use crate::pricing::Pricer;
use crate::report::Factor;

pub use elsewhere::{Candidates, Elsewhere, elsewhere};
pub use job::{Job, JobPart, Load};

/// Identifies the shape of an estimate in JSON; fields are only ever added.
pub const SCHEMA: &str = "wattcast-estimate-1";

/// What a job will cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// How long the job takes.
    pub duration_us: u64,
    /// Sum of the parts, before PUE.
    pub energy_uj: u64,
    /// The true energy is at least this.
    pub energy_low_uj: u64,
    /// The true energy is at most this.
    pub energy_high_uj: u64,
    /// Carbon of the energy × PUE.
    pub carbon_ug: u64,
    /// Carbon of the least energy by the least factor of that basis.
    pub carbon_low_ug: u64,
    /// Carbon of the most energy by the greatest factor of that basis.
    pub carbon_high_ug: u64,
    /// Code of the zone, empty where none was named.
    pub zone: String,
    /// The carbon intensity. `least` and `most` are what the sources for this
    /// zone and basis span.
    pub factor: Factor,
    /// Overhead of the site.
    pub pue_millionths: u32,
    /// Cost of the energy × PUE, where there is a tariff.
    pub cost_micro: Option<i64>,
    /// The currency of the tariff.
    pub currency: Option<String>,
    /// What draws the energy.
    pub parts: Vec<Part>,
}

/// A part of an estimate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its name, as in a run's report.
    pub name: String,
    /// How its numbers come about; never measured.
    pub quality: Quality,
    /// Source and formula in words.
    pub method: String,
    /// Its energy.
    pub energy_uj: u64,
    /// The true energy is at least this.
    pub energy_low_uj: u64,
    /// The true energy is at most this.
    pub energy_high_uj: u64,
}

/// Why a job cannot be estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EstimateError {
    /// More energy than can be reckoned with: 2.5 GWh.
    #[error("the job needs more than 2.5 GWh; estimate a part of it")]
    TooLarge,
    /// The ledger cannot price it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Estimate {
    /// Prices a job that begins at `start` and draws its power evenly.
    ///
    /// # Errors
    ///
    /// [`EstimateError`] where a sum does not fit.
    pub fn of(job: &Job, pricer: &Pricer, start: Utc) -> Result<Self, EstimateError> {
        let parts: Vec<_> = job
            .parts
            .iter()
            .map(|part| part.over(job.duration_us))
            .collect::<Option<_>>()
            .ok_or(EstimateError::TooLarge)?;
        let sum = |of: fn(&Part) -> u64| {
            let total = parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(of(part)));
            total.filter(|uj| i64::try_from(*uj).is_ok()).ok_or(EstimateError::TooLarge)
        };
        let energy_uj = sum(|part| part.energy_uj)?;
        let energy_low_uj = sum(|part| part.energy_low_uj)?;
        let energy_high_uj = sum(|part| part.energy_high_uj)?;
        let price = |uj: u64| {
            let energy = Energy::from_uj(i64::try_from(uj).unwrap_or(i64::MAX));
            pricer.price(energy, job.duration_us, start)
        };
        let (stated, low, high) =
            (price(energy_uj)?, price(energy_low_uj)?, price(energy_high_uj)?);
        let factor = factor(pricer, energy_uj, stated.carbon.as_ug());
        let scaled = |ug: u64, factor_to: u32| scale(ug, factor_to, factor.value);
        Ok(Self {
            schema: SCHEMA,
            duration_us: job.duration_us,
            energy_uj,
            energy_low_uj,
            energy_high_uj,
            carbon_ug: stated.carbon.as_ug(),
            carbon_low_ug: scaled(low.carbon.as_ug(), factor.least),
            carbon_high_ug: scaled(high.carbon.as_ug(), factor.most),
            zone: pricer.intensity.zone.clone(),
            pue_millionths: pricer.pue.as_millionths(),
            cost_micro: pricer.tariff.as_ref().map(|_| stated.cost.as_micro()),
            currency: pricer.tariff.as_ref().map(|tariff| tariff.currency.clone()),
            factor,
            parts,
        })
    }
}

/// The factor of an estimate: by the hours of a series, their mean.
fn factor(pricer: &Pricer, energy_uj: u64, carbon_ug: u64) -> Factor {
    let intensity = &pricer.intensity;
    let is_series = !intensity.series.is_empty();
    let site = u128::from(energy_uj) * u128::from(pricer.pue.as_millionths());
    let mean = (u128::from(carbon_ug) * UJ_PPM_PER_KWH_MG).checked_div(site);
    let value = match mean.filter(|_| is_series).map(u32::try_from) {
        Some(Ok(mean)) => mean,
        _ => intensity.value.as_mg_per_kwh(),
    };
    let published = || {
        let code = match intensity.fallback {
            IntensitySource::Yearly => intensity.zone.as_str(),
            IntensitySource::World => "WORLD",
            _ => return None,
        };
        let place = grid::find(code).ok().filter(|_| !is_series)?;
        let values = place.factors().filter(|factor| factor.basis == intensity.basis);
        // A published 0 leaves every life-cycle out and is no bound.
        let values: Vec<_> =
            values.map(|factor| factor.intensity.as_mg_per_kwh()).filter(|mg| *mg > 0).collect();
        Some((*values.iter().min()?, *values.iter().max()?))
    };
    let (least, most) = published().unwrap_or((value, value));
    Factor {
        value,
        unit: "mg/kWh",
        least: least.min(value),
        most: most.max(value),
        year: Some(intensity.year).filter(|year| *year > 0),
        basis: intensity.basis,
        source: intensity.name.clone(),
        kind: intensity.source,
    }
}

/// µJ × millionths of PUE × mg/kWh that come to one µg.
const UJ_PPM_PER_KWH_MG: u128 = 3_600_000_000_000_000;

/// `amount × to / from`, the amount itself where `from` is 0.
fn scale(amount: u64, to: u32, from: u32) -> u64 {
    let scaled = (u128::from(amount) * u128::from(to)).checked_div(u128::from(from));
    scaled.map_or(amount, |scaled| u64::try_from(scaled).unwrap_or(u64::MAX))
}
