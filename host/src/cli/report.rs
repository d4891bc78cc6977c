//! `wattcast report`: what past runs cost, from their ledgers.

pub(super) mod price;
mod select;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;

use wattcast_core::wire::DeviceKey;

use super::progress::{Progress, Unit};
use super::{CliError, Outcome};
use crate::report::{
    CsvShape, Equivalent, Keys, Reading, Reprice, RunReport, Totals, equivalents, once, read_runs,
    terminal, terminal_totals, to_csv,
};
use crate::store::{KeyError, LedgerFiles, LedgerOptions, load_key};
use select::{Filter, Wanted};

/// Arguments of `report`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast report                            every run, and their total
  wattcast report last                       the newest run in full
  wattcast report 4f9a --json                the run whose id begins with 4f9a
  wattcast report --since 7d --project demo  a week of one project
  wattcast report --csv codecarbon --output emissions.csv
  wattcast report ./run.wcl                  the runs of a file
  wattcast report ./roof.bin ./roof-2.bin    boards, from captures of their serial line
  wattcast report last --zone FR             the same energy, had it been used in France

A run that was cut short is told up to its last record. Where runs overlap on
one machine, their total counts its idle power once. What two files tell of one
boot of a board, or of one run, is counted once.")]
pub(super) struct ReportArgs {
    /// Runs to tell in full: the beginning of an id, `last`, or a ledger file
    #[arg(value_name = "RUN")]
    runs: Vec<String>,

    /// Only runs that began at or after a date, time, or a span ago: 2026-11-01, 7d
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,

    /// Only runs of a project
    #[arg(long, value_name = "NAME")]
    project: Option<String>,

    /// Where the ledgers are: a directory or a file
    #[arg(long, value_name = "PATH", env = "WATTCAST_LEDGER")]
    ledger: Option<PathBuf>,

    /// Key of a board whose records are checked: a file of 64 hexadecimal digits; may be repeated
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,

    #[command(flatten)]
    price: price::PriceArgs,

    /// Print {"runs": […], "totals": {…}}
    #[arg(long, conflicts_with = "csv")]
    json: bool,

    /// Print CSV in the columns of another tool
    #[arg(long, value_enum, value_name = "SHAPE")]
    csv: Option<CsvArg>,

    /// Write to a file in place of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The shapes of CSV.
#[derive(Clone, Copy, ValueEnum)]
enum CsvArg {
    /// The 13 columns of eco2AI's emission.csv
    Eco2ai,
    /// The 38 columns of CodeCarbon's emissions.csv
    Codecarbon,
}

#[derive(Serialize)]
struct Json<'a> {
    runs: &'a [RunReport],
    totals: &'a Totals,
    equivalents: Vec<Equivalent>,
}

/// Reads the ledgers and tells of the runs that were asked for.
pub(super) fn run(args: &ReportArgs) -> Outcome {
    let filter = Filter::new(args.since.as_deref(), args.project.as_deref())?;
    let options = LedgerOptions::choose(args.ledger.as_deref()).map_err(CliError::input)?;
    let reprice = args.price.reprice()?;
    let keys = keys(&options, &args.key)?;
    let wanted = Wanted::parse(&args.runs);
    let reading = Reading { keys: keys.clone(), reprice: reprice.as_ref(), progress: None };
    let mut runs = Vec::new();
    if wanted.needs_place() {
        let ledgers = options.place.ledgers(&options.fallback_dir).map_err(CliError::input)?;
        runs.extend(read_all(&ledgers, &keys, reprice.as_ref())?);
        runs = once(runs, &reading).map_err(CliError::input)?;
        runs.sort_by(|a, b| (a.start_utc_us, &a.run).cmp(&(b.start_utc_us, &b.run)));
        runs.retain(|run| filter.admits(run));
        wanted.keep_chosen(&mut runs, options.place.dir())?;
    }
    let more = read_all(&wanted.ledgers(&options)?, &keys, reprice.as_ref())?;
    runs.extend(more.into_iter().filter(|run| filter.admits(run)));
    runs = once(runs, &reading).map_err(CliError::input)?;
    // Those that a board was heard of without a clock stand first.
    runs.sort_by(|a, b| (a.start_utc_us, &a.run).cmp(&(b.start_utc_us, &b.run)));

    if runs.is_empty() {
        let dir = options.place.dir().display();
        super::tell(&format!("no runs in {dir}; `wattcast run -- COMMAND` makes one"));
    }
    deliver(args, &render(args, &runs)?)?;
    Ok(ExitCode::SUCCESS)
}

/// The one run that a person means: the beginning of an id, `last`, or a
/// ledger file, of which it is the last. `ledger` is where ledgers are kept.
pub(super) fn find(name: &str, ledger: Option<&Path>) -> Result<RunReport, CliError> {
    let set = std::env::var_os("WATTCAST_LEDGER").map(PathBuf::from);
    let options = LedgerOptions::choose(ledger.or(set.as_deref())).map_err(CliError::input)?;
    let (keys, named) = (keys(&options, &[])?, [name.to_owned()]);
    let wanted = Wanted::parse(&named);
    let ledgers = if wanted.needs_place() {
        options.place.ledgers(&options.fallback_dir).map_err(CliError::input)?
    } else {
        wanted.ledgers(&options)?
    };
    let mut runs = read_all(&ledgers, &keys, None)?;
    runs.sort_by(|a, b| (a.start_utc_us, &a.run).cmp(&(b.start_utc_us, &b.run)));
    wanted.keep_chosen(&mut runs, options.place.dir())?;
    runs.pop().ok_or_else(|| CliError::input(format!("{name} holds no record of a run")))
}

/// The keys that tags are checked under. That of the user, where it cannot be
/// read, leaves them unchecked; each run says so.
pub(super) fn keys(options: &LedgerOptions, boards: &[PathBuf]) -> Result<Keys, CliError> {
    let own = options.key_file.as_deref().and_then(|path| {
        load_key(path).unwrap_or_else(|error| {
            super::tell(&error.to_string());
            None
        })
    });
    Ok(Keys { own, boards: board_keys(boards)? })
}

/// The keys of boards in the files that were named.
pub(super) fn board_keys(files: &[PathBuf]) -> Result<Vec<DeviceKey>, CliError> {
    let key = |path: &PathBuf| match load_key(path) {
        Ok(Some(key)) => Ok(key),
        Ok(None) => {
            Err(CliError::input(format!("--key {}: there is no such file", path.display())))
        }
        Err(KeyError::Damaged(_)) => Err(CliError::input(format!(
            "--key {} does not hold 64 hexadecimal digits",
            path.display()
        ))),
        Err(error) => Err(CliError::input(error)),
    };
    files.iter().map(key).collect()
}

/// Reads ledgers; those that several tell are in it several times.
pub(super) fn read_all(
    ledgers: &[LedgerFiles],
    keys: &Keys,
    reprice: Option<&Reprice>,
) -> Result<Vec<RunReport>, CliError> {
    let size = |files: &LedgerFiles| -> u64 {
        files.parts.iter().filter_map(|path| path.metadata().ok()).map(|it| it.len()).sum()
    };
    let mut progress =
        Progress::new("reading ledgers", ledgers.iter().map(size).sum(), Unit::BYTES);
    let mut before = 0;
    let mut runs = Vec::new();
    for files in ledgers {
        let mut advance = |bytes| progress.at(before + bytes);
        let mut reading = Reading { keys: keys.clone(), reprice, progress: Some(&mut advance) };
        match read_runs(files, &mut reading) {
            Ok(read) if read.is_empty() => {
                let names: Vec<_> =
                    files.parts.iter().map(|path| path.display().to_string()).collect();
                super::tell(&format!("{} holds no record of a run", names.join(" and ")));
            }
            Ok(read) => runs.extend(read),
            // One bad file hides no other.
            Err(error) if ledgers.len() > 1 => super::tell(&error.to_string()),
            Err(error) => return Err(CliError::input(error)),
        }
        before += size(files);
    }
    Ok(runs)
}

fn render(args: &ReportArgs, runs: &[RunReport]) -> Result<String, CliError> {
    if let Some(shape) = args.csv {
        let shape = match shape {
            CsvArg::Eco2ai => CsvShape::Eco2Ai,
            CsvArg::Codecarbon => CsvShape::CodeCarbon,
        };
        return Ok(to_csv(shape, runs));
    }
    let totals = Totals::of(runs);
    if args.json {
        let equivalents = match totals.carbon.as_slice() {
            [total] => equivalents(total.carbon_ug).to_vec(),
            // Bases are not added.
            _ => Vec::new(),
        };
        let json = Json { runs, totals: &totals, equivalents };
        return super::output::json(&json);
    }
    if runs.is_empty() {
        return Ok(String::new());
    }
    if !args.runs.is_empty() {
        return Ok(show(runs));
    }
    Ok(table::table(runs) + "\n" + &terminal_totals(&totals))
}

/// Runs in full, and their total where there are several.
pub(super) fn show(runs: &[RunReport]) -> String {
    let mut text = runs.iter().map(terminal).collect::<Vec<_>>().join("\n");
    if runs.len() > 1 {
        text.push('\n');
        text.push_str(&terminal_totals(&Totals::of(runs)));
    }
    text
}

fn deliver(args: &ReportArgs, text: &str) -> Result<(), CliError> {
    match &args.output {
        Some(path) => std::fs::write(path, text)
            .map_err(|error| CliError::failed(format!("cannot write {}: {error}", path.display()))),
        None => super::print(text),
    }
}
