//! An estimate for people.

use wattcast_core::units::Quality;
use wattcast_core::wire::record::IntensitySource;

use crate::cli::output::{Align, basis, columns, grams};
use crate::estimate::{Elsewhere, Estimate, Part};
use crate::report::{carbon, cost, duration, energy};

pub(super) fn text(estimate: &Estimate, elsewhere: &[Elsewhere]) -> String {
    let parts: Vec<_> = estimate.parts.iter().map(part).collect();
    let left = Align::Left;
    let heads =
        [("part", left), ("energy", Align::Right), ("range", left), ("", left), ("method", left)];
    let range = |low: u64, high: u64, write: fn(u128) -> String| {
        format!("({} to {})", write(low.into()), write(high.into()))
    };
    let mut out = format!(
        "time    {}\nenergy  {}  {}\n",
        duration(estimate.duration_us),
        energy(estimate.energy_uj.into()),
        range(estimate.energy_low_uj, estimate.energy_high_uj, energy),
    );
    if estimate.pue_millionths != 1_000_000 {
        let pue = grams(estimate.pue_millionths.div_euclid(1000));
        out += &format!("site    PUE {pue}, in carbon and cost\n");
    }
    out += &format!(
        "carbon  {}  {}\n        {}\n",
        carbon(estimate.carbon_ug.into()),
        range(estimate.carbon_low_ug, estimate.carbon_high_ug, carbon),
        factor(estimate),
    );
    if let (Some(amount), Some(currency)) = (estimate.cost_micro, &estimate.currency) {
        out += &format!("cost    {}\n", cost(amount.into(), currency));
    }
    out += "\n";
    out += &columns(heads, &parts);
    if !elsewhere.is_empty() {
        out += "\nThe same job elsewhere:\n\n";
        out += &places(elsewhere);
    }
    out
}

fn part(part: &Part) -> [String; 5] {
    let quality = match part.quality {
        Quality::Measured => "measured",
        Quality::Modelled => "modelled",
        Quality::Assumed => "assumed",
    };
    let (low, high) = (part.energy_low_uj.into(), part.energy_high_uj.into());
    [
        part.name.clone(),
        energy(part.energy_uj.into()),
        format!("({} to {})", energy(low), energy(high)),
        quality.to_owned(),
        part.method.clone(),
    ]
}

/// What the carbon was reckoned with.
fn factor(estimate: &Estimate) -> String {
    let factor = &estimate.factor;
    let zone = match (factor.kind, estimate.zone.as_str()) {
        (IntensitySource::World, _) => "the world, as no --zone was given",
        (_, "") => "no zone named",
        (_, zone) => zone,
    };
    let basis = basis(factor.basis);
    let year = factor.year.map_or_else(String::new, |year| format!(" {year}"));
    let mut out =
        format!("{} g/kWh, {basis}: {zone}, {}{year}", grams(factor.value), factor.source);
    if factor.least < factor.most {
        out += &format!("; sources span {} to {}", grams(factor.least), grams(factor.most));
    }
    out
}

fn places(elsewhere: &[Elsewhere]) -> String {
    let heads = [
        ("place", Align::Left),
        ("zone", Align::Left),
        ("name", Align::Left),
        ("g/kWh", Align::Right),
        ("year", Align::Left),
        ("carbon", Align::Right),
        ("change", Align::Right),
        ("source", Align::Left),
    ];
    let rows: Vec<_> = elsewhere
        .iter()
        .map(|job| {
            [
                job.place.clone(),
                job.zone.to_owned(),
                job.name.to_owned(),
                grams(job.mg_per_kwh),
                job.year.map_or_else(|| "undated".to_owned(), |year| year.to_string()),
                carbon(job.carbon_ug.into()),
                change(job.saved_ppm),
                job.source.to_owned(),
            ]
        })
        .collect();
    columns(heads, &rows)
}

/// In whole percent, rounded half away from zero.
fn change(saved_ppm: i64) -> String {
    let percent = (saved_ppm.unsigned_abs() + 5_000) / 10_000;
    match (percent, saved_ppm) {
        (0, _) => "0 %".to_owned(),
        (_, 0..) => format!("-{percent} %"),
        _ => format!("+{percent} %"),
    }
}
