//! `wattcast simulate`: what plans would have saved.

mod csv;
mod input;
mod json;
mod summary;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;
use wattcast_core::forecast::{Hour, Model, Simple, Typical};

use super::grids::ReadArgs;
use super::progress::{Progress, Unit};
use super::{CliError, Outcome, hours, output};
use crate::backtest::{Candidate, Grid};
use crate::grid::intensity_from_grams;
use crate::intensity::timestamp;
use crate::simulate::{Field, OneZone, Stretch, Sweep, one_zone, stretch, sweep};

/// Arguments of `simulate`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast simulate --synthetic                          six made-up grids, from their second month on
  wattcast simulate zones/*.csv --from 2022-07-01        one grid per file, by its name
  wattcast simulate zones/*.csv --eco4cast               what eco4cast published
  wattcast simulate be.csv fr.csv --case be,fr --case-hours 150 --case-from 2022-05-29
  wattcast simulate zones/*.csv --csv sets.csv --json
  wattcast simulate zones/*.csv --typical-day            and what one without a history gets
  wattcast simulate zones/*.csv --day-ahead expected     told what the operators expect of each day

Plans are made at 00:00 UTC of each day for that day, anew with each later
forecast for the rest of it, and with perfect foresight. An hour counts by the
mean of its forecast, as in `plan`. Each table says what runs when, and what its
saving is held against; everything runs at constant power, and carbon is
compared for the same energy.")]
pub(super) struct SimulateArgs {
    /// Histories of the carbon intensity (CSV or JSON, also .gz), one or more grids each
    #[arg(value_name = "FILE", required_unless_present = "synthetic")]
    files: Vec<PathBuf>,

    /// Play made-up grids, which need no file: a year of six of them
    #[arg(long, conflicts_with = "files")]
    synthetic: bool,

    /// Only these grids, by comma
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    zone: Vec<String>,

    /// The first day (UTC); four weeks into the histories unless told
    #[arg(long, value_name = "TIME")]
    from: Option<String>,

    /// How long; to the end of the histories unless told
    #[arg(long, value_name = "HOURS")]
    hours: Option<u32>,

    /// Lengths of the job of each day in one zone, in hours
    #[arg(long, value_name = "HOURS", value_delimiter = ',', default_value = "12,4", value_parser = clap::value_parser!(u32).range(1..=24))]
    job: Vec<u32>,

    /// Hours from one forecast and plan to the next; they divide 24
    #[arg(long, value_name = "HOURS", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=24))]
    replan: u32,

    /// Who forecasts
    #[arg(long, value_enum, default_value = "network")]
    forecaster: ForecasterArg,

    /// A network in place of the one that ships
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,

    /// The day-ahead solar and wind of the grids' operators: a file, or a folder with one for each
    /// grid, named by it or by its country; the other grids are forecast from their history alone
    #[arg(long, value_name = "PATH", conflicts_with = "synthetic")]
    day_ahead: Option<PathBuf>,

    /// A network in place of `day-ahead`
    #[arg(long, value_name = "FILE", requires = "day_ahead")]
    day_ahead_model: Option<PathBuf>,

    /// Also plan a job in one zone by the typical days that are built in, as without a history; they
    /// knew 2019 to 2022
    #[arg(long)]
    typical_day: bool,

    /// How much cleaner another zone must be forecast than the one that was cleanest over the last
    /// four weeks, in g/kWh, for `kept` to be there
    #[arg(long, value_name = "G_PER_KWH", default_value = "5")]
    margin: String,

    /// Also a job in these zones that runs a share of a stretch of days, the first zone being where
    /// it would run at once; may be repeated
    #[arg(long, value_name = "CODES")]
    case: Vec<String>,

    /// First day of the cases [default: the first day]
    #[arg(long, value_name = "TIME")]
    case_from: Option<String>,

    /// Hours of the stretch of the cases
    #[arg(long, value_name = "HOURS", default_value_t = 150)]
    case_hours: u32,

    /// The days, hours and cases of eco4cast's own evaluation, with what it published
    #[arg(long, conflicts_with_all = ["from", "hours", "case", "case_from", "synthetic"])]
    eco4cast: bool,

    /// Write every set of zones to a file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,

    #[command(flatten)]
    read: ReadArgs,
}

/// Who tells the day ahead.
#[derive(Clone, Copy, clap::ValueEnum)]
enum ForecasterArg {
    /// The network that ships, from the history alone
    Network,
    /// The rule that did best on the last four weeks
    BestSimple,
    /// The same hour of the day before
    Yesterday,
    /// The mean of the same hour of the last week
    WeeklyProfile,
    /// The last value
    Persistence,
}

/// All that was played.
struct Played {
    field: Field,
    forecaster: String,
    from: Hour,
    zones: Vec<OneZone>,
    sweep: Sweep,
    margin_mg: u32,
    cases: Vec<Stretch>,
    is_eco4cast: bool,
    /// The grids whose day-ahead solar and wind were told.
    told: Vec<String>,
    /// The grids whose typical days are known, planned by these, where asked for.
    typical: Option<Vec<OneZone>>,
}

/// Shares of the hours of a case that run, in percent.
const SHARES: [u32; 4] = [25, 50, 75, 100];
/// eco4cast's evaluation: 2022-05-27T00:00Z, 5,209 h, and its cases.
const ECO4CAST: (u32, u32) = (459_336, 5_209);
const ECO4CAST_CASES: [&str; 4] = ["BE", "BE,CH", "BE,FI", "BE,CH,FI"];
const ECO4CAST_CASE_FROM: u32 = ECO4CAST.0 + 48;

/// Plays and tells.
pub(super) fn run(args: &SimulateArgs) -> Outcome {
    if 24 % args.replan != 0 {
        return Err(CliError::input(format!(
            "--replan {} does not divide 24; write 1, 6 or 24",
            args.replan
        )));
    }
    let file = args.model.as_ref().map(|path| super::model_file(path)).transpose()?;
    let told = args.day_ahead_model.as_ref().map(|path| super::model_file(path)).transpose()?;
    let file = file.as_deref().unwrap_or(wattcast_models::HISTORY);
    let told = told.as_deref().unwrap_or(wattcast_models::DAY_AHEAD);
    let model = super::network(file, args.model.as_deref())?;
    let told = super::network(told, args.day_ahead_model.as_deref())?;
    let grids = input::grids(args)?;
    let (from, length) = span(args, &grids)?;
    let by = match args.forecaster {
        ForecasterArg::Network if args.day_ahead.is_some() => Candidate::DayAhead(&told, &model),
        ForecasterArg::Network => Candidate::Network(&model),
        ForecasterArg::BestSimple => Candidate::BestSimple,
        ForecasterArg::Yesterday => Candidate::Simple(Simple::Yesterday),
        ForecasterArg::WeeklyProfile => Candidate::Simple(Simple::WeeklyProfile),
        ForecasterArg::Persistence => Candidate::Simple(Simple::Persistence),
    };
    let networks = grids.iter().filter_map(|grid| by.network(grid, from));
    if let Some(until) = networks.map(Model::trained_until).max()
        && from < until
        && !args.synthetic
    {
        let until = timestamp(until.start());
        super::tell(&format!(
            "the network was trained on hours before {until}: what it saves before says little; --model takes another"
        ));
    }
    let played = play(args, &grids, &by, from, length)?;
    if let Some(path) = &args.csv {
        csv::write(path, &played)?;
    }
    let text =
        if args.read.json { output::json(&json::document(&played))? } else { text::text(&played) };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The first hour and how many.
fn span(args: &SimulateArgs, grids: &[Grid]) -> Result<(Hour, u32), CliError> {
    if args.eco4cast {
        return Ok((Hour::from_hours(ECO4CAST.0), ECO4CAST.1));
    }
    let first = grids.iter().map(|grid| grid.series().start()).max();
    let last = grids.iter().map(|grid| grid.series().end()).min();
    let (Some(first), Some(last)) = (first, last) else {
        return Err(CliError::input("no grid to play; give histories, or --synthetic"));
    };
    let from = match &args.from {
        Some(text) => hours::hour("--from", text)?,
        None => Hour::from_hours(first.later(672).as_hours().div_ceil(24) * 24),
    };
    let held = last.as_hours().saturating_sub(from.as_hours());
    let length = args.hours.map_or(held, |hours| hours.min(held));
    if length == 0 {
        return Err(CliError::input(
            "no hour to play: the histories end before --from; without it the first four weeks are only learnt from",
        ));
    }
    Ok((from, length))
}

fn play(
    args: &SimulateArgs,
    grids: &[Grid],
    by: &Candidate<'_>,
    from: Hour,
    length: u32,
) -> Result<Played, CliError> {
    let margin = intensity_from_grams(&args.margin)
        .map_err(|error| CliError::input(format!("--margin {error}")))?;
    let margin_mg = margin.as_mg_per_kwh();
    let days = u64::from(length.div_ceil(24));
    let of = days * u64::from(24 / args.replan) * u64::try_from(grids.len()).unwrap_or(0);
    let progress = Mutex::new(Progress::new("forecasting", of, Unit::FORECASTS));
    let made = AtomicU64::new(0);
    let done = |count| {
        let made = made.fetch_add(count, Ordering::Relaxed) + count;
        // Another thread that is telling just now tells enough.
        if let Ok(mut progress) = progress.try_lock() {
            progress.at(made);
        }
    };
    let field =
        Field::replay(grids, by, from, (length, args.replan), &done).map_err(CliError::input)?;
    drop(progress);
    let one = |zone| one_zone(&field, zone, &args.job).map_err(CliError::input);
    let zones = (0..grids.len()).map(one).collect::<Result<Vec<_>, _>>()?;
    let typical = args.typical_day.then(|| typical(grids, from, length, &args.job)).transpose()?;
    let mut progress = Progress::new("every set of zones", days, Unit::DAYS);
    let sweep = sweep(&field, margin_mg, |day| progress.at(day));
    drop(progress);
    let cases = cases(args, &field, from)?;
    let forecaster = by.name().to_owned();
    let is_told =
        |grid: &&Grid| matches!(by, Candidate::DayAhead(..)) && grid.has_day_ahead_at(from);
    let told = grids.iter().filter(is_told);
    Ok(Played {
        field,
        forecaster,
        from,
        zones,
        sweep,
        margin_mg,
        cases,
        is_eco4cast: args.eco4cast,
        told: told.map(|grid| grid.zone().to_owned()).collect(),
        typical,
    })
}

/// The same jobs in one zone each, where a typical day is known of it, planned
/// by that.
fn typical(
    grids: &[Grid],
    from: Hour,
    length: u32,
    jobs: &[u32],
) -> Result<Vec<OneZone>, CliError> {
    let by = Candidate::TypicalDay;
    let field = Field::replay(grids, &by, from, (length, 24), &|_| ()).map_err(CliError::input)?;
    let known = grids.iter().enumerate().filter(|(_, grid)| grid.typical() != Typical::Flat);
    known.map(|(zone, _)| one_zone(&field, zone, jobs).map_err(CliError::input)).collect()
}

fn cases(args: &SimulateArgs, field: &Field, from: Hour) -> Result<Vec<Stretch>, CliError> {
    let named: Vec<&str> = if args.eco4cast {
        ECO4CAST_CASES.to_vec()
    } else {
        args.case.iter().map(String::as_str).collect()
    };
    let start = match &args.case_from {
        _ if args.eco4cast => Hour::from_hours(ECO4CAST_CASE_FROM),
        Some(text) => hours::hour("--case-from", text)?,
        None => from,
    };
    let mut cases = Vec::new();
    for codes in named {
        let zones: Vec<String> = codes.split(',').map(|code| code.trim().to_owned()).collect();
        for share in SHARES {
            let case = stretch(field, &zones, start, args.case_hours, share);
            cases.push(case.map_err(|error| CliError::input(format!("--case {codes}: {error}")))?);
        }
    }
    Ok(cases)
}
