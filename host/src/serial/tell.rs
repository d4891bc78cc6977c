//! Frames for other programs: a line of JSON each, samples and totals as CSV.

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;
use wattcast_core::units::Uptime;
use wattcast_core::wire::Record;

use super::listener::Heard;
use crate::report::Tags;

/// Version of the names in a line of JSON.
pub const FRAME_SCHEMA: &str = "wattcast-frame-1";

#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    input: &'a str,
    device: Option<&'a str>,
    firmware: Option<&'a str>,
    version: Option<&'a str>,
    stream: u16,
    boot: u32,
    sequence: u32,
    tags: Tags,
    #[serde(skip_serializing_if = "Option::is_none")]
    power_uw: Option<Vec<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mg_per_kwh: Option<Vec<u32>>,
    record: Option<&'a Record<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A frame as one line of JSON: who sent it, what its tags say so far, and the
/// record by the names of `core/src/wire/FORMAT.md`, with packed samples and
/// forecasts unpacked beside it.
#[must_use]
pub fn frame_line(heard: &Heard<'_>) -> String {
    let Heard { input, sender, frame } = heard;
    let identity = sender.identity();
    let line = Line {
        schema: FRAME_SCHEMA,
        input,
        device: identity.map(|it| it.device.as_str()),
        firmware: identity.map(|it| it.firmware.as_str()),
        version: identity.map(|it| it.version.as_str()),
        stream: frame.header.stream,
        boot: frame.header.boot,
        sequence: frame.header.sequence,
        tags: sender.tags(),
        power_uw: match &frame.record {
            Ok(Record::Samples(samples)) => {
                samples.iter().ok().map(|it| it.map(|(_, power)| power.as_uw()).collect())
            }
            _ => None,
        },
        mg_per_kwh: match &frame.record {
            Ok(Record::Forecast(forecast)) => {
                let (values, _) = forecast.values.as_chunks();
                Some(values.iter().map(|value| u32::from_le_bytes(*value)).collect())
            }
            _ => None,
        },
        record: frame.record.as_ref().ok(),
        error: frame.record.as_ref().err().map(ToString::to_string),
    };
    serde_json::to_string(&line).unwrap_or_default() + "\n"
}

/// The columns of the CSV.
const COLUMNS: [&str; 11] = [
    "device",
    "boot",
    "channel",
    "uptime_us",
    "utc",
    "power_uw",
    "import_uj",
    "export_uj",
    "carbon_ug",
    "cost_micro",
    "sequence",
];

/// Writes a row for each sample and each checkpoint.
pub struct CsvWriter<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> CsvWriter<W> {
    /// Begins with the names of the columns.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    pub fn new(out: W) -> std::io::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(COLUMNS)?;
        writer.flush()?;
        Ok(Self { writer })
    }

    /// Writes the rows of a frame, if it has any.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    pub fn write(&mut self, heard: &Heard<'_>) -> std::io::Result<()> {
        let sender = heard.sender;
        let device = sender.identity().map_or("", |it| it.device.as_str());
        let (boot, sequence) = (sender.label(), heard.frame.header.sequence.to_string());
        let mut row = |channel: u8, at: Uptime, rest: [String; 5]| {
            let [power, import, export, carbon, cost] = rest;
            let name = sender.channel_name(channel);
            let (uptime, utc) = (at.as_us().to_string(), utc(sender.utc_us_at(at)));
            let channel = name.map_or_else(|| format!("channel-{channel}"), str::to_owned);
            let start = [device.to_owned(), boot.clone(), channel, uptime, utc, power];
            let end = [import, export, carbon, cost, sequence.clone()];
            self.writer.write_record(start.into_iter().chain(end))
        };
        let none = String::new;
        match &heard.frame.record {
            Ok(Record::Samples(samples)) => {
                for (at, power) in samples.iter().ok().into_iter().flatten() {
                    let power = power.as_uw().to_string();
                    row(samples.channel, at, [power, none(), none(), none(), none()])?;
                }
            }
            Ok(Record::Checkpoint(it)) => {
                let carbon = it.carbon.map_or_else(none, |mass| mass.as_ug().to_string());
                let cost = it.cost.map_or_else(none, |cost| cost.as_micro().to_string());
                let (import, export) = (it.import.as_uj(), it.export.as_uj());
                let totals = [none(), import.to_string(), export.to_string(), carbon, cost];
                row(it.channel, it.uptime, totals)?;
            }
            _ => return Ok(()),
        }
        self.writer.flush()
    }
}

/// UTC in ISO 8601, empty where the board has told no clock.
fn utc(us: Option<u64>) -> String {
    let time = us.and_then(|us| i64::try_from(us).ok());
    let time = time.and_then(|us| Timestamp::from_microsecond(us).ok());
    time.map_or_else(String::new, |time| time.to_string())
}
