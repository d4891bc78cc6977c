//! `wattcast report` over ledgers that released versions have written: what it
//! prints is kept beside them, in `fixtures/ledger/`.
//!
//! `UPDATE_EXPECT=1 cargo test --test report` rewrites what is expected. The
//! ledgers themselves stay as they were written; one that is missing is made.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
#![cfg(unix)]

mod ledgers;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use expect_test::expect_file;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// `wattcast report` on a machine with nothing but these ledgers.
fn report(arguments: &[&str]) -> Output {
    ledgers::make_missing(&root().join("fixtures/ledger"));
    let empty = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_wattcast"))
        .arg("report")
        .args(arguments)
        .current_dir(root())
        .env("XDG_CONFIG_HOME", root().join("fixtures/ledger/config"))
        .env("XDG_DATA_HOME", empty.path())
        .env("TMPDIR", empty.path())
        .env("TZ", "UTC")
        .env_remove("WATTCAST_LEDGER")
        .output()
        .unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output = report(&[&["--ledger", "fixtures/ledger/runs"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_table_of_all_runs() {
    expect_file!["../../fixtures/ledger/table.expected"].assert_eq(&printed(&[]));
}

#[test]
fn a_run_in_full() {
    let text = printed(&["0000000a", "last"]);
    expect_file!["../../fixtures/ledger/runs.expected"].assert_eq(&text);
}

#[test]
fn the_names_in_json_are_a_contract() {
    expect_file!["../../fixtures/ledger/json.expected"].assert_eq(&printed(&["--json"]));
}

#[test]
fn csv_in_the_columns_of_others() {
    let eco2ai = printed(&["--csv", "eco2ai"]);
    expect_file!["../../fixtures/ledger/eco2ai.expected"].assert_eq(&eco2ai);
    let codecarbon = printed(&["--csv", "codecarbon"]);
    expect_file!["../../fixtures/ledger/codecarbon.expected"].assert_eq(&codecarbon);
}

#[test]
fn another_intensity_prices_old_runs_anew() {
    let text = printed(&["0000000a", "--intensity", "56.4"]);
    expect_file!["../../fixtures/ledger/repriced.expected"].assert_eq(&text);
}

#[test]
fn runs_are_chosen_by_project_and_time() {
    let runs = |arguments: &[&str]| {
        let json: serde_json::Value =
            serde_json::from_str(&printed(&[arguments, &["--json"]].concat())).unwrap();
        let runs = json["runs"].as_array().unwrap().clone();
        runs.iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(runs(&["--project", "digits"]), ["0000000a"]);
    assert_eq!(runs(&["--since", "2026-09-21T14:14:00"]), ["0000000b"]);
    assert!(runs(&["--since", "1h"]).is_empty());
}

#[test]
fn bad_input_ends_with_2_and_one_line_that_helps() {
    let ledger = ["--ledger", "fixtures/ledger/runs"];
    for (arguments, help) in [
        (&["zzz"][..], "0000000b"),
        (&["--since", "tomorrow-ish"], "2026-11-01"),
        (&["./no/such.wcl"], "no/such.wcl"),
        (&["--intensity", "cheap"], "--intensity"),
        (&["--zone", "FX"], "FX"),
        (&["--pue", "1.1"], "--zone"),
    ] {
        let output = report(&[&ledger, arguments].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(help) && error.lines().count() == 1, "{error}");
    }
}

#[test]
fn a_machine_without_runs_says_how_to_make_one() {
    let output = report(&["--json"]);
    assert!(output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("wattcast run"));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["runs"], serde_json::json!([]));
}
