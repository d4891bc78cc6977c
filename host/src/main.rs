//! The `wattcast` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    wattcast::cli::main()
}
