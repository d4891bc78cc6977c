//! A capture of a serial line, at once or as it came.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use wattcast_core::units::{Uptime, Utc};
use wattcast_core::wire::Record;

use super::super::monitor::Screen;
use super::super::serial::{from_files, view};
use super::super::{CliError, Outcome, output, print, report, tell};
use super::ReplayArgs;
use crate::report::{Keys, Reprice};
use crate::serial::{Address, Listener};
use crate::store::LedgerOptions;

/// The longest that nothing moves, however long nothing was recorded.
const MOST_WAIT: Duration = Duration::from_secs(2);
/// Time from one picture to the next.
const REFRESH: Duration = Duration::from_millis(100);

/// Tells what the boards of a capture told, priced for a place if one is named.
pub(super) fn run(args: &ReplayArgs) -> Outcome {
    let place = &args.place;
    let reprice = if place.is_given() {
        let pricer = place.pricer()?;
        Some(Reprice { intensity: pricer.intensity, pue: Some(pricer.pue) })
    } else {
        None
    };
    let options = LedgerOptions::choose(None).map_err(CliError::input)?;
    let keys = report::keys(&options, &[])?;
    let address = Address::File(args.trace.clone());
    if let Some(speed) = args.speed {
        play(args, &keys, reprice.as_ref(), speed)?;
    }
    let runs = from_files(&[address], &keys, reprice.as_ref())?;
    if runs.is_empty() {
        return Err(CliError::input(format!(
            "{}: neither CSV nor frames of a board",
            args.trace.display()
        )));
    }
    print(&if args.json { output::json(&runs)? } else { report::show(&runs) })?;
    Ok(ExitCode::SUCCESS)
}

/// Shows the boards as they were at each moment, `speed` times as fast.
fn play(
    args: &ReplayArgs,
    keys: &Keys,
    reprice: Option<&Reprice>,
    speed: u32,
) -> Result<(), CliError> {
    if speed == 0 {
        return Err(CliError::input("--speed 0 never ends; write 60 for a minute in each second"));
    }
    let bytes = std::fs::read(&args.trace)
        .map_err(|error| CliError::input(format!("{}: {error}", args.trace.display())))?;
    let address = Address::File(args.trace.clone());
    let mut listener = Listener::new(&[address], keys.clone(), reprice.cloned(), None);
    let mut screen = Screen::new();
    let live = std::io::stdout().is_terminal();
    let (mut before, mut shown): (Option<Uptime>, Option<Instant>) = (None, None);
    for frame in bytes.split_inclusive(|byte| *byte == 0) {
        let mut at = None;
        listener
            .take(0, frame, Utc::ZERO, |heard| at = heard.frame.record.as_ref().ok().and_then(when))
            .map_err(CliError::input)?;
        for line in listener.take_notices() {
            screen.clear()?;
            tell(&line);
        }
        let Some(at) = at else { continue };
        // A new boot begins at zero again.
        let passed = before.map_or(0, |before| at.as_us().saturating_sub(before.as_us()));
        before = Some(at);
        std::thread::sleep(Duration::from_micros(passed / u64::from(speed)).min(MOST_WAIT));
        if live && shown.is_none_or(|shown| shown.elapsed() >= REFRESH) {
            shown = Some(Instant::now());
            screen.show(&view::table(listener.senders()))?;
        }
    }
    screen.clear()
}

/// The moment that a record tells of.
fn when(record: &Record<'_>) -> Option<Uptime> {
    match record {
        Record::Samples(samples) => Some(samples.start),
        Record::Checkpoint(checkpoint) => Some(checkpoint.uptime),
        Record::Event(event) => Some(event.uptime),
        Record::Usage(usage) => Some(usage.uptime),
        _ => None,
    }
}
