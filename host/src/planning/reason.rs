//! Why an interval was chosen, in words.

use wattcast_core::plan::{Job, Objective, Stay};
use wattcast_core::units::{CarbonIntensity, Utc};

use super::forecasts::ZoneForecast;
use super::{Forecasts, Request};

/// What the reasons of one plan refer to.
pub(super) struct Reasons<'a> {
    forecasts: &'a Forecasts,
    /// From when to when the job could run.
    time: (Utc, Utc),
    /// There is no more time than work.
    is_tight: bool,
    objective: Objective,
}

impl<'a> Reasons<'a> {
    pub(super) fn of(request: &Request, forecasts: &'a Forecasts, job: &Job<'_>, now: Utc) -> Self {
        let start = forecasts.start().max(now).max(job.not_before.unwrap_or(now));
        let slots = forecasts.zones().iter().map(|zone| zone.expected.len()).max().unwrap_or(0);
        let slot_us = u64::from(forecasts.slot_s()) * 1_000_000;
        let length_us = u64::try_from(slots).unwrap_or(0).saturating_mul(slot_us);
        let end = Utc::from_us(forecasts.start().as_us().saturating_add(length_us));
        let end = job.deadline.map_or(end, |deadline| deadline.min(end));
        let work_us = u64::from(job.remaining_s()) * 1_000_000;
        let is_tight = end.as_us().saturating_sub(start.as_us()) < work_us + 1_000_000;
        Self { forecasts, time: (start, end), is_tight, objective: request.objective }
    }

    pub(super) fn tell(&self, stay: &Stay) -> String {
        let mut words = Vec::new();
        let zones = self.forecasts.zones();
        let (from, to) = self.time;
        let here = zones.get(usize::from(stay.zone));
        let mean = here.and_then(|zone| mean(zone, from, to));
        match self.objective {
            Objective::Carbon => {}
            Objective::Price => words.push("chosen by price".to_owned()),
            Objective::CarbonAndPrice { .. } => {
                words.push("by carbon and price together".to_owned())
            }
        }
        if self.is_tight {
            words.push("no time to spare".to_owned());
        } else if is_flat(zones) {
            words.push("every hour is expected alike, so the first ones".to_owned());
        } else if let (Some(mean), Some(here)) = (mean, here) {
            let by_carbon = self.objective == Objective::Carbon;
            words.push(compared(stay.intensity, mean, &here.zone, by_carbon));
        }
        let others = zones.iter().enumerate().filter(|(at, _)| *at != usize::from(stay.zone));
        let then = others.filter_map(|(_, zone)| Some((mean_of(zone, stay)?, &zone.zone)));
        if let Some((mg, other)) = then.min() {
            words.push(format!("{other} has {} then", grams(mg)));
        }
        if stay.overhead.seconds > 0 || stay.overhead.energy.as_uj() > 0 {
            words.push("worth the pause or move before it".to_owned());
        }
        words.join("; ")
    }
}

fn compared(intensity: CarbonIntensity, mean: u32, zone: &str, by_carbon: bool) -> String {
    let (here, mean_mg) = (i64::from(intensity.as_mg_per_kwh()), i64::from(mean));
    let percent = (mean_mg - here) * 100 / mean_mg.max(1);
    match percent {
        1.. => format!("{percent} % below the mean of {zone}, {}", grams(mean)),
        0 => format!("about the mean of {zone}, {}", grams(mean)),
        _ => {
            let why = if by_carbon { ": what the limits leave" } else { "" };
            format!("{} % above the mean of {zone}, {}{why}", -percent, grams(mean))
        }
    }
}

fn grams(mg: u32) -> String {
    format!("{} g/kWh", (u64::from(mg) + 500) / 1_000)
}

fn mean_of(zone: &ZoneForecast, stay: &Stay) -> Option<u32> {
    mean(zone, stay.start, stay.end)
}

/// The mean of the slots that overlap a time, each counted in full.
fn mean(zone: &ZoneForecast, from: Utc, to: Utc) -> Option<u32> {
    let slot_us = u64::from(zone.slot_s) * 1_000_000;
    let first = from.as_us().saturating_sub(zone.start.as_us()) / slot_us.max(1);
    let last = to.as_us().saturating_sub(zone.start.as_us()).div_ceil(slot_us.max(1));
    let range = usize::try_from(first).ok()?..usize::try_from(last).ok()?.min(zone.expected.len());
    let known = || zone.expected.get(range.clone()).unwrap_or_default().iter().flatten();
    let sum: u64 = known().map(|value| u64::from(value.as_mg_per_kwh())).sum();
    u32::try_from(sum.checked_div(u64::try_from(known().count()).ok()?)?).ok()
}

fn is_flat(zones: &[ZoneForecast]) -> bool {
    zones.iter().all(|zone| {
        let mut known = zone.expected.iter().flatten();
        let first = known.next();
        known.all(|value| Some(value) == first)
    })
}
