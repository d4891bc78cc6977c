//! `wattcast synthetic`: histories of grids that do not exist.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::{CliError, Outcome, output};
use crate::intensity::timestamp;
use crate::synthetic::SyntheticGrid;

/// Arguments of `synthetic`.
#[derive(Args)]
#[command(after_help = "Example:
  wattcast synthetic made-up --grids 2
  wattcast backtest made-up/XA.csv made-up/XB.csv

Grids are called XA, XB, … and begin with 2023. The same seed gives the same
bytes on every machine.")]
pub(super) struct SyntheticArgs {
    /// Where the files go
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,

    /// How many grids
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=26))]
    grids: u8,

    /// How long
    #[arg(long, value_name = "N", default_value = "365", value_parser = clap::value_parser!(u32).range(1..=36_525))]
    days: u32,

    /// Another seed, other grids
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u32,
}

/// Writes one file per grid.
pub(super) fn run(args: &SyntheticArgs) -> Outcome {
    let failed = |path: &Path, error: std::io::Error| {
        CliError::failed(format!("{}: {error}", path.display()))
    };
    std::fs::create_dir_all(&args.folder).map_err(|error| failed(&args.folder, error))?;
    for (letter, grid) in (b'A'..=b'Z').zip(0..args.grids) {
        let mut text = String::from("timestamp_utc,gco2_per_kwh\n");
        let hours = usize::try_from(args.days).unwrap_or(0) * 24;
        let seed = u64::from(args.seed) << 8 | u64::from(grid);
        for hour in SyntheticGrid::new(seed).hours().take(hours) {
            let start = timestamp(hour.start.start());
            let _ = writeln!(text, "{start},{}", output::grams(hour.mg_per_kwh));
        }
        let path = args.folder.join(format!("X{}.csv", char::from(letter)));
        std::fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    Ok(ExitCode::SUCCESS)
}
