//! Carbon intensity as comma-separated values.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord, Trim};
use wattcast_core::units::Basis;

use super::entsoe::Layout;
use super::number::{Clock, Unit, intensity, moment};
use super::{HistoryError, Point, ReadOptions};

/// Which columns hold what.
struct Columns {
    time: usize,
    value: usize,
    zone: Option<usize>,
    unit: Unit,
    basis: Basis,
}

/// The slots of each zone; the name is empty where the file tells none.
type Zones = BTreeMap<String, Vec<Point>>;

/// Parses any of the known shapes.
pub(super) fn parse(
    file: &str,
    text: &str,
    options: &ReadOptions,
) -> Result<(Basis, Zones), HistoryError> {
    let delimiter = delimiter(text);
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = reader.records();
    let row_error =
        |line: u64, reason: String| HistoryError::Row { file: file.into(), line, reason };

    let Some(first) = rows.next() else {
        return Err(HistoryError::Shape { file: file.into(), reason: "the file is empty".into() });
    };
    let first = first.map_err(|e| row_error(1, e.to_string()))?;
    if let Some(layout) = Layout::of(&first) {
        if options.basis == Basis::Direct {
            let reason = "generation by type gives life-cycle intensities, not direct ones";
            return Err(HistoryError::Shape { file: file.into(), reason: reason.into() });
        }
        return Ok((Basis::LifeCycle, layout.parse(file, rows, options)?));
    }
    let headless = first.get(0).is_some_and(|t| moment(t, &options.time_zone).is_ok());
    let columns = if headless {
        Columns { time: 0, value: 1, zone: None, unit: Unit::GramPerKwh, basis: options.basis }
    } else {
        Columns::from_header(&first, options.basis)
            .map_err(|reason| HistoryError::Shape { file: file.into(), reason })?
    };

    let mut zones = Zones::new();
    let mut clock = Clock::new(&options.time_zone);
    let head = headless.then_some(Ok(first));
    for row in head.into_iter().chain(rows) {
        let row = row.map_err(|e| {
            let line = e.position().map_or(0, csv::Position::line);
            row_error(line, format!("not UTF-8 or a broken quote ({e})"))
        })?;
        let line = row.position().map_or(1, csv::Position::line);
        let point = columns.point(&row, &mut clock).map_err(|reason| row_error(line, reason))?;
        let Some(point) = point else { continue };
        let zone = columns.zone.and_then(|z| row.get(z)).unwrap_or_default();
        match zones.get_mut(zone) {
            Some(points) => points.push(point),
            None => {
                zones.insert(zone.to_owned(), vec![point]);
            }
        }
    }
    Ok((columns.basis, zones))
}

impl Columns {
    fn from_header(header: &StringRecord, wanted: Basis) -> Result<Self, String> {
        let names: Vec<String> = header.iter().map(str::to_lowercase).collect();
        let find = |test: &dyn Fn(&str) -> bool| names.iter().position(|n| test(n));
        let time = find(&|n| {
            ["time", "date", "timestamp", "from", "hour", "period"].iter().any(|k| n.starts_with(k))
                || n.contains("(utc)")
        })
        .ok_or("no column of times in the header")?;
        let zone = find(&|n| n == "zone id" || n == "zone" || n == "zone_id" || n == "region");

        if let Some(value) = find(&|n| n.starts_with("moer")) {
            let unit = Unit::PoundPerMwh;
            return Ok(Self { time, value, zone, unit, basis: Basis::Marginal });
        }
        let unit = Unit::GramPerKwh;
        let is_intensity = |n: &str| {
            n.contains("intensity") || n.contains("gco2") || n.contains("g/kwh") || n == "ci"
        };
        let basis_of = |n: &str| {
            if n.contains("direct") {
                Some(Basis::Direct)
            } else if n.contains("lca") || n.contains("life") {
                Some(Basis::LifeCycle)
            } else {
                None
            }
        };
        let value = find(&|n| is_intensity(n) && basis_of(n) == Some(wanted))
            .or_else(|| find(&|n| is_intensity(n) && basis_of(n).is_none()))
            .or_else(|| (names.len() == 2).then_some(1 - time.min(1)));
        if let Some(value) = value {
            return Ok(Self { time, value, zone, unit, basis: wanted });
        }
        Err("no column of carbon intensity of the wanted basis in the header".into())
    }

    /// The point of a row; `None` where its value is missing.
    fn point(&self, row: &StringRecord, clock: &mut Clock<'_>) -> Result<Option<Point>, String> {
        if row.iter().all(str::is_empty) {
            return Ok(None);
        }
        let time = row.get(self.time).ok_or("no time in this row")?;
        let zone = self.zone.and_then(|z| row.get(z)).unwrap_or_default();
        let start = clock.moment(time, zone)?;
        match row.get(self.value) {
            None => Err("no value in this row; leave the field empty where it is missing".into()),
            Some("" | "NaN" | "nan" | "null" | "NA" | "n/e" | "-") => Ok(None),
            Some(value) => Ok(Some(Point { start, intensity: intensity(value, self.unit)? })),
        }
    }
}

/// The separator that the first line uses most.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|&d| (first.bytes().filter(|&b| b == d).count(), d == b','))
        .unwrap_or(b',')
}
