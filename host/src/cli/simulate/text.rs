//! All of it for people: tables, charts, and what each number means.

use std::fmt::Write as _;

use super::Played;
use super::json::{mean_mg, members};
use super::summary::{PLANS, Summary, mean, percent, saving_pct};
use crate::cli::output::{Align, columns, grams};
use crate::intensity::timestamp;
use crate::simulate::{OneZone, OneZoneJob};

const LEFT: Align = Align::Left;
const RIGHT: Align = Align::Right;
/// The energy of eco4cast's cases: 21.4 kg at the mean intensity of their
/// 150 hours in Belgium.
const CASE_WH: u64 = 152_000;
/// What eco4cast published of its cases, in kg.
const PUBLISHED: [(&str, &str); 4] =
    [("BE", "17.8"), ("BE,CH", "16.7"), ("BE,FI", "16.1"), ("BE,CH,FI", "15.2")];
/// Sets that emit more than their best zone, of which so many are listed.
const LISTED: usize = 10;

pub(super) fn text(played: &Played) -> String {
    let (days, left_out) = played.field.days();
    let mut out = format!(
        "{} zones, {} h in {days} days from {}, forecast by {}\n\
         told: planned at 00:00 UTC of each day for the day; anew: planned again every {} h for the\n\
         rest of the day; foresight: planned by what came\n",
        played.field.zones().len(),
        played.field.hours(),
        timestamp(played.from.start()),
        played.forecaster,
        played.field.every_hours(),
    );
    if left_out > 0 {
        let _ = writeln!(out, "{left_out} days with unknown hours are left out");
    }
    for at in 0..played.zones.first().map_or(0, |zone| zone.jobs.len()) {
        out += &one_zone(played, at);
    }
    out += &greedy(&played.zones, played.field.hours());
    if played.field.zones().len() > 1 {
        out += &sets(played);
    }
    if !played.cases.is_empty() {
        out += &cases(played);
    }
    out
}

fn one_zone(played: &Played, at: usize) -> String {
    let (zones, is_eco4cast) = (&played.zones, played.is_eco4cast);
    let jobs: Vec<(&OneZone, OneZoneJob)> =
        zones.iter().filter_map(|zone| Some((zone, *zone.jobs.get(at)?))).collect();
    let hours = jobs.first().map_or(0, |(_, job)| job.hours);
    let savings = |job: &OneZoneJob| {
        [job.foreseen, job.told, job.anew].map(|saved| percent(saved.saving_ppm()))
    };
    let most = jobs.iter().map(|(_, job)| savings(job)[0]).fold(0.0, f64::max);
    let row = |name: &str, grams: String, [foreseen, told, anew]: [f64; 3], shares: [f64; 2]| {
        let [of_told, of_anew] = shares.map(one);
        let bar = bar(anew, foreseen, most);
        [name.to_owned(), grams, one(foreseen), one(told), of_told, one(anew), of_anew, bar]
    };
    let shares = |job: &OneZoneJob| {
        let [foreseen, told, anew] = savings(job);
        [told, anew].map(|saving| saving * 100.0 / foreseen)
    };
    let mut rows: Vec<_> = jobs
        .iter()
        .map(|(zone, job)| {
            row(&zone.zone, (zone.mean_mg / 1_000).to_string(), savings(job), shares(job))
        })
        .collect();
    let mut mean_of = |name: &str, jobs: &[(&OneZone, OneZoneJob)]| {
        let means = [0, 1, 2]
            .map(|at| mean(jobs.iter().filter_map(|(_, job)| savings(job).get(at).copied())));
        let known = || jobs.iter().filter(|(_, job)| savings(job)[0] > 0.0);
        let share =
            [0, 1].map(|at| mean(known().filter_map(|(_, job)| shares(job).get(at).copied())));
        rows.push(row(name, String::new(), means, share));
    };
    if jobs.len() > 1 {
        mean_of("mean", &jobs);
    }
    let told: Vec<_> =
        jobs.iter().filter(|(zone, _)| played.told.contains(&zone.zone)).copied().collect();
    if !told.is_empty() && told.len() < jobs.len() {
        mean_of(&format!("day-ahead, {}", told.len()), &told);
    }
    let typical: Option<Vec<_>> = played
        .typical
        .as_ref()
        .map(|zones| zones.iter().filter_map(|zone| Some((zone, *zone.jobs.get(at)?))).collect());
    if let Some(typical) = typical.as_ref().filter(|typical| !typical.is_empty()) {
        mean_of(&format!("typical day, {}", typical.len()), typical);
        // They do not change within a day.
        if let Some([.., anew, of_anew, _]) = rows.last_mut() {
            anew.clear();
            of_anew.clear();
        }
    }
    let heads = [
        ("zone", LEFT),
        ("g/kWh", RIGHT),
        ("foresight %", RIGHT),
        ("told %", RIGHT),
        ("of it %", RIGHT),
        ("anew %", RIGHT),
        ("of it %", RIGHT),
        ("", LEFT),
    ];
    let mut out = format!(
        "\nOne zone: a job of {hours} h in each whole day, in its best hours (`optimal`, pauses free);\n\
         saved against the mean of the same days\n\n"
    );
    out += &columns(heads, &rows);
    if !told.is_empty() && told.len() < jobs.len() {
        let names: Vec<&str> = told.iter().map(|(zone, _)| zone.zone.as_str()).collect();
        let _ = writeln!(out, "day-ahead solar and wind were told of {}", names.join(", "));
    }
    if let Some(typical) = &typical {
        let is_known = |zone: &str| typical.iter().any(|(known, _)| known.zone == zone);
        let unknown: Vec<&str> =
            zones.iter().map(|zone| zone.zone.as_str()).filter(|zone| !is_known(zone)).collect();
        out += "typical day: the season's day that is built in, which knew 2019 to 2022\n";
        if !unknown.is_empty() {
            let _ = writeln!(out, "no typical day is known of {}", unknown.join(", "));
        }
    }
    if is_eco4cast && hours == 12 {
        out += "eco4cast published about 12 % in the mean and up to 70 %; it does not say how many hours\n\
                run each day, nor whether its 12 % are by forecast or by what came.\n";
    }
    out
}

fn greedy(zones: &[OneZone], hours: usize) -> String {
    let row = |zone: &OneZone| {
        let hours = u64::try_from(hours).unwrap_or(0);
        let share = (zone.greedy_hours * 1_000).checked_div(hours).unwrap_or(0);
        let saved = match zone.greedy_hours {
            0 => String::new(),
            _ => one(percent(zone.greedy.saving_ppm())),
        };
        [zone.zone.clone(), format!("{}.{}", share / 10, share % 10), saved]
    };
    let rows: Vec<_> = zones.iter().map(row).collect();
    let heads = [("zone", LEFT), ("runs % of hours", RIGHT), ("saved %", RIGHT)];
    let mut out = String::from(
        "\nOne zone, the rule of eco4cast (`greedy`, mended) with its own threshold of 180 g/kWh, by\n\
         what was told: it runs the hours that it holds for clean; for their energy, saved against\n\
         the mean of all hours\n\n",
    );
    out += &columns(heads, &rows);
    let ran: Vec<f64> = zones
        .iter()
        .filter(|zone| zone.greedy_hours > 0)
        .map(|zone| percent(zone.greedy.saving_ppm()))
        .collect();
    if ran.len() > 1 {
        let most = ran.iter().copied().fold(f64::MIN, f64::max);
        let _ = writeln!(
            out,
            "mean of the {} zones in which it runs: {} %, most {} %",
            ran.len(),
            one(mean(ran.iter().copied())),
            one(most)
        );
    }
    out
}

fn sets(played: &Played) -> String {
    let sweep = &played.sweep;
    let mut rows = Vec::new();
    for (name, plan) in PLANS {
        let fixed = Summary::of(sweep, plan, |set| set.best_fixed);
        let all = Summary::of(sweep, plan, |set| set.mean);
        rows.push([
            name.to_owned(),
            one(fixed.mean_pct),
            one(fixed.peak_pct),
            format!("{:.2}", fixed.not_below_zero_pct),
            one(all.mean_pct),
            one(all.peak_pct),
        ]);
    }
    if played.is_eco4cast {
        let published = ["eco4cast published", "3.6", "15-20", "", "77", "90"];
        rows.push(published.map(str::to_owned));
    }
    let heads = [
        ("each hour in", LEFT),
        ("best zone %", RIGHT),
        ("peak", RIGHT),
        ("not below 0 %", RIGHT),
        ("mean zone %", RIGHT),
        ("peak", RIGHT),
    ];
    let mut out = format!(
        "\nMany zones: all {} sets of them, a job that runs every hour, moving for free; saved against\n\
         the zone of the set that came out cleanest over all hours, and against the mean of the set;\n\
         means over the sets. Each hour in the zone that is forecast to be cleanest, which is the\n\
         `optimal` plan; `kept`: anew, but leaving the zone that was cleanest over the four weeks\n\
         before only for one forecast cleaner by more than {} g/kWh; `greedy`: the rule of eco4cast\n\
         at 00:00 UTC, without its threshold, moving for 30 g/kWh\n\n",
        sweep.sets.len(),
        grams(played.margin_mg)
    );
    out += &columns(heads, &rows);
    out += &histogram(played);
    out += &below(played);
    out
}

/// How many sets save how much, by what was told.
fn histogram(played: &Played) -> String {
    const WIDTH: f64 = 2.0;
    let mut bins: std::collections::BTreeMap<i64, usize> = std::collections::BTreeMap::new();
    for set in &played.sweep.sets {
        let saving = saving_pct(set.kept, set.best_fixed);
        #[allow(clippy::cast_possible_truncation, reason = "a percentage")]
        let bin = if saving == 0.0 { 0 } else { (saving / WIDTH).floor() as i64 };
        *bins.entry(bin).or_default() += 1;
    }
    let most = bins.values().copied().max().unwrap_or(1);
    let mut out = String::from("\nsets by what `kept` saves against their best zone\n");
    for (bin, count) in bins {
        let length = (count * 50).div_ceil(most.max(1));
        let _ = writeln!(
            out,
            "{:>4} to {:>3} %  {:>6}  {}",
            bin * 2,
            bin * 2 + 2,
            count,
            "█".repeat(length)
        );
    }
    out
}

/// The sets that had better stayed in their best zone.
fn below(played: &Played) -> String {
    let sets = &played.sweep.sets;
    let mut below: Vec<_> = sets.iter().filter(|set| set.kept > set.best_fixed).collect();
    if below.is_empty() {
        return "\nNo set emits more when `kept` than in its best zone.\n".to_owned();
    }
    below.sort_by(|a, b| {
        saving_pct(a.kept, a.best_fixed).total_cmp(&saving_pct(b.kept, b.best_fixed))
    });
    let mut out = format!(
        "\n{} sets emit more when `kept` than in their best zone, which nobody knew before{}\n",
        below.len(),
        if below.len() > LISTED { "; the worst:" } else { ":" }
    );
    for set in below.iter().take(LISTED) {
        let zones = members(set.zones, played.field.zones()).join("+");
        let _ = writeln!(out, "  {:>7.3} %  {zones}", saving_pct(set.kept, set.best_fixed));
    }
    out
}

fn cases(played: &Played) -> String {
    let rows: Vec<_> = played
        .cases
        .iter()
        .map(|case| {
            let mg = |sum| mean_mg(sum, case.seconds);
            let name = case.zones.join(",");
            let published = PUBLISHED.iter().find(|(zones, _)| *zones == name);
            let is_whole = played.is_eco4cast && case.share_pct == 100;
            [
                name.clone(),
                case.share_pct.to_string(),
                kilograms(mg(case.told.against)),
                kilograms(mg(case.told.planned)),
                kilograms(mg(case.anew.planned)),
                one(percent(case.anew.saving_ppm())),
                kilograms(mg(case.foreseen.planned)),
                published.filter(|_| is_whole).map_or("", |(_, kg)| kg).to_owned(),
            ]
        })
        .collect();
    let heads = [
        ("zones", LEFT),
        ("runs %", RIGHT),
        ("at once kg", RIGHT),
        ("told kg", RIGHT),
        ("anew kg", RIGHT),
        ("saves %", RIGHT),
        ("foresight kg", RIGHT),
        (if played.is_eco4cast { "published kg" } else { "" }, RIGHT),
    ];
    let mut out = String::from(
        "\nCases: so much of the hours of each day, in its best hours and zones (`optimal`, pauses and\n\
         moves free), against as many hours run at once in the first zone; each for 152 kWh\n\n",
    );
    out += &columns(heads, &rows);
    if played.is_eco4cast {
        out += "eco4cast published 21.4 kg at once, which is all 150 h in Belgium, and the values of the\n\
                last column; it does not say how many of the hours ran to reach them.\n";
    }
    out
}

/// The carbon of a case's energy at a mean intensity.
fn kilograms(mg_per_kwh: u64) -> String {
    let mg = mg_per_kwh * CASE_WH / 1_000;
    let hundredths = (mg + 5_000) / 10_000;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// One decimal; nothing where there is no number.
fn one(value: f64) -> String {
    // No minus before a zero.
    if value.is_finite() {
        format!("{:.1}", if value.abs() < 0.05 { 0.0 } else { value })
    } else {
        String::new()
    }
}

/// What is reached, and lighter what could be.
fn bar(told: f64, foreseen: f64, most: f64) -> String {
    let length = |value: f64| {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a length of at most 30"
        )]
        let length = (value.clamp(0.0, most) * 30.0 / most.max(0.1)).round() as usize;
        length
    };
    let (told, foreseen) = (length(told), length(foreseen));
    format!("{}{}", "█".repeat(told), "░".repeat(foreseen.saturating_sub(told)))
}
