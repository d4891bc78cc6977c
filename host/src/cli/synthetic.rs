//! `wattcast synthetic`: histories of grids that do not exist.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::{CliError, Outcome, output};
use crate::intensity::timestamp;
use crate::synthetic::{SyntheticGrid, SyntheticHour};

/// Arguments of `synthetic`.
#[derive(Args)]
#[command(after_help = "Example:
  wattcast synthetic made-up --grids 2
  wattcast backtest made-up/XA.csv made-up/XB.csv --weather made-up/weather
  wattcast backtest made-up/XA.csv made-up/XB.csv --day-ahead made-up/day-ahead

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

/// Writes a history, the weather and the day-ahead solar and wind of each grid.
pub(super) fn run(args: &SyntheticArgs) -> Outcome {
    let [weather, expected] = ["weather", "day-ahead"].map(|name| args.folder.join(name));
    for folder in [&weather, &expected] {
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    }
    for (letter, grid) in (b'A'..=b'Z').zip(0..args.grids) {
        let name = format!("X{}.csv", char::from(letter));
        let seed = u64::from(args.seed) << 8 | u64::from(grid);
        let hours = usize::try_from(args.days).unwrap_or(0) * 24;
        let hours: Vec<_> = SyntheticGrid::new(seed).hours().take(hours).collect();
        write(&args.folder.join(&name), "timestamp_utc,gco2_per_kwh", &hours, |hour| {
            output::grams(hour.mg_per_kwh)
        })?;
        let heads = "timestamp_utc,wind_speed_ms,temperature_k,dewpoint_k,dswrf_wm2,precip_mm";
        write(&weather.join(&name), heads, &hours, |hour| {
            let hundredth = |value: i32| format!("{}.{:02}", value / 100, value % 100);
            [
                hundredth(hour.wind),
                hundredth(hour.temperature),
                hundredth(hour.dew_point),
                format!("{}.{}", hour.sun / 10, hour.sun % 10),
                format!("{}.{:03}", hour.rain / 1000, hour.rain % 1000),
            ]
            .join(",")
        })?;
        write(&expected.join(&name), "timestamp_utc,solar_mw,wind_mw", &hours, |hour| {
            format!("{},{}", hour.solar_mw, hour.wind_mw)
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write(
    path: &Path,
    heads: &str,
    hours: &[SyntheticHour],
    values: impl Fn(&SyntheticHour) -> String,
) -> Result<(), CliError> {
    let mut text = format!("{heads}\n");
    for hour in hours {
        let _ = writeln!(text, "{},{}", timestamp(hour.start.start()), values(hour));
    }
    std::fs::write(path, text).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> CliError {
    CliError::failed(format!("{}: {error}", path.display()))
}
