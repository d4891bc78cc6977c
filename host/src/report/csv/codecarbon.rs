//! The columns of CodeCarbon's `emissions.csv`.

use wattcast_core::wire::record::Component;

use super::super::number::short_decimal;
use super::super::run::{Part, RunReport};
use super::super::terminal::local_time;
use super::{Site, attribute, gpus, kg, kwh, seconds};

/// In CodeCarbon's order.
pub(super) const COLUMNS: [&str; 38] = [
    "timestamp",
    "project_name",
    "run_id",
    "experiment_id",
    "duration",
    "emissions",
    "emissions_rate",
    "cpu_power",
    "gpu_power",
    "ram_power",
    "cpu_energy",
    "gpu_energy",
    "ram_energy",
    "energy_consumed",
    "water_consumed",
    "country_name",
    "country_iso_code",
    "region",
    "cloud_provider",
    "cloud_region",
    "os",
    "python_version",
    "codecarbon_version",
    "cpu_count",
    "cpu_model",
    "gpu_count",
    "gpu_model",
    "longitude",
    "latitude",
    "ram_total_size",
    "tracking_mode",
    "cpu_utilization_percent",
    "gpu_utilization_percent",
    "ram_utilization_percent",
    "ram_used_gb",
    "on_cloud",
    "pue",
    "wue",
];

/// What CodeCarbon calls a project without a name; its dashboard needs one.
const NO_PROJECT: &str = "codecarbon";

/// A run as CodeCarbon writes it. Idle power counts as the CPU's, as in its
/// model of a machine; any other part is in `energy_consumed` alone.
pub(super) fn row(run: &RunReport) -> [String; COLUMNS.len()] {
    let energy = |components: &[Component]| {
        let parts = run.parts.iter().filter(|part| components.contains(&part.component));
        parts.fold(0, |sum: u128, part: &Part| sum.saturating_add(part.energy_uj))
    };
    let cpu_uj = energy(&[Component::Cpu, Component::Idle]);
    let gpu_uj = energy(&[Component::Gpu]);
    let ram_uj = energy(&[Component::Ram]);
    let pue = run.pue_millionths;
    let time = u128::from(run.duration_us);
    // Mean power in W is µJ with the PUE over µs.
    let power = |energy_uj: u128| {
        let with_pue = energy_uj.saturating_mul(pue.into());
        if time == 0 { String::new() } else { short_decimal(with_pue, time * 1_000_000, 6) }
    };
    let rate = run.carbon_ug.filter(|_| time > 0);
    // µg over µs are g/s: to kg/s.
    let rate = rate.map(|ug| short_decimal(ug, time.saturating_mul(1_000), 15));
    let end = run.start_utc_us.map(|start| local_time(start.saturating_add(run.duration_us)));
    let cpus: u128 = attribute(run, "cpu_count").parse().unwrap_or(0);
    let busy = if cpus == 0 || time == 0 {
        String::new()
    } else {
        short_decimal(u128::from(run.cpu_time_us) * 100, time * cpus, 2)
    };
    let memory = attribute(run, "ram_bytes").parse::<u64>().ok();
    let site = Site::of(run);
    let (gpu_count, gpu) = gpus(run);
    let known = |key: &str| attribute(run, key).to_owned();
    let unknown = String::new;
    let on_cloud = if attribute(run, "cloud_provider").is_empty() { "N" } else { "Y" };
    [
        end.unwrap_or_default().replace(' ', "T"),
        if run.project.is_empty() { NO_PROJECT.into() } else { run.project.clone() },
        run.run.clone(),
        known("experiment"),
        seconds(run.duration_us),
        run.carbon_ug.map(kg).unwrap_or_default(),
        rate.unwrap_or_default(),
        power(cpu_uj),
        power(gpu_uj),
        power(ram_uj),
        kwh(cpu_uj, pue),
        kwh(gpu_uj, pue),
        kwh(ram_uj, pue),
        kwh(run.energy_uj, pue),
        unknown(),
        site.country.to_owned(),
        site.country_alpha3.to_owned(),
        site.region.to_lowercase(),
        known("cloud_provider"),
        known("cloud_region"),
        known("os").replace(' ', "-"),
        unknown(),
        unknown(),
        known("cpu_count"),
        known("cpu"),
        gpu_count.to_string(),
        // As `2 x NVIDIA A100`.
        if gpu_count == 0 { String::new() } else { format!("{gpu_count} x {gpu}") },
        unknown(),
        unknown(),
        memory.map(|bytes| short_decimal(bytes.into(), 1 << 30, 6)).unwrap_or_default(),
        "process".into(),
        busy,
        unknown(),
        unknown(),
        unknown(),
        on_cloud.into(),
        short_decimal(pue.into(), 1_000_000, 6),
        unknown(),
    ]
}
