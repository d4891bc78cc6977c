//! The columns of eco2AI's `emission.csv`.

use super::super::number::short_decimal;
use super::super::run::RunReport;
use super::super::terminal::local_time;
use super::{Site, attribute, gpus, kg, kwh, seconds};

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

/// What eco2AI calls a project or an experiment without a name. Its `summary`
/// needs one, and a number in `cost`.
const NO_PROJECT: &str = "default project name";
const NO_EXPERIMENT: &str = "default experiment description";

/// Totals from the start of a run.
#[derive(Clone, Copy, Default)]
struct SoFar {
    at_us: u64,
    energy_uj: u128,
    carbon_ug: Option<u128>,
    cost_micro: i128,
}

/// A run as eco2AI writes it: with marks, a row of its own for each stretch up
/// to a mark, so that the rows of a run add up to it. As in eco2AI, the
/// duration is that from the start of the run.
pub(super) fn rows(run: &RunReport) -> Vec<[String; COLUMNS.len()]> {
    let marks = run.marks.iter().map(|mark| {
        let name = mark.text.trim_start_matches("epoch").trim_start_matches([':', ' ']);
        let so_far = SoFar {
            at_us: mark.at_us,
            energy_uj: mark.energy_uj,
            carbon_ug: mark.carbon_ug,
            cost_micro: mark.cost_micro.unwrap_or(0),
        };
        (format!("epoch: {name}"), so_far)
    });
    let whole = SoFar {
        at_us: run.duration_us,
        energy_uj: run.energy_uj,
        carbon_ug: run.carbon_ug,
        cost_micro: run.cost_micro.unwrap_or(0),
    };
    let mut before = SoFar { carbon_ug: Some(0), ..SoFar::default() };
    marks
        .chain([("N/A".to_owned(), whole)])
        .map(|(epoch, now)| row(run, epoch, &std::mem::replace(&mut before, now), &now))
        .collect()
}

fn row(run: &RunReport, epoch: String, before: &SoFar, now: &SoFar) -> [String; COLUMNS.len()] {
    let named = |name: &str, without: &str| {
        if name.is_empty() { without.to_owned() } else { name.to_owned() }
    };
    let energy_uj = now.energy_uj.saturating_sub(before.energy_uj);
    let carbon_ug = now.carbon_ug.zip(before.carbon_ug).map(|(now, then)| now.saturating_sub(then));
    let cost_micro = now.cost_micro.saturating_sub(before.cost_micro);
    let sign = if cost_micro < 0 { "-" } else { "" };
    [
        run.run.clone(),
        named(&run.project, NO_PROJECT),
        named(attribute(run, "experiment"), NO_EXPERIMENT),
        epoch,
        run.start_utc_us.map(local_time).unwrap_or_default(),
        seconds(now.at_us),
        kwh(energy_uj, run.pue_millionths),
        carbon_ug.map(kg).unwrap_or_default(),
        cpu(run),
        gpu(run),
        system(run),
        place(run),
        format!("{sign}{}", short_decimal(cost_micro.unsigned_abs(), 1_000_000, 6)),
    ]
}

/// As `AMD EPYC 7763/1 device(s), TDP:280`.
fn cpu(run: &RunReport) -> String {
    let name = attribute(run, "cpu");
    let tdp = attribute(run, "cpu_tdp_mw").parse::<u128>();
    let tdp = tdp.map(|milliwatts| short_decimal(milliwatts, 1_000, 3)).unwrap_or_default();
    if name.is_empty() { String::new() } else { format!("{name}/1 device(s), TDP:{tdp}") }
}

/// The name that Python gives the system: the first word of `Linux 6.8.0`.
fn system(run: &RunReport) -> String {
    match attribute(run, "os").split(' ').next().unwrap_or_default() {
        "Darwin" => "MacOS".into(),
        name => name.into(),
    }
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
    let (count, name) = gpus(run);
    format!("{name} {count} device(s)")
}
