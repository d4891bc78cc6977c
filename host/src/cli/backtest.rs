//! `wattcast backtest`: how good forecasts of the past would have been.

mod csv;
mod json;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;
use wattcast_core::forecast::Model;

use super::grids::{self, GridArgs, WindowArgs};
use super::progress::{Progress, Unit};
use super::{CliError, Outcome, hours, output};
use crate::backtest::{self, Candidate, Scores};

/// Arguments of `backtest`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast backtest de.csv --zone DE                          a forecast a day, four days each
  wattcast backtest de.csv --zone DE --from 2022-07-01 --to 2023-01-01 --json
  wattcast backtest zones/*.csv --every 1h --horizon 24h      one grid per file, by its name
  wattcast backtest de.csv --zone DE --weather gfs.csv        the network that is told the weather
  wattcast backtest de.csv --zone DE --day-ahead expected.csv the one that is told solar and wind
  wattcast backtest de.csv --zone DE --csv told.csv           every forecast hour, and what came

A forecast sees only hours before it is made. Windows begin at --from, one every
--every, as long as all their hours lie before --to. Errors are in gCO2e/kWh;
`saving` is what a 4 h job in a 24 h window, placed by the mean of the forecast
(0.3 p10 + 0.4 p50 + 0.3 p90), gets of the saving that perfect foresight gets. JSON holds the scores of the network at the
top and under `model`, those of each other forecaster under its name, and for
more than one grid each grid's under `zones`, the rest being their mean.

`typical-day` tells the season's day from the tables that `wattcast forecast`
uses without a history, at the level of the last week. They know 2019 to 2022: on
those years it has seen what came.

The weather is read as forecast runs (columns run_utc, lead_h and values) or hour
by hour (a time and values), day-ahead solar and wind hour by hour; see
`wattcast forecast --help`. Of solar and wind a forecast sees what is published
by then: the local day, from 18:00 on the next one too, less its last hour.")]
pub(super) struct BacktestArgs {
    /// Histories of the carbon intensity (CSV or JSON, also .gz)
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    grids: GridArgs,

    #[command(flatten)]
    windows: WindowArgs,

    /// How far each forecast reaches: up to `96h` or `4d`
    #[arg(long, value_name = "TIME", default_value = "96h")]
    horizon: String,

    /// A network in place of the one that ships
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,

    /// Write every hour that was forecast to a file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// The scores of one forecaster.
struct Scored<'m> {
    candidate: Candidate<'m>,
    name: String,
    zones: Vec<Scores>,
    mean: Scores,
}

/// Replays the past and tells how it went.
pub(super) fn run(args: &BacktestArgs) -> Outcome {
    let horizon = hours::horizon(&args.horizon)?;
    let file = args.model.as_deref().map(super::model_file).transpose()?;
    let networks = networks(args, file.as_deref())?;
    let grids = grids::read(&args.files, &args.grids)?;
    let windows = args.windows.windows(&grids, horizon)?;
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
    let scored: Vec<Scored<'_>> = candidates
        .iter()
        .enumerate()
        .filter_map(|(at, candidate)| {
            let of_grid =
                |replays: &Vec<backtest::Replay<'_>>| Some(replays.get(at)?.scores(horizon));
            let zones: Vec<Scores> = replays.iter().filter_map(of_grid).collect();
            let mean = Scores::mean(&zones)?;
            let name = candidate.name().to_owned();
            Some(Scored { candidate: *candidate, name, zones, mean })
        })
        .collect();
    let text = if args.grids.read.json {
        output::json(&json::document(&grids, windows, &scored))?
    } else {
        table::render(&grids, windows, &networks, &scored)
    };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The network of a file, else those that ship: the one that is told nothing,
/// and before it the one that is told what is given.
fn networks<'f>(args: &BacktestArgs, file: Option<&'f [u8]>) -> Result<Vec<Model<'f>>, CliError> {
    let shipped = match (file, &args.grids.weather, &args.grids.day_ahead) {
        (Some(file), _, _) => vec![file],
        (None, Some(_), _) => vec![wattcast_models::WEATHER, wattcast_models::HISTORY],
        (None, None, Some(_)) => vec![wattcast_models::DAY_AHEAD, wattcast_models::HISTORY],
        (None, None, None) => vec![wattcast_models::HISTORY],
    };
    shipped.into_iter().map(|file| super::network(file, args.model.as_deref())).collect()
}
