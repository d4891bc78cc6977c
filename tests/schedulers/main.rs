//! What `wattcast schedule` writes, held against the engines themselves.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

mod kubernetes;
mod shell;
#[cfg(target_os = "linux")]
mod slurm;
mod systemd;

use std::path::Path;
use std::process::{Command, Output};

/// Two intervals: an hour at one, and one from three.
const PLAN: &str = r#"{"intervals": [
    {"zone": "DE", "start": "2030-05-01T01:00:00Z", "end": "2030-05-01T02:00:00Z"},
    {"zone": "DE", "start": "2030-05-01T03:00:00Z", "end": "2030-05-01T04:30:00Z"}]}"#;

/// The engine's files for a plan, in `folder`.
fn schedule(folder: &Path, engine: &str, plan: &str, options: &[&str], command: &[&str]) -> Output {
    std::fs::write(folder.join("plan.json"), plan).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_wattcast"))
        .current_dir(folder)
        .args(["schedule", engine, "--plan", "plan.json", "--time-zone", "UTC"])
        .args(options)
        .arg("--")
        .args(command)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(output: Output) -> String {
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a program is there; where not, that is told.
fn has(program: &str) -> bool {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path)
            .chain(["/usr/sbin".into()])
            .any(|folder| folder.join(program).is_file())
    });
    if !found {
        eprintln!("skipped: no {program} here; tests/run installs it where apt is");
    }
    found
}

#[test]
fn wrong_input_is_one_line_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("none.json"), r#"{"intervals": []}"#).unwrap();
    for (options, mend) in [
        (&["--plan", "none.json"][..], "plan again"),
        (&["--plan", "nowhere.json"], "nowhere.json"),
        (&["--zone", "DE"], "--hours"),
        (&["--zone", "DE", "--hours", "2", "--name", "Two words"], "lower-case"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_wattcast"))
            .current_dir(folder.path())
            .args(["schedule", "cron"])
            .args(options)
            .args(["--", "true"])
            .env_remove("WATTCAST_ZONE")
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{options:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(told.contains(mend), "{told}");
    }
}
