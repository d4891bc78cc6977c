//! `wattcast factors`: emission factors, source by source.

mod list;
mod mix;
mod show;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Outcome;

/// Arguments of `factors`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast factors show FR                 every source side by side
  wattcast factors show gcp:us-central1    the grid that feeds a cloud region
  wattcast factors list united             places whose code or name has `united`
  wattcast factors mix nuclear=65 hydro=12 wind=10 solar=5 gas=8

Sources, years and terms: DATA-LICENSES.md.")]
pub(super) struct FactorsArgs {
    #[command(subcommand)]
    verb: FactorsVerb,
}

#[derive(Subcommand)]
enum FactorsVerb {
    /// List places and the factor that each is priced with
    List(list::ListArgs),
    /// Show every source's factor of a place, with year, basis and spread
    Show(show::ShowArgs),
    /// Compute a factor from a generation mix
    Mix(mix::MixArgs),
}

/// Prints what was asked for.
pub(super) fn run(args: &FactorsArgs) -> Outcome {
    let text = match &args.verb {
        FactorsVerb::List(args) => list::run(args),
        FactorsVerb::Show(args) => show::run(args),
        FactorsVerb::Mix(args) => mix::run(args),
    }?;
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}
