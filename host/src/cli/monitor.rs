//! `wattcast monitor`: what the machine draws, live.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use serde_json::json;

use super::metering::{MeteringArgs, duration};
use super::output::{Align, columns};
use super::{CliError, Outcome, print_on};
use crate::metering::Session;
use crate::process::MachineAccounting;
use crate::report::{Part, RunReport};

/// Arguments of `monitor`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast monitor --zone DE
  wattcast monitor --for 10s
  wattcast monitor --period 500ms --json | jq .power_uw

It shows the whole machine, whoever uses it; `run` counts one command. Nothing
is kept unless --ledger names a place.")]
pub(super) struct MonitorArgs {
    #[command(flatten)]
    metering: MeteringArgs,

    /// Stop after this time, as 10s or 2h; until interrupted otherwise
    #[arg(long = "for", value_name = "TIME")]
    length: Option<String>,

    /// Print one JSON object per sample and line
    #[arg(long)]
    json: bool,
}

/// Shows the machine until the time is over.
pub(super) fn run(args: &MonitorArgs) -> Outcome {
    let mut settings = args.metering.settings_without_ledger("monitor".to_owned())?;
    settings.wanted.all_sensors = true;
    let length = args.length.as_deref().map(|text| duration("--for", text)).transpose()?;
    let end = length.and_then(|length| Instant::now().checked_add(length));
    let mut session = Session::open(&settings).map_err(CliError::input)?;
    let mut machine = MachineAccounting::new();
    let mut screen = Screen::new();
    let mut before = session.report();
    loop {
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            break;
        }
        std::thread::sleep(left.map_or(settings.tick(), |left| left.min(settings.tick())));
        let usage = machine.usage(session.now());
        for warning in session.sample(&usage, &[]) {
            super::tell(&warning);
        }
        let report = session.report();
        if args.json {
            print_on(&line(&before, &report))?;
        } else {
            screen.show(&table(&before, &report))?;
        }
        before = report;
    }
    let _ = session.finish();
    Ok(ExitCode::SUCCESS)
}

/// Mean power in microwatts since the report before.
fn power_uw(before: &RunReport, now: &RunReport, energy_uj: u128) -> u128 {
    let elapsed_us = u128::from(now.duration_us.saturating_sub(before.duration_us));
    energy_uj.saturating_mul(1_000_000).checked_div(elapsed_us).unwrap_or(0)
}

fn line(before: &RunReport, now: &RunReport) -> String {
    let power = |part: &Part| power_uw(before, now, part.energy_uj - energy_before(before, part));
    let parts: serde_json::Map<_, _> =
        now.parts.iter().map(|part| (part.name.clone(), json!(power(part)))).collect();
    let object = json!({
        "uptime_us": now.duration_us,
        "power_uw": power_uw(before, now, now.energy_uj.saturating_sub(before.energy_uj)),
        "parts_power_uw": parts,
        "energy_uj": now.energy_uj,
        "carbon_ug": now.carbon_ug,
    });
    format!("{object}\n")
}

fn table(before: &RunReport, now: &RunReport) -> String {
    let row =
        |name: &str, quality: String, energy_uj: u128, before_uj: u128, carbon: Option<u128>| {
            let power = power_uw(before, now, energy_uj.saturating_sub(before_uj));
            [name.to_owned(), watts(power), watt_hours(energy_uj), grams(carbon), quality]
        };
    let mut rows: Vec<_> = now
        .parts
        .iter()
        .map(|part| {
            let quality = format!("{:?}", part.quality).to_lowercase();
            row(&part.name, quality, part.energy_uj, energy_before(before, part), part.carbon_ug)
        })
        .collect();
    rows.push(row("all", String::new(), now.energy_uj, before.energy_uj, now.carbon_ug));
    let right = Align::Right;
    let heads = [
        ("part", Align::Left),
        ("W", right),
        ("Wh", right),
        ("gCO2e", right),
        ("quality", Align::Left),
    ];
    columns(heads, &rows)
}

fn energy_before(before: &RunReport, part: &Part) -> u128 {
    before.parts.iter().find(|p| p.name == part.name).map_or(0, |p| p.energy_uj)
}

fn watts(power_uw: u128) -> String {
    thousandths(power_uw / 1_000)
}

pub(super) fn watt_hours(energy_uj: u128) -> String {
    thousandths(energy_uj / 3_600_000)
}

pub(super) fn grams(carbon_ug: Option<u128>) -> String {
    carbon_ug.map_or_else(|| "-".to_owned(), |ug| thousandths(ug / 1_000))
}

fn thousandths(value: u128) -> String {
    format!("{}.{:03}", value / 1_000, value % 1_000)
}

/// Shows a text in place of the one before it, where there is a terminal.
pub(super) struct Screen {
    terminal: bool,
    lines: usize,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self { terminal: std::io::stdout().is_terminal(), lines: 0 }
    }

    pub(super) fn show(&mut self, text: &str) -> Result<(), CliError> {
        self.clear()?;
        self.lines = text.lines().count();
        if self.terminal {
            // A line that wraps would be two to go up; cut it at the margin.
            return print_on(&format!("\x1b[?7l{text}\x1b[?7h"));
        }
        print_on(text)
    }

    /// Makes room where the last text was.
    pub(super) fn clear(&mut self) -> Result<(), CliError> {
        let lines = std::mem::take(&mut self.lines);
        if self.terminal && lines > 0 {
            // Up over the last text, and clear from there.
            print_on(&format!("\x1b[{lines}A\x1b[J"))?;
        }
        Ok(())
    }
}
