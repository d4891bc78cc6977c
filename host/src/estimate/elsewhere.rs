//! The same job in other places.

use serde::Serialize;
use wattcast_core::grid::{Factor, cloud_regions};

use super::{Estimate, scale};
use crate::grid::{Place, UnknownPlace, find};

/// The job in another place, with the same energy and PUE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Elsewhere {
    /// The place as it was named: a cloud region or a code.
    pub place: String,
    /// Code of its zone.
    pub zone: &'static str,
    /// Name of its zone.
    pub name: &'static str,
    /// Its factor in mgCO2e/kWh, of the basis of the estimate.
    pub mg_per_kwh: u32,
    /// The year of the factor.
    pub year: Option<u16>,
    /// Where the factor comes from.
    pub source: &'static str,
    /// What the job would emit there.
    pub carbon_ug: u64,
    /// Share of the estimate's carbon that it saves, in millionths; negative
    /// where it emits more.
    pub saved_ppm: i64,
}

/// Where else the job could run.
#[derive(Clone, Copy, Debug)]
pub enum Candidates<'a> {
    /// The cleanest regions: of the provider where `from` names one of its
    /// regions, else of every provider. Only those cleaner than the estimate,
    /// and at most `top`.
    CleanerThan {
        /// The place of the estimate, as the user named it.
        from: &'a str,
        /// How many at most.
        top: usize,
    },
    /// These places, however clean.
    Named(&'a [String]),
}

/// The job of an estimate in other places, the cleanest first. A place without
/// a factor of the estimate's basis is left out: bases do not compare.
///
/// # Errors
///
/// [`UnknownPlace`] where a named candidate is not known.
pub fn elsewhere(
    estimate: &Estimate,
    candidates: Candidates<'_>,
) -> Result<Vec<Elsewhere>, UnknownPlace> {
    let basis = estimate.factor.basis;
    let job_in = |place: String, found: &Place| {
        let factor = found.factor(basis)?;
        Some(estimate.job_in(place, &factor))
    };
    let mut jobs: Vec<Elsewhere> = match candidates {
        Candidates::Named(names) => {
            let places = names.iter().map(|name| Ok((name.clone(), find(name)?)));
            let places = places.collect::<Result<Vec<_>, UnknownPlace>>()?;
            places.into_iter().filter_map(|(name, place)| job_in(name, &place)).collect()
        }
        Candidates::CleanerThan { from, .. } => regions_beside(from)
            .filter_map(|region| job_in(region.clone(), &find(&region).ok()?))
            .filter(|job| job.mg_per_kwh < estimate.factor.value)
            .collect(),
    };
    jobs.sort_by(|a, b| a.mg_per_kwh.cmp(&b.mg_per_kwh).then_with(|| a.place.cmp(&b.place)));
    if let Candidates::CleanerThan { top, .. } = candidates {
        // One region of a zone stands for the others there.
        jobs.dedup_by_key(|job| job.zone);
        jobs.truncate(top);
    }
    Ok(jobs)
}

impl Estimate {
    fn job_in(&self, place: String, factor: &Factor) -> Elsewhere {
        let mg_per_kwh = factor.intensity.as_mg_per_kwh();
        let (here, there) = (i64::from(self.factor.value), i64::from(mg_per_kwh));
        Elsewhere {
            place,
            zone: factor.zone,
            name: factor.name,
            mg_per_kwh,
            year: Some(factor.year).filter(|year| *year > 0),
            source: factor.source.name(),
            carbon_ug: scale(self.carbon_ug, mg_per_kwh, self.factor.value),
            saved_ppm: ((here - there) * 1_000_000).checked_div(here).unwrap_or(0),
        }
    }
}

/// Regions of the provider of `from`, of all where it is no region.
fn regions_beside(from: &str) -> impl Iterator<Item = String> {
    let from = from.trim().to_ascii_lowercase();
    let named = cloud_regions().find(|(provider, region, _)| {
        from == *region
            || from.strip_prefix(provider).and_then(|rest| rest.strip_prefix(':')) == Some(region)
    });
    let provider = named.map(|(provider, ..)| provider);
    cloud_regions()
        .filter(move |(known, ..)| provider.is_none_or(|provider| provider == *known))
        .map(|(provider, region, _)| format!("{provider}:{region}"))
}
