//! From files to grids and windows: what every verb that looks at the past is
//! told alike.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::tz::TimeZone;
use wattcast_core::forecast::{Hour, ModelKind};

use super::place::BasisArg;
use super::{CliError, hours, place};
use crate::backtest::{Grid, Windows};
use crate::forecast::Series;
use crate::intensity::{History, ReadOptions, timestamp};
use crate::weather::{DayAheadFiles, WeatherFile};

/// How histories are read, and how the result is told.
#[derive(Args)]
pub(super) struct ReadArgs {
    /// What the intensity is to count; which column, where a file holds two
    #[arg(long, value_enum, default_value = "life-cycle")]
    pub(super) basis: BasisArg,

    /// Time zone of file times without an offset, as Europe/Berlin
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,

    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl ReadArgs {
    /// Of a file that may hold this zone among others.
    pub(super) fn options(&self, zone: Option<String>) -> Result<ReadOptions, CliError> {
        let time_zone = self.time_zone.as_deref().map_or(Ok(TimeZone::UTC), place::time_zone)?;
        Ok(ReadOptions { zone, basis: self.basis.into(), time_zone })
    }
}

/// Which grids, and their weather or what their operators expect.
#[derive(Args)]
pub(super) struct GridArgs {
    /// Grid of the file; which ones, by comma, of a file that holds several
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    zone: Vec<String>,

    /// The weather, past and forecast: a file, or a folder with one for each grid, named by it
    #[arg(long, value_name = "PATH")]
    pub(super) weather: Option<PathBuf>,

    /// Age at 00 UTC of the forecasts in a file of the weather that is hour by hour
    #[arg(long, value_name = "TIME", default_value = "0h", requires = "weather")]
    weather_age: String,

    /// The day-ahead solar and wind of the grids' operators: a file, or a folder with one for each
    /// grid, named by it or by its country
    #[arg(long, value_name = "PATH", conflicts_with = "weather")]
    pub(super) day_ahead: Option<PathBuf>,

    #[command(flatten)]
    pub(super) read: ReadArgs,
}

impl GridArgs {
    /// That what a network asks for is there.
    pub(super) fn must_tell(&self, kind: ModelKind) -> Result<(), CliError> {
        let mend = match kind {
            ModelKind::Weather if self.weather.is_none() => {
                "the network is told the weather: give it with --weather"
            }
            ModelKind::DayAhead if self.day_ahead.is_none() => {
                "the network is told day-ahead solar and wind: give them with --day-ahead"
            }
            _ => return Ok(()),
        };
        Err(CliError::input(mend))
    }
}

/// Which windows of the past.
#[derive(Args)]
pub(super) struct WindowArgs {
    /// First hour of the first forecast (UTC); four weeks into the history unless told
    #[arg(long, value_name = "TIME")]
    from: Option<String>,

    /// The end, itself no longer forecast (UTC); that of the history unless told
    #[arg(long, value_name = "TIME")]
    to: Option<String>,

    /// From one forecast to the next
    #[arg(long, value_name = "TIME", default_value = "24h")]
    every: String,
}

impl WindowArgs {
    /// The windows that all grids have, and that lie in what was asked for.
    pub(super) fn windows(&self, grids: &[Grid], horizon: usize) -> Result<Windows, CliError> {
        let every = hours::step(&self.every)?;
        let at = |option: &str, text: &Option<String>| {
            text.as_deref().map(|text| hours::hour(option, text)).transpose()
        };
        let (from, to) = (at("--from", &self.from)?, at("--to", &self.to)?);
        let mut earliest = Hour::from_hours(0);
        let mut end = Hour::from_hours(u32::MAX);
        for grid in grids {
            let (start, series_end) = (grid.series().start(), grid.series().end());
            if from.is_some_and(|from| from <= start) || to.is_some_and(|to| to > series_end) {
                return Err(CliError::input(format!(
                    "the history of {} runs from {} to {}: --from and --to must lie in it",
                    grid.zone(),
                    moment(start),
                    moment(series_end)
                )));
            }
            earliest = earliest.max(start.later(FOUR_WEEKS));
            end = end.min(series_end);
        }
        let midnight = Hour::from_hours(earliest.as_hours().next_multiple_of(24));
        let (from, to) = (from.unwrap_or(midnight), to.unwrap_or(end));
        let length = u32::try_from(horizon).unwrap_or(u32::MAX);
        let windows = Windows::new(from, to, every, length);
        windows.filter(|windows| windows.count() > 0).ok_or_else(|| {
            CliError::input(format!(
                "no window of {horizon} h lies between {} and {}; give other hours with --from and --to, or a longer history",
                moment(from),
                moment(to)
            ))
        })
    }
}

/// History before the first forecast, unless told otherwise.
const FOUR_WEEKS: u32 = 672;

/// An hour as people write it.
pub(super) fn moment(hour: Hour) -> String {
    timestamp(hour.start())
}

/// Every grid of every file, each named once.
pub(super) fn read(files: &[PathBuf], args: &GridArgs) -> Result<Vec<Grid>, CliError> {
    let options = args.read.options(None)?;
    let day_ahead = day_ahead(args.day_ahead.as_deref(), &args.read)?;
    let mut grids: Vec<Grid> = vec![];
    for file in files {
        let found = History::read_all(file, &options).map_err(CliError::input)?;
        for (zone, history) in found {
            let Some(name) = name(args, files.len(), file, &zone)? else { continue };
            let grid = with_weather(args, files.len(), Grid::new(&name, Series::of(&history)))?;
            grids.push(match &day_ahead {
                Some(files) => {
                    let (grid, is_told) = with_day_ahead(files, grid)?;
                    if !is_told {
                        return Err(CliError::input(format!(
                            "--day-ahead {}: holds nothing of {name}; name the file or its zone so, or leave the grid out",
                            files.path().display()
                        )));
                    }
                    grid
                }
                None => grid,
            });
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
fn name(args: &GridArgs, of: usize, file: &Path, zone: &str) -> Result<Option<String>, CliError> {
    if !zone.is_empty() {
        let wanted = args.zone.is_empty() || args.zone.iter().any(|z| z.eq_ignore_ascii_case(zone));
        return Ok(wanted.then(|| zone.to_owned()));
    }
    match (args.zone.as_slice(), of) {
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

/// The day-ahead files, where they are asked for.
pub(super) fn day_ahead(
    path: Option<&Path>,
    read: &ReadArgs,
) -> Result<Option<DayAheadFiles>, CliError> {
    let Some(path) = path else { return Ok(None) };
    let time_zone = read.options(None)?.time_zone;
    DayAheadFiles::open(path, &time_zone).map(Some).map_err(CliError::input)
}

/// A grid with what its operator expects, and whether that is known.
pub(super) fn with_day_ahead(files: &DayAheadFiles, grid: Grid) -> Result<(Grid, bool), CliError> {
    Ok(match files.of(grid.zone()).map_err(CliError::input)? {
        Some(file) => (grid.with_day_ahead(file), true),
        None => (grid, false),
    })
}

fn with_weather(args: &GridArgs, of: usize, grid: Grid) -> Result<Grid, CliError> {
    let Some(path) = &args.weather else { return Ok(grid) };
    let file = if path.is_dir() {
        in_folder(path, grid.zone())?
    } else if of == 1 {
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
