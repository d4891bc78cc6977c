//! What is expected of each zone, hour by hour, and when the job runs there.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use wattcast_core::units::Utc;

use super::text::local;
use crate::planning::{Forecasts, Planned, ZoneForecast};

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const HOUR_US: u64 = 3_600_000_000;
/// With more zones only those that are used are shown.
const MOST_ZONES: usize = 3;

/// One hour of local time.
#[derive(Clone, Copy, Default)]
struct Cell {
    sum: u64,
    count: u64,
    is_used: bool,
}

/// A line of bars for each day and zone, and a line below where it runs.
pub(super) fn chart(planned: &Planned, forecasts: &Forecasts, time_zone: &TimeZone) -> String {
    let used = |zone: &ZoneForecast| planned.intervals.iter().any(|run| run.zone == zone.zone);
    let zones = forecasts.zones();
    let shown = zones.iter().filter(|zone| zones.len() <= MOST_ZONES || used(zone));
    let shown: Vec<&ZoneForecast> = shown.collect();
    let values = || shown.iter().flat_map(|zone| &zone.expected).flatten();
    let values = || values().map(|value| value.as_mg_per_kwh());
    let (Some(least), Some(most)) = (values().min(), values().max()) else { return String::new() };
    if least == most {
        return String::new();
    }
    let mut out = String::new();
    for zone in &shown {
        let _ = writeln!(out, "\n{:<14}  00    06    12    18", zone.zone);
        for (day, cells) in days(zone, planned, time_zone) {
            let bars: String = cells.iter().map(|cell| bar(cell, least, most)).collect();
            let _ = writeln!(out, "{day}  {}", bars.trim_end());
            if cells.iter().any(|cell| cell.is_used) {
                let marks: String =
                    cells.iter().map(|cell| if cell.is_used { '━' } else { ' ' }).collect();
                let _ = writeln!(out, "{:14}  {}", "", marks.trim_end());
            }
        }
    }
    let _ = writeln!(
        out,
        "\n▁ is {} g/kWh, █ {}; ━ when the job runs",
        (u64::from(least) + 500) / 1_000,
        (u64::from(most) + 500) / 1_000
    );
    out
}

/// Each local day with its 24 hours; the hour that a clock repeats counts with
/// the one before.
fn days(zone: &ZoneForecast, planned: &Planned, time_zone: &TimeZone) -> Vec<(String, [Cell; 24])> {
    let slot_us = u64::from(zone.slot_s) * 1_000_000;
    let mut days: Vec<(String, [Cell; 24])> = Vec::new();
    let mut put = |at_us: u64, mg: u32, is_used: bool| {
        let at = Utc::from_us(at_us);
        let day = local(at, time_zone, "%a %Y-%m-%d");
        let hour: usize = local(at, time_zone, "%H").parse().unwrap_or(0);
        if days.last().is_none_or(|(last, _)| *last != day) {
            days.push((day, [Cell::default(); 24]));
        }
        if let Some(cell) = days.last_mut().and_then(|(_, cells)| cells.get_mut(hour)) {
            cell.sum += u64::from(mg);
            cell.count += 1;
            cell.is_used |= is_used;
        }
    };
    let end = planned.deadline.map_or(u64::MAX, Utc::as_us);
    for (slot, value) in (0_u64..).zip(&zone.expected) {
        let start = zone.start.as_us() + slot * slot_us;
        let Some(value) = value else { continue };
        // A slot longer than an hour fills all of its hours.
        let mut at = start;
        while at < (start + slot_us).min(end) {
            let to = (at / HOUR_US + 1) * HOUR_US;
            let is_used = planned.intervals.iter().any(|run| {
                run.zone == zone.zone
                    && run.start.as_us() < to.min(start + slot_us)
                    && at < run.end.as_us()
            });
            put(at, value.as_mg_per_kwh(), is_used);
            at = to;
        }
    }
    days
}

fn bar(cell: &Cell, least: u32, most: u32) -> char {
    let Some(mean) = cell.sum.checked_div(cell.count) else { return ' ' };
    let span = u64::from(most - least) + 1;
    let step = mean.saturating_sub(u64::from(least)) * 8 / span;
    usize::try_from(step).ok().and_then(|step| BARS.get(step)).copied().unwrap_or('█')
}
