//! Commands to boards as a person writes them.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wattcast_core::units::{Basis, CarbonIntensity, Power, US_PER_HOUR, Utc};
use wattcast_core::wire::command::{Ask, GivenFactor, SetJob};
use wattcast_core::wire::record::IntensitySource;

use super::super::CliError;
use super::super::metering::duration;
use super::super::place::{parse_rate, pue, scaled};
use crate::forecast::standard_offset_hours;
use crate::grid::intensity_from_grams;
use crate::intensity::{History, ReadOptions};
use crate::pricing::Intensity;
use crate::serial::Order;

/// Most hours of a history that a board is told: those that a forecast looks at.
const HOURS: u64 = 192;

/// What is named beside the commands.
pub(super) struct Site {
    pub(super) basis: Basis,
    pub(super) now: Utc,
}

/// Reads one command; `zone` is that of an earlier `zone=`, for the history.
pub(super) fn parse(text: &str, zone: Option<&str>, site: &Site) -> Result<Order, CliError> {
    let (verb, rest) = text.split_once('=').unwrap_or((text, ""));
    match (verb, rest) {
        ("identity", "") => Ok(Order::Ask(Ask::Identity)),
        ("totals", "") => Ok(Order::Ask(Ask::Totals)),
        ("plan", "") => Ok(Order::Ask(Ask::Plan)),
        ("self-test", "") => Ok(Order::Ask(Ask::SelfTest)),
        ("time", "now" | "") => Ok(Order::TimeNow),
        ("time", moment) => Ok(Order::Time(utc("time", moment)?)),
        ("zone", "") => Err(CliError::input("--send zone: name one, as zone=DE")),
        ("zone", code) => of_zone(code, site),
        ("history", file) if !file.is_empty() => history(Path::new(file), zone, site),
        ("tariff", rates) if !rates.is_empty() => tariff(rates),
        ("job", "none") => Ok(Order::Job(SetJob::default())),
        ("job", work) if !work.is_empty() => job(work),
        _ => Err(CliError::input(format!(
            "--send `{text}` is no command; there are zone=CODE, time=now, history=FILE, \
             tariff=PRICE, job=LENGTH, identity, totals, plan, self-test"
        ))),
    }
}

/// `DE` or `DE,pue=1.2`
fn of_zone(text: &str, site: &Site) -> Result<Order, CliError> {
    let (code, overhead) = text.split_once(",pue=").unwrap_or((text, "1.0"));
    let place = Intensity::of_zone(code, site.basis)
        .map_err(|error| CliError::input(format!("--send zone: {error}")))?;
    let offset_h = standard_offset_hours(&place.zone).unwrap_or(0);
    let factor = GivenFactor { intensity: place.value, basis: place.basis };
    Ok(Order::Zone {
        zone: place.zone,
        offset_min: i16::from(offset_h) * 60,
        factor: Some(factor),
        pue: pue(overhead)?,
    })
}

/// The mean of each of the newest hours of a file.
fn history(file: &Path, zone: Option<&str>, site: &Site) -> Result<Order, CliError> {
    let options =
        ReadOptions { zone: zone.map(str::to_owned), basis: site.basis, time_zone: TimeZone::UTC };
    let history = History::read(file, &options).map_err(CliError::input)?;
    let end_us = history.points().last().map_or(0, |last| last.start.as_us() + history.slot_us());
    let end = end_us.min(site.now.as_us()) / US_PER_HOUR;
    let first = history.points().first().map_or(0, |first| first.start.as_us()) / US_PER_HOUR;
    let from = end.saturating_sub(HOURS).max(first);
    let series = Intensity::world().with_history(&history, String::new());
    let hours: Vec<_> = (from..end).map(|hour| mean(&series, hour)).collect();
    if hours.iter().all(Option::is_none) {
        return Err(CliError::input(format!(
            "{}: no whole hour before now; a board is told of hours gone by",
            file.display()
        )));
    }
    Ok(Order::History { from: Utc::from_us(from * US_PER_HOUR), hours })
}

/// The mean over the quarters of an hour that are known.
fn mean(series: &Intensity, hour: u64) -> Option<CarbonIntensity> {
    let quarter = |number| Utc::from_us(hour * US_PER_HOUR + number * US_PER_HOUR / 4);
    let known = (0..4).filter_map(|number| match series.at(quarter(number)) {
        (_, value, IntensitySource::Measured) => Some(u64::from(value.as_mg_per_kwh())),
        _ => None,
    });
    let (sum, count) = known.fold((0, 0), |(sum, count), value| (sum + value, count + 1));
    let mean = (sum + count / 2_u64).checked_div(count)?;
    u32::try_from(mean).ok().map(CarbonIntensity::from_mg_per_kwh)
}

/// `0.30` or `8:30-19:00=0.30,19:00-8:30=0.20`, each with a currency before it
/// where it is not the euro: `CHF:0.30`.
fn tariff(text: &str) -> Result<Order, CliError> {
    let (currency, rates) = match text.split_once(':') {
        Some((code, rest)) if code.len() == 3 && code.chars().all(|c| c.is_ascii_alphabetic()) => {
            (code.to_ascii_uppercase(), rest)
        }
        _ => ("EUR".to_owned(), text),
    };
    let rates: Vec<_> =
        rates.split(',').map(|rate| parse_rate(rate.trim())).collect::<Result<_, _>>()?;
    Ok(Order::Tariff { currency, rates })
}

/// `2h,power=1500,deadline=2026-11-22T06:00Z,…`
fn job(text: &str) -> Result<Order, CliError> {
    let mut job = SetJob::default();
    for (index, part) in text.split(',').enumerate() {
        let bad = |what: &str| CliError::input(format!("--send job: `{part}`: {what}"));
        let seconds = |text: &str| -> Result<u32, CliError> {
            let length = duration("--send job:", text)?;
            u32::try_from(length.as_secs()).map_err(|_| bad("too long"))
        };
        match part.split_once('=') {
            None if index == 0 => job.run_s = seconds(part)?,
            Some(("power", watts)) => {
                let uw = scaled(watts.trim_end_matches('W'), 1_000_000);
                job.power = Power::from_uw(uw.ok_or_else(|| bad("write watts, as power=1500"))?);
            }
            Some(("after", moment)) => job.not_before = Some(utc("job: after", moment)?),
            Some(("deadline", moment)) => job.deadline = Some(utc("job: deadline", moment)?),
            Some(("stay", length)) => job.min_run_s = seconds(length)?,
            Some(("pauses", many)) => {
                job.max_pauses = Some(many.parse().map_err(|_| bad("write a number"))?);
            }
            Some(("below", grams)) => {
                let intensity =
                    intensity_from_grams(grams).map_err(|error| bad(&error.to_string()));
                job.max_intensity = Some(intensity?);
            }
            Some(("caution", percent)) => {
                let permille = scaled(percent.trim_end_matches('%'), 10);
                let permille = permille.and_then(|it| u16::try_from(it).ok());
                let permille = permille.filter(|it| *it <= 1000);
                job.caution_permille = permille.ok_or_else(|| bad("write 0 to 100 percent"))?;
            }
            _ => {
                return Err(bad(
                    "write a length, then any of power= after= deadline= stay= pauses= below= \
                     caution=, as job=2h,power=1500,deadline=2026-11-22T06:00Z",
                ));
            }
        }
    }
    Ok(Order::Job(job))
}

fn utc(what: &str, text: &str) -> Result<Utc, CliError> {
    let stamp = text.parse::<Timestamp>().ok();
    let us = stamp.and_then(|stamp| u64::try_from(stamp.as_microsecond()).ok());
    us.map(Utc::from_us).ok_or_else(|| {
        CliError::input(format!("--send {what}: `{text}` is no time; write 2026-11-22T06:00Z"))
    })
}
