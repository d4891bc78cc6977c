//! Yearly carbon intensity of grid zones, by Electricity Maps.
//!
//! The data is under the [Open Database License 1.0], unlike the rest of the
//! workspace, and so stands in a crate of its own. Whoever shows it credits
//! Electricity Maps: [`ATTRIBUTION`]. Its values are life-cycle and follow the
//! power that flows between zones.
//!
//! ```
//! let zone = wattcast_electricity_maps::zone("US-CAL-CISO").unwrap();
//! assert_eq!((zone.name, zone.g_per_kwh), ("CAISO", 208));
//! assert_eq!(wattcast_electricity_maps::zone_of_cloud("aws:us-west-1"), Some("US-CAL-CISO"));
//! ```
//!
//! [Open Database License 1.0]: https://opendatacommons.org/licenses/odbl/1-0/
#![no_std]
#![forbid(unsafe_code)]

#[rustfmt::skip]
mod profiles;
#[rustfmt::skip]
mod table;

pub use table::YEAR;

/// What a report that shows these values says.
pub const ATTRIBUTION: &str = "Electricity Maps (www.electricitymaps.com), ODbL 1.0";

/// A grid zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its code: `DE`, `US-CAL-CISO`.
    pub code: &'static str,
    /// Its English name.
    pub name: &'static str,
    /// Mean life-cycle carbon intensity of [`YEAR`] in gCO2e/kWh.
    pub g_per_kwh: u16,
}

/// The zone of a code in capital letters.
#[must_use]
pub fn zone(code: &str) -> Option<Zone> {
    let at = table::ZONES.binary_search_by(|(known, ..)| (*known).cmp(code)).ok()?;
    table::ZONES.get(at).map(|row| Zone::from_row(*row))
}

/// Every zone in order of code.
pub fn zones() -> impl Iterator<Item = Zone> {
    table::ZONES.iter().map(|row| Zone::from_row(*row))
}

/// How a typical day of a zone, or of a country as the mean of its zones, looks
/// by month, from hourly values of 2021 and 2022: a row for
/// `wattcast_core::forecast::Profile::from_row`, whose module specifies it.
///
/// Zones of which `wattcast-core` has a row of its own have none here.
#[must_use]
pub fn typical_day(code: &str) -> Option<&'static [u8; 172]> {
    let at = profiles::ROWS.binary_search_by(|(known, _)| (*known).cmp(code)).ok()?;
    profiles::ROWS.get(at).map(|(_, row)| row)
}

/// The code of the zone that feeds a cloud region, given with its provider.
#[must_use]
pub fn zone_of_cloud(region: &str) -> Option<&'static str> {
    let at = table::CLOUD.binary_search_by(|(known, _)| (*known).cmp(region)).ok()?;
    table::CLOUD.get(at).map(|(_, zone)| *zone)
}

impl Zone {
    fn from_row((code, name, g_per_kwh): (&'static str, &'static str, u16)) -> Self {
        Self { code, name, g_per_kwh }
    }
}
