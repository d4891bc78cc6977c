//! From files to grids.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::super::{CliError, hours, place};
use super::BacktestArgs;
use crate::backtest::Grid;
use crate::forecast::Series;
use crate::intensity::{History, ReadOptions};
use crate::weather::WeatherFile;

/// Every grid of every file, each named once.
pub(super) fn read(args: &BacktestArgs) -> Result<Vec<Grid>, CliError> {
    let time_zone = args.time_zone.as_deref().map_or(Ok(TimeZone::UTC), place::time_zone)?;
    let options = ReadOptions { zone: None, basis: args.basis.into(), time_zone };
    let mut grids: Vec<Grid> = vec![];
    for file in &args.files {
        let found = History::read_all(file, &options).map_err(CliError::input)?;
        for (zone, history) in found {
            let Some(name) = name(args, file, &zone)? else { continue };
            grids.push(with_weather(args, Grid::new(&name, Series::of(&history)))?);
        }
    }
    let held: BTreeSet<String> = grids.iter().map(|grid| grid.zone().to_lowercase()).collect();
    if held.len() < grids.len() {
        return Err(CliError::input("a grid occurs in two files: give each grid once"));
    }
    if let Some(missing) = args.zone.iter().find(|zone| !held.contains(&zone.to_lowercase())) {
        return Err(CliError::input(format!("--zone {missing}: no file holds it")));
    }
    Ok(grids)
}

/// What a zone of a file is called; `None` where it is not wanted.
fn name(args: &BacktestArgs, file: &Path, zone: &str) -> Result<Option<String>, CliError> {
    if !zone.is_empty() {
        let wanted = args.zone.is_empty() || args.zone.iter().any(|z| z.eq_ignore_ascii_case(zone));
        return Ok(wanted.then(|| zone.to_owned()));
    }
    match (args.zone.as_slice(), args.files.len()) {
        ([zone], 1) => Ok(Some(zone.clone())),
        ([], _) => {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            Ok(Some(name.split('.').next().unwrap_or(name).to_owned()))
        }
        _ => Err(CliError::input(format!(
            "{} does not say which grid it is of: give one file with one --zone, or files named by their grid",
            file.display()
        ))),
    }
}

fn with_weather(args: &BacktestArgs, grid: Grid) -> Result<Grid, CliError> {
    let Some(path) = &args.weather else { return Ok(grid) };
    let file = if path.is_dir() {
        in_folder(path, grid.zone())?
    } else if args.files.len() == 1 {
        path.clone()
    } else {
        let mend = "give the folder that holds a file for each";
        return Err(CliError::input(format!("--weather {}: {mend}", path.display())));
    };
    let weather = WeatherFile::read(&file).map_err(CliError::input)?;
    Ok(grid.with_weather(weather.with_age(hours::age("--weather-age", &args.weather_age)?)))
}

/// The file in a folder that is named by a grid.
fn in_folder(folder: &Path, zone: &str) -> Result<PathBuf, CliError> {
    let names = ["csv", "csv.gz"].map(|ending| folder.join(format!("{zone}.{ending}")));
    names.into_iter().find(|file| file.is_file()).ok_or_else(|| {
        CliError::input(format!("--weather {}: no {zone}.csv or {zone}.csv.gz", folder.display()))
    })
}
