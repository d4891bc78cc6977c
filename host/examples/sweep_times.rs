//! How long the sweep over every set of zones takes, by hours and by sets: it
//! grows with both in proportion.
//!
//! ```text
//! cargo run --release -p wattcast --example sweep_times
//! ```
//!
//! The grids are made up, and each day is told to be like the one before, once
//! a day. What counts is the time of this thread on a processor, where the
//! system tells it, of the fastest of some runs.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use wattcast::backtest::{Candidate, Grid};
use wattcast::forecast::Series;
use wattcast::intensity::{History, ReadOptions};
use wattcast::simulate::{Field, sweep};
use wattcast::synthetic::SyntheticGrid;
use wattcast_core::forecast::{Hour, Simple};

/// The hours of eco4cast's evaluation, in whole days.
const HOURS: usize = 5_208;
/// Learnt from beforehand.
const BEFORE: usize = 28 * 24;
const RUNS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let grids = (0..13).map(grid).collect::<Result<Vec<_>, _>>()?;
    println!("{:>6} {:>6} {:>8} {:>10} {:>16}", "zones", "sets", "hours", "ms", "ns/(set × hour)");
    for (zones, hours) in
        [(13, HOURS / 4), (13, HOURS / 2), (13, HOURS), (12, HOURS), (11, HOURS), (10, HOURS)]
    {
        show(&grids, zones, hours)?;
    }
    Ok(())
}

fn show(grids: &[Grid], zones: usize, hours: usize) -> Result<(), Box<dyn Error>> {
    let grids = grids.get(..zones).unwrap_or(grids);
    let by = Candidate::Simple(Simple::Yesterday);
    let from = Hour::from_hours(
        grids.iter().map(|grid| grid.series().start().as_hours()).max().unwrap_or(0),
    )
    .later(u32::try_from(BEFORE)?);
    let field = Field::replay(grids, &by, from, (u32::try_from(hours)?, 24), &|_| ())?;
    let mut least = f64::INFINITY;
    let mut sets = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        let before = on_cpu_s(start);
        let played = black_box(sweep(&field, 5_000, |_| ()));
        least = least.min(on_cpu_s(start) - before);
        sets = played.sets.len();
    }
    let each = least * 1e9 / (sets as f64 * field.hours() as f64);
    println!("{zones:>6} {sets:>6} {:>8} {:>10.1} {each:>16.2}", field.hours(), least * 1e3);
    Ok(())
}

fn on_cpu_s(start: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let told: Option<u64> = told.and_then(|line| line.split(' ').next()?.parse().ok());
    told.map_or_else(|| start.elapsed().as_secs_f64(), |ns| ns as f64 / 1e9)
}

/// A grid of its own, as long as it takes.
fn grid(seed: u64) -> Result<Grid, Box<dyn Error>> {
    let mut csv = String::from("timestamp_utc,gco2_per_kwh\n");
    for hour in SyntheticGrid::new(seed).hours().take(BEFORE + HOURS) {
        let start = i64::try_from(hour.start.start().as_us())?;
        let start = jiff::Timestamp::from_microsecond(start)?;
        csv += &format!("{start},{}.{:03}\n", hour.mg_per_kwh / 1_000, hour.mg_per_kwh % 1_000);
    }
    let history = History::parse("made-up", &csv, &ReadOptions::default())?;
    Ok(Grid::new(&format!("X{seed}"), Series::of(&history)))
}
