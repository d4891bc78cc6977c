//! `wattcast completions`: completion scripts for shells.

use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Outcome};

/// Arguments of `completions`.
#[derive(Args)]
#[command(after_help = "Example:
  wattcast completions bash > ~/.local/share/bash-completion/completions/wattcast")]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub(super) fn run(args: &CompletionsArgs) -> Outcome {
    clap_complete::generate(args.shell, &mut Cli::command(), "wattcast", &mut std::io::stdout());
    Ok(ExitCode::SUCCESS)
}
