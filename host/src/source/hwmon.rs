//! Power and energy sensors of the kernel's hardware monitoring: graphics
//! cards of AMD and Intel, and whatever else a board has.
//!
//! A graphics card is counted, as nothing else holds its energy. Of any other
//! sensor it is not known what hangs on its rail, so it is not counted unless
//! the user names it.
//!
//! Reference: the kernel's `Documentation/hwmon/sysfs-interface.rst`.

use std::path::PathBuf;

use wattcast_core::meter::CounterSpec;
use wattcast_core::units::{Power, Quality};
use wattcast_core::wire::record::{Component, Scope};

use super::sysfs::{self, Attribute};
use super::{Channel, Detection, Finding, ReadError, Reading, ReadingKind, Roots, Source, Usage};

/// Name of the source in reports and findings.
const NAME: &str = "hwmon";

/// Drivers of graphics cards whose sensor stands for the whole card.
const CARDS: &[&str] = &["amdgpu", "i915", "xe", "nouveau"];

/// The drivers publish no accuracy; ±10 % is allowed for.
const RANGE_PPM: (u32, u32) = (900_000, 1_100_000);

/// Looks for graphics cards that tell their power or energy. They are counted
/// and named after their card, such as `gpu-card0`.
#[must_use]
pub fn detect_gpus(roots: &Roots) -> Detection {
    let mut found = Found::default();
    for chip in chips(roots).iter().filter(|chip| chip.is_card()) {
        if let Some(sensor) = chip.sensors().into_iter().next() {
            found.add(chip.card_channel(&sensor), &sensor);
        }
    }
    found.into_detection("no graphics card with a sensor in hwmon")
}

/// Looks for all other sensors. None is counted.
#[must_use]
pub fn detect(roots: &Roots) -> Detection {
    detect_counted(roots, &[])
}

/// Looks for all other sensors and counts those that are named, such as
/// `hwmon-ina3221-vdd_in`.
#[must_use]
pub fn detect_counted(roots: &Roots, counted: &[String]) -> Detection {
    let mut found = Found::default();
    for chip in chips(roots).iter().filter(|chip| !chip.is_card()) {
        for sensor in chip.sensors() {
            let name = found.unused(format!("{NAME}-{}-{}", chip.name, sensor.label));
            let counted = counted.contains(&name);
            found.add(chip.channel(name, Component::Load, &sensor, counted), &sensor);
        }
    }
    found.into_detection("no power or energy sensor in hwmon")
}

/// A chip with sensors.
struct Chip {
    directory: PathBuf,
    name: String,
}

fn chips(roots: &Roots) -> Vec<Chip> {
    let directories = sysfs::entries(&roots.sys.join("class/hwmon")).into_iter();
    directories
        .filter_map(|directory| {
            let name = sysfs::text(&directory.join("name"))?;
            Some(Chip { directory, name })
        })
        .collect()
}

/// One value of a chip.
struct Sensor {
    file: PathBuf,
    label: String,
    is_energy: bool,
}

impl Chip {
    /// Whether it is a graphics card of its own. Of an AMD processor with
    /// graphics the driver tells the power of both, which RAPL counts; only
    /// such have the voltage of a north bridge.
    fn is_card(&self) -> bool {
        let north_bridge = || sysfs::text(&self.directory.join("in1_label"));
        CARDS.contains(&self.name.as_str()) && north_bridge().is_none_or(|label| label != "vddnb")
    }

    /// Its energy counters, then its power sensors, each by number; an average
    /// comes before a momentary value of the same number.
    fn sensors(&self) -> Vec<Sensor> {
        let mut ranked: Vec<(u8, u32, Sensor)> = sysfs::entries(&self.directory)
            .into_iter()
            .filter_map(|file| {
                let name = sysfs::file_name(&file);
                let (kind, value) = name.split_once('_')?;
                let (rank, number) = match (kind.strip_prefix("energy"), value) {
                    (Some(number), "input") => (0, number),
                    _ => match (kind.strip_prefix("power")?, value) {
                        (number, "average") => (1, number),
                        (number, "input") => (2, number),
                        _ => return None,
                    },
                };
                let number = number.parse().ok()?;
                let label = sysfs::text(&self.directory.join(format!("{kind}_label")))
                    .map_or_else(|| kind.to_owned(), |label| slug(&label));
                Some((rank, number, Sensor { file, label, is_energy: rank == 0 }))
            })
            .collect();
        ranked.sort_by_key(|&(rank, number, _)| (rank, number));
        let averaged: Vec<u32> =
            ranked.iter().filter(|(rank, ..)| *rank == 1).map(|&(_, number, _)| number).collect();
        ranked.retain(|(rank, number, _)| *rank != 2 || !averaged.contains(number));
        ranked.into_iter().map(|(.., sensor)| sensor).collect()
    }

    fn card_channel(&self, sensor: &Sensor) -> Channel {
        let card = sysfs::entries(&self.directory.join("device/drm"))
            .iter()
            .map(|path| sysfs::file_name(path))
            .find(|name| {
                name.strip_prefix("card").is_some_and(|number| number.parse::<u32>().is_ok())
            })
            .unwrap_or_else(|| sysfs::file_name(&self.directory));
        self.channel(format!("gpu-{card}"), Component::Gpu, sensor, true)
    }

    fn channel(
        &self,
        name: String,
        component: Component,
        sensor: &Sensor,
        counted: bool,
    ) -> Channel {
        let kind = if sensor.is_energy {
            ReadingKind::Counter(CounterSpec::microjoules())
        } else {
            ReadingKind::Power
        };
        Channel {
            name,
            component,
            scope: Scope::Machine,
            quality: Quality::Measured,
            method: format!("{} of {} in hwmon", sysfs::file_name(&sensor.file), self.name),
            kind,
            resolution_uj: 1,
            range_ppm: RANGE_PPM,
            counted,
        }
    }
}

/// A label as part of a channel's name.
fn slug(label: &str) -> String {
    label.to_lowercase().replace(|c: char| !c.is_alphanumeric() && c != '_', "-")
}

/// What was found so far.
#[derive(Default)]
struct Found {
    hwmon: Hwmon,
    findings: Vec<Finding>,
}

impl Found {
    /// `name`, with a number behind it where another channel has it.
    fn unused(&self, name: String) -> String {
        let is_used =
            |name: &String| self.hwmon.channels.iter().any(|channel| channel.name == *name);
        if !is_used(&name) {
            return name;
        }
        (2..=u16::MAX)
            .map(|number| format!("{name}-{number}"))
            .find(|name| !is_used(name))
            .unwrap_or(name)
    }

    fn add(&mut self, channel: Channel, sensor: &Sensor) {
        let (available, detail, remedy) = match Attribute::open(sensor.file.clone()) {
            Ok(file) => {
                let detail = format!("{}: {}", channel.name, channel.method);
                self.hwmon.files.push(file);
                self.hwmon.channels.push(channel);
                (true, detail, None)
            }
            Err(error) => {
                let path = sensor.file.display();
                let denied = error.kind() == std::io::ErrorKind::PermissionDenied;
                let remedy = denied.then(|| format!("sudo chmod a+r {path}"));
                (false, format!("{path}: {error}"), remedy)
            }
        };
        self.findings.push(Finding { source: NAME, available, detail, remedy });
    }

    fn into_detection(mut self, none: &str) -> Detection {
        if self.findings.is_empty() {
            self.findings.push(Finding {
                source: NAME,
                available: false,
                detail: none.to_owned(),
                remedy: None,
            });
        }
        let mut sources: Vec<Box<dyn Source>> = Vec::new();
        if !self.hwmon.files.is_empty() {
            sources.push(Box::new(self.hwmon));
        }
        Detection { sources, findings: self.findings }
    }
}

/// Sensors that are read, one file per channel.
#[derive(Debug, Default)]
struct Hwmon {
    channels: Vec<Channel>,
    files: Vec<Attribute>,
}

impl Source for Hwmon {
    fn name(&self) -> &'static str {
        NAME
    }

    fn channels(&self) -> &[Channel] {
        &self.channels
    }

    fn read(&mut self, _usage: &Usage, readings: &mut Vec<Result<Reading, ReadError>>) {
        readings.extend(self.channels.iter().zip(&self.files).map(|(channel, file)| {
            match channel.kind {
                ReadingKind::Counter(_) => file.count().map(Reading::Counter),
                ReadingKind::Power => file.integer().map(Power::from_uw).map(Reading::Power),
            }
        }));
    }
}

#[cfg(test)]
mod tests;
