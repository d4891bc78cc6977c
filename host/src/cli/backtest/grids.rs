//! From files to grids.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::tz::TimeZone;

use super::super::{CliError, place};
use super::BacktestArgs;
use crate::backtest::Grid;
use crate::forecast::Series;
use crate::intensity::{History, ReadOptions};

/// Every grid of every file, each named once.
pub(super) fn read(args: &BacktestArgs) -> Result<Vec<Grid>, CliError> {
    let time_zone = args.time_zone.as_deref().map_or(Ok(TimeZone::UTC), place::time_zone)?;
    let options = ReadOptions { zone: None, basis: args.basis.into(), time_zone };
    let mut grids: Vec<Grid> = vec![];
    for file in &args.files {
        let found = History::read_all(file, &options).map_err(CliError::input)?;
        for (zone, history) in found {
            let Some(name) = name(args, file, &zone)? else { continue };
            grids.push(Grid::new(&name, Series::of(&history)));
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
