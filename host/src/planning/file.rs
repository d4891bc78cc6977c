//! Forecasts that somebody else made: `timestamp_utc,zone,gco2_per_kwh`, and
//! the range in `p10_gco2_per_kwh` and `p90_gco2_per_kwh` where there is one.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::tz::TimeZone;
use wattcast_core::units::{Basis, CarbonIntensity};

use super::forecasts::{Origin, ZoneForecast};
use crate::intensity::{HistoryError, grams_per_kwh, moment, read_text};

/// No forecast reaches further than this from its first value: ten years.
const LONGEST_S: u64 = 315_360_000;

/// The values of a row: expected, low, high.
type Values = [Option<CarbonIntensity>; 3];

/// Where the columns are.
struct Columns {
    time: usize,
    zone: Option<usize>,
    values: [Option<usize>; 3],
}

/// Reads a file; all zones in it, in the order of their names.
pub(super) fn read(
    path: &Path,
    time_zone: &TimeZone,
    basis: Basis,
) -> Result<Vec<ZoneForecast>, HistoryError> {
    let file = path.display().to_string();
    let text = read_text(path)
        .map_err(|e| HistoryError::Unreadable { file: file.clone(), reason: e.to_string() })?;
    parse(&file, &text, time_zone, basis)
}

/// The same from text.
pub(super) fn parse(
    file: &str,
    text: &str,
    time_zone: &TimeZone,
    basis: Basis,
) -> Result<Vec<ZoneForecast>, HistoryError> {
    let row_error = |line, reason| HistoryError::Row { file: file.to_owned(), line, reason };
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().map_err(|error| row_error(1, error.to_string()))?;
    let columns = Columns::of(header)
        .ok_or_else(|| HistoryError::Shape {
            file: file.to_owned(),
            reason: "a forecast has the columns timestamp_utc,zone,gco2_per_kwh and may have p10_gco2_per_kwh,p90_gco2_per_kwh".to_owned(),
        })?;
    let mut zones: BTreeMap<String, BTreeMap<u64, Values>> = BTreeMap::new();
    for row in reader.records() {
        let row = row.map_err(|error| {
            row_error(error.position().map_or(0, csv::Position::line), error.to_string())
        })?;
        let line = row.position().map_or(0, csv::Position::line);
        let cell = |column: usize| row.get(column).unwrap_or_default();
        let start =
            moment(cell(columns.time), time_zone).map_err(|reason| row_error(line, reason))?;
        let mut values = Values::default();
        for (value, column) in values.iter_mut().zip(columns.values) {
            let text = column.map_or("", cell);
            if !matches!(text, "" | "NaN" | "nan" | "null" | "NA") {
                let given = grams_per_kwh(text).map_err(|reason| row_error(line, reason))?;
                *value = Some(given);
            }
        }
        let zone = columns.zone.map_or("", cell).to_owned();
        let slots = zones.entry(zone).or_default();
        if slots.insert(start.as_us() / 1_000_000, values).is_some() {
            return Err(row_error(line, "the same time and zone a second time".to_owned()));
        }
    }
    let made = |(zone, slots)| series(file, zone, &slots, basis);
    let zones = zones.into_iter().map(made).collect::<Result<Vec<_>, _>>()?;
    if zones.is_empty() {
        let reason = "it holds no values".to_owned();
        return Err(HistoryError::Shape { file: file.to_owned(), reason });
    }
    Ok(zones)
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Option<Self> {
        let find = |names: &[&str]| {
            header.iter().position(|name| names.contains(&name.to_lowercase().as_str()))
        };
        Some(Self {
            time: find(&["timestamp_utc", "timestamp", "time", "datetime"])?,
            zone: find(&["zone", "zone_id", "zone id"]),
            values: [
                Some(find(&["gco2_per_kwh", "p50_gco2_per_kwh"])?),
                find(&["p10_gco2_per_kwh"]),
                find(&["p90_gco2_per_kwh"]),
            ],
        })
    }
}

/// Slots as long as the shortest step between two rows.
fn series(
    file: &str,
    zone: String,
    rows: &BTreeMap<u64, Values>,
    basis: Basis,
) -> Result<ZoneForecast, HistoryError> {
    let bad = |reason: &str| HistoryError::Shape {
        file: file.to_owned(),
        reason: format!("{reason} (zone `{zone}`)"),
    };
    let starts = || rows.keys().copied();
    let steps = starts().skip(1).zip(starts()).map(|(later, sooner)| later - sooner);
    let slot_s = steps.min().unwrap_or(3_600);
    let first = starts().next().unwrap_or(0);
    let last = starts().next_back().unwrap_or(first);
    if last - first > LONGEST_S {
        return Err(bad("its times lie more than ten years apart"));
    }
    if starts().any(|start| (start - first) % slot_s != 0) {
        return Err(bad("its times are not evenly spaced"));
    }
    let slots = usize::try_from((last - first) / slot_s + 1).unwrap_or(0);
    let mut columns = [vec![None; slots], vec![None; slots], vec![None; slots]];
    for (start, values) in rows {
        let slot = usize::try_from((start - first) / slot_s).unwrap_or(usize::MAX);
        for (column, value) in columns.iter_mut().zip(values) {
            if let Some(place) = column.get_mut(slot) {
                *place = *value;
            }
        }
    }
    let [expected, low, high] = columns;
    let known = |values: Vec<Option<CarbonIntensity>>| {
        if values.iter().any(Option::is_some) { values } else { Vec::new() }
    };
    Ok(ZoneForecast {
        basis,
        origin: Origin::File(file.to_owned()),
        start: wattcast_core::units::Utc::from_us(first.saturating_mul(1_000_000)),
        slot_s: u32::try_from(slot_s).unwrap_or(u32::MAX),
        low: known(low),
        high: known(high),
        expected,
        zone,
    })
}
