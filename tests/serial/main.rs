//! `wattcast serial` and what becomes of its ledgers: the built binary beside
//! boards on files, pipes, sockets and pseudo-terminals.
#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod board;
mod captures;
mod demo;
mod live;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The binary on a machine of its own.
fn wattcast(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wattcast"));
    command
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("TMPDIR", home)
        .env("TZ", "UTC")
        .env_remove("WATTCAST_LEDGER")
        .env_remove("WATTCAST_ZONE")
        .stdin(Stdio::null());
    command
}

fn output(home: &Path, arguments: &[&str]) -> Output {
    wattcast(home).args(arguments).current_dir(home).output().unwrap()
}

/// What it prints to standard output and error, where it succeeds.
fn succeeds(home: &Path, arguments: &[&str]) -> (String, String) {
    let output = output(home, arguments);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, errors) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "{arguments:?}: {errors}");
    (out, errors)
}

/// `report --json` of what is kept, or of files.
fn report(home: &Path, arguments: &[&str]) -> Value {
    let (out, _) = succeeds(home, &[&["report", "--json"], arguments].concat());
    serde_json::from_str(&out).unwrap()
}

fn energies(report: &Value) -> Vec<u64> {
    let runs = report["runs"].as_array().unwrap();
    runs.iter().map(|run| run["energy_uj"].as_u64().unwrap()).collect()
}

fn total(report: &Value) -> u64 {
    report["totals"]["energy_uj"].as_u64().unwrap()
}
