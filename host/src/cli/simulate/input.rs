//! From files, or from nothing, to grids.

use super::SimulateArgs;
use crate::backtest::Grid;
use crate::cli::CliError;
use crate::cli::grids::{day_ahead, with_day_ahead};
use crate::forecast::Series;
use crate::intensity::{History, ReadOptions, timestamp};
use crate::synthetic::SyntheticGrid;

/// How many made-up grids are played, and for how long.
const SYNTHETIC_GRIDS: u8 = 6;
const SYNTHETIC_HOURS: usize = 365 * 24;

/// Every grid, each named once, in the order of their names.
pub(super) fn grids(args: &SimulateArgs) -> Result<Vec<Grid>, CliError> {
    let mut grids = if args.synthetic { synthetic()? } else { read(args)? };
    grids.sort_by(|a, b| a.zone().cmp(b.zone()));
    let names: Vec<String> = grids.iter().map(|grid| grid.zone().to_lowercase()).collect();
    if let Some([name, _]) = names.array_windows::<2>().find(|[a, b]| a == b) {
        return Err(CliError::input(format!("{name} occurs in two files: give each grid once")));
    }
    if let Some(missing) = args.zone.iter().find(|zone| !names.contains(&zone.to_lowercase())) {
        return Err(CliError::input(format!(
            "--zone {missing}: there is no such grid, but {}",
            names.join(", ")
        )));
    }
    let is_wanted =
        |grid: &Grid| args.zone.iter().any(|zone| zone.eq_ignore_ascii_case(grid.zone()));
    if !args.zone.is_empty() {
        grids.retain(is_wanted);
    }
    Ok(grids)
}

fn read(args: &SimulateArgs) -> Result<Vec<Grid>, CliError> {
    let options = args.read.options(None)?;
    let day_ahead = day_ahead(args.day_ahead.as_deref(), &args.read)?;
    let mut grids = Vec::new();
    for file in &args.files {
        for (zone, history) in History::read_all(file, &options).map_err(CliError::input)? {
            let file = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let of_file = file.split('.').next().unwrap_or(file);
            let name = if zone.is_empty() { of_file } else { &zone };
            let grid = Grid::new(name, Series::of(&history));
            grids.push(match &day_ahead {
                Some(files) => with_day_ahead(files, grid)?.0,
                None => grid,
            });
        }
    }
    Ok(grids)
}

/// XA, XB, … as `wattcast synthetic` writes them.
fn synthetic() -> Result<Vec<Grid>, CliError> {
    let options = ReadOptions::default();
    let grid = |(letter, number): (u8, u8)| {
        let mut text = String::from("timestamp_utc,gco2_per_kwh\n");
        let seed = 1 << 8 | u64::from(number);
        for hour in SyntheticGrid::new(seed).hours().take(SYNTHETIC_HOURS) {
            let start = timestamp(hour.start.start());
            let mg = hour.mg_per_kwh;
            text += &format!("{start},{}.{:03}\n", mg / 1_000, mg % 1_000);
        }
        let name = format!("X{}", char::from(letter));
        let history = History::parse(&name, &text, &options).map_err(CliError::failed)?;
        Ok(Grid::new(&name, Series::of(&history)))
    };
    (b'A'..=b'Z').zip(0..SYNTHETIC_GRIDS).map(grid).collect()
}
