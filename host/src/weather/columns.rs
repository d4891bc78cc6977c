//! From rows of text to numbers.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord, Trim};
use jiff::tz::TimeZone;
use wattcast_core::forecast::Hour;

use super::Values;
use crate::intensity::{CENTURY_HOURS, HistoryError, moment};

/// By run, then by lead in hours.
pub(super) type Runs = BTreeMap<Hour, BTreeMap<u32, Values>>;

/// What the file holds.
pub(super) enum Rows {
    /// Runs of a forecast.
    Runs(Runs),
    /// One value per hour.
    Hourly(BTreeMap<Hour, Values>),
}

/// A column of one of the five values.
#[derive(Clone, Copy)]
struct Column {
    at: usize,
    /// The value of [`Weather`](wattcast_core::forecast::Weather) is
    /// `(x + offset) * scale`.
    offset: f64,
    scale: f64,
}

struct Columns {
    time: usize,
    lead: Option<usize>,
    values: [Column; 5],
}

/// Rows before the header, as downloads of Open-Meteo have them.
const MOST_PREAMBLE: usize = 10;

pub(super) fn read(file: &str, text: &str) -> Result<Rows, HistoryError> {
    let wrong = |reason: String| HistoryError::Weather { file: file.into(), reason };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = reader.records();
    let header = rows
        .by_ref()
        .take(MOST_PREAMBLE)
        .filter_map(Result::ok)
        .find(|row| row.iter().any(|cell| cell.to_lowercase().contains("wind")));
    let header = header.ok_or_else(|| wrong("no header that names a column of wind".to_owned()))?;
    let columns = Columns::find(&header).map_err(wrong)?;

    let (mut runs, mut hourly) = (Runs::new(), BTreeMap::new());
    for row in rows {
        let row = row.map_err(|e| wrong(e.to_string()))?;
        let line = row.position().map_or(1, csv::Position::line);
        let bad = |reason: String| HistoryError::Row { file: file.into(), line, reason };
        if row.iter().all(str::is_empty) {
            continue;
        }
        let values = columns.values(&row).map_err(bad)?;
        let start = columns.start(&row).map_err(bad)?;
        match columns.lead(&row).map_err(bad)? {
            Some(lead) => runs.entry(start).or_default().insert(lead, values),
            None => hourly.insert(start, values),
        };
    }
    let ends = |map: (Option<Hour>, Option<Hour>)| map.0.zip(map.1);
    let span = ends((runs.keys().next().copied(), runs.keys().next_back().copied()))
        .or_else(|| ends((hourly.keys().next().copied(), hourly.keys().next_back().copied())));
    if span.is_some_and(|(first, last)| last.as_hours() - first.as_hours() > CENTURY_HOURS) {
        return Err(wrong("it spans more than a century; a time must be wrong".to_owned()));
    }
    Ok(if columns.lead.is_some() { Rows::Runs(runs) } else { Rows::Hourly(hourly) })
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self, String> {
        let names: Vec<String> = header.iter().map(str::to_lowercase).collect();
        let find = |words: &[&str]| {
            let has = |name: &String| words.iter().any(|word| name.contains(word));
            names.iter().position(has)
        };
        let need = |what: &str, words: &[&str]| {
            find(words).ok_or_else(|| format!("no column of {what} in the header"))
        };
        let name = |at: usize| names.get(at).map_or("", String::as_str);
        let column = |at: usize, offset: f64, scale: f64| Column { at, offset, scale };
        let kelvin = |at: usize| {
            let celsius = name(at).ends_with("_c") || name(at).contains("°c");
            column(at, if celsius { 273.15 } else { 0.0 }, 100.0)
        };

        let lead = find(&["lead"]);
        let time = match lead {
            Some(_) => need("the beginning of runs", &["run"])?,
            None => need("times", &["time", "date", "hour"])?,
        };
        let wind = need("wind", &["wind"])?;
        let wind_scale = if name(wind).contains("km") { 100.0 / 3.6 } else { 100.0 };
        let temperature = names.iter().position(|n| n.contains("temp") && !n.contains("dew"));
        let temperature = temperature.ok_or("no column of temperature in the header")?;
        let dew_point = need("the dew point", &["dew"])?;
        let sun = need("irradiance", &["dswrf", "shortwave", "irradiance", "ghi"])?;
        let rain = need("precipitation", &["precip", "rain"])?;
        // Open-Meteo writes the sum of an hour, weather models that of three.
        let rain_scale = if name(rain).contains("(mm)") { 3_000.0 } else { 1_000.0 };
        Ok(Self {
            time,
            lead,
            values: [
                column(wind, 0.0, wind_scale),
                kelvin(temperature),
                kelvin(dew_point),
                column(sun, 0.0, 10.0),
                column(rain, 0.0, rain_scale),
            ],
        })
    }

    fn start(&self, row: &StringRecord) -> Result<Hour, String> {
        let text = row.get(self.time).ok_or("no time in this row")?;
        let at = moment(text, &TimeZone::UTC)?;
        let hour = Hour::containing(at);
        if hour.start() == at { Ok(hour) } else { Err(format!("`{text}` is no whole hour")) }
    }

    fn lead(&self, row: &StringRecord) -> Result<Option<u32>, String> {
        let Some(at) = self.lead else { return Ok(None) };
        let text = row.get(at).unwrap_or_default();
        let lead: u32 = text.parse().map_err(|_| format!("`{text}` is no lead in whole hours"))?;
        if lead > MOST_LEAD {
            return Err(format!("a lead of {lead} h is longer than any forecast"));
        }
        Ok(Some(lead))
    }

    fn values(&self, row: &StringRecord) -> Result<Values, String> {
        let mut values = [None; 5];
        for (value, column) in values.iter_mut().zip(&self.values) {
            let text = row.get(column.at).unwrap_or_default();
            if matches!(text, "" | "NaN" | "nan" | "null" | "NA") {
                continue;
            }
            let number: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
            if !number.is_finite() {
                return Err(format!("`{text}` is no number"));
            }
            *value = Some(bounded((number + column.offset) * column.scale));
        }
        Ok(values)
    }
}

/// Sixteen days, as far as any run of a weather model reaches.
const MOST_LEAD: u32 = 384;

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within the range by then"
)]
fn bounded(value: f64) -> u16 {
    value.round_ties_even().clamp(0.0, f64::from(u16::MAX)) as u16
}
