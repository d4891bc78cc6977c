//! Records readings as a trace.

use std::io::{self, Write};

use wattcast_core::units::{Quality, Uptime};
use wattcast_core::wire::record::Component;

use super::COLUMNS;
use crate::source::{Channel, ReadError, Reading, ReadingKind};

/// Writes readings as a trace that [`Replay`](super::Replay) reads.
///
/// A trace keeps the name, component and quality of a channel and how it
/// counts; its method, range and whether it is counted are not kept.
///
/// ```
/// use wattcast::source::replay::TraceWriter;
/// use wattcast::source::{Detection, Roots, Usage, battery};
///
/// let Detection { mut sources, .. } = battery::detect(&Roots::default());
/// for source in &mut sources {
///     let mut trace = TraceWriter::new(Vec::new(), source.channels())?;
///     let usage = Usage::default();
///     let mut readings = Vec::new();
///     source.read(&usage, &mut readings);
///     trace.write(usage.uptime, &readings)?;
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct TraceWriter<W: Write> {
    csv: csv::Writer<W>,
    channels: Vec<Description>,
    is_first: bool,
}

/// How a channel stands in its first row.
struct Description {
    name: String,
    component: &'static str,
    quality: &'static str,
    uj_per_count: String,
    counter_range: String,
}

impl<W: Write> TraceWriter<W> {
    /// Begins a trace of these channels.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn new(writer: W, channels: &[Channel]) -> io::Result<Self> {
        let mut csv = csv::Writer::from_writer(writer);
        csv.write_record(COLUMNS)?;
        let channels = channels.iter().map(Description::new).collect();
        Ok(Self { csv, channels, is_first: true })
    }

    /// Adds the readings of one moment, one per channel and in their order.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn write(
        &mut self,
        uptime: Uptime,
        readings: &[Result<Reading, ReadError>],
    ) -> io::Result<()> {
        let at = uptime.as_us().to_string();
        for (channel, reading) in self.channels.iter().zip(readings) {
            let (power, counter) = match reading {
                Ok(Reading::Power(power)) => (power.as_uw().to_string(), String::new()),
                Ok(Reading::Counter(value)) => (String::new(), value.to_string()),
                Err(_) => Default::default(),
            };
            let told = |text: &'static str| if self.is_first { text } else { "" };
            let counts = |text: &str| if self.is_first { text.to_owned() } else { String::new() };
            self.csv.write_record([
                at.as_str(),
                &channel.name,
                &power,
                &counter,
                &counts(&channel.uj_per_count),
                &counts(&channel.counter_range),
                told(channel.component),
                told(channel.quality),
            ])?;
        }
        self.is_first = false;
        Ok(())
    }

    /// Writes out what is still held back.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn flush(&mut self) -> io::Result<()> {
        self.csv.flush()
    }
}

impl Description {
    fn new(channel: &Channel) -> Self {
        let (uj_per_count, counter_range) = match channel.kind {
            ReadingKind::Power => Default::default(),
            ReadingKind::Counter(spec) => {
                let (numerator, denominator) = spec.uj_per_count();
                let range = spec.range().map(|range| range.to_string());
                (format!("{numerator}/{denominator}"), range.unwrap_or_default())
            }
        };
        Self {
            name: channel.name.clone(),
            component: component(channel.component),
            quality: quality(channel.quality),
            uj_per_count,
            counter_range,
        }
    }
}

fn component(component: Component) -> &'static str {
    match component {
        Component::Cpu => "cpu",
        Component::Idle => "idle",
        Component::Ram => "ram",
        Component::Gpu => "gpu",
        Component::Board => "board",
        Component::Battery => "battery",
        Component::Load => "load",
    }
}

fn quality(quality: Quality) -> &'static str {
    match quality {
        Quality::Measured => "measured",
        Quality::Modelled => "modelled",
        Quality::Assumed => "assumed",
    }
}
