//! Batteries of laptops and boards: what flows out of them, and into them
//! while they charge.
//!
//! A battery feeds the whole machine, so what it gives is in the processor's
//! and the GPU's energy too: it is not counted unless the user names it. It
//! says nothing of what a machine takes from the mains.

use std::path::Path;

use wattcast_core::units::{Power, Quality};
use wattcast_core::wire::record::{Component, Scope};

use super::sysfs::{self, Attribute};
use super::{Channel, Detection, Finding, ReadError, Reading, ReadingKind, Roots, Source, Usage};

/// Name of the source in reports and findings.
const NAME: &str = "battery";

/// Fuel gauges publish no accuracy of their power; ±10 % is allowed for.
const RANGE_PPM: (u32, u32) = (900_000, 1_100_000);

/// Looks for batteries in `/sys/class/power_supply`. None is counted.
#[must_use]
pub fn detect(roots: &Roots) -> Detection {
    detect_counted(roots, &[])
}

/// Looks for batteries and counts those that are named, such as
/// `battery-bat0`.
#[must_use]
pub fn detect_counted(roots: &Roots, counted: &[String]) -> Detection {
    let mut found = Detection { sources: Vec::new(), findings: Vec::new() };
    for directory in sysfs::entries(&roots.sys.join("class/power_supply")) {
        let is_battery = sysfs::text(&directory.join("type")).is_some_and(|kind| kind == "Battery");
        // A mouse or a headset has a battery of its own.
        let is_of_device =
            sysfs::text(&directory.join("scope")).is_some_and(|scope| scope == "Device");
        if is_battery && !is_of_device {
            look(&directory, counted, &mut found);
        }
    }
    if found.findings.is_empty() {
        found.findings.push(Finding {
            source: NAME,
            available: false,
            detail: "no battery found".to_owned(),
            remedy: None,
        });
    }
    found
}

fn look(directory: &Path, counted: &[String], found: &mut Detection) {
    let name = format!("battery-{}", sysfs::file_name(directory).to_lowercase());
    let finding = match Battery::open(directory, &name, counted.contains(&name)) {
        Ok(battery) => {
            let detail = format!("{name}: {}", battery.channel[0].method);
            found.sources.push(Box::new(battery));
            Finding { source: NAME, available: true, detail, remedy: None }
        }
        Err(line) => Finding { source: NAME, available: false, detail: line, remedy: None },
    };
    found.findings.push(finding);
}

/// What a fuel gauge measures.
#[derive(Debug)]
enum Gauge {
    /// Microwatts.
    Power(Attribute),
    /// Microamperes and microvolts.
    CurrentAndVoltage(Attribute, Attribute),
}

/// One battery.
#[derive(Debug)]
struct Battery {
    channel: [Channel; 1],
    status: Attribute,
    gauge: Gauge,
}

impl Battery {
    fn open(directory: &Path, name: &str, counted: bool) -> Result<Self, String> {
        let open = |file: &str| Attribute::open(directory.join(file));
        let (gauge, formula) = if let Ok(power) = open("power_now") {
            (Gauge::Power(power), "power")
        } else if let (Ok(current), Ok(voltage)) = (open("current_now"), open("voltage_now")) {
            (Gauge::CurrentAndVoltage(current, voltage), "current × voltage")
        } else {
            return Err(format!("{name}: its gauge tells no power"));
        };
        let status = open("status").map_err(|error| format!("{name}: no status: {error}"))?;
        let channel = Channel {
            name: name.to_owned(),
            component: Component::Battery,
            scope: Scope::Machine,
            quality: Quality::Measured,
            method: format!("{formula} by the battery's gauge, negative while it charges"),
            kind: ReadingKind::Power,
            resolution_uj: 1,
            range_ppm: RANGE_PPM,
            counted,
        };
        Ok(Self { channel: [channel], status, gauge })
    }

    fn power(&self) -> Result<Power, ReadError> {
        let magnitude = match &self.gauge {
            Gauge::Power(power) => power.integer()?.checked_abs(),
            Gauge::CurrentAndVoltage(current, voltage) => {
                let picowatts = i128::from(current.integer()?) * i128::from(voltage.integer()?);
                i64::try_from(picowatts.abs() / 1_000_000).ok()
            }
        };
        let magnitude = magnitude.ok_or_else(|| self.failed("more power than 64 bits hold"))?;
        // Drivers disagree on the sign of the current; the status is clear.
        match self.status.word()?.as_str() {
            "Discharging" => Ok(Power::from_uw(magnitude)),
            "Charging" => Ok(Power::from_uw(-magnitude)),
            _ if magnitude == 0 => Ok(Power::ZERO),
            // Full or waiting: a rest of current flows in, as mains are on.
            "Full" | "Not charging" => Ok(Power::from_uw(-magnitude)),
            _ => Err(self.failed("whether it charges is not known")),
        }
    }

    fn failed(&self, why: &str) -> ReadError {
        ReadError::Retry(format!("{}: {why}", self.status.path().display()))
    }
}

impl Source for Battery {
    fn name(&self) -> &'static str {
        NAME
    }

    fn channels(&self) -> &[Channel] {
        &self.channel
    }

    fn read(&mut self, _usage: &Usage, readings: &mut Vec<Result<Reading, ReadError>>) {
        readings.push(self.power().map(Reading::Power));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Roots) {
        let root = tempfile::tempdir().unwrap();
        for (file, content) in files {
            let path = root.path().join("class/power_supply").join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        let roots = Roots { sys: root.path().to_owned(), ..Roots::default() };
        (root, roots)
    }

    fn read(source: &mut Box<dyn Source>) -> Option<i64> {
        let mut readings = Vec::new();
        source.read(&Usage::default(), &mut readings);
        match readings.pop().unwrap() {
            Ok(Reading::Power(power)) => Some(power.as_uw()),
            Ok(Reading::Counter(_)) => panic!("a battery has no counter"),
            Err(_) => None,
        }
    }

    #[test]
    fn power_flows_out_or_in_by_the_status() {
        let (root, roots) = tree(&[
            ("AC/type", "Mains\n"),
            ("BAT0/type", "Battery\n"),
            ("BAT0/status", "Discharging\n"),
            ("BAT0/power_now", "7500000\n"),
            ("BAT1/type", "Battery\n"),
            ("BAT1/status", "Charging\n"),
            ("BAT1/current_now", "-2000000\n"),
            ("BAT1/voltage_now", "11500000\n"),
            ("hid-mouse/type", "Battery\n"),
            ("hid-mouse/scope", "Device\n"),
            ("hid-mouse/status", "Discharging\n"),
            ("hid-mouse/power_now", "1\n"),
        ]);
        let mut found = detect_counted(&roots, &["battery-bat1".to_owned()]);
        let [first, second] = found.sources.as_mut_slice() else { panic!("two batteries") };
        assert_eq!((read(first), read(second)), (Some(7_500_000), Some(-23_000_000)));
        assert_eq!(
            [first, second].map(|source| source.channels()[0].counted),
            [false, true],
            "only what is named is counted"
        );

        let set = |file: &str, text: &str| {
            std::fs::write(root.path().join("class/power_supply/BAT0").join(file), text).unwrap();
        };
        let [first, _] = found.sources.as_mut_slice() else { panic!("two batteries") };
        set("status", "Unknown\n");
        assert_eq!(read(first), None, "of unknown direction");
        set("power_now", "0\n");
        assert_eq!(read(first), Some(0));
        set("power_now", "");
        assert_eq!(read(first), None, "an empty reading is not zero");
    }
}
