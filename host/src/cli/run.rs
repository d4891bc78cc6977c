//! `wattcast run`: meters a command, at once or in the hours of a plan.

mod planned;

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use wattcast_core::wire::record::EventKind;

use super::metering::MeteringArgs;
use super::{CliError, Outcome};
use crate::metering::{Session, Settings};
use crate::process::{Exit, Guardian, Job, OnDeath, Spec};
use crate::report::RunReport;
use crate::runner::GRACE;

pub(super) use planned::clean;

/// Arguments of `run`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast run -- python train.py
  wattcast run --zone FR --pue 1.2 -- make -j8
  wattcast run --zone DE --tariff 8:30-19:00=0.34,19:00-8:30=0.21 -- ./job
  wattcast run --json --output run.json -- ./job
  wattcast run --zone DE --history de.csv --green 6h --deadline 24h -- python train.py
  wattcast run --zone DE,FR --forecast next.csv --green 6h --on-move ./move.sh -- ./follow.sh
  wattcast run --plan plan.json --checkpoint -- python train.py
  wattcast run --zone DE --history de.csv --until-clean 200 --deadline 12h -- make
  wattcast run --zone FR --budget 500g --at-budget stop -- python train.py

A planned run waits, starts, pauses and resumes as `wattcast plan` would with the
same options, plans again each hour, and counts nothing while it is paused. Killed
or rebooted, the same command in the same folder takes its plan up; --fresh does
not. WATTCAST_CLOCK=x3600 tries a plan out at an hour a second, and
WATTCAST_CLOCK=2026-05-01T00:00Z,x3600 from that moment on; with `,set:4h@30min` after it
the clock is set by four hours once half an hour has passed, with `,sleep:4h@30min`
the machine seems to sleep for as long.

The command keeps its terminal, its streams and its exit code; the result goes
to standard error, with --json to standard output or to --output.")]
pub(super) struct RunArgs {
    /// The command and its arguments, after `--`
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    command: Vec<OsString>,

    #[command(flatten)]
    metering: MeteringArgs,

    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,

    /// Write the result to a file, as JSON with --json
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Print no result
    #[arg(long, short, conflicts_with_all = ["json", "output"])]
    quiet: bool,

    /// What becomes of the command if wattcast itself is killed
    #[arg(long, value_enum, default_value = "end")]
    on_death: OnDeathArg,

    #[command(flatten)]
    planned: planned::PlannedArgs,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum OnDeathArg {
    /// It is ended
    End,
    /// It goes on
    Continue,
}

impl From<OnDeathArg> for OnDeath {
    fn from(arg: OnDeathArg) -> Self {
        match arg {
            OnDeathArg::End => Self::End(GRACE),
            OnDeathArg::Continue => Self::Continue,
        }
    }
}

/// Runs the command, meters it and ends as it ends.
pub(super) fn run(args: &RunArgs) -> Outcome {
    let words: Vec<_> = args.command.iter().map(|word| word.to_string_lossy()).collect();
    let command = words.join(" ");
    let settings = if args.planned.is_asked() {
        args.metering.planned_settings(command)?
    } else {
        args.metering.settings(command)?
    };
    // Opened before the command runs: a place that cannot be written is told
    // before hours have passed.
    let output = args.output.as_deref().map(Output::create).transpose()?;
    let (exit, report) = if args.planned.is_asked() {
        args.planned.run(args, settings)?
    } else {
        meter(args, &settings)?
    };
    match deliver(args, output, &report) {
        Err(error) if exit != Exit::Code(0) => super::tell(&error.to_string()),
        delivered => delivered?,
    }
    Ok(ExitCode::from(exit.code()))
}

fn meter(args: &RunArgs, settings: &Settings) -> Result<(Exit, RunReport), CliError> {
    let (program, arguments) =
        args.command.split_first().ok_or_else(|| CliError::input("no command"))?;
    // Before the sources, since a driver may start threads.
    let guardian = Guardian::start(args.on_death.into());
    let mut session = Session::open(settings).map_err(CliError::input)?;
    let tag = session.tag().clone();
    let spec = Spec::new(program.clone(), arguments.to_vec(), tag);
    let guardian = guardian.map_or_else(
        |error| {
            session.event(EventKind::Warning, 0, &format!("no guardian: {error}"));
            None
        },
        Some,
    );
    let mut job = match Job::start(&spec, guardian) {
        Ok(job) => job,
        Err(error) => {
            session.event(EventKind::Exited, i64::from(error.exit_code()), &error.to_string());
            let _ = session.finish();
            return Err(CliError::NotStarted(error.to_string(), error.exit_code()));
        }
    };
    if !session.shares_machine() {
        job.leave_machine_out();
    }
    session.event(EventKind::Started, i64::from(job.id()), "");
    let exit = loop {
        match job.wait(Some(settings.tick())).map_err(CliError::failed)? {
            Some(exit) => break exit,
            None => {
                let usage = job.usage(session.now());
                warn(&session.sample(&usage, job.pids()));
            }
        }
    };
    warn(&crate::runner::end(job, &mut session, exit));
    let (report, warnings) = session.finish();
    warn(&warnings);
    Ok((exit, report))
}

/// Tells at once what cannot wait for the end of the run.
fn warn(warnings: &[String]) {
    for warning in warnings {
        super::tell(warning);
    }
}

/// The file of the result.
struct Output {
    file: File,
    name: String,
}

impl Output {
    fn create(path: &Path) -> Result<Self, CliError> {
        let name = path.display().to_string();
        let file = File::create(path).map_err(|error| {
            CliError::input(format!("--output {name}: {error}; name a file that can be written"))
        })?;
        Ok(Self { file, name })
    }
}

fn deliver(args: &RunArgs, output: Option<Output>, report: &RunReport) -> Result<(), CliError> {
    if args.quiet {
        return Ok(());
    }
    let text = if args.json {
        serde_json::to_string_pretty(report).map_err(CliError::failed)? + "\n"
    } else {
        crate::report::terminal(report)
    };
    match output {
        Some(mut output) => output.file.write_all(text.as_bytes()).map_err(|error| {
            CliError::failed(format!(
                "{}: {error}; the ledger holds the run, see `wattcast report`",
                output.name
            ))
        }),
        None if args.json => super::print(&text),
        None => {
            // A standard error that is closed is no failure of the command.
            let _ = std::io::stderr().write_all(text.as_bytes());
            Ok(())
        }
    }
}
