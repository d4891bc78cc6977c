//! The zones of Electricity Maps among the others; nothing without its feature.

use wattcast_core::grid::{Factor, FactorSource};
use wattcast_core::units::Basis;

/// Whether a table's row stands behind that of Electricity Maps: means of
/// countries are by those who gather them, but for a part of a country the
/// power that flows in counts, and mixes of what it generates leave that out.
pub(super) fn comes_before(row: &Factor) -> bool {
    let national =
        matches!(row.source, FactorSource::Ember | FactorSource::Owid | FactorSource::OwidMix);
    !national || row.basis == Basis::Direct || row.intensity.as_mg_per_kwh() == 0
}

#[cfg(feature = "electricity-maps")]
mod table {
    use wattcast_core::grid::{Factor, FactorSource, lookup};
    use wattcast_core::units::{Basis, CarbonIntensity};
    use wattcast_electricity_maps::{YEAR, zone, zone_of_cloud, zones};

    pub(in super::super) fn factor(code: &str) -> Option<Factor> {
        let zone = zone(code)?;
        Some(Factor {
            zone: zone.code,
            name: zone.name,
            year: YEAR,
            basis: Basis::LifeCycle,
            intensity: CarbonIntensity::from_mg_per_kwh(u32::from(zone.g_per_kwh) * 1000),
            source: FactorSource::ElectricityMaps,
        })
    }

    pub(in super::super) fn codes() -> impl Iterator<Item = &'static str> {
        zones().map(|zone| zone.code)
    }

    /// The grid zone of a cloud region.
    pub(in super::super) fn grid_of_cloud(region: &str) -> Option<&'static str> {
        // Only a region leads to a zone that is not its own code.
        if lookup(region).is_ok_and(|zone| zone.code().eq_ignore_ascii_case(region)) {
            return None;
        }
        let region = region.to_ascii_lowercase();
        if region.contains(':') {
            return zone_of_cloud(&region);
        }
        ["aws", "azure", "gcp"]
            .iter()
            .find_map(|provider| zone_of_cloud(&format!("{provider}:{region}")))
    }
}

#[cfg(not(feature = "electricity-maps"))]
mod table {
    use wattcast_core::grid::Factor;

    pub(in super::super) fn factor(_: &str) -> Option<Factor> {
        None
    }

    pub(in super::super) fn codes() -> impl Iterator<Item = &'static str> {
        std::iter::empty()
    }

    pub(in super::super) fn grid_of_cloud(_: &str) -> Option<&'static str> {
        None
    }
}

pub(super) use table::{codes, factor, grid_of_cloud};
