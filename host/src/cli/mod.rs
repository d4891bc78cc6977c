//! The command line: one file per verb.

mod completions;
mod error;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
       signal ended it, 126 where it cannot be executed, 127 where it is not found";

#[derive(Subcommand)]
enum Verb {
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Completions(args) => completions::run(&args),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("wattcast: {error}");
        error.exit_code()
    })
}
