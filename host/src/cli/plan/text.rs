//! A plan in words and a table.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use wattcast_core::units::Utc;

use crate::cli::output::{Align, basis, columns};
use crate::planning::{Claim, Planned, PlannedInterval};
use crate::report::{carbon, cost, duration, energy};

/// All of a plan but the chart.
pub(super) fn text(planned: &Planned, time_zone: &TimeZone) -> String {
    let mut out = headline(planned);
    out.push('\n');
    out += &table(planned, time_zone);
    out.push('\n');
    out += &figures(planned);
    out.push('\n');
    out += &origins(planned);
    out
}

/// How much in how many pieces, and how good that is.
fn headline(planned: &Planned) -> String {
    let us = planned.intervals.iter().map(|run| run.end.as_us() - run.start.as_us()).sum();
    let some = |count: u16, what: &str| match count {
        0 => String::new(),
        1 => format!(", 1 {what}"),
        count => format!(", {count} {what}s"),
    };
    let claim = match (planned.claim, planned.method) {
        (Claim::Proven, _) => "no plan within these limits is better on this forecast".to_owned(),
        (Claim::NotProven, _) => {
            let off_by = planned.off_by.unwrap_or(0);
            let off_by = match &planned.currency {
                Some(currency) if planned.by_price => cost(off_by.into(), currency),
                _ => carbon(off_by.into()),
            };
            format!("not proven best; no plan is better by more than {off_by}")
        }
        (Claim::Rule, "window") => "the best start of one unbroken run".to_owned(),
        (Claim::Rule, _) => "by the rule of eco4cast, which claims nothing".to_owned(),
    };
    format!(
        "{}{}{}: {claim}.\n",
        duration(us),
        some(planned.pauses, "pause"),
        some(planned.moves, "move")
    )
}

fn table(planned: &Planned, time_zone: &TimeZone) -> String {
    let (left, right) = (Align::Left, Align::Right);
    let heads = [
        ("zone", left),
        ("from", left),
        ("until", left),
        ("g/kWh", right),
        ("carbon", right),
        ("saves", right),
        ("why", left),
    ];
    let row = |run: &PlannedInterval| {
        let saves = run.saves_ug.map_or_else(String::new, signed);
        [
            run.zone.clone(),
            local(run.start, time_zone, "%a %Y-%m-%d %H:%M"),
            local(run.end, time_zone, "%H:%M"),
            ((u64::from(run.intensity_mg_per_kwh) + 500) / 1_000).to_string(),
            carbon(run.carbon_ug.into()),
            saves,
            run.reason.clone(),
        ]
    };
    let rows: Vec<_> = planned.intervals.iter().map(row).collect();
    columns(heads, &rows)
}

fn figures(planned: &Planned) -> String {
    let range = match (planned.expected_low_ug, planned.expected_high_ug) {
        (Some(low), Some(high)) => {
            format!("{} to {} as the forecast ranges", carbon(low.into()), carbon(high.into()))
        }
        _ => String::new(),
    };
    let mut rows = vec![["this plan".to_owned(), carbon(planned.expected_ug.into()), range]];
    let best = planned.best_zone.as_deref().unwrap_or_default();
    let others = [
        ("at once".to_owned(), planned.run_now_ug),
        ("the mean until the deadline".to_owned(), planned.mean_ug),
        (
            format!("the mean of the best zone, {best}"),
            planned.best_zone_ug.filter(|_| planned.forecasts.len() > 1),
        ),
    ];
    for (name, ug) in others {
        let Some(ug) = ug else { continue };
        let saved = i128::from(ug) - i128::from(planned.expected_ug);
        let percent = (saved * 100).checked_div(i128::from(ug));
        let told = match percent {
            Some(percent @ 0..) => format!("saves {percent} %"),
            Some(percent) => format!("emits {} % more", -percent),
            None => String::new(),
        };
        rows.push([name, carbon(ug.into()), told]);
    }
    rows.push(["energy".to_owned(), energy(planned.energy_uj.into()), assumed(planned)]);
    if let (Some(micro), Some(currency)) = (planned.cost_micro, &planned.currency) {
        rows.push(["cost".to_owned(), cost(micro.into(), currency), String::new()]);
    }
    columns([("", Align::Left), ("", Align::Right), ("", Align::Left)], &rows)
        .trim_start_matches('\n')
        .to_owned()
}

fn assumed(planned: &Planned) -> String {
    if planned.is_power_assumed {
        "at 1 kW, as no --power was given".to_owned()
    } else {
        String::new()
    }
}

/// Where the forecasts come from.
fn origins(planned: &Planned) -> String {
    let mut out = String::new();
    for note in &planned.forecasts {
        let zone = if note.zone.is_empty() { "the forecast" } else { &note.zone };
        let told = match note.source {
            "file" => format!("as forecast in {}", note.from),
            "network" => format!("forecast by the network `history` from {}", note.from),
            "day-ahead-network" => format!(
                "forecast by the network `day-ahead` from {} and the operator's solar and wind",
                note.from
            ),
            "simple-rules" => format!(
                "forecast by simple rules from {}, which is too short or has too many holes for the network",
                note.from
            ),
            "typical-day" => format!(
                "typical days of the grid ({}), not a forecast of the weather: give --history",
                note.from
            ),
            "typical-day-of-country" => format!(
                "typical days of the country ({}), not a forecast of the weather: give --history",
                note.from
            ),
            "given" => "one intensity for all hours, as given".to_owned(),
            _ => format!(
                "the yearly factor of {}: no typical day is known here, so no hour is known to be cleaner than another; give --history",
                note.from
            ),
        };
        let _ = writeln!(out, "{zone}: {told}; {}.", basis(planned.basis));
    }
    out
}

/// A mass that may be negative.
fn signed(ug: i64) -> String {
    let sign = if ug < 0 { "-" } else { "" };
    format!("{sign}{}", carbon(ug.unsigned_abs().into()))
}

/// A moment in a time zone.
pub(super) fn local(at: Utc, time_zone: &TimeZone, format: &str) -> String {
    i64::try_from(at.as_us())
        .ok()
        .and_then(|us| jiff::Timestamp::from_microsecond(us).ok())
        .map(|at| at.to_zoned(time_zone.clone()).strftime(format).to_string())
        .unwrap_or_default()
}
