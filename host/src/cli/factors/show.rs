//! `wattcast factors show`.

use clap::Args;
use serde::Serialize;
use wattcast_core::grid::Factor;
use wattcast_core::units::Basis;

use crate::cli::CliError;
use crate::cli::output::{Align, basis, columns, grams, json};
use crate::grid::{Place, find};

/// Arguments of `factors show`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast factors show FR
  wattcast factors show US-CA
  wattcast factors show aws:eu-west-1
  wattcast factors show \"South Korea\" --json")]
pub(super) struct ShowArgs {
    /// Country, subdivision, grid zone or cloud region: a code or an English name
    pub(super) place: String,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// A factor as JSON.
#[derive(Serialize)]
pub(super) struct FactorJson {
    source: &'static str,
    /// Null where the source names none.
    year: Option<u16>,
    basis: Basis,
    mg_per_kwh: u32,
    license: &'static str,
}

impl From<Factor> for FactorJson {
    fn from(factor: Factor) -> Self {
        Self {
            source: factor.source.name(),
            year: Some(factor.year).filter(|year| *year > 0),
            basis: factor.basis,
            mg_per_kwh: factor.intensity.as_mg_per_kwh(),
            license: factor.source.license(),
        }
    }
}

#[derive(Serialize)]
struct ShownJson<'a> {
    asked: &'a str,
    zone: &'static str,
    name: &'static str,
    /// The one that a run is priced with.
    used: FactorJson,
    /// All, best first.
    factors: Vec<FactorJson>,
    spread: Vec<Spread>,
}

/// How far the sources of one basis lie apart.
#[derive(Serialize)]
struct Spread {
    basis: Basis,
    low_mg_per_kwh: u32,
    high_mg_per_kwh: u32,
}

pub(super) fn run(args: &ShowArgs) -> Result<String, CliError> {
    let place = find(&args.place).map_err(CliError::input)?;
    if args.json {
        return json(&ShownJson {
            asked: &args.place,
            zone: place.code(),
            name: place.name(),
            used: place.best().into(),
            factors: place.factors().map(FactorJson::from).collect(),
            spread: spreads(&place).collect(),
        });
    }
    Ok(text(&place))
}

pub(super) fn text(place: &Place) -> String {
    let rows: Vec<_> = place.factors().map(|factor| row(&factor, factor == place.best())).collect();
    let heads = [
        ("g/kWh", Align::Right),
        ("year", Align::Left),
        ("basis", Align::Left),
        ("source", Align::Left),
        ("terms", Align::Left),
        ("", Align::Left),
    ];
    let mut out = format!("{}  {}\n\n{}\n", place.code(), place.name(), columns(heads, &rows));
    for spread in spreads(place) {
        out += &spread.in_words();
    }
    if place.best().basis == Basis::Direct {
        out += "Only direct factors are known here: they leave out fuel supply and construction,\n\
                and do not compare with the life-cycle factors of other places.\n";
    }
    out
}

fn row(factor: &Factor, used: bool) -> [String; 6] {
    [
        grams(factor.intensity.as_mg_per_kwh()),
        year(factor),
        basis(factor.basis).to_owned(),
        factor.source.name().to_owned(),
        factor.source.license().to_owned(),
        if used { "used" } else { "" }.to_owned(),
    ]
}

/// The year of a factor in words.
pub(super) fn year(factor: &Factor) -> String {
    if factor.year == 0 { "undated".to_owned() } else { factor.year.to_string() }
}

/// The spread of each basis in which two sources or more publish a factor.
fn spreads(place: &Place) -> impl Iterator<Item = Spread> {
    [Basis::LifeCycle, Basis::Direct].into_iter().filter_map(|basis| {
        let values = || {
            let factors = place.factors().filter(move |factor| factor.basis == basis);
            factors.map(|factor| factor.intensity.as_mg_per_kwh())
        };
        let (low, high) = (values().min()?, values().max()?);
        let several = values().count() > 1;
        several.then_some(Spread { basis, low_mg_per_kwh: low, high_mg_per_kwh: high })
    })
}

impl Spread {
    fn in_words(&self) -> String {
        let Self { low_mg_per_kwh: low, high_mg_per_kwh: high, .. } = *self;
        let words = basis(self.basis);
        let range = format!("Spread, {words}: {} to {} g/kWh", grams(low), grams(high));
        // In tenths, rounded half up.
        let ratio = (u64::from(high) * 20 + u64::from(low)).checked_div(u64::from(low) * 2);
        match ratio {
            Some(tenths) => format!("{range}, a ratio of {}.{}\n", tenths / 10, tenths % 10),
            None => format!("{range}\n"),
        }
    }
}
