//! The weather of a grid's area, past and forecast, from files; and the solar
//! and wind that its operator expects, which stand in its place.
//!
//! | shape | recognised by | what is known when |
//! | --- | --- | --- |
//! | forecast runs | columns `run_utc` and `lead_h` | each value from the moment at which its run began |
//! | hour by hour | a column of times | the values of hours to come are taken as a forecast that began at the 00 UTC before the issue, or so much earlier as is told |
//!
//! Columns are found by name, units by their ending or in brackets: wind
//! (`wind_speed_ms`, `wind_speed_10m (km/h)`), temperature and dew point
//! (`temperature_k`, `dew_point_2m (°C)`), irradiance (`dswrf_wm2`,
//! `shortwave_radiation (W/m²)`) and precipitation (`precip_mm` of three hours,
//! `precipitation (mm)` of one). Downloads of Open-Meteo read as they are.
//!
//! ```
//! use wattcast::weather::WeatherFile;
//!
//! let csv = "timestamp_utc,wind_speed_ms,temperature_k,dewpoint_k,dswrf_wm2,precip_mm\n\
//!            2024-01-01T00:00Z,5.2,281.5,279.0,0,0.12\n\
//!            2024-01-01T01:00Z,5.6,281.2,279.0,0,0.12\n";
//! let weather = WeatherFile::parse("de.csv", csv)?;
//! assert_eq!(weather.hours(), 2);
//! # Ok::<(), wattcast::intensity::HistoryError>(())
//! ```

mod columns;
mod day_ahead;
mod hourly;
mod runs;
#[cfg(test)]
mod tests;

use std::path::Path;

use wattcast_core::forecast::{Hour, Weather, WeatherSeries};

use crate::intensity::{HistoryError, read_text};

pub use day_ahead::{DayAheadFile, DayAheadFiles, DayAheadTeller};

/// What a network is told besides the history of a grid.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Told<'a> {
    Weather(&'a WeatherFile),
    DayAhead(DayAheadTeller<'a>),
}

impl<'a> Told<'a> {
    /// What was known at an hour.
    pub(crate) fn at(&self, issue: Hour) -> WeatherSeries<'a> {
        match self {
            Self::Weather(file) => file.at(issue),
            Self::DayAhead(teller) => teller.at(issue),
        }
    }
}

/// What a file tells of an hour or a lead, in the units of [`Weather`]; `None`
/// is missing.
type Values = [Option<u16>; 5];

/// The weather of one grid.
#[derive(Clone, Debug)]
pub struct WeatherFile {
    start: Hour,
    /// Of each hour what the newest run that had begun by then said.
    told: Vec<Weather>,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    /// Runs in order of time, each hour by hour.
    Runs(Vec<(Hour, Vec<Weather>)>),
    /// Hours to come are as old as this at 00 UTC.
    Hourly { age_hours: u32 },
}

impl WeatherFile {
    /// Reads a file; `.gz` is unpacked.
    ///
    /// # Errors
    /// [`HistoryError`] names the file and the line.
    pub fn read(path: &Path) -> Result<Self, HistoryError> {
        let file = path.display().to_string();
        match read_text(path) {
            Ok(text) => Self::parse(&file, &text),
            Err(e) => Err(HistoryError::Unreadable { file, reason: e.to_string() }),
        }
    }

    /// Reads text; `file` is what errors call it.
    ///
    /// # Errors
    /// [`HistoryError`] names `file` and the line.
    pub fn parse(file: &str, text: &str) -> Result<Self, HistoryError> {
        let rows = columns::read(file, text.trim_start_matches('\u{feff}'))?;
        let found = match rows {
            columns::Rows::Runs(runs) => runs::assemble(runs),
            columns::Rows::Hourly(hours) => hourly::assemble(hours),
        };
        found.ok_or_else(|| HistoryError::Weather {
            file: file.into(),
            reason: "holds no row with a value".into(),
        })
    }

    /// Says how old the forecast is that a file hour by hour holds: hours from
    /// its beginning to the 00 UTC before the issue.
    #[must_use]
    pub fn with_age(mut self, hours: u32) -> Self {
        if let Source::Hourly { age_hours } = &mut self.source {
            *age_hours = hours;
        }
        self
    }

    /// The number of hours of which anything may be known.
    #[must_use]
    pub fn hours(&self) -> usize {
        self.told.len()
    }

    /// What was known at an hour: nothing of runs that began later.
    #[must_use]
    pub fn at(&self, issue: Hour) -> WeatherSeries<'_> {
        let past = issue.as_hours().saturating_sub(self.start.as_hours());
        let past = usize::try_from(past).unwrap_or(usize::MAX).min(self.told.len());
        let (past, rest) = self.told.split_at_checked(past).unwrap_or_default();
        match &self.source {
            Source::Hourly { age_hours } => {
                let midnight = Hour::from_hours(issue.as_hours() / 24 * 24);
                let to_come = rest.get(..HORIZON).unwrap_or(rest);
                let run = midnight.earlier(*age_hours);
                WeatherSeries::from_parts(self.start, past, to_come, run)
            }
            Source::Runs(runs) => {
                let begun = runs.partition_point(|(run, _)| *run <= issue);
                let newest = begun.checked_sub(1).and_then(|at| runs.get(at));
                let Some((run, hours)) = newest else {
                    return WeatherSeries::new(self.start, &[], issue);
                };
                let age = usize::try_from(issue.as_hours() - run.as_hours()).unwrap_or(usize::MAX);
                WeatherSeries::from_parts(
                    self.start,
                    past,
                    hours.get(age..).unwrap_or_default(),
                    *run,
                )
            }
        }
    }
}

/// Hours to come that a forecaster looks at.
const HORIZON: usize = wattcast_core::forecast::HORIZON;

/// An hour of which everything is known, or a hole.
fn whole(values: Values) -> Weather {
    let [Some(wind), Some(temperature), Some(dew_point), Some(sun), Some(rain)] = values else {
        return Weather::MISSING;
    };
    Weather {
        wind_cm_per_s: wind,
        temperature_ck: temperature,
        dew_point_ck: dew_point,
        irradiance_dw_per_m2: sun,
        rain_um_per_3h: rain,
    }
}

/// Puts what covers irradiance and rain of the next hours in their place.
fn cover(values: &mut Values, by: Values) {
    let [.., sun, rain] = values;
    let [.., newer_sun, newer_rain] = by;
    (*sun, *rain) = (newer_sun, newer_rain);
}
