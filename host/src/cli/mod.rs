//! The command line: one file per verb.

mod backtest;
mod completions;
mod doctor;
mod error;
mod estimate;
mod factors;
mod forecast;
mod grids;
mod hours;
mod metering;
mod model;
mod monitor;
mod output;
mod place;
mod plan;
mod progress;
mod replay;
mod report;
mod run;
mod schedule;
mod serial;
mod simulate;
mod synthetic;
mod wait;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use wattcast_core::forecast::Model;

pub use error::CliError;

/// What a verb gives back: the exit code of the process.
pub type Outcome = Result<ExitCode, CliError>;

#[derive(Parser)]
#[command(
    name = "wattcast",
    version,
    about = "Meter what a command costs in energy, carbon and money, on this machine, offline",
    after_help = EXIT_CODES,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    success
  1    something failed that better input cannot mend (a file that cannot be written)
  2    bad input: one line on standard error names it and how to mend it
  N    `run` ends with the exit code of its command: 128 + signal where a
       signal ended it, 126 where it cannot be executed, 127 where it is not found
  3    `wait`: the grid was not clean by the deadline";

#[derive(Subcommand)]
enum Verb {
    /// Run a command, now or when the grid is clean, and meter what it costs
    Run(Box<run::RunArgs>),
    /// Write a plan for Slurm, systemd, cron, at or Kubernetes
    Schedule(Box<schedule::ScheduleArgs>),
    /// Wait until the grid is clean, or until the best start of a job
    Wait(Box<wait::WaitArgs>),
    /// Watch what the whole machine draws
    Monitor(Box<monitor::MonitorArgs>),
    /// Say what can be measured on this machine, and mend what cannot
    Doctor(doctor::DoctorArgs),
    /// Say what a job will cost before it runs, here and in cleaner places
    Estimate(Box<estimate::EstimateArgs>),
    /// List and show emission factors, or compute one from a generation mix
    Factors(factors::FactorsArgs),
    /// Say how clean the next hours will be
    Forecast(forecast::ForecastArgs),
    /// Say when and where a job will emit least
    Plan(Box<plan::PlanVerbArgs>),
    /// Hold forecasts of the past against what came
    Backtest(Box<backtest::BacktestArgs>),
    /// Watch boards over a serial line, a socket, a pipe or a file
    Serial(Box<serial::SerialArgs>),
    /// Look into forecast networks, and make them
    Model(model::ModelArgs),
    /// Tell what past runs cost
    Report(Box<report::ReportArgs>),
    /// Meter a recorded trace in place of hardware
    Replay(Box<replay::ReplayArgs>),
    /// Make up histories of grids that do not exist, for trials
    #[command(hide = true)]
    Synthetic(synthetic::SyntheticArgs),
    /// Say what plans would have saved, by forecast and by foresight
    Simulate(Box<simulate::SimulateArgs>),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
}

/// Prints to standard output; a reader that went away is no failure.
fn print(text: &str) -> Result<(), CliError> {
    match print_on(text) {
        Err(CliError::ReaderGone) => Ok(()),
        printed => printed,
    }
}

/// Prints one of many texts, for a verb that ends where its reader goes away.
fn print_on(text: &str) -> Result<(), CliError> {
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| match error.kind() {
        std::io::ErrorKind::BrokenPipe => CliError::ReaderGone,
        _ => CliError::failed(format!("standard output: {error}")),
    })
}

/// Tells a person one line; a closed standard error is no failure.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "wattcast: {line}");
}

/// The bytes of a model file.
fn model_file(path: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path).map_err(|error| named(path, &error))
}

/// The network in the bytes of a model file, or of one that ships.
fn network<'f>(file: &'f [u8], path: Option<&Path>) -> Result<Model<'f>, CliError> {
    Model::load(file).map_err(|error| match path {
        Some(path) => named(path, &error),
        None => CliError::input(error),
    })
}

/// One line that names the file.
fn named(path: &Path, error: &dyn std::fmt::Display) -> CliError {
    CliError::input(format!("{}: {error}", path.display()))
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Run(args) => run::run(&args),
        Verb::Schedule(args) => schedule::run(&args),
        Verb::Wait(args) => wait::run(&args),
        Verb::Monitor(args) => monitor::run(&args),
        Verb::Doctor(args) => doctor::run(&args),
        Verb::Estimate(args) => estimate::run(&args),
        Verb::Factors(args) => factors::run(&args),
        Verb::Forecast(args) => forecast::run(&args),
        Verb::Plan(args) => plan::run(&args),
        Verb::Backtest(args) => backtest::run(&args),
        Verb::Serial(args) => serial::run(&args),
        Verb::Model(args) => model::run(&args),
        Verb::Report(args) => report::run(&args),
        Verb::Replay(args) => replay::run(&args),
        Verb::Synthetic(args) => synthetic::run(&args),
        Verb::Simulate(args) => simulate::run(&args),
        Verb::Completions(args) => completions::run(&args),
    };
    outcome.unwrap_or_else(|error| {
        if !matches!(error, CliError::ReaderGone) {
            tell(&error.to_string());
        }
        error.exit_code()
    })
}
