//! Carbon intensity over time, from files in the shapes that people have.
//!
//! | shape | recognised by | basis |
//! | --- | --- | --- |
//! | two columns | a time and a number per row | as asked, life-cycle unless told |
//! | Electricity Maps CSV | a header naming `Carbon Intensity gCO₂eq/kWh` | the column of the asked basis |
//! | WattTime CSV or JSON | a `MOER` or `value` column, lb/MWh | marginal |
//! | ENTSO-E generation by type, either export | a header naming `MTU` | life-cycle, of what the grid generates |
//! | UK Carbon Intensity API JSON | `data[].intensity.actual` | direct |
//!
//! Times without an offset are in the time zone that is told, UTC unless told
//! (ENTSO-E: as its header says); where the clock is set back the second of two
//! equal times is the later. Slots may be of any length.
//!
//! ```
//! use wattcast::intensity::{History, ReadOptions};
//!
//! let text = "timestamp_utc,gco2_per_kwh\n2022-01-01T00:00Z,216.56\n2022-01-01T01:00Z,220.88\n";
//! let history = History::parse("de.csv", text, &ReadOptions::default())?;
//! assert_eq!(history.points()[0].intensity.as_mg_per_kwh(), 216_560);
//! # Ok::<(), wattcast::intensity::HistoryError>(())
//! ```

mod csv;
pub(crate) mod entsoe;
mod json;
mod number;
#[cfg(test)]
mod tests;

use std::path::Path;

use jiff::tz::TimeZone;
use wattcast_core::units::{Basis, CarbonIntensity, US_PER_HOUR, Utc};

pub(crate) use number::{Clock, moment};

/// Why a history could not be read: one line with the file, the place and the
/// mend.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file could not be opened or is not text.
    #[error("{file}: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// The shape was not recognised.
    #[error(
        "{file}: no known shape: {reason}; give two columns such as `timestamp_utc,gco2_per_kwh`"
    )]
    Shape {
        /// The file.
        file: String,
        /// What was looked for.
        reason: String,
    },
    /// A file of the weather that holds none.
    #[error(
        "{file}: no weather in it: {reason}; give columns such as \
         `timestamp_utc,wind_speed_ms,temperature_k,dewpoint_k,dswrf_wm2,precip_mm`"
    )]
    Weather {
        /// The file.
        file: String,
        /// What was looked for.
        reason: String,
    },
    /// A file of day-ahead solar and wind that holds none.
    #[error(
        "{file}: no day-ahead solar and wind in it: {reason}; give columns such as \
         `timestamp_utc,solar_mw,wind_mw`, of several zones also `zone`"
    )]
    DayAhead {
        /// The file.
        file: String,
        /// What was looked for.
        reason: String,
    },
    /// It holds other zones than the one wanted.
    #[error("{file}: {reason}")]
    Zone {
        /// The file.
        file: String,
        /// Which zones it holds and what to do.
        reason: String,
    },
    /// A row is wrong.
    #[error("{file}:{line}: {reason}")]
    Row {
        /// The file.
        file: String,
        /// The line, from 1; of JSON the index of the entry, from 1.
        line: u64,
        /// What is wrong and how to mend it.
        reason: String,
    },
}

/// A file that spans more holds a wrong time, and would fill the memory with
/// hours in between.
pub(crate) const CENTURY_HOURS: u32 = 100 * 8766;

/// How to read a file.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The zone wanted from a file that holds several.
    pub zone: Option<String>,
    /// The basis wanted from a file that holds two.
    pub basis: Basis,
    /// The zone of times that state none.
    pub time_zone: TimeZone,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { zone: None, basis: Basis::LifeCycle, time_zone: TimeZone::UTC }
    }
}

/// The mean intensity of one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Start of the slot.
    pub start: Utc,
    /// The mean over the slot.
    pub intensity: CarbonIntensity,
}

/// A series of slots of one length, in order of time, holes left out.
#[derive(Clone, Debug)]
pub struct History {
    basis: Basis,
    slot_us: u64,
    points: Vec<Point>,
}

impl History {
    /// Reads a file; `.gz` is unpacked.
    ///
    /// # Errors
    /// [`HistoryError`] names the file and the line.
    pub fn read(path: &Path, options: &ReadOptions) -> Result<Self, HistoryError> {
        let (file, text) = file_text(path)?;
        Self::parse(&file, &text, options)
    }

    /// Reads a file as [`History::parse_all`] does text.
    ///
    /// # Errors
    /// [`HistoryError`] names the file and the line.
    pub fn read_all(
        path: &Path,
        options: &ReadOptions,
    ) -> Result<Vec<(String, Self)>, HistoryError> {
        let (file, text) = file_text(path)?;
        Self::parse_all(&file, &text, options)
    }

    /// Reads text; `file` is what errors call it.
    ///
    /// # Errors
    /// [`HistoryError`] names `file` and the line.
    pub fn parse(file: &str, text: &str, options: &ReadOptions) -> Result<Self, HistoryError> {
        let mut zones = Self::parse_all(file, text, options)?;
        if let [(_, history)] = zones.as_slice() {
            return Ok(history.clone());
        }
        let wanted = options.zone.as_deref().unwrap_or_default();
        if let Some(at) = zones.iter().position(|(zone, _)| zone.eq_ignore_ascii_case(wanted)) {
            return Ok(zones.swap_remove(at).1);
        }
        let names: Vec<&str> = zones.iter().take(8).map(|(zone, _)| zone.as_str()).collect();
        let more = if zones.len() > 8 { ", …" } else { "" };
        let reason = format!(
            "{} zones ({}{more}), one is wanted; give --zone",
            zones.len(),
            names.join(", ")
        );
        Err(HistoryError::Zone { file: file.into(), reason })
    }

    /// Reads text and keeps its zones apart; a zone is called "" where the file
    /// tells none. With [`ReadOptions::zone`] other zones are left out of a
    /// file that tells them.
    ///
    /// # Errors
    /// As [`History::parse`].
    pub fn parse_all(
        file: &str,
        text: &str,
        options: &ReadOptions,
    ) -> Result<Vec<(String, Self)>, HistoryError> {
        let text = text.trim_start_matches('\u{feff}');
        let (basis, mut zones) = if text.trim_start().starts_with(['{', '[']) {
            let (basis, points) = json::parse(file, text, options)?;
            (basis, [(String::new(), points)].into())
        } else {
            csv::parse(file, text, options)?
        };
        if let Some(wanted) = &options.zone {
            let of_it = |zone: &String| zone.is_empty() || zone.eq_ignore_ascii_case(wanted);
            if !zones.is_empty() && !zones.keys().any(of_it) {
                let held: Vec<&str> = zones.keys().take(8).map(String::as_str).collect();
                let more = if zones.len() > 8 { ", …" } else { "" };
                let reason = format!("no row of zone {wanted}; it holds {}{more}", held.join(", "));
                return Err(HistoryError::Zone { file: file.into(), reason });
            }
            zones.retain(|zone, _| of_it(zone));
        }
        if zones.is_empty() {
            zones.insert(String::new(), vec![]);
        }
        zones
            .into_iter()
            .map(|(zone, points)| Ok((zone, Self::of_points(file, basis, points)?)))
            .collect()
    }

    fn of_points(file: &str, basis: Basis, mut points: Vec<Point>) -> Result<Self, HistoryError> {
        points.sort_by_key(|p| p.start);
        if let Some([first, _]) =
            points.array_windows::<2>().find(|[a, b]| a.start == b.start && a != b)
        {
            return Err(HistoryError::Shape {
                file: file.into(),
                reason: format!(
                    "two values for {}; times without an offset need --time-zone",
                    timestamp(first.start)
                ),
            });
        }
        points.dedup();
        if let [first, .., last] = points.as_slice()
            && (last.start.as_us() - first.start.as_us()) / US_PER_HOUR > CENTURY_HOURS.into()
        {
            return Err(HistoryError::Shape {
                file: file.into(),
                reason: format!(
                    "it runs from {} to {}, more than a century",
                    timestamp(first.start),
                    timestamp(last.start)
                ),
            });
        }
        let slot_us = slot_length(&points).ok_or_else(|| HistoryError::Shape {
            file: file.into(),
            reason: "fewer than two rows hold a value".into(),
        })?;
        Ok(Self { basis, slot_us, points })
    }

    /// What was known at a moment: the slots that had ended by then, or `None`
    /// where these are fewer than two.
    #[must_use]
    pub fn known_at(mut self, moment: Utc) -> Option<Self> {
        let slot_us = self.slot_us;
        self.points.retain(|point| point.start.as_us().saturating_add(slot_us) <= moment.as_us());
        (self.points.len() >= 2).then_some(self)
    }

    /// What the intensity counts.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// Length of a slot in microseconds: the shortest step between two rows.
    #[must_use]
    pub fn slot_us(&self) -> u64 {
        self.slot_us
    }

    /// The slots that hold a value; at least two.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }
}

/// An intensity in gCO2e/kWh from its decimal form.
pub(crate) fn grams_per_kwh(text: &str) -> Result<CarbonIntensity, String> {
    number::intensity(text, number::Unit::GramPerKwh)
}

/// A moment as people write it.
pub(crate) fn timestamp(utc: Utc) -> String {
    i64::try_from(utc.as_us())
        .ok()
        .and_then(|us| jiff::Timestamp::from_microsecond(us).ok())
        .map_or_else(|| format!("{} µs", utc.as_us()), |t| t.to_string())
}

fn slot_length(points: &[Point]) -> Option<u64> {
    points.array_windows::<2>().map(|[a, b]| b.start.as_us() - a.start.as_us()).min()
}

fn file_text(path: &Path) -> Result<(String, String), HistoryError> {
    let file = path.display().to_string();
    match read_text(path) {
        Ok(text) => Ok((file, text)),
        Err(e) => Err(HistoryError::Unreadable { file, reason: e.to_string() }),
    }
}

/// The text of a file; `.gz` is unpacked.
pub(crate) fn read_text(path: &Path) -> std::io::Result<String> {
    use std::io::Read;
    let bytes = std::fs::read(path)?;
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    } else {
        bytes.as_slice().read_to_string(&mut text)?;
    }
    Ok(text)
}
