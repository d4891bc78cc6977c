//! `wattcast factors mix`.

use clap::Args;
use serde::Serialize;
use wattcast_core::grid::mix;
use wattcast_core::units::Basis;

use crate::cli::CliError;
use crate::cli::output::{Align, columns, grams, json};
use crate::grid::shares_from_percent;

const SOURCE: &str = "generation mix × IPCC 2014 medians";

/// Arguments of `factors mix`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast factors mix coal=30 gas=20 nuclear=10 wind=25 solar=15
  wattcast run --intensity $(wattcast factors mix hydro=95 gas=5 --short) -- make

Kinds: coal, gas, oil, biomass, solar, geothermal, hydro, nuclear, wind.
Shares that add up to 99 to 101 % are scaled to 100 %; others are refused.")]
pub(super) struct MixArgs {
    /// Kind of plant and its share in percent
    #[arg(required = true, value_name = "KIND=PERCENT")]
    pub(super) shares: Vec<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "short")]
    pub(super) json: bool,
    /// Print only the number, in g/kWh
    #[arg(long)]
    pub(super) short: bool,
}

#[derive(Serialize)]
struct MixJson {
    mg_per_kwh: u32,
    basis: Basis,
    source: &'static str,
    shares: Vec<ShareJson>,
}

#[derive(Serialize)]
struct ShareJson {
    kind: &'static str,
    share_ppm: u32,
    mg_per_kwh: u32,
}

pub(super) fn run(args: &MixArgs) -> Result<String, CliError> {
    let shares = shares_from_percent(&args.shares).map_err(CliError::input)?;
    let factor = mix(&shares).map_err(CliError::input)?.as_mg_per_kwh();
    if args.short {
        return Ok(format!("{}\n", grams(factor)));
    }
    if args.json {
        let shares = shares.iter().map(|(kind, share_ppm)| ShareJson {
            kind: kind.name(),
            share_ppm: *share_ppm,
            mg_per_kwh: kind.life_cycle().as_mg_per_kwh(),
        });
        return json(&MixJson {
            mg_per_kwh: factor,
            basis: Basis::LifeCycle,
            source: SOURCE,
            shares: shares.collect(),
        });
    }
    let rows: Vec<_> = shares
        .iter()
        .map(|(kind, share_ppm)| {
            // A ten-thousandth of a percent is a millionth: three decimals more.
            let percent = grams(share_ppm / 10);
            [kind.name().to_owned(), percent, grams(kind.life_cycle().as_mg_per_kwh())]
        })
        .collect();
    let heads = [("kind", Align::Left), ("share, %", Align::Right), ("g/kWh", Align::Right)];
    let table = columns(heads, &rows);
    Ok(format!("{table}\n{} g/kWh, life-cycle: {SOURCE}\n", grams(factor)))
}
