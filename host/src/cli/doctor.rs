//! `wattcast doctor`: what can be measured here, and how to mend what cannot.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{CliError, Outcome};
use crate::source::Finding;
use crate::source::detect::{Wanted, detect};

/// Arguments of `doctor`.
#[derive(Args)]
#[command(after_help = "Example:
  wattcast doctor
  wattcast doctor --json | jq '.[] | select(.available | not)'")]
pub(super) struct DoctorArgs {
    /// Print a JSON array of the findings
    #[arg(long)]
    json: bool,
}

/// Looks at every source and prints what it found.
pub(super) fn run(args: &DoctorArgs) -> Outcome {
    let detected = detect(&Wanted { all_sensors: true, ..Wanted::default() });
    let text = if args.json {
        let findings: Vec<_> = detected.findings.iter().map(as_json).collect();
        serde_json::to_string_pretty(&findings).map_err(CliError::failed)? + "\n"
    } else {
        as_text(&detected.findings)
    };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn as_json(finding: &Finding) -> serde_json::Value {
    json!({
        "source": finding.source,
        "available": finding.available,
        "detail": finding.detail,
        "remedy": finding.remedy,
    })
}

fn as_text(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.source.len()).max().unwrap_or(0);
    let mut text = String::new();
    for finding in findings {
        let mark = if finding.available { "yes" } else { "no " };
        let _ = writeln!(text, "{mark}  {:width$}  {}", finding.source, finding.detail);
        if let Some(remedy) = &finding.remedy {
            let _ = writeln!(text, "     {:width$}  to mend: {remedy}", "");
        }
    }
    text
}
