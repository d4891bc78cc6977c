//! `wattcast factors list`.

use clap::Args;
use serde::Serialize;
use wattcast_core::grid::cloud_regions;

use super::show::{FactorJson, year};
use crate::cli::CliError;
use crate::cli::output::{Align, basis, columns, grams, json};
use crate::grid::{Place, find, places};

/// Arguments of `factors list`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast factors list
  wattcast factors list germany
  wattcast factors list --cloud aws:eu")]
pub(super) struct ListArgs {
    /// Only those with this text in their code or name
    pub(super) text: Option<String>,
    /// List regions of cloud providers instead
    #[arg(long)]
    pub(super) cloud: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Serialize)]
struct EntryJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    zone: &'static str,
    name: &'static str,
    used: FactorJson,
}

/// A place, and the cloud region that led to it.
type Entry = (Option<String>, Place);

pub(super) fn run(args: &ListArgs) -> Result<String, CliError> {
    let text = args.text.as_deref().unwrap_or_default().to_lowercase();
    let entries: Vec<Entry> = if args.cloud { regions() } else { all() };
    let found: Vec<_> = entries.into_iter().filter(|entry| has(entry, &text)).collect();
    if found.is_empty() {
        let what = if args.cloud { "cloud region" } else { "place" };
        return Err(CliError::input(format_args!(
            "no {what} has `{}` in its code or name: leave it out to list all",
            text.escape_debug()
        )));
    }
    if args.json {
        let entries = found.into_iter().map(|(region, place)| EntryJson {
            region,
            zone: place.code(),
            name: place.name(),
            used: place.best().into(),
        });
        return json(&entries.collect::<Vec<_>>());
    }
    let cells =
        found.iter().map(|(region, place)| (region.clone().unwrap_or_default(), cells(place)));
    if args.cloud {
        let [zone, name, grams, year, basis, source] = HEADS;
        let heads = [("region", Align::Left), zone, name, grams, year, basis, source];
        let rows = cells.map(|(region, [a, b, c, d, e, f])| [region, a, b, c, d, e, f]);
        return Ok(columns(heads, &rows.collect::<Vec<_>>()));
    }
    Ok(columns(HEADS, &cells.map(|(_, cells)| cells).collect::<Vec<_>>()))
}

const HEADS: [(&str, Align); 6] = [
    ("zone", Align::Left),
    ("name", Align::Left),
    ("g/kWh", Align::Right),
    ("year", Align::Left),
    ("basis", Align::Left),
    ("source", Align::Left),
];

fn cells(place: &Place) -> [String; 6] {
    let factor = place.best();
    [
        place.code().to_owned(),
        place.name().to_owned(),
        grams(factor.intensity.as_mg_per_kwh()),
        year(&factor),
        basis(factor.basis).to_owned(),
        factor.source.name().to_owned(),
    ]
}

fn all() -> Vec<Entry> {
    places().map(|place| (None, place)).collect()
}

fn regions() -> Vec<Entry> {
    cloud_regions()
        .filter_map(|(provider, region, _)| {
            let region = format!("{provider}:{region}");
            find(&region).ok().map(|place| (Some(region), place))
        })
        .collect()
}

fn has((region, place): &Entry, text: &str) -> bool {
    let texts = [region.as_deref().unwrap_or_default(), place.code(), place.name()];
    texts.iter().any(|known| known.to_lowercase().contains(text))
}
