//! Generation by type, as the transparency platform of ENTSO-E exports it, as
//! the intensity of what a grid generates: Σ generation × life-cycle factor of
//! the kind (IPCC 2014). Imports do not count, nor do kinds without a factor
//! (waste, other, storage).

use std::collections::BTreeMap;

use csv::{Position, StringRecord};
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use wattcast_core::grid::Generation;
use wattcast_core::units::{CarbonIntensity, Utc};

use super::number::Clock;
use super::{HistoryError, Point, ReadOptions};

/// Either of the two exports.
pub(super) struct Layout {
    time: usize,
    area: Option<usize>,
    time_zone: Option<TimeZone>,
    values: Values,
}

enum Values {
    /// A column of megawatts for each kind.
    Wide(Vec<(usize, Generation)>),
    /// A row for each kind.
    Long { kind: usize, megawatt: usize },
}

/// Milligrams per hour over kilowatts, of one slot of one area.
#[derive(Clone, Copy, Default)]
struct Sums {
    watt: u64,
    weighted: u128,
}

impl Layout {
    /// `None` where the header is of another shape.
    pub(super) fn of(header: &StringRecord) -> Option<Self> {
        let names: Vec<String> = header.iter().map(str::to_lowercase).collect();
        let find = |test: &dyn Fn(&str) -> bool| names.iter().position(|name| test(name));
        let time = find(&|name| name.starts_with("mtu"))?;
        let area = find(&|name| name == "area");
        let long = (
            find(&|name| name == "production type" || name == "generation type"),
            find(&|name| name.starts_with("generation (mw)") || name == "actual generation (mw)"),
        );
        let values = match long {
            (Some(kind), Some(megawatt)) => Values::Long { kind, megawatt },
            _ => {
                let generated = |name: &&String| name.contains("actual aggregated");
                let kinds = names.iter().enumerate().filter(|(_, name)| generated(name));
                let kinds: Vec<_> =
                    kinds.filter_map(|(at, name)| Some((at, kind(name)?))).collect();
                Values::Wide((!kinds.is_empty()).then_some(kinds)?)
            }
        };
        let name = names.get(time).map_or("", String::as_str);
        Some(Self { time, area, time_zone: time_zone(name), values })
    }

    /// The slots of each area; of one alone without its name.
    pub(super) fn parse(
        &self,
        file: &str,
        rows: impl Iterator<Item = csv::Result<StringRecord>>,
        options: &ReadOptions,
    ) -> Result<BTreeMap<String, Vec<Point>>, HistoryError> {
        let mut clock = Clock::new(self.time_zone.as_ref().unwrap_or(&options.time_zone));
        let mut areas: BTreeMap<String, BTreeMap<Utc, Sums>> = BTreeMap::new();
        for row in rows {
            let wrong =
                |line, reason: String| HistoryError::Row { file: file.into(), line, reason };
            let row = row.map_err(|e| {
                wrong(e.position().map_or(0, Position::line), format!("a broken row ({e})"))
            })?;
            if row.iter().all(str::is_empty) {
                continue;
            }
            let line = row.position().map_or(1, Position::line);
            let area = self.area.and_then(|at| row.get(at)).unwrap_or_default();
            let (start, sums) = self.row(&row, &mut clock, area).map_err(|r| wrong(line, r))?;
            let slot = areas.entry(area.to_owned()).or_default().entry(start).or_default();
            slot.watt += sums.watt;
            slot.weighted += sums.weighted;
        }
        let is_alone = areas.len() == 1;
        let named = areas.into_iter().map(|(area, slots)| {
            let points = slots.into_iter().filter_map(|(start, sums)| {
                let mg = sums.weighted.checked_div(sums.watt.into())?;
                let intensity = CarbonIntensity::from_mg_per_kwh(u32::try_from(mg).ok()?);
                Some(Point { start, intensity })
            });
            (if is_alone { String::new() } else { area }, points.collect())
        });
        Ok(named.collect())
    }

    fn row(
        &self,
        row: &StringRecord,
        clock: &mut Clock<'_>,
        area: &str,
    ) -> Result<(Utc, Sums), String> {
        let time = row.get(self.time).unwrap_or_default();
        let civil = start_of(time).ok_or_else(|| no_market_time(time))?;
        let mut sums = Sums::default();
        let mut add = |kind: Generation, at: usize| -> Result<(), String> {
            let watt = watts(row.get(at).unwrap_or_default())?;
            sums.watt += watt;
            let factor = kind.life_cycle().as_mg_per_kwh();
            sums.weighted += u128::from(watt) * u128::from(factor);
            Ok(())
        };
        // The repeated hour of autumn is told apart kind by kind.
        let mut key = area.to_owned();
        match &self.values {
            Values::Wide(kinds) => {
                for (at, kind) in kinds {
                    add(*kind, *at)?;
                }
            }
            Values::Long { kind: at, megawatt } => {
                let name = row.get(*at).unwrap_or_default();
                key += name;
                if let Some(kind) = kind(&name.to_lowercase()) {
                    add(kind, *megawatt)?;
                }
            }
        }
        Ok((clock.resolve(civil, &key).ok_or_else(|| format!("`{time}` is no time"))?, sums))
    }
}

/// That of a column of market time units, from its name in lower case.
pub(crate) fn time_zone(name: &str) -> Option<TimeZone> {
    if name.contains("cet") {
        TimeZone::get("Europe/Brussels").ok()
    } else if name.contains("utc") {
        Some(TimeZone::UTC)
    } else {
        None
    }
}

pub(crate) fn no_market_time(text: &str) -> String {
    format!("`{text}` is no market time unit; expected 01.01.2022 00:00 - 01.01.2022 01:00")
}

/// The first of two moments with ` - ` between them; the day comes first.
pub(crate) fn start_of(text: &str) -> Option<DateTime> {
    let start = text.split(" - ").next()?.trim();
    let shapes = ["%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M"];
    shapes.into_iter().find_map(|shape| strtime::parse(shape, start).ok()?.to_datetime().ok())
}

/// Watts from megawatts; what is missing generates nothing, and less than
/// nothing is the plants' own use.
fn watts(text: &str) -> Result<u64, String> {
    if matches!(text, "" | "n/e" | "N/A" | "-" | "n/a" | "NaN") {
        return Ok(0);
    }
    let megawatt: rust_decimal::Decimal =
        text.parse().map_err(|_| format!("`{text}` is no number of megawatts"))?;
    let watt = megawatt.max(0.into()).checked_mul(1_000_000.into());
    watt.and_then(|watt| u64::try_from(watt.round()).ok())
        .filter(|watt| *watt < 1 << 50)
        .ok_or_else(|| format!("`{text}` MW is more than any grid generates"))
}

/// The kind of plant of a lower-case name.
fn kind(name: &str) -> Option<Generation> {
    let kinds = [
        ("coal", Generation::Coal),
        ("lignite", Generation::Coal),
        ("peat", Generation::Coal),
        ("gas", Generation::Gas),
        ("oil", Generation::Oil),
        ("biomass", Generation::Biomass),
        ("geothermal", Generation::Geothermal),
        ("hydro", Generation::Hydro),
        ("nuclear", Generation::Nuclear),
        ("solar", Generation::Solar),
        ("wind", Generation::Wind),
    ];
    kinds.into_iter().find(|(word, _)| name.contains(word)).map(|(_, kind)| kind)
}
