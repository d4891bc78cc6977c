//! Reports as CSV in the columns that users of other tools have notebooks for.
//!
//! The columns and the form of their values follow eco2AI 0.3.12 and
//! CodeCarbon 3.3.2. As in both, energies include the PUE, and a project without
//! a name has the one that they give it. What was not measured stays empty:
//! neither zero nor a guess. A cost is zero where there was no tariff.

mod codecarbon;
mod eco2ai;

use wattcast_core::grid::{Zone, lookup};

use super::number::short_decimal;
use super::run::RunReport;
use crate::grid::find;

/// A shape of CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsvShape {
    /// The 13 columns of eco2AI; one row for each mark and one for the rest.
    Eco2Ai,
    /// The 38 columns of CodeCarbon; one row for each run.
    CodeCarbon,
}

/// Runs as CSV with a header.
#[must_use]
pub fn to_csv(shape: CsvShape, runs: &[RunReport]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail, and every row has the header's length.
    match shape {
        CsvShape::Eco2Ai => {
            let _ = writer.write_record(eco2ai::COLUMNS);
            for row in runs.iter().flat_map(eco2ai::rows) {
                let _ = writer.write_record(row);
            }
        }
        CsvShape::CodeCarbon => {
            let _ = writer.write_record(codecarbon::COLUMNS);
            for row in runs.iter().map(codecarbon::row) {
                let _ = writer.write_record(row);
            }
        }
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Millionths of a µJ in a kilowatt-hour: energy in µJ × PUE in millionths
/// over this is kWh.
const KWH: u128 = 3_600_000_000_000_000_000;
/// Micrograms in a kilogram.
const KG: u128 = 1_000_000_000;

/// Energy in kWh with the PUE, to 15 decimals (3.6 nJ).
fn kwh(energy_uj: u128, pue_millionths: u32) -> String {
    short_decimal(energy_uj.saturating_mul(pue_millionths.into()), KWH, 15)
}

/// Mass in kg.
fn kg(carbon_ug: u128) -> String {
    short_decimal(carbon_ug, KG, 9)
}

/// Time in seconds.
fn seconds(us: u64) -> String {
    short_decimal(us.into(), 1_000_000, 6)
}

/// The place of a run in the terms of others. Empty where it is not known.
#[derive(Default)]
struct Site {
    country: &'static str,
    country_code: String,
    country_alpha3: &'static str,
    region: &'static str,
}

impl Site {
    fn of(run: &RunReport) -> Self {
        let Ok(place) = find(&run.zone) else { return Self::default() };
        let country_code = place.code().split('-').next().unwrap_or_default();
        let country = find(country_code).map_or("", |country| country.name());
        let alpha3 = lookup(country_code).ok().and_then(Zone::alpha3);
        Self {
            country,
            country_code: country_code.to_owned(),
            country_alpha3: alpha3.unwrap_or_default(),
            region: if place.code() == country_code { "" } else { place.name() },
        }
    }
}

fn attribute<'a>(run: &'a RunReport, key: &str) -> &'a str {
    run.attributes.get(key).map_or("", String::as_str)
}

/// The accelerators of a run: how many, and the name of the first.
fn gpus(run: &RunReport) -> (usize, &str) {
    let names = || attribute(run, "gpu").lines().filter(|name| !name.trim().is_empty());
    (names().count(), names().next().unwrap_or_default())
}
