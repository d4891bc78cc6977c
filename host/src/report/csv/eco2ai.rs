//! The columns of eco2AI's `emission.csv`.

use super::super::number::short_decimal;
use super::super::run::RunReport;
use super::super::terminal::local_time;
use super::{Site, attribute, kg, kwh, seconds};

/// In eco2AI's order.
pub(super) const COLUMNS: [&str; 13] = [
    "id",
    "project_name",
    "experiment_description",
    "epoch",
    "start_time",
    "duration(s)",
    "power_consumption(kWh)",
    "CO2_emissions(kg)",
    "CPU_name",
    "GPU_name",
    "OS",
    "region/country",
    "cost",
];

/// A run as eco2AI writes it: with marks, a row of its own for each stretch up
/// to a mark, so that the rows of a run add up to it.
pub(super) fn rows(run: &RunReport) -> Vec<[String; COLUMNS.len()]> {
    let mut rows = Vec::new();
    let mut before = (0, Some(0));
    for mark in &run.marks {
        let epoch = mark.text.trim_start_matches("epoch").trim_start_matches([':', ' ']);
        let energy_uj = mark.energy_uj.saturating_sub(before.0);
        let carbon_ug = difference(mark.carbon_ug, before.1);
        let row = row(run, format!("epoch: {epoch}"), mark.at_us, energy_uj, carbon_ug, None);
        rows.push(row);
        before = (mark.energy_uj, mark.carbon_ug);
    }
    let energy_uj = run.energy_uj.saturating_sub(before.0);
    let carbon_ug = difference(run.carbon_ug, before.1);
    let cost = run.cost_micro;
    rows.push(row(run, "N/A".into(), run.duration_us, energy_uj, carbon_ug, cost));
    rows
}

fn difference(whole: Option<u128>, before: Option<u128>) -> Option<u128> {
    whole?.checked_sub(before?)
}

fn row(
    run: &RunReport,
    epoch: String,
    duration_us: u64,
    energy_uj: u128,
    carbon_ug: Option<u128>,
    cost_micro: Option<i128>,
) -> [String; COLUMNS.len()] {
    let start = run.start_utc_us.map(local_time).unwrap_or_default();
    let cost = cost_micro.map(|micro| {
        let sign = if micro < 0 { "-" } else { "" };
        format!("{sign}{}", short_decimal(micro.unsigned_abs(), 1_000_000, 6))
    });
    [
        run.run.clone(),
        run.project.clone(),
        attribute(run, "experiment").to_owned(),
        epoch,
        start,
        seconds(duration_us),
        kwh(energy_uj, run.pue_millionths),
        carbon_ug.map(kg).unwrap_or_default(),
        cpu(run),
        gpu(run),
        attribute(run, "os").to_owned(),
        place(run),
        cost.unwrap_or_default(),
    ]
}

/// As `AMD EPYC 7763/1 device(s), TDP:280`.
fn cpu(run: &RunReport) -> String {
    let name = attribute(run, "cpu");
    let sockets = Some(attribute(run, "cpu_sockets")).filter(|it| !it.is_empty()).unwrap_or("1");
    let tdp = attribute(run, "cpu_tdp_w");
    if name.is_empty() { String::new() } else { format!("{name}/{sockets} device(s), TDP:{tdp}") }
}

/// As `FR` or `US/California`.
fn place(run: &RunReport) -> String {
    let site = Site::of(run);
    match (site.country_code.is_empty(), site.region.is_empty()) {
        (true, _) => run.zone.clone(),
        (false, true) => site.country_code,
        (false, false) => format!("{}/{}", site.country_code, site.region),
    }
}

/// As `NVIDIA A100 2 device(s)`.
fn gpu(run: &RunReport) -> String {
    let count = Some(attribute(run, "gpu_count")).filter(|it| !it.is_empty()).unwrap_or("0");
    format!("{} {count} device(s)", attribute(run, "gpu"))
}
