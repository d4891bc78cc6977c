//! Captures of released format versions, each with what it decodes to beside
//! it. Captures never change: what was written once stays readable.
//!
//! `WATTCAST_BLESS=1 cargo test -p wattcast-core --test golden` rewrites the
//! expectations, and writes captures that are not there yet.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at its mistakes"
)]

mod golden {
    pub(crate) mod captures;
    pub(crate) mod describe;
}

use std::fs;
use std::path::{Path, PathBuf};

use golden::captures;
use golden::describe::{describe, describe_commands};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/wire/v1")
}

/// Compares what the capture decodes to with the expectation beside it.
fn check(name: &str, written_today: &[u8]) {
    compare(name, written_today, describe);
}

fn compare(name: &str, written_today: &[u8], describe: fn(&[u8]) -> String) {
    let bless = std::env::var_os("WATTCAST_BLESS").is_some();
    let capture_path = folder().join(name).with_extension("bin");
    if bless && !capture_path.exists() {
        fs::write(&capture_path, written_today).unwrap();
    }
    let capture = fs::read(&capture_path).unwrap();
    assert_eq!(capture, written_today, "{name}.bin: today's encoder writes other bytes");

    let description = describe(&capture);
    let expected_path = capture_path.with_extension("jsonl");
    if bless {
        fs::write(&expected_path, &description).unwrap();
    }
    let expected = fs::read_to_string(&expected_path).unwrap();
    for (number, (line, expected)) in (1..).zip(description.lines().zip(expected.lines())) {
        assert_eq!(line, expected, "{name}.jsonl, line {number}");
    }
    assert_eq!(description.lines().count(), expected.lines().count(), "{name}.jsonl");
}

#[test]
fn one_frame_of_each_kind() {
    check("each-kind", &captures::each_kind());
}

#[test]
fn a_damaged_line() {
    check("damaged", &captures::damaged());
}

#[test]
fn a_tagged_log_that_was_tampered_with() {
    check("tagged", &captures::tagged());
}

#[test]
fn what_a_board_adds() {
    check("board", &captures::board());
}

#[test]
fn one_command_of_each_kind() {
    compare("commands", &captures::commands(), describe_commands);
}
