//! Codes of places, and the factors behind them.

use wattcast_core::grid::{self, Factor};
use wattcast_core::units::Basis;
use wattcast_core::wire::record::IntensitySource;

use super::CliError;
use crate::metering::Intensity;

/// The yearly factor of a place.
pub(super) fn factor(code: &str, basis: Basis) -> Result<Intensity, CliError> {
    let zone = grid::lookup(code).map_err(CliError::input)?;
    let factor = zone.factor(basis).unwrap_or_else(|| zone.best());
    Ok(intensity(zone.code(), &factor, IntensitySource::Yearly))
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
