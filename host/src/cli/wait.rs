//! `wattcast wait`: for scripts that start something when the grid is clean.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use wattcast_core::units::{US_PER_HOUR, Utc};

use super::place::PlaceArgs;
use super::plan::PlanArgs;
use super::run::clean;
use super::{CliError, Outcome};
use crate::intensity::timestamp;
use crate::metering::Clock;
use crate::planning::{At, By};
use crate::runner::Clean;

/// Exit code where the deadline came first.
const NOT_CLEAN: u8 = 3;
/// The system's clock is looked at this often, at least.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Arguments of `wait`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast wait --zone DE --history de.csv --until-clean 200 && make
  wattcast wait --zone DE --history de.csv --until-clean 200 --deadline 6h || echo dirty
  wattcast wait --zone FR --green 4h --deadline 24h && ./job      the best start without a break
  wattcast wait --zone FR --green 4h --deadline 24h --print       only says when

Exit codes: 0 the time has come, 2 bad input, 3 not clean by the deadline.
Files are read again each hour.")]
pub(super) struct WaitArgs {
    #[command(flatten)]
    work: PlanArgs,

    #[command(flatten)]
    place: PlaceArgs,

    /// Wait until the grid is as clean as this
    #[arg(
        long,
        value_name = "G_PER_KWH",
        conflicts_with_all = ["hours", "energy", "like"],
        allow_negative_numbers = true
    )]
    until_clean: Option<String>,

    /// Print the moment and do not wait
    #[arg(long)]
    print: bool,
}

/// Waits.
pub(super) fn run(args: &WaitArgs) -> Outcome {
    let clock = Clock::of_plan().map_err(CliError::input)?;
    let began = clock.utc();
    if args.until_clean.is_none() && !args.work.is_given() {
        return Err(CliError::input(
            "wait for what? give --until-clean 200, or --green 4h for the best start of a job",
        ));
    }
    loop {
        let now = clock.utc();
        let found = args.look(began, now)?;
        if args.print {
            let Some(start) = found.start else {
                return Ok(ExitCode::from(NOT_CLEAN));
            };
            super::print(&format!("{}\n", timestamp(start)))?;
            return Ok(ExitCode::SUCCESS);
        }
        if found.start.is_some_and(|start| start <= now) {
            return Ok(ExitCode::SUCCESS);
        }
        if found.deadline.is_some_and(|deadline| deadline <= now) {
            return Ok(ExitCode::from(NOT_CLEAN));
        }
        let next_hour = Utc::from_us((now.as_us() / US_PER_HOUR + 1) * US_PER_HOUR);
        let moments = [Some(next_hour), found.start, found.deadline];
        let wake = moments.into_iter().flatten().min().unwrap_or(next_hour);
        // The clock may be set, and the machine may sleep.
        while clock.utc() < wake {
            std::thread::sleep(clock.until_us(wake.as_us()).min(LONGEST_WAIT));
        }
    }
}

/// What is known now.
struct Found {
    start: Option<Utc>,
    deadline: Option<Utc>,
}

impl WaitArgs {
    fn look(&self, began: Utc, now: Utc) -> Result<Found, CliError> {
        if let Some(text) = &self.until_clean {
            let planner = clean(&self.work, &self.place, text, began)?;
            let deadline = planner.deadline;
            let start = match planner.look(now).map_err(CliError::input)? {
                Clean::From(start) if deadline.is_none_or(|deadline| start < deadline) => {
                    Some(start)
                }
                Clean::From(_) | Clean::NotUntil(_) => None,
            };
            return Ok(Found { start, deadline });
        }
        let asked = self.work.asked(&self.place, None, began)?;
        let mut request = asked.request;
        request.by = By::Window;
        let forecasts = asked.source.forecasts(now, request.deadline).map_err(CliError::input)?;
        let planned = match request.plan(&forecasts, &At::fresh(now)) {
            Ok(planned) => planned,
            // The last start has gone by while this one waited for it.
            Err(_) if now > began => return Ok(Found { start: Some(now), deadline: None }),
            Err(error) => return Err(CliError::input(error)),
        };
        Ok(Found { start: planned.intervals.first().map(|first| first.start), deadline: None })
    }
}
