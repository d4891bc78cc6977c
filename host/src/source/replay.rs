//! A recorded trace in place of hardware: the same readings go through the
//! same pipeline, as fast as it takes them.
//!
//! A trace is CSV with a header. The columns stand in any order; the first two
//! are needed, and one of `power_uw` and `counter`:
//!
//! | column | what it holds |
//! | --- | --- |
//! | `uptime_us` | microseconds since the trace began |
//! | `channel` | name of the channel, `gpu0` |
//! | `power_uw` | momentary power in microwatts |
//! | `counter` | raw value of a cumulative counter |
//! | `uj_per_count` | what a count is worth in microjoules, `1000` or `1000000/4294967296`; 1 where empty |
//! | `counter_range` | how many values the counter has before it starts again; none where empty |
//! | `component` | `cpu`, `idle`, `ram`, `gpu`, `board`, `battery` or `load`; `load` where empty |
//! | `quality` | `measured`, `modelled` or `assumed`; `measured` where empty |
//!
//! A row with neither power nor counter is a reading that failed. Rows of one
//! moment stand together. A channel is described by its first row; later ones
//! leave the description empty or repeat it. Time that steps back or stands
//! still is passed on as it was recorded.
//!
//! ```
//! use wattcast::source::replay::Replay;
//! use wattcast::source::{Source, Usage};
//!
//! let trace = "uptime_us,channel,power_uw\n0,load,1500000\n1000000,load,\n";
//! let mut replay = Replay::from_reader("trace.csv", trace.as_bytes())?;
//! let mut readings = Vec::new();
//! while let Some(uptime) = replay.next_uptime() {
//!     replay.read(&Usage { uptime, ..Usage::default() }, &mut readings);
//! }
//! assert!(readings[0].is_ok() && readings[1].is_err());
//! # Ok::<(), wattcast::source::replay::TraceError>(())
//! ```

mod write;

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use wattcast_core::meter::CounterSpec;
use wattcast_core::units::{Power, Quality, Uptime};
use wattcast_core::wire::record::{Component, Scope};

use super::{Channel, ReadError, Reading, ReadingKind, Source, Usage};

pub use write::TraceWriter;

/// A trace that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file cannot be opened or read.
    #[error("{file}: {error}")]
    File {
        /// Its name.
        file: String,
        /// Why.
        error: std::io::Error,
    },
    /// A row or the header is not as it must be.
    #[error("{file}:{line}: {problem}")]
    Row {
        /// Name of the file.
        file: String,
        /// Its line, from 1.
        line: u64,
        /// What is wrong and what is expected.
        problem: String,
    },
    /// It has a header and nothing else.
    #[error("{file}: no rows after the header")]
    Empty {
        /// Name of the file.
        file: String,
    },
}

/// The columns that a trace may have, the needed ones first; written in this
/// order.
const COLUMNS: [&str; 8] = [
    "uptime_us",
    "channel",
    "power_uw",
    "counter",
    "uj_per_count",
    "counter_range",
    "component",
    "quality",
];

/// A row as it stands in the file.
#[derive(Debug, Deserialize)]
struct Row {
    uptime_us: u64,
    channel: String,
    #[serde(default)]
    power_uw: Option<i64>,
    #[serde(default)]
    counter: Option<u64>,
    #[serde(default)]
    uj_per_count: Option<String>,
    #[serde(default)]
    counter_range: Option<u64>,
    #[serde(default)]
    component: Option<Component>,
    #[serde(default)]
    quality: Option<Quality>,
}

impl Row {
    fn reading(&self) -> Result<Option<Reading>, String> {
        match (self.power_uw, self.counter) {
            (Some(_), Some(_)) => Err("both power_uw and counter are given".to_owned()),
            (Some(power), None) => Ok(Some(Reading::Power(Power::from_uw(power)))),
            (None, Some(counter)) => Ok(Some(Reading::Counter(counter))),
            (None, None) => Ok(None),
        }
    }

    /// How its counter counts, where the row says so.
    fn spec(&self) -> Result<Option<CounterSpec>, String> {
        if self.uj_per_count.is_none() && self.counter_range.is_none() {
            return Ok(None);
        }
        let worth = self.uj_per_count.as_deref().unwrap_or("1");
        let (numerator, denominator) = worth.split_once('/').unwrap_or((worth, "1"));
        let spec = numerator.trim().parse().ok().zip(denominator.trim().parse().ok()).and_then(
            |(numerator, denominator)| CounterSpec::new(numerator, denominator, self.counter_range),
        );
        let problem = || {
            format!("uj_per_count {worth} and counter_range are not numbers above zero, as 1000/1")
        };
        spec.map(Some).ok_or_else(problem)
    }
}

/// One reading of the trace.
#[derive(Clone, Copy, Debug)]
struct Step {
    uptime: Uptime,
    channel: usize,
    reading: Option<Reading>,
}

/// The readings of a recorded trace, one moment after another.
#[derive(Debug)]
pub struct Replay {
    channels: Vec<Channel>,
    steps: Vec<Step>,
    next: usize,
}

impl Replay {
    /// Reads a trace from a file.
    ///
    /// # Errors
    ///
    /// [`TraceError`], which names the file and the line.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Self::from_reader(&name, file),
            Err(error) => Err(TraceError::File { file: name, error }),
        }
    }

    /// Reads a trace; `file` is its name in errors.
    ///
    /// # Errors
    ///
    /// [`TraceError`], which names the file and the line.
    pub fn from_reader(file: &str, trace: impl Read) -> Result<Self, TraceError> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(trace);
        let headers = reader.headers().map_err(|error| csv_error(file, error, None))?.clone();
        check_header(&headers).map_err(|problem| TraceError::Row {
            file: file.to_owned(),
            line: 1,
            problem,
        })?;
        let mut builder = Builder::default();
        let mut record = csv::StringRecord::new();
        while reader
            .read_record(&mut record)
            .map_err(|error| csv_error(file, error, Some(&headers)))?
        {
            let row = record
                .deserialize(Some(&headers))
                .map_err(|error| csv_error(file, error, Some(&headers)))?;
            builder.add(&row).map_err(|problem| TraceError::Row {
                file: file.to_owned(),
                line: record.position().map_or(0, csv::Position::line),
                problem,
            })?;
        }
        if builder.steps.is_empty() {
            return Err(TraceError::Empty { file: file.to_owned() });
        }
        Ok(Self { channels: builder.channels(), steps: builder.steps, next: 0 })
    }

    /// The moment of the readings that the next [`read`](Source::read) gives,
    /// `None` after the last.
    #[must_use]
    pub fn next_uptime(&self) -> Option<Uptime> {
        self.steps.get(self.next).map(|step| step.uptime)
    }
}

impl Replay {
    /// The moments of all readings that are still to come, in their order.
    #[must_use]
    pub fn moments(&self) -> Vec<Uptime> {
        let left = self.steps.get(self.next..).unwrap_or_default();
        let mut moments: Vec<_> = left.iter().map(|step| step.uptime).collect();
        moments.dedup();
        moments
    }
}

impl Source for Replay {
    fn name(&self) -> &'static str {
        "replay"
    }

    fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// Gives the readings of the next moment; a channel without one then has
    /// failed, and all have ended after the last.
    fn read(&mut self, _usage: &Usage, readings: &mut Vec<Result<Reading, ReadError>>) {
        let first = readings.len();
        let Some(uptime) = self.next_uptime() else {
            let ended = |channel: &Channel| {
                Err(ReadError::Gone(format!("{}: the trace has ended", channel.name)))
            };
            readings.extend(self.channels.iter().map(ended));
            return;
        };
        let at = uptime.as_us();
        let none = |channel: &Channel| {
            Err(ReadError::Retry(format!("{}: no reading at {at} µs", channel.name)))
        };
        readings.extend(self.channels.iter().map(none));
        let mut taken = vec![false; self.channels.len()];
        while let Some(step) = self.steps.get(self.next).filter(|step| step.uptime == uptime) {
            match taken.get_mut(step.channel) {
                // A second reading of a channel at one moment comes with the next read.
                Some(taken) if !*taken => *taken = true,
                _ => break,
            }
            if let (Some(slot), Some(reading)) =
                (readings.get_mut(first + step.channel), step.reading)
            {
                *slot = Ok(reading);
            }
            self.next += 1;
        }
    }
}

/// What the rows said so far.
#[derive(Default)]
struct Builder {
    steps: Vec<Step>,
    described: Vec<Described>,
    indices: HashMap<String, usize>,
}

/// A channel as its first rows describe it.
struct Described {
    name: String,
    component: Option<Component>,
    quality: Option<Quality>,
    spec: Option<CounterSpec>,
    /// Of the first reading that did not fail.
    is_counter: Option<bool>,
}

impl Builder {
    fn add(&mut self, row: &Row) -> Result<(), String> {
        if row.channel.is_empty() {
            return Err("the channel has no name".to_owned());
        }
        let reading = row.reading()?;
        let spec = row.spec()?;
        let index = match self.indices.get(&row.channel) {
            Some(&index) => index,
            None => {
                let index = self.described.len();
                self.indices.insert(row.channel.clone(), index);
                self.described.push(Described {
                    name: row.channel.clone(),
                    component: row.component,
                    quality: row.quality,
                    spec,
                    is_counter: None,
                });
                index
            }
        };
        if let Some(channel) = self.described.get_mut(index) {
            channel.agree(row, spec, reading)?;
        }
        self.steps.push(Step { uptime: Uptime::from_us(row.uptime_us), channel: index, reading });
        Ok(())
    }

    fn channels(&self) -> Vec<Channel> {
        self.described.iter().map(Described::channel).collect()
    }
}

impl Described {
    /// Whether a row describes the channel as its first row did.
    fn agree(
        &mut self,
        row: &Row,
        spec: Option<CounterSpec>,
        reading: Option<Reading>,
    ) -> Result<(), String> {
        let differs =
            |what: &str| Err(format!("{what} of {} differs from its first row", row.channel));
        if row.component.is_some() && row.component != self.component {
            return differs("component");
        }
        if row.quality.is_some() && row.quality != self.quality {
            return differs("quality");
        }
        if spec.is_some() && spec != self.spec {
            return differs("uj_per_count or counter_range");
        }
        let Some(reading) = reading else { return Ok(()) };
        let is_counter = matches!(reading, Reading::Counter(_));
        if *self.is_counter.get_or_insert(is_counter) != is_counter {
            return Err(format!("{} has both power and counter readings", row.channel));
        }
        Ok(())
    }

    fn channel(&self) -> Channel {
        let spec = self.spec.unwrap_or(CounterSpec::microjoules());
        let is_counter = self.is_counter.unwrap_or(self.spec.is_some());
        Channel {
            name: self.name.clone(),
            component: self.component.unwrap_or(Component::Load),
            scope: Scope::Machine,
            quality: self.quality.unwrap_or(Quality::Measured),
            method: "a recorded trace".to_owned(),
            kind: if is_counter { ReadingKind::Counter(spec) } else { ReadingKind::Power },
            resolution_uj: 1,
            range_ppm: (1_000_000, 1_000_000),
            counted: true,
        }
    }
}

/// Whether the header has the columns that are needed and no others.
fn check_header(headers: &csv::StringRecord) -> Result<(), String> {
    if let Some(unknown) = headers.iter().find(|column| !COLUMNS.contains(column)) {
        return Err(format!("unknown column {unknown}; known are {}", COLUMNS.join(", ")));
    }
    let has = |column: &str| headers.iter().any(|given| given == column);
    if let Some(missing) = COLUMNS.iter().take(2).find(|column| !has(column)) {
        return Err(format!("no column {missing}"));
    }
    if !has("power_uw") && !has("counter") {
        return Err("neither a column power_uw nor a column counter".to_owned());
    }
    Ok(())
}

/// An error of the CSV reader with the file, the line and the column.
fn csv_error(file: &str, error: csv::Error, headers: Option<&csv::StringRecord>) -> TraceError {
    let file = file.to_owned();
    let line = error.position().map_or(1, csv::Position::line);
    let problem = match error.into_kind() {
        csv::ErrorKind::Io(error) => return TraceError::File { file, error },
        csv::ErrorKind::Deserialize { err, .. } => {
            let column = err.field().and_then(|field| headers?.get(usize::try_from(field).ok()?));
            match column {
                Some(column) => format!("column {column}: {}", err.kind()),
                None => err.kind().to_string(),
            }
        }
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} columns where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "not UTF-8 text".to_owned(),
        _ => "not CSV".to_owned(),
    };
    TraceError::Row { file, line, problem }
}

#[cfg(test)]
mod tests;
