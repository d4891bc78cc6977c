//! Options that say how to meter: shared by the verbs that do.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::CliError;
use super::place::PlaceArgs;
use crate::metering::{Clock, Pricer, Settings};
use crate::source::detect::Wanted;
use crate::source::gpu_model;
use crate::store::LedgerOptions;

/// How a run is metered: shared by the verbs that meter.
#[derive(Args)]
pub(super) struct MeteringArgs {
    #[command(flatten)]
    pub(super) place: PlaceArgs,

    /// Time from one sample to the next, as 500ms, 1s, 10s
    #[arg(long, value_name = "TIME", default_value = "1s", env = "WATTCAST_PERIOD")]
    period: String,

    /// Name under which runs are grouped
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true,
        env = "WATTCAST_PROJECT"
    )]
    project: String,

    /// What is tried in this run
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    experiment: String,

    /// A GPU without a driver at hand, by name, as `A100` or `A100 x2`; may be repeated
    #[arg(long, value_name = "NAME")]
    gpu: Vec<String>,

    /// Count this sensor, which sees the whole machine, in place of all else; `doctor` lists them
    #[arg(long, value_name = "NAME")]
    sensor: Vec<String>,

    /// Where ledgers are kept: a directory, or a file for this run
    #[arg(long, value_name = "PATH", env = "WATTCAST_LEDGER")]
    ledger: Option<PathBuf>,

    /// Keep no ledger, wherever one would be kept
    #[arg(long)]
    no_ledger: bool,
}

impl MeteringArgs {
    /// Validates all of it; `command` is what the run is called.
    pub(super) fn settings(&self, command: String) -> Result<Settings, CliError> {
        let ledger = if self.no_ledger { None } else { Some(self.ledger()?) };
        Ok(Settings { ledger, ..self.settings_without_ledger(command)? })
    }

    /// The same for a plan, which may name several zones: at home in the first.
    pub(super) fn planned_settings(&self, command: String) -> Result<Settings, CliError> {
        let ledger = if self.no_ledger { None } else { Some(self.ledger()?) };
        let pricer = self.place.pricer_at(self.place.zones().first().copied())?;
        Ok(Settings { ledger, ..self.settings_with(command, pricer)? })
    }

    /// The same with a ledger only where a place for one is named.
    pub(super) fn settings_without_ledger(&self, command: String) -> Result<Settings, CliError> {
        let named = self.ledger.is_some();
        let settings = self.settings_with(command, self.place.pricer()?)?;
        Ok(Settings { ledger: named.then(|| self.ledger()).transpose()?, ..settings })
    }

    fn settings_with(&self, command: String, pricer: Pricer) -> Result<Settings, CliError> {
        Ok(Settings {
            project: self.project.clone(),
            experiment: self.experiment.clone(),
            command,
            period: period(&self.period)?,
            pricer,
            ledger: None,
            wanted: self.wanted()?,
            clock: Clock::awake(),
        })
    }

    fn wanted(&self) -> Result<Wanted, CliError> {
        let gpus = self.gpu.iter().map(|name| gpu_model::parse(name)).collect::<Result<_, _>>();
        let gpus = gpus.map_err(|error| CliError::input(format!("--gpu: {error}")))?;
        Ok(Wanted { gpus, sensors: self.sensor.clone(), ..Wanted::default() })
    }

    fn ledger(&self) -> Result<LedgerOptions, CliError> {
        LedgerOptions::choose(self.ledger.as_deref()).map_err(CliError::input)
    }
}

/// A sampling period as a person writes it: 1 ms to 1 h.
fn period(text: &str) -> Result<Duration, CliError> {
    let bounds = Duration::from_millis(1)..=Duration::from_secs(3600);
    duration("--period", text).ok().filter(|period| bounds.contains(period)).ok_or_else(|| {
        CliError::input(format!("--period `{text}` is not between 1ms and 1h; write 500ms or 10s"))
    })
}

/// A positive length of time as a person writes it.
pub(super) fn duration(option: &str, text: &str) -> Result<Duration, CliError> {
    text.parse::<jiff::SignedDuration>()
        .ok()
        .and_then(|length| Duration::try_from(length).ok())
        .filter(|length| !length.is_zero())
        .ok_or_else(|| {
            CliError::input(format!(
                "{option} `{text}` is no length of time; write 500ms, 10s or 2h"
            ))
        })
}
