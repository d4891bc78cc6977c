//! `wattcast run` by a plan.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use wattcast_core::units::Utc;

use super::super::metering::duration;
use super::super::place::PlaceArgs;
use super::super::plan::PlanArgs;
use super::super::{CliError, tell};
use super::RunArgs;
use crate::metering::{Clock, Settings};
use crate::process::Exit;
use crate::report::RunReport;
use crate::runner::{
    Agenda, AtBudget, Budget, Checkpoint, CleanPlanner, Drive, DriveError, FilePlan, Finished,
    Hooks, NoPlan, Planner, RequestPlanner, Saved, StateFile,
};
use crate::store::LedgerOptions;

/// Name of the folder of plans, beside the ledgers.
const FOLDER: &str = "plans";

/// When to run, and how to pause.
#[derive(Args)]
#[command(next_help_heading = "Planned run")]
pub(super) struct PlannedArgs {
    #[command(flatten)]
    work: PlanArgs,

    /// Wait until the grid is as clean as this, or until --deadline, then run
    #[arg(
        long,
        value_name = "G_PER_KWH",
        conflicts_with_all = ["hours", "energy", "like", "plan"],
        allow_negative_numbers = true
    )]
    until_clean: Option<String>,

    /// What the run may use: 500g or 2kg of CO2e, 3kWh, 1.50EUR
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    budget: Option<String>,

    /// What happens when the budget is used up
    #[arg(long, value_enum, value_name = "WHAT", default_value = "warn", requires = "budget")]
    at_budget: AtBudgetArg,

    /// Run in the intervals of a plan that `wattcast plan --json` has printed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["hours", "energy", "like"])]
    plan: Option<PathBuf>,

    /// Pause the command by this control
    #[arg(long, value_enum, default_value = "signals", value_name = "HOW")]
    pause_by: PauseBy,

    /// Pause it by this shell command in place of signals; `WATTCAST_PID` is its process
    #[arg(long, value_name = "COMMAND", requires = "on_resume")]
    on_pause: Option<OsString>,

    /// Resume what --on-pause has paused
    #[arg(long, value_name = "COMMAND", requires = "on_pause")]
    on_resume: Option<OsString>,

    /// Move the work from `WATTCAST_ZONE_BEFORE` to `WATTCAST_ZONE` while it is paused
    #[arg(long, value_name = "COMMAND")]
    on_move: Option<OsString>,

    /// Ask the command to save before a pause, by the file in `WATTCAST_CONTROL`
    #[arg(long)]
    checkpoint: bool,

    /// Tell the command so by a signal too
    #[arg(long, value_enum, value_name = "SIGNAL", requires = "checkpoint")]
    checkpoint_signal: Option<SignalArg>,

    /// How long it may take to save
    #[arg(long, value_name = "TIME", default_value = "5min", requires = "checkpoint")]
    checkpoint_patience: String,

    /// A command that is started again goes on where it was, whether or not it has saved
    #[arg(long)]
    resumable: bool,

    /// Forget the plan of the same command that was cut short
    #[arg(long)]
    fresh: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum PauseBy {
    /// SIGSTOP to every process of the command
    Signals,
    /// The freezer of a control group (v2), where we may make one
    Freezer,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum AtBudgetArg {
    /// It is told
    Warn,
    /// The command is paused until wattcast gets SIGCONT
    Pause,
    /// The command is ended
    Stop,
}

impl From<AtBudgetArg> for AtBudget {
    fn from(arg: AtBudgetArg) -> Self {
        match arg {
            AtBudgetArg::Warn => Self::Warn,
            AtBudgetArg::Pause => Self::Pause,
            AtBudgetArg::Stop => Self::Stop,
        }
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum SignalArg {
    /// SIGUSR1
    Usr1,
    /// SIGUSR2
    Usr2,
    /// SIGHUP
    Hup,
}

impl SignalArg {
    #[cfg(unix)]
    fn number(self) -> i32 {
        use nix::sys::signal::Signal;
        match self {
            Self::Usr1 => Signal::SIGUSR1 as i32,
            Self::Usr2 => Signal::SIGUSR2 as i32,
            Self::Hup => Signal::SIGHUP as i32,
        }
    }

    #[cfg(not(unix))]
    fn number(self) -> i32 {
        0
    }
}

impl PlannedArgs {
    /// Whether there is a plan to keep to.
    pub(super) fn is_asked(&self) -> bool {
        self.plan.is_some()
            || self.work.is_given()
            || self.until_clean.is_some()
            || self.budget.is_some()
    }

    /// Runs the command as planned.
    pub(super) fn run(
        &self,
        args: &RunArgs,
        settings: Settings,
    ) -> Result<(Exit, RunReport), CliError> {
        let (state, saved) = self.state(&settings);
        let saved = saved.unwrap_or_default();
        let clock = match saved.test_clock {
            Some(test) => Clock::tested(test),
            None => Clock::of_plan().map_err(CliError::input)?,
        };
        let saved = Saved { test_clock: clock.test(), ..saved };
        let now = match saved.started_utc_us {
            0 => clock.utc(),
            started => Utc::from_us(started),
        };
        let planner = self.planner(&args.metering.place, &settings, &clock, now)?;
        let budget = self.budget(&settings)?;
        let (program, arguments) =
            args.command.split_first().ok_or_else(|| CliError::input("no command"))?;
        let drive = Drive {
            program: program.clone(),
            args: arguments.to_vec(),
            settings: Settings { clock, ..settings },
            on_death: args.on_death.into(),
            hooks: Hooks {
                pause: self.on_pause.clone(),
                resume: self.on_resume.clone(),
                moving: self.on_move.clone(),
            },
            checkpoint: self.checkpoint()?,
            freezer: self.pause_by == PauseBy::Freezer,
            resumable: self.resumable,
            budget,
            planner,
            state,
            saved,
            tell: if args.quiet { |_| {} } else { tell },
        };
        match drive.run() {
            Ok(Finished { exit, report }) => Ok((exit, report)),
            Err(DriveError::Start(error)) => {
                Err(CliError::NotStarted(error.to_string(), error.exit_code()))
            }
            Err(error @ DriveError::Ended(signal)) => {
                Err(CliError::NotStarted(error.to_string(), Exit::Signal(signal).code()))
            }
            Err(error @ DriveError::System(_)) => Err(CliError::failed(error)),
            Err(error) => Err(CliError::input(error)),
        }
    }

    /// Who plans; lengths of time count from `now`.
    fn planner(
        &self,
        place: &PlaceArgs,
        settings: &Settings,
        clock: &Clock,
        now: Utc,
    ) -> Result<Box<dyn Planner>, CliError> {
        if let Some(path) = self.plan.as_deref() {
            let agenda = Agenda::read(path).map_err(CliError::input)?;
            if agenda.stretches().is_empty() {
                let file = path.display();
                return Err(CliError::input(format!("{file}: holds no interval; plan again")));
            }
            return Ok(Box::new(FilePlan(agenda)));
        }
        if let Some(text) = &self.until_clean {
            return Ok(Box::new(clean(&self.work, place, text, now)?));
        }
        if !self.work.is_given() {
            return Ok(Box::new(NoPlan));
        }
        let ledger = settings.ledger.as_ref().map(|options| options.place.dir().to_owned());
        let asked = self.work.asked(place, ledger.as_deref(), now)?;
        let mut planner = RequestPlanner::new(asked.request, asked.source, asked.home);
        for zone in place.zones() {
            planner.pricers.push((zone.to_owned(), place.pricer_at(Some(zone))?));
        }
        // Zones that only the forecast file names.
        planner.pricers.push((String::new(), settings.pricer.clone()));
        planner.is_priced = place.file().is_some() || place.given()?.is_some();
        planner.speed = clock.speed();
        Ok(Box::new(planner))
    }

    fn budget(&self, settings: &Settings) -> Result<Option<(Budget, AtBudget)>, CliError> {
        let Some(text) = &self.budget else { return Ok(None) };
        let budget: Budget =
            text.parse().map_err(|error| CliError::input(format!("--budget {error}")))?;
        if let Budget::Money { currency, .. } = &budget {
            let known = settings.pricer.tariff.as_ref().map(|tariff| tariff.currency.as_str());
            if known != Some(currency) {
                return Err(CliError::input(format!(
                    "--budget {text}: give the price of a kWh with --tariff, and --currency {currency}"
                )));
            }
        }
        Ok(Some((budget, self.at_budget.into())))
    }

    /// The state of this very command line, and what it held.
    fn state(&self, settings: &Settings) -> (Option<StateFile>, Option<Saved>) {
        let Some(LedgerOptions { place, .. }) = &settings.ledger else { return (None, None) };
        let words = std::env::args_os().skip(1).filter(|word| word != "--fresh");
        let mut command = Vec::new();
        for word in words {
            command.extend_from_slice(word.as_encoded_bytes());
            command.push(0);
        }
        match StateFile::open(&place.dir().join(FOLDER), &command) {
            Ok((state, saved)) => (Some(state), saved.filter(|_| !self.fresh)),
            Err(error) => {
                tell(&format!("{error}; the plan is not kept, and lost if wattcast is killed"));
                (None, None)
            }
        }
    }

    fn checkpoint(&self) -> Result<Option<Checkpoint>, CliError> {
        let patience: Duration = duration("--checkpoint-patience", &self.checkpoint_patience)?;
        Ok(self.checkpoint.then(|| Checkpoint {
            signal: self.checkpoint_signal.map(SignalArg::number),
            patience,
        }))
    }
}

/// A wait for a clean grid.
pub(in crate::cli) fn clean(
    work: &PlanArgs,
    place: &PlaceArgs,
    threshold: &str,
    now: Utc,
) -> Result<CleanPlanner, CliError> {
    let threshold = crate::grid::intensity_from_grams(threshold)
        .map_err(|error| CliError::input(format!("--until-clean {error}")))?;
    let source = work.source(place)?;
    if source.zones.is_empty() && source.forecast.is_none() {
        return Err(CliError::input("--until-clean where? name the zone with --zone, such as DE"));
    }
    Ok(CleanPlanner { source, threshold, deadline: work.deadline(place, now)? })
}
