//! `wattcast replay`: a recorded trace, or a capture of a serial line, in place
//! of hardware.

mod capture;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use wattcast_core::units::{Anchor, Power, Uptime, Utc};
use wattcast_core::wire::DELIMITER;

use super::metering::duration;
use super::place::PlaceArgs;
use super::{CliError, Outcome, output, print};
use crate::metering::{IdleModel, Meter, prices};
use crate::report::{Recorder, terminal};
use crate::source::Usage;
use crate::source::replay::Replay;

/// Arguments of `replay`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast replay trace.csv --zone DE
  wattcast replay trace.csv --start 2026-03-29T00:00Z --intensity-file de.csv --json
  wattcast replay roof.bin                 what a board told, from a capture of its line
  wattcast replay roof.bin --speed 3600    the same, an hour in each second

A trace is CSV with a header: uptime_us,channel and power_uw or counter; further
columns say what a count is worth (uj_per_count), when the counter starts again
(counter_range), and the component and quality of a channel.")]
pub(super) struct ReplayArgs {
    /// The trace, or a capture of a serial line
    trace: PathBuf,

    /// Show a capture as it came, so many times as fast
    #[arg(long, value_name = "TIMES")]
    speed: Option<u32>,

    #[command(flatten)]
    place: PlaceArgs,

    /// When the trace began, as 2026-03-29T00:00Z; 1970 until told
    #[arg(long, value_name = "TIME")]
    start: Option<String>,

    /// The longest time between two readings that is no gap
    #[arg(long, value_name = "TIME", default_value = "60s")]
    max_gap: String,

    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

/// Meters the trace and prints what it comes to.
pub(super) fn run(args: &ReplayArgs) -> Outcome {
    if is_capture(&args.trace) {
        return capture::run(args);
    }
    if args.speed.is_some() {
        return Err(CliError::input("--speed is for captures; a trace is metered at once"));
    }
    let pricer = args.place.pricer()?;
    let start = args.start.as_deref().map_or(Ok(Utc::ZERO), start)?;
    let max_gap = duration("--max-gap", &args.max_gap)?;
    let replay = Replay::open(&args.trace).map_err(CliError::input)?;
    let moments = replay.moments();
    let anchor = Anchor { uptime: Uptime::ZERO, utc: start, uncertainty_us: 0 };
    let mut recorder = Recorder::start(None, "", start, 0).map_err(CliError::failed)?;
    recorder.attribute("command", &format!("replay {}", args.trace.display()));
    prices::describe(&pricer, &mut recorder);
    let mut meter = Meter::new(vec![Box::new(replay)], no_idle(), max_gap);
    meter.describe(&mut recorder);
    let mut told = None;
    for uptime in &moments {
        prices::tell_intensity(&pricer, &mut told, anchor, *uptime, &mut recorder);
        let usage = Usage { uptime: *uptime, ..Usage::default() };
        meter.sample(&usage, &[], &pricer, anchor, &mut recorder);
    }
    let (report, _) = recorder.finish(moments.last().copied().unwrap_or_default());
    print(&if args.json { output::json(&report)? } else { terminal(&report) })?;
    Ok(ExitCode::SUCCESS)
}

/// Frames end with a zero byte, which no CSV holds. A file that cannot be read
/// is told as a trace.
fn is_capture(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4096).read_to_end(&mut start));
    read.is_ok() && start.contains(&DELIMITER)
}

/// A trace tells the energy of each channel as it is; nothing is split off.
fn no_idle() -> IdleModel {
    IdleModel { power: Power::ZERO, method: String::new(), range_ppm: (1_000_000, 1_000_000) }
}

fn start(text: &str) -> Result<Utc, CliError> {
    let stamp = text.parse::<Timestamp>().ok();
    let us = stamp.and_then(|stamp| u64::try_from(stamp.as_microsecond()).ok());
    us.map(Utc::from_us).ok_or_else(|| {
        CliError::input(format!("--start `{text}` is no time; write 2026-03-29T00:00Z"))
    })
}
