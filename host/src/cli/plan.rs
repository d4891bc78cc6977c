//! `wattcast plan`: when and where a job emits least.

mod args;
mod chart;
mod text;
mod when;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use wattcast_core::units::Utc;

use super::place::PlaceArgs;
use super::{CliError, Outcome, output};
use crate::planning::{At, to_ical, to_svg};

pub(super) use args::PlanArgs;

/// Arguments of `plan`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast plan --zone DE --history de.csv --hours 6 --deadline 24h
  wattcast plan --zone DE,FR,CH --forecast next.csv --hours 4 --deadline 2026-11-22T06:00
  wattcast plan --zone FR --hours 2 --power 300W               from what is built in
  wattcast plan --zone DE --history de.csv --hours 8 --min-run 1h --max-pauses 2 \\
      --pause-cost 90s,20Wh --tariff 8:30-19:00=0.34,19:00-8:30=0.21 --carbon-price 100
  wattcast plan --zone DE --history de.csv --like last --svg plan.svg --ical plan.ics
  wattcast plan --forecast FILE --zone DE --hours 4 --from 2026-11-21T00:00Z \\
      --deadline 2026-11-22T00:00Z --power 1000W --json

Of its own forecasts it plans by the mean of each hour, 0.3 p10 + 0.4 p50 +
0.3 p90, which is what an hour is expected to emit; --caution goes from there
towards p90. A forecast file has the columns timestamp_utc,zone,gco2_per_kwh and may have
p10_gco2_per_kwh,p90_gco2_per_kwh. Of a history only what came before the plan
begins is used. Times without an offset are those of --time-zone, else of this
machine; a length of time as --deadline counts from --from, or from now.")]
pub(super) struct PlanVerbArgs {
    #[command(flatten)]
    plan: PlanArgs,

    #[command(flatten)]
    place: PlaceArgs,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Write the intervals as a calendar (iCalendar)
    #[arg(long, value_name = "FILE")]
    ical: Option<PathBuf>,

    /// Draw the plan and its forecast
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// What the job is called in the calendar
    #[arg(long, value_name = "TEXT", default_value = "Green run")]
    name: String,
}

/// Plans and prints the plan.
pub(super) fn run(args: &PlanVerbArgs) -> Outcome {
    let now = jiff::Timestamp::now().as_microsecond();
    let now = Utc::from_us(u64::try_from(now).unwrap_or(0));
    let asked = args.plan.asked(&args.place, None, now)?;
    // A plan for a day gone by is made as it would have been made then.
    let from = asked.request.not_before.unwrap_or(now);
    let until = asked.request.deadline;
    let forecasts = asked.source.forecasts(from, until).map_err(CliError::input)?;
    let at = At { standing: asked.standing(&forecasts)?, ..At::fresh(from) };
    let planned = asked.request.plan(&forecasts, &at).map_err(CliError::input)?;
    let time_zone = args.place.local_zone()?;
    if let Some(path) = &args.ical {
        write(path, &to_ical(&planned, &args.name))?;
    }
    if let Some(path) = &args.svg {
        write(path, &to_svg(&planned, &forecasts, &time_zone))?;
    }
    let text = if args.json {
        output::json(&planned)?
    } else {
        text::text(&planned, &time_zone) + &chart::chart(&planned, &forecasts, &time_zone)
    };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    std::fs::write(path, text)
        .map_err(|error| CliError::failed(format!("cannot write {}: {error}", path.display())))
}
