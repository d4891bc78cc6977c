//! `wattcast backtest`: how good forecasts of the past would have been.

mod csv;
mod grids;
mod json;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;
use wattcast_core::forecast::{Hour, Model};

use super::place::BasisArg;
use super::progress::{Progress, Unit};
use super::{CliError, Outcome, hours, output};
use crate::backtest::{self, Candidate, Grid, Scores, Windows};

/// Arguments of `backtest`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast backtest de.csv --zone DE                          a forecast a day, four days each
  wattcast backtest de.csv --zone DE --from 2022-07-01 --to 2023-01-01 --json
  wattcast backtest zones/*.csv --every 1h --horizon 24h      one grid per file, by its name
  wattcast backtest de.csv --zone DE --weather gfs.csv        the network that is told the weather
  wattcast backtest de.csv --zone DE --csv told.csv           every forecast hour, and what came

A forecast sees only hours before it is made. Windows begin at --from, one every
--every, as long as all their hours lie before --to. Errors are in gCO2e/kWh;
`saving` is what a 4 h job in a 24 h window, placed by the forecast, gets of the
saving that perfect foresight gets. JSON holds the scores of the network at the
top and under `model`, those of each other forecaster under its name, and for
more than one grid each grid's under `zones`, the rest being their mean.

The weather is read as forecast runs (columns run_utc, lead_h and values) or hour
by hour (a time and values); see `wattcast forecast --help`.")]
pub(super) struct BacktestArgs {
    /// Histories of the carbon intensity (CSV or JSON, also .gz)
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Grid of the file; which ones, by comma, of a file that holds several
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    zone: Vec<String>,

    /// First hour of the first forecast (UTC); four weeks into the history unless told
    #[arg(long, value_name = "TIME")]
    from: Option<String>,

    /// The end, itself no longer forecast (UTC); that of the history unless told
    #[arg(long, value_name = "TIME")]
    to: Option<String>,

    /// From one forecast to the next
    #[arg(long, value_name = "TIME", default_value = "24h")]
    every: String,

    /// How far each forecast reaches: up to `96h` or `4d`
    #[arg(long, value_name = "TIME", default_value = "96h")]
    horizon: String,

    /// A network in place of the one that ships
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,

    /// The weather, past and forecast: a file, or a folder with one for each grid, named by it
    #[arg(long, value_name = "PATH")]
    weather: Option<PathBuf>,

    /// Age at 00 UTC of the forecasts in a file of the weather that is hour by hour
    #[arg(long, value_name = "TIME", default_value = "0h", requires = "weather")]
    weather_age: String,

    /// Which column, where a file holds two
    #[arg(long, value_enum, default_value = "life-cycle")]
    basis: BasisArg,

    /// Time zone of file times without an offset, as Europe/Berlin
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Write every hour that was forecast to a file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// The scores of one forecaster.
struct Scored {
    name: String,
    zones: Vec<Scores>,
    mean: Scores,
}

/// Replays the past and tells how it went.
pub(super) fn run(args: &BacktestArgs) -> Outcome {
    let horizon = hours::horizon(&args.horizon)?;
    let every = hours::step(&args.every)?;
    let from = args.from.as_deref().map(|text| hours::hour("--from", text)).transpose()?;
    let to = args.to.as_deref().map(|text| hours::hour("--to", text)).transpose()?;
    let file = args.model.as_deref().map(super::model_file).transpose()?;
    let networks = networks(args, file.as_deref())?;
    let grids = grids::read(args)?;
    let windows = windows(&grids, from, to, every, horizon)?;
    let candidates = Candidate::all(&networks);

    let of = windows.count() * grids.len() * candidates.len();
    let of = u64::try_from(of).unwrap_or(u64::MAX);
    let progress = Mutex::new(Progress::new("backtest", of, Unit::FORECASTS));
    let made = AtomicU64::new(0);
    let done = |count| {
        let made = made.fetch_add(count, Ordering::Relaxed) + count;
        // Another thread that is telling just now tells enough.
        if let Ok(mut progress) = progress.try_lock() {
            progress.at(made);
        }
    };
    let replays = backtest::run(&grids, &candidates, windows, &done);
    drop(progress);
    let replays = replays.map_err(CliError::input)?;

    if let Some(path) = &args.csv {
        csv::write(path, &grids, &candidates, &replays)?;
    }
    let scored: Vec<Scored> = candidates
        .iter()
        .enumerate()
        .filter_map(|(at, candidate)| {
            let of_grid =
                |replays: &Vec<backtest::Replay<'_>>| Some(replays.get(at)?.scores(horizon));
            let zones: Vec<Scores> = replays.iter().filter_map(of_grid).collect();
            let mean = Scores::mean(&zones)?;
            Some(Scored { name: candidate.name().to_owned(), zones, mean })
        })
        .collect();
    let text = if args.json {
        output::json(&json::document(&grids, windows, &scored))?
    } else {
        table::render(&grids, windows, &networks, &scored)
    };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The network of a file, else those that ship: without weather one, with it
/// both.
fn networks<'f>(args: &BacktestArgs, file: Option<&'f [u8]>) -> Result<Vec<Model<'f>>, CliError> {
    let shipped = match (file, &args.weather) {
        (Some(file), _) => vec![file],
        (None, Some(_)) => vec![wattcast_models::WEATHER, wattcast_models::HISTORY],
        (None, None) => vec![wattcast_models::HISTORY],
    };
    let name = args.model.as_ref().map(|path| format!("{}: ", path.display()));
    let bad = |error| CliError::input(format!("{}{error}", name.as_deref().unwrap_or_default()));
    let networks: Result<Vec<_>, _> = shipped.into_iter().map(Model::load).collect();
    networks.map_err(bad)
}

/// The windows that all grids have, and that lie in what was asked for.
fn windows(
    grids: &[Grid],
    from: Option<Hour>,
    to: Option<Hour>,
    every: u32,
    horizon: usize,
) -> Result<Windows, CliError> {
    let mut earliest = Hour::from_hours(0);
    let mut end = Hour::from_hours(u32::MAX);
    for grid in grids {
        let (start, series_end) = (grid.series().start(), grid.series().end());
        if from.is_some_and(|from| from <= start) || to.is_some_and(|to| to > series_end) {
            return Err(CliError::input(format!(
                "the history of {} runs from {} to {}: --from and --to must lie in it",
                grid.zone(),
                table::moment(start),
                table::moment(series_end)
            )));
        }
        earliest = earliest.max(start.later(FOUR_WEEKS));
        end = end.min(series_end);
    }
    let midnight = Hour::from_hours(earliest.as_hours().next_multiple_of(24));
    let from = from.unwrap_or(midnight);
    let to = to.unwrap_or(end);
    let horizon = u32::try_from(horizon).unwrap_or(u32::MAX);
    Windows::new(from, to, every, horizon).filter(|windows| windows.count() > 0).ok_or_else(|| {
        CliError::input(format!(
            "no window of {horizon} h lies between {} and {}; give --from and --to, or a shorter --horizon",
            table::moment(from),
            table::moment(to)
        ))
    })
}

/// History before the first forecast, unless told otherwise.
const FOUR_WEEKS: u32 = 672;
