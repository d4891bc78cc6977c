//! Solar and wind as the operators of grids expect them a day ahead.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use csv::{Position, ReaderBuilder, StringRecord, Trim};
use jiff::tz::TimeZone;
use wattcast_core::forecast::{DayAhead, HORIZON, Hour, WeatherSeries};
use wattcast_core::units::Utc;

use crate::intensity::{CENTURY_HOURS, Clock, HistoryError, entsoe, read_text};

/// Local hour from which on the day that follows is published.
const PUBLISHED_AT: i64 = 18;
/// More than any grid has.
const MOST_MW: f64 = 4e6;

/// The solar and wind that the operator of one grid expects, hour by hour.
///
/// ```
/// use wattcast::weather::DayAheadFile;
///
/// let csv = "timestamp_utc,zone,solar_mw,wind_mw\n\
///            2024-06-01T10:00Z,DE,31200,8400.5\n\
///            2024-06-01T10:00Z,FR,9100,2050\n";
/// let files = DayAheadFile::parse("expected.csv", csv, &jiff::tz::TimeZone::UTC)?;
/// assert_eq!(files.iter().map(|(zone, _)| zone.as_str()).collect::<Vec<_>>(), ["DE", "FR"]);
/// # Ok::<(), wattcast::intensity::HistoryError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DayAheadFile {
    start: Hour,
    hours: Vec<DayAhead>,
}

impl DayAheadFile {
    /// Reads a file of one grid, whose name is then empty, or of several;
    /// `.gz` is unpacked. Times without an offset are in `time_zone`.
    ///
    /// # Errors
    /// [`HistoryError`] names the file and the line.
    pub fn read(
        path: &Path,
        time_zone: &TimeZone,
    ) -> Result<Vec<(String, DayAheadFile)>, HistoryError> {
        let file = path.display().to_string();
        match read_text(path) {
            Ok(text) => Self::parse(&file, &text, time_zone),
            Err(e) => Err(HistoryError::Unreadable { file, reason: e.to_string() }),
        }
    }

    /// Reads text; `file` is what errors call it.
    ///
    /// # Errors
    /// [`HistoryError`] names `file` and the line.
    pub fn parse(
        file: &str,
        text: &str,
        time_zone: &TimeZone,
    ) -> Result<Vec<(String, DayAheadFile)>, HistoryError> {
        let wrong = |reason: String| HistoryError::DayAhead { file: file.into(), reason };
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .trim(Trim::All)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let header = reader.headers().map_err(|e| wrong(e.to_string()))?;
        let columns = Columns::find(header).map_err(wrong)?;
        let mut clock = Clock::new(columns.time_zone.as_ref().unwrap_or(time_zone));
        let mut zones: BTreeMap<String, BTreeMap<Hour, Sums>> = BTreeMap::new();
        for row in reader.records() {
            let row = row.map_err(|e| HistoryError::Row {
                file: file.into(),
                line: e.position().map_or(0, Position::line),
                reason: format!("a broken row ({e})"),
            })?;
            if row.iter().all(str::is_empty) {
                continue;
            }
            let line = row.position().map_or(1, Position::line);
            let bad = |reason: String| HistoryError::Row { file: file.into(), line, reason };
            let zone = columns.zone.and_then(|at| row.get(at)).unwrap_or_default();
            let hour = Hour::containing(columns.start(&row, zone, &mut clock).map_err(bad)?);
            let sums = zones.entry(zone.to_owned()).or_default().entry(hour).or_default();
            sums.add(columns.values(&row).map_err(bad)?);
        }
        let is_alone = zones.len() == 1 && columns.zone.is_none();
        let mut files = vec![];
        for (zone, hours) in zones {
            if zone.is_empty() && !is_alone {
                return Err(wrong("a row does not say of which zone it is".to_owned()));
            }
            files.extend(Self::of(&hours).map_err(wrong)?.map(|found| (zone, found)));
        }
        if files.is_empty() {
            return Err(wrong("holds no row with a value".to_owned()));
        }
        Ok(files)
    }

    /// `None` where no hour has a value.
    fn of(hours: &BTreeMap<Hour, Sums>) -> Result<Option<Self>, String> {
        let mut known = hours.iter().filter(|(_, sums)| sums.mean().is_known()).map(|(at, _)| *at);
        let Some(start) = known.next() else { return Ok(None) };
        let end = known.next_back().unwrap_or(start);
        if end.as_hours() - start.as_hours() > CENTURY_HOURS {
            return Err("it spans more than a century; a time must be wrong".to_owned());
        }
        let at = |hour| hours.get(&Hour::from_hours(hour)).map_or(DayAhead::MISSING, Sums::mean);
        Ok(Some(Self { start, hours: (start.as_hours()..=end.as_hours()).map(at).collect() }))
    }

    /// The first hour told.
    #[must_use]
    pub fn start(&self) -> Hour {
        self.start
    }

    /// The hour after the last one told.
    #[must_use]
    pub fn end(&self) -> Hour {
        self.start.later(u32::try_from(self.hours.len()).unwrap_or(u32::MAX))
    }

    /// The hours from the first to the last one told, holes included.
    #[must_use]
    pub fn hours(&self) -> usize {
        self.hours.len()
    }

    /// What of it is published at an hour, in a grid of so much standard time.
    #[must_use]
    pub fn published_at(mut self, hour: Hour, offset_hours: i8) -> Self {
        self.hours.truncate(self.place(published_until(hour, offset_hours)));
        self
    }

    /// As it is told to somebody who begins to learn from it at `first`, in a
    /// grid of so much standard time.
    #[must_use]
    pub fn from(&self, first: Hour, offset_hours: i8) -> DayAheadTeller<'_> {
        let before = self.place(first);
        let known = |hours: &[DayAhead]| {
            let known = hours.iter().filter(|hour| hour.is_known());
            known.fold((0_u64, 0_u64), |(sum, count), hour| {
                (sum + u64::from(hour.solar_kw) + u64::from(hour.wind_kw), count + 1)
            })
        };
        let (sum, count) = match known(self.hours.get(..before).unwrap_or_default()) {
            (_, 0) => known(&self.hours),
            past => past,
        };
        let unit = sum.checked_div(count).unwrap_or(1).max(1);
        let unit_kw = u32::try_from(unit).unwrap_or(u32::MAX);
        DayAheadTeller { file: self, offset_hours, unit_kw, all_from: None }
    }

    fn place(&self, hour: Hour) -> usize {
        let past = hour.as_hours().saturating_sub(self.start.as_hours());
        usize::try_from(past).unwrap_or(usize::MAX).min(self.hours.len())
    }
}

/// What a [`DayAheadFile`] tells at one hour or another.
///
/// Of the past hours it tells all; of those to come no more than is published
/// by then: the local day, and from 18:00 on the day that follows it. It counts
/// with summer time: the last hour of the day is left out.
#[derive(Clone, Copy, Debug)]
pub struct DayAheadTeller<'a> {
    file: &'a DayAheadFile,
    offset_hours: i8,
    unit_kw: u32,
    all_from: Option<Hour>,
}

impl<'a> DayAheadTeller<'a> {
    /// From this hour on it tells all that the file holds: what is there now is
    /// published.
    #[must_use]
    pub fn with_all_from(mut self, hour: Hour) -> Self {
        self.all_from = Some(hour);
        self
    }

    /// What is known at an hour.
    #[must_use]
    pub fn at(&self, issue: Hour) -> WeatherSeries<'a> {
        let until = if self.all_from.is_some_and(|from| from <= issue) {
            self.file.hours.len()
        } else {
            self.file.place(published_until(issue, self.offset_hours))
        };
        let told = self.file.hours.get(..until).unwrap_or_default();
        let (past, to_come) = told.split_at(self.file.place(issue).min(until));
        let to_come = to_come.get(..HORIZON).unwrap_or(to_come);
        WeatherSeries::day_ahead_from_parts(self.file.start, past, to_come, self.unit_kw)
    }
}

/// The first hour that is not published.
fn published_until(issue: Hour, offset_hours: i8) -> Hour {
    let offset = i64::from(offset_hours);
    let local = i64::from(issue.as_hours()) + offset;
    let days = if local.rem_euclid(24) >= PUBLISHED_AT { 2 } else { 1 };
    let end = (local.div_euclid(24) + days) * 24 - offset - 1;
    Hour::from_hours(u32::try_from(end).unwrap_or(0))
}

/// Day-ahead files of many grids: a folder with one for each, named by it, or
/// one file.
#[derive(Clone, Debug)]
pub struct DayAheadFiles {
    path: PathBuf,
    time_zone: TimeZone,
    /// What the one file holds; `None` of a folder.
    zones: Option<Vec<(String, DayAheadFile)>>,
}

impl DayAheadFiles {
    /// Reads a file, or looks at a folder.
    ///
    /// # Errors
    /// As [`DayAheadFile::read`].
    pub fn open(path: &Path, time_zone: &TimeZone) -> Result<Self, HistoryError> {
        let zones = if path.is_dir() { None } else { Some(DayAheadFile::read(path, time_zone)?) };
        Ok(Self { path: path.to_owned(), time_zone: time_zone.clone(), zones })
    }

    /// The file or folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// That of a grid, else that of the country of which it is a part: of
    /// `IT-NO` also `IT`. A file of one grid that does not name it is that of
    /// any. `None` where there is none.
    ///
    /// # Errors
    /// As [`DayAheadFile::read`].
    pub fn of(&self, zone: &str) -> Result<Option<DayAheadFile>, HistoryError> {
        for name in [Some(zone), zone.split_once('-').map(|(country, _)| country)] {
            let Some(name) = name else { continue };
            let found = match &self.zones {
                Some(zones) => {
                    let is_it = |named: &str| named.is_empty() || named.eq_ignore_ascii_case(name);
                    zones.iter().find(|(named, _)| is_it(named)).map(|(_, file)| file.clone())
                }
                None => self.in_folder(name)?,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The same by the code of a zone, else by the name that was typed for it.
    pub(crate) fn of_either(
        &self,
        code: &str,
        typed: &str,
    ) -> Result<Option<DayAheadFile>, HistoryError> {
        match self.of(code)? {
            Some(file) => Ok(Some(file)),
            None => self.of(typed),
        }
    }

    fn in_folder(&self, name: &str) -> Result<Option<DayAheadFile>, HistoryError> {
        let files = ["csv", "csv.gz"].map(|ending| self.path.join(format!("{name}.{ending}")));
        let Some(file) = files.into_iter().find(|file| file.is_file()) else { return Ok(None) };
        let zones = DayAheadFile::read(&file, &self.time_zone)?;
        let is_it = |zone: &str| zone.is_empty() || zone.eq_ignore_ascii_case(name);
        Ok(zones.into_iter().find(|(zone, _)| is_it(zone)).map(|(_, file)| file))
    }
}

/// kW of the slots of one hour.
#[derive(Clone, Copy, Default)]
struct Sums {
    solar: f64,
    wind: f64,
    slots: f64,
}

impl Sums {
    fn add(&mut self, values: Option<[f64; 2]>) {
        if let Some([solar, wind]) = values {
            self.solar += solar * 1e3;
            self.wind += wind * 1e3;
            self.slots += 1.0;
        }
    }

    fn mean(&self) -> DayAhead {
        if self.slots == 0.0 {
            return DayAhead::MISSING;
        }
        DayAhead {
            solar_kw: whole(self.solar / self.slots),
            wind_kw: whole(self.wind / self.slots),
        }
    }
}

/// Below [`MOST_MW`] in kW.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded when read")]
fn whole(kw: f64) -> u32 {
    kw.round_ties_even().clamp(0.0, 4e9) as u32
}

struct Columns {
    time: usize,
    is_market_time: bool,
    time_zone: Option<TimeZone>,
    zone: Option<usize>,
    solar: Vec<usize>,
    wind: Vec<usize>,
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self, String> {
        let names: Vec<String> = header.iter().map(str::to_lowercase).collect();
        let find = |test: &dyn Fn(&str) -> bool| names.iter().position(|name| test(name));
        // The export of ENTSO-E also holds what was expected later.
        let squeezed = |name: &str| name.replace([' ', '-', '_'], "");
        let is_day_ahead = |name: &str| squeezed(name).contains("dayahead");
        let all = |word: &str| -> Vec<usize> {
            let named = names.iter().enumerate().filter(|(_, name)| name.contains(word));
            let named: Vec<_> = named.collect();
            let day_ahead: Vec<_> =
                named.iter().filter(|(_, name)| is_day_ahead(name)).map(|(at, _)| *at).collect();
            if day_ahead.is_empty() { named.iter().map(|(at, _)| *at).collect() } else { day_ahead }
        };
        let (solar, wind) = (all("solar"), all("wind"));
        if solar.is_empty() || wind.is_empty() {
            let missing = if solar.is_empty() { "solar" } else { "wind" };
            return Err(format!("no column of {missing} in the header"));
        }
        let market = find(&|name| name.starts_with("mtu"));
        let time = market.or_else(|| {
            find(&|name| ["time", "date", "hour"].iter().any(|word| name.contains(word)))
        });
        let time = time.ok_or("no column of times in the header")?;
        let name = names.get(time).map_or("", String::as_str);
        let time_zone = market.and_then(|_| entsoe::time_zone(name));
        let zone = find(&|name| name == "zone" || name == "area");
        Ok(Self { time, is_market_time: market.is_some(), time_zone, zone, solar, wind })
    }

    fn start(&self, row: &StringRecord, zone: &str, clock: &mut Clock<'_>) -> Result<Utc, String> {
        let text = row.get(self.time).ok_or("no time in this row")?;
        if !self.is_market_time {
            return clock.moment(text, zone);
        }
        let civil = entsoe::start_of(text);
        let found = civil.and_then(|civil| clock.resolve(civil, zone));
        found.ok_or_else(|| entsoe::no_market_time(text))
    }

    /// Solar and wind in MW; `None` where one is missing.
    fn values(&self, row: &StringRecord) -> Result<Option<[f64; 2]>, String> {
        let sum = |columns: &[usize]| -> Result<Option<f64>, String> {
            let mut sum = None;
            for at in columns {
                let more = megawatts(row.get(*at).unwrap_or_default())?;
                sum = more.map(|more| sum.unwrap_or(0.0) + more).or(sum);
            }
            Ok(sum)
        };
        Ok(sum(&self.solar)?.zip(sum(&self.wind)?).map(|(solar, wind)| [solar, wind]))
    }
}

fn megawatts(text: &str) -> Result<Option<f64>, String> {
    if matches!(text, "" | "n/e" | "N/A" | "-" | "n/a" | "NaN" | "nan" | "null" | "NA") {
        return Ok(None);
    }
    let number: f64 = text.parse().map_err(|_| format!("`{text}` is no number of megawatts"))?;
    if !number.is_finite() {
        return Err(format!("`{text}` is no number of megawatts"));
    }
    if number > MOST_MW {
        return Err(format!("`{text}` MW is more than any grid generates"));
    }
    // Less than nothing is the plants' own use.
    Ok(Some(number.max(0.0)))
}
