//! `wattcast run` as a user meets it: the built binary, real commands.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

fn wattcast(arguments: &[&str], ledger: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wattcast"))
        .args(arguments)
        .env("WATTCAST_LEDGER", ledger)
        .env_remove("WATTCAST_ZONE")
        .output()
        .unwrap()
}

fn metered(options: &[&str], command: &[&str]) -> Value {
    let ledger = tempfile::tempdir().unwrap();
    let result = ledger.path().join("run.json");
    let mut arguments = vec!["run", "--json", "--output", result.to_str().unwrap()];
    arguments.extend(options);
    arguments.push("--");
    arguments.extend(command);
    wattcast(&arguments, ledger.path());
    serde_json::from_slice(&std::fs::read(&result).unwrap()).unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Burns CPU time in a shell, its children, and their children.
const TREE: &str = "burn() { i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; }
    burn; (burn; sh -c 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done') & burn; wait";

#[test]
fn the_result_keeps_its_contract() {
    let options = ["--zone", "FR", "--pue", "1.25", "--tariff", "0.5", "--currency", "chf"];
    let report = metered(&options, &["sh", "-c", &format!("{TREE}; exit 3")]);
    for key in [
        "duration_us",
        "cpu_time_us",
        "energy_uj",
        "energy_low_uj",
        "energy_high_uj",
        "carbon_ug",
        "zone",
        "pue_millionths",
        "exit_code",
        "parts",
        "gaps",
        "warnings",
        "schema",
        "start_utc_us",
        "factor",
        "cost_micro",
        "currency",
    ] {
        assert!(!report[key].is_null(), "{key} is missing in {report:#}");
    }
    assert_eq!(report["exit_code"], 3);
    assert_eq!(report["zone"], "FR");
    assert_eq!(report["currency"], "CHF");
    assert_eq!(report["pue_millionths"], 1_250_000);

    let parts = report["parts"].as_array().unwrap();
    let sum = |key: &str| parts.iter().map(|part| number(&part[key])).sum::<u64>();
    for key in ["energy_uj", "energy_low_uj", "energy_high_uj"] {
        assert_eq!(sum(key), number(&report[key]), "{key}");
    }
    assert!(report["energy_low_uj"].as_u64() < report["energy_high_uj"].as_u64());
    assert!(parts.iter().any(|part| part["name"].as_str().unwrap().starts_with("cpu")));

    // Each part is rounded down on its own.
    let energy_uj = u128::from(number(&report["energy_uj"]));
    let factor = u128::from(number(&report["factor"]["value"]));
    let carbon_ug = energy_uj * factor * 1_250_000 / 3_600_000_000_000_000;
    let short = carbon_ug - u128::from(number(&report["carbon_ug"]));
    assert!(short <= parts.len() as u128, "{short} µg are missing");
    let cost = energy_uj * 500_000 / 3_600_000_000_000;
    assert!(cost.abs_diff(u128::from(number(&report["cost_micro"]))) <= parts.len() as u128);
}

#[test]
fn energy_follows_cpu_time_whatever_the_shape_and_the_period() {
    let per_cpu_second = |options: &[&str], script: &str| {
        let report = metered(options, &["sh", "-c", script]);
        let parts = report["parts"].as_array().unwrap();
        let cpu = parts.iter().filter(|part| part["name"].as_str().unwrap().starts_with("cpu"));
        let energy_uj: u64 = cpu.map(|part| number(&part["energy_uj"])).sum();
        (energy_uj * 1_000_000 / number(&report["cpu_time_us"]), report)
    };
    let (alone, report) = per_cpu_second(&[], "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done");
    if report["parts"][0]["quality"] == "measured" {
        // A counter of the hardware sees what the work really draws.
        return;
    }
    for (options, script) in [
        (["--period", "10ms"], TREE),
        (["--period", "60s"], TREE),
        (["--period", "100ms"], "for i in 1 2 3 4 5 6 7 8 9; do sh -c 'exit 0'; done"),
    ] {
        let (other, _) = per_cpu_second(&options, script);
        assert!(other.abs_diff(alone) * 1000 <= alone, "{alone} and {other} µJ per CPU second");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_counts_in_a_command_that_is_shorter_than_a_period() {
    let allocate = ["dd", "if=/dev/zero", "of=/dev/null", "bs=100M", "count=1"];
    let report = metered(&["--period", "60s"], &allocate);
    let peak = number(&report["peak_rss_bytes"]);
    assert!((100 << 20..200 << 20).contains(&peak), "{report:#}");
    let parts = report["parts"].as_array().unwrap();
    let ram = parts.iter().find(|part| part["name"] == "ram").unwrap();
    assert!(number(&ram["energy_uj"]) > 0, "{report:#}");
}

#[test]
fn the_command_keeps_its_streams_and_its_exit() {
    let ledger = tempfile::tempdir().unwrap();
    let run = |command: &[&str]| wattcast(&[&["run", "--"], command].concat(), ledger.path());
    let echoed = run(&["sh", "-c", "echo out; echo err >&2"]);
    assert_eq!(echoed.stdout, b"out\n");
    assert!(echoed.stderr.starts_with(b"err\n"), "{}", String::from_utf8_lossy(&echoed.stderr));
    for (command, code) in [
        (&["sh", "-c", "exit 7"][..], 7),
        (&["sh", "-c", "kill -9 $$"], 137),
        (&["no-such-command-here"], 127),
        (&["/"], 126),
    ] {
        assert_eq!(run(command).status.code(), Some(code), "{command:?}");
    }
}

#[test]
fn a_place_that_cannot_hold_the_ledger_is_told_and_the_run_kept_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let run = |option: &str| {
        Command::new(env!("CARGO_BIN_EXE_wattcast"))
            .args(["run", option, "--", "sh", "-c", "exit 3"])
            .env("WATTCAST_LEDGER", file.join("ledger"))
            .env("TMPDIR", folder.path())
            .output()
            .unwrap()
    };
    let output = run("--quiet");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(told.contains("cannot write the ledger") && told.contains("is kept in"), "{told}");
    let kept = std::fs::read_dir(folder.path()).unwrap().flatten();
    assert_eq!(kept.filter(|entry| entry.path().extension() == Some("wcl".as_ref())).count(), 1);
    // Nothing is to be kept: nothing is told.
    let output = run("--no-ledger");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(!told.contains("ledger"), "{told}");
}

#[test]
fn a_watch_ends_when_nobody_reads_it_any_more() {
    let ledger = tempfile::tempdir().unwrap();
    let mut watch = Command::new(env!("CARGO_BIN_EXE_wattcast"))
        .args(["monitor", "--json", "--period", "20ms"])
        .env("WATTCAST_LEDGER", ledger.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(watch.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(serde_json::from_str::<Value>(&line).unwrap()["power_uw"].is_u64(), "{line}");
    for _ in 0..6_000 {
        if let Some(status) = watch.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    watch.kill().unwrap();
    panic!("it still runs after a minute");
}

#[test]
fn bad_input_is_one_line_with_its_mend_and_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let series = folder.path().join("bad.csv");
    std::fs::write(&series, "time,ci\n2026-01-01T00:00Z,12\n2026-01-01T01:00Z,twelve\n").unwrap();
    let series = series.to_str().unwrap();
    let marker = folder.path().join("ran");
    let command = format!("touch {}", marker.display());
    for (options, mend) in [
        (&["--pue", "-1"][..], "1.0"),
        (&["--pue", "NaN"], "1.0"),
        (&["--zone", "Frnace"], "FR"),
        (&["--intensity", "many"], "250"),
        (&["--intensity-file", series], "bad.csv:3"),
        (&["--intensity-file", "/nowhere.csv"], "/nowhere.csv"),
        (&["--tariff", "8:30-19:00=0.3"], "19:00"),
        (&["--tariff", "cheap"], "0.30"),
        (&["--tariff", "0.3", "--currency", "euros"], "ISO 4217"),
        (&["--time-zone", "Mars/Olympus"], "Europe/Berlin"),
        (&["--period", "0s"], "500ms"),
        (&["--gpu", "A1000000"], "A100"),
        (&["--sensor", "nosuch"], "cpu"),
        (&["--output", "/nowhere/run.json"], "/nowhere"),
    ] {
        let arguments = [&["run"], options, &["--", "sh", "-c", &command]].concat();
        let output = wattcast(&arguments, folder.path());
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{options:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{options:?}: {told}");
        assert!(told.contains(mend), "{options:?}: {told}");
        assert!(!marker.exists(), "{options:?}: the command ran");
    }
}

#[test]
fn a_series_prices_the_hours_that_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let series = folder.path().join("series.csv");
    // Every hour of a century at 100 g but none of the factor's.
    std::fs::write(&series, "time,ci\n2000-01-01T00:00Z,100\n2099-01-01T00:00Z,100\n").unwrap();
    let options = ["--zone", "PL", "--intensity-file", series.to_str().unwrap()];
    let report = metered(&options, &["sh", "-c", TREE]);
    assert_eq!(report["factor"]["value"], 100_000, "{:#}", report["factor"]);
    assert_eq!(report["factor"]["kind"], "measured");
}

#[test]
fn a_recorded_trace_is_metered_like_hardware() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace.csv");
    let intensity = folder.path().join("series.csv");
    // 1 kW over midnight; 100 g before it, 300 g after, half an hour each.
    std::fs::write(
        &trace,
        "uptime_us,channel,power_uw\n0,oven,1000000000\n3600000000,oven,1000000000\n",
    )
    .unwrap();
    std::fs::write(&intensity, "time,ci\n2026-03-01T23:00Z,100\n2026-03-02T00:00Z,300\n").unwrap();
    let options = ["--max-gap", "2h", "--start", "2026-03-01T23:30:00Z", "--zone", "DE", "--json"];
    let prices = ["--tariff", "12:00-0:00=0.4,0:00-12:00=0.2", "--time-zone", "UTC"];
    let files = [trace.to_str().unwrap(), "--intensity-file", intensity.to_str().unwrap()];
    let output = wattcast(&[&["replay"], &files[..], &options, &prices].concat(), folder.path());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(number(&report["energy_uj"]), 3_600_000_000_000);
    assert_eq!(number(&report["carbon_ug"]), 200_000_000);
    assert_eq!(number(&report["cost_micro"]), 300_000);
}
