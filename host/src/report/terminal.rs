//! A report for people: every number with its range, quality and source.

use std::fmt::{self, Write};

use jiff::Timestamp;
use wattcast_core::units::{Basis, Quality};
use wattcast_core::wire::record::IntensitySource;

use super::equivalents::equivalents;
use super::number::{carbon_scale, cost, count, duration, energy, energy_scale, short_decimal};
use super::run::{Factor, Integrity, Part, RunReport, State, Tags};
use super::totals::Totals;
use crate::local_zone::local_zone;

/// One run in full.
#[must_use]
pub fn terminal(run: &RunReport) -> String {
    let mut text = String::new();
    // Writing to a string never fails.
    let _ = write_run(&mut text, run);
    text
}

/// Totals over runs.
#[must_use]
pub fn terminal_totals(totals: &Totals) -> String {
    let mut text = String::new();
    let _ = write_totals(&mut text, totals);
    text
}

fn write_run(out: &mut String, run: &RunReport) -> fmt::Result {
    if !run.command.is_empty() {
        line(out, "command", &one_line(&run.command))?;
    }
    let mut about = vec![format!("{} ({})", run.run, state(run))];
    about.extend(run.start_utc_us.map(local_time));
    let named = [("project", &run.project), ("host", &run.host)];
    about.extend(
        named.iter().filter(|it| !it.1.is_empty()).map(|(what, name)| format!("{what} {name}")),
    );
    about.extend(run.attributes.get("firmware").map(|name| format!("firmware {}", one_line(name))));
    line(out, "run", &about.join(", "))?;
    let mut wall = duration(run.duration_us);
    if !run.pauses.is_empty() {
        let pauses = u64::try_from(run.pauses.len()).unwrap_or(u64::MAX);
        let running = duration(run.running_us);
        wall = format!("{wall}, running {running} with {}", count(pauses, "pause"));
    }
    match run.state {
        // A board accounts no processes.
        State::Heard => line(out, "time", &wall)?,
        _ => line(out, "time", &format!("{wall}, CPU time {}", duration(run.cpu_time_us)))?,
    }

    line(out, "energy", &format!("{}  {}", energy(run.energy_uj), energy_range(run)))?;
    write_parts(out, &run.parts)?;
    if !run.details.is_empty() {
        writeln!(out, "  not in the sum:")?;
        write_parts(out, &run.details)?;
    }
    if run.export_uj > 0 {
        line(out, "given out", &energy(run.export_uj))?;
    }
    if let Some(kept) = run.attributes.get("kept_uj").and_then(|text| text.parse().ok()) {
        line(out, "before", &format!("{} in earlier boots, not in the sum", energy(kept)))?;
    }
    write_carbon(out, run)?;
    if let (Some(amount), Some(currency)) = (run.cost_micro, &run.currency) {
        line(out, "cost", &cost(amount, currency))?;
    }
    for (label, text) in run.plan.iter().flat_map(super::planned::lines) {
        line(out, label, &one_line(&text))?;
    }
    for gap in &run.gaps {
        let part = gap.part.as_deref().unwrap_or("all parts");
        let (length, at) = (duration(gap.duration_us), duration(gap.at_us));
        line(out, "gap", &format!("{part}: no readings for {length} up to {at}"))?;
    }
    for mark in &run.marks {
        let text = one_line(&mark.text);
        line(out, "mark", &format!("{} {text}: {}", duration(mark.at_us), energy(mark.energy_uj)))?;
    }
    for overlap in &run.overlaps {
        let text = one_line(&overlap.text);
        line(out, "overlap", &format!("another run, process {}: {text}", overlap.pid))?;
    }
    if run.left_behind > 0 {
        let many = count(run.left_behind, "process");
        line(out, "left behind", &format!("{many} still running when the command ended"))?;
    }
    for warning in &run.warnings {
        line(out, "warning", &one_line(warning))?;
    }
    if let Some(ledger) = &run.ledger {
        line(out, "ledger", &integrity(ledger))?;
    }
    Ok(())
}

/// The range of a run's energy, in the unit of its [`energy`].
#[must_use]
pub fn energy_range(run: &RunReport) -> String {
    let scale = energy_scale(run.energy_uj);
    format!("({} – {})", scale.number(run.energy_low_uj), scale.number(run.energy_high_uj))
}

fn write_parts(out: &mut String, parts: &[Part]) -> fmt::Result {
    let columns: Vec<[String; 3]> = parts
        .iter()
        .map(|part| {
            let scale = energy_scale(part.energy_uj);
            let (low, high) = (part.energy_low_uj, part.energy_high_uj);
            let range = format!("({} – {})", scale.number(low), scale.number(high));
            [part.name.clone(), scale.with_unit(part.energy_uj, "Wh"), range]
        })
        .collect();
    let width = |column: fn(&[String; 3]) -> &String| {
        columns.iter().map(|row| column(row).chars().count()).max().unwrap_or(0)
    };
    let (names, energies, ranges) =
        (width(|row| &row[0]), width(|row| &row[1]), width(|row| &row[2]));
    for ([name, energy, range], part) in columns.iter().zip(parts) {
        let (quality, method) = (quality(part.quality), one_line(&part.method));
        writeln!(
            out,
            "  {name:<names$}  {energy:>energies$}  {range:<ranges$}  {quality}: {method}"
        )?;
    }
    Ok(())
}

fn write_carbon(out: &mut String, run: &RunReport) -> fmt::Result {
    let Some(amount) = run.carbon_ug else {
        return line(out, "carbon", "not known: a part of the energy has no price yet");
    };
    let scale = carbon_scale(amount);
    let mut text = scale.with_unit(amount, "gCO2e");
    if let (Some(low), Some(high)) = (run.carbon_low_ug, run.carbon_high_ug) {
        write!(text, "  ({} – {})", scale.number(low), scale.number(high))?;
    }
    if let Some(factor) = &run.factor {
        write!(text, "  {}", factor_words(factor, &run.zone))?;
    }
    if run.pue_millionths != 1_000_000 {
        write!(text, ", PUE {}", short_decimal(run.pue_millionths.into(), 1_000_000, 6))?;
    }
    line(out, "carbon", &text)?;
    let [first, second, ..] = equivalents(amount);
    if first.is_worth_telling() {
        line(out, "as much as", &format!("{first}, or {second}"))?;
    }
    Ok(())
}

fn write_totals(out: &mut String, totals: &Totals) -> fmt::Result {
    let scale = energy_scale(totals.energy_uj);
    let (low, high) = (scale.number(totals.energy_low_uj), scale.number(totals.energy_high_uj));
    let (wall, cpu) = (duration(totals.duration_us), duration(totals.cpu_time_us));
    line(out, "total", &format!("{}, {wall}, CPU time {cpu}", count(totals.runs, "run")))?;
    let whole = scale.with_unit(totals.energy_uj, "Wh");
    line(out, "energy", &format!("{whole}  ({low} – {high})"))?;
    for total in &totals.carbon {
        let scale = carbon_scale(total.carbon_ug);
        let whole = scale.with_unit(total.carbon_ug, "gCO2e");
        let (low, high) = (scale.number(total.carbon_low_ug), scale.number(total.carbon_high_ug));
        line(out, "carbon", &format!("{whole}  ({low} – {high})  {}", basis(total.basis)))?;
        let equivalents = equivalents(total.carbon_ug);
        for equivalent in equivalents.iter().filter(|it| it.is_worth_telling()) {
            line(out, "as much as", &equivalent.to_string())?;
        }
    }
    if totals.unpriced_runs > 0 {
        line(
            out,
            "not priced",
            &format!("{}, not in the carbon", count(totals.unpriced_runs, "run")),
        )?;
    }
    for (currency, amount) in &totals.cost_micro {
        line(out, "cost", &cost(*amount, currency))?;
    }
    if totals.overlap_uj > 0 {
        let once = energy(totals.overlap_uj);
        let (overlapping, nested) = (totals.overlapping_runs, totals.nested_runs);
        line(
            out,
            "counted once",
            &format!(
                "{once} that several runs report ({overlapping} overlapping on one machine, \
                 {nested} within another run)"
            ),
        )?;
    }
    Ok(())
}

fn line(out: &mut String, label: &str, text: &str) -> fmt::Result {
    writeln!(out, "{label:<13} {text}")
}

/// How a run came to its end, in words.
#[must_use]
pub fn state(run: &RunReport) -> String {
    let forged = match run.ledger.as_ref().map(|ledger| &ledger.tags) {
        Some(Tags::Forged { .. }) => ", FORGED",
        _ => "",
    };
    match (run.state, run.exit_code) {
        (State::Finished, Some(code)) => format!("finished, exit code {code}{forged}"),
        (State::Finished, None) => format!("finished{forged}"),
        (State::Running, _) => format!("running{forged}"),
        (State::CutShort, _) => format!("cut short{forged}"),
        (State::Heard, _) => format!("as far as heard{forged}"),
    }
}

/// UTC in µs as local time, to the second.
#[must_use]
pub fn local_time(utc_us: u64) -> String {
    let time = i64::try_from(utc_us).ok().and_then(|us| Timestamp::from_microsecond(us).ok());
    time.map_or_else(String::new, |time| {
        time.to_zoned(local_zone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    })
}

fn factor_words(factor: &Factor, zone: &str) -> String {
    let grams = |mg: u32| short_decimal(mg.into(), 1_000, 3);
    let place = match (factor.kind, zone) {
        (IntensitySource::World, _) => "world mean, as no --zone was given: ".to_owned(),
        (_, "") => String::new(),
        (_, zone) => format!("{zone} "),
    };
    let value = if factor.least == factor.most {
        format!("{} g/kWh", grams(factor.value))
    } else {
        let (least, most) = (grams(factor.least), grams(factor.most));
        format!("mean {} g/kWh ({least} – {most})", grams(factor.value))
    };
    let year = factor.year.map(|year| format!(" {year}")).unwrap_or_default();
    format!("{place}{value}, {}{year}, {}", factor.source, basis(factor.basis))
}

fn integrity(ledger: &Integrity) -> String {
    let files = if ledger.files.is_empty() { "none".into() } else { ledger.files.join(" and ") };
    let tags = match ledger.tags {
        Tags::Untagged => "untagged".into(),
        Tags::NoKey => "tagged, no key here to verify it".into(),
        Tags::Verified => "verified".into(),
        Tags::Forged { sequence } => format!("FORGED at record {sequence}"),
    };
    let mut lost = String::new();
    for (many, thing) in
        [(ledger.lost_records, "missing record"), (ledger.lost_bytes, "damaged byte")]
    {
        if many > 0 {
            lost.push_str(", ");
            lost.push_str(&count(many, thing));
        }
    }
    format!("{files} ({}, {tags}{lost})", count(ledger.records, "record"))
}

fn quality(quality: Quality) -> &'static str {
    match quality {
        Quality::Measured => "measured",
        Quality::Modelled => "modelled",
        Quality::Assumed => "assumed",
    }
}

fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::LifeCycle => "life-cycle",
        Basis::Direct => "direct",
        Basis::Marginal => "marginal",
    }
}

/// Text from a ledger cannot move the cursor or fake a line.
fn one_line(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}
