//! Codes of places, and the factors behind them.

use wattcast_core::grid::{self, Factor};
use wattcast_core::units::Basis;
use wattcast_core::wire::record::IntensitySource;

use super::CliError;
use crate::grid::{Place, find};
use crate::metering::Intensity;

/// The yearly factor of a place. A direct one stands in, and says so, where
/// nothing else is known; nothing stands in for a direct one.
pub(super) fn factor(code: &str, basis: Basis) -> Result<Intensity, CliError> {
    let place = find(code).map_err(CliError::input)?;
    let factor = place.factor(basis).or_else(|| stand_in(&place, basis)).ok_or_else(|| {
        CliError::input(format!(
            "--basis: no direct factor is known for {} ({}); leave it out for life-cycle",
            place.code(),
            place.name()
        ))
    })?;
    Ok(intensity(place.code(), &factor, IntensitySource::Yearly))
}

fn stand_in(place: &Place, basis: Basis) -> Option<Factor> {
    let factor = Some(place.best()).filter(|_| basis == Basis::LifeCycle)?;
    super::tell(&format!(
        "{} ({}) has only direct factors: without fuel supply and construction",
        place.code(),
        place.name()
    ));
    Some(factor)
}

/// The world's mean, for those who name no place.
pub(super) fn world() -> Intensity {
    intensity("", &grid::WORLD, IntensitySource::World)
}

fn intensity(zone: &str, factor: &Factor, source: IntensitySource) -> Intensity {
    Intensity {
        zone: zone.to_owned(),
        basis: factor.basis,
        name: factor.source.name().to_owned(),
        year: factor.year,
        source,
        value: factor.intensity,
        fallback: source,
        series: Vec::new(),
        series_end: None,
    }
}
