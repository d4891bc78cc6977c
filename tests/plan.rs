//! `wattcast plan` as a user meets it: the built binary, a forecast file, and
//! the expected output beside it. `UPDATE_EXPECT=1` rewrites that.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

use std::path::Path;
use std::process::{Command, Output};

use expect_test::expect_file;
use serde_json::Value;

const FORECAST: &str = "forecast.csv";

fn plan(words: &[&str]) -> Output {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/plan");
    Command::new(env!("CARGO_BIN_EXE_wattcast"))
        .arg("plan")
        .args(words)
        .current_dir(fixtures)
        .env_remove("WATTCAST_ZONE")
        .output()
        .unwrap()
}

fn printed(words: &[&str]) -> String {
    let output = plan(words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_contract_of_the_json_holds() {
    let words = "--zone DE --hours 4 --from 2026-11-21T00:00Z --deadline 2026-11-22T00:00Z \
                 --power 1000W --json --forecast";
    let mut words: Vec<&str> = words.split_whitespace().collect();
    words.push(FORECAST);
    let text = printed(&words);
    expect_file!["../fixtures/plan/contract.json"].assert_eq(&text);
    let json: Value = serde_json::from_str(&text).unwrap();
    let sum: u64 = json["intervals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["carbon_ug"].as_u64().unwrap())
        .sum();
    assert!(json["expected_ug"].as_u64().unwrap() - sum < 10);
}

#[test]
fn the_table_the_calendar_and_the_picture_tell_the_same_plan() {
    let folder = tempfile::tempdir().unwrap();
    let (svg, ics) = (folder.path().join("plan.svg"), folder.path().join("plan.ics"));
    let words = "--zone DE,FR --home DE --green 7h30min --from 2026-11-21T02:30 --deadline 30h \
                 --power 1.2kW --pue 1.25 --min-run 2h --max-pauses 2 --pause-cost 5min,40Wh \
                 --move-cost 15min,2kWh --threshold 400 --caution 50 --time-zone Europe/Berlin \
                 --tariff 6-22=0.34,22-6=0.21 --carbon-price 250 --forecast forecast.csv";
    let words = words.replace("6-22=", "6:00-22:00=").replace("22-6=", "22:00-6:00=");
    let mut words: Vec<&str> = words.split_whitespace().collect();
    words.extend(["--svg", svg.to_str().unwrap(), "--ical", ics.to_str().unwrap()]);
    expect_file!["../fixtures/plan/table.txt"].assert_eq(&printed(&words));
    let read = |path| std::fs::read_to_string(path).unwrap();
    expect_file!["../fixtures/plan/plan.svg"].assert_eq(&read(&svg));
    expect_file!["../fixtures/plan/plan.ics"].assert_eq(&read(&ics).replace('\r', ""));
}

#[test]
fn a_zone_alone_is_enough() {
    let words = "--zone Germany --hours 2 --time-zone UTC --from 2026-07-01 --deadline 7d --json";
    let text = printed(&words.split(' ').collect::<Vec<_>>());
    let json: Value = serde_json::from_str(&text).unwrap();
    // The sun shines at noon.
    let start = json["intervals"][0]["start"].as_str().unwrap();
    assert!(["09", "10", "11", "12"].contains(&&start[11..13]), "{text}");
    assert_eq!(json["forecasts"][0]["source"], "typical-day");
    assert!(json["expected_ug"].as_u64() < json["run_now_ug"].as_u64(), "{text}");
    assert_eq!(json["is_power_assumed"], true);
    // No typical day is known of it.
    let text = printed(&["--zone", "KI", "--hours", "2", "--time-zone", "UTC"]);
    assert!(text.contains("no typical day") && text.contains("no --power was given"), "{text}");
}

#[test]
fn a_history_forecasts_only_from_what_came_before() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.csv");
    let mut csv = String::from("timestamp_utc,gco2_per_kwh\n");
    for hour in 0..24 * 20 {
        // What follows the fourteenth day is of no use to a plan for that day.
        let gram = match hour {
            0..336 if hour % 24 < 6 => 100,
            0..336 => 300 + hour % 7,
            _ => 5_000,
        };
        csv += &format!("2026-01-{:02}T{:02}:00Z,{gram}\n", 1 + hour / 24, hour % 24);
    }
    std::fs::write(&file, csv).unwrap();
    let words =
        ["--zone", "DE", "--hours", "5", "--from", "2026-01-15T12:00Z", "--deadline", "24h"];
    let text = printed(&[&words[..], &["--json", "--history", file.to_str().unwrap()]].concat());
    let json: Value = serde_json::from_str(&text).unwrap();
    // Between midnight and six, as in the days before.
    let intervals = json["intervals"].as_array().unwrap();
    let within = |of: &Value| {
        of["start"].as_str().unwrap() >= "2026-01-16T00:00:00Z"
            && of["end"].as_str().unwrap() <= "2026-01-16T06:00:00Z"
    };
    assert!(!intervals.is_empty() && intervals.iter().all(within), "{text}");
    assert_eq!(json["forecasts"][0]["source"], "network");
    let words = ["--zone", "DE", "--hours", "5", "--from", "2026-01-01T00:30Z", "--history"];
    let refused = plan(&[&words[..], &[file.to_str().unwrap()]].concat());
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("history.csv"));
}

#[test]
fn what_cannot_be_planned_is_named_in_one_line() {
    let from = ["--from", "2026-11-21T00:00Z"];
    for (words, named) in [
        ("--zone DE --hours 30 --deadline 24h", "--deadline"),
        ("--zone DE --hours 40", "forecast covers"),
        ("--zone DE --hours 4 --threshold 100", "--threshold"),
        ("--zone DE --hours 4 --carbon-budget 300", "--carbon-budget"),
        ("--zone DE --hours 4 --carbon-budget x", "--carbon-budget"),
        ("--zone DE --hours 4 --method greedy --threshold 100", "--threshold"),
        ("--zone DE,FR --hours 4 --home PL", "--home"),
        ("--zone PL --hours 4", "holds DE, FR"),
        ("--zone DE --hours 4 --deadline -2h", "--deadline"),
        ("--zone DE --hours 4 --deadline soon", "--deadline"),
        ("--zone DE --hours 0", "--hours"),
        ("--zone DE --hours 1e9", "--hours"),
        ("--zone DE", "--hours"),
        ("--zone DE --hours 4 --power 0W", "--power"),
        ("--zone DE --energy 5 --power 1kW", "--energy"),
        ("--zone DE --hours 4 --pue 0.2", "--pue"),
        ("--zone DE --hours 4 --tariff 0.3 --carbon-price -1", "--carbon-price"),
        ("--zone DE --hours 4 --pause-cost cheap", "--pause-cost"),
        ("--zone DE --hours 4 --like never-was", "never-was"),
        ("--zone DE --hours 4 --min-run 2h --max-pauses 0 --carbon-budget 700", "--carbon-budget"),
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        let output = plan(&[&words[..], &from, &["--forecast", FORECAST]].concat());
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {told}");
        assert!(told.contains(named) && told.lines().count() == 1, "{words:?}: {told}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.csv");
    for (text, named) in [
        ("timestamp_utc,zone,gco2_per_kwh\n2026-11-21T00:00Z,DE,-4\n", ":2:"),
        ("timestamp_utc,zone,gco2_per_kwh\nyesterday,DE,4\n", ":2:"),
        ("timestamp_utc,zone,gco2_per_kwh\n", "no values"),
        ("time,zone,price\n1,2,3\n", "columns"),
        (
            "timestamp_utc,zone,gco2_per_kwh\n2026-11-21T00:00Z,DE,4\n2026-11-21T00:00Z,DE,5\n",
            ":3:",
        ),
        (
            "timestamp_utc,zone,gco2_per_kwh\n2026-11-20T00:00Z,DE,4\n2026-11-20T01:00Z,DE,5\n",
            "ends at",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let words = ["--zone", "DE", "--hours", "1", "--forecast", file.to_str().unwrap()];
        let output = plan(&[&words[..], &from].concat());
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}: {told}");
        assert!(told.contains(named) && told.lines().count() == 1, "{text}: {told}");
    }
}

#[test]
fn a_job_is_planned_like_a_run_that_was_metered() {
    let folder = tempfile::tempdir().unwrap();
    let forecast = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/plan/forecast.csv");
    let wattcast = |words: &str| {
        let mut words: Vec<&str> = words.split_whitespace().collect();
        if words[0] == "plan" {
            words.extend(["--forecast", forecast.to_str().unwrap()]);
        }
        let output = Command::new(env!("CARGO_BIN_EXE_wattcast"))
            .args(&words)
            .current_dir(folder.path())
            .env("WATTCAST_LEDGER", folder.path().join("ledger"))
            .env_remove("WATTCAST_ZONE")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    wattcast("run --zone DE --period 50ms --output run.json --json -- sleep 0.3");
    let run = std::fs::read_to_string(folder.path().join("run.json")).unwrap();
    let run: Value = serde_json::from_str(&run).unwrap();
    let seconds = run["running_us"].as_u64().unwrap().div_ceil(1_000_000);
    let from = "plan --zone DE --from 2026-11-21T00:00Z --deadline 2026-11-22T00:00Z";
    let like: Value =
        serde_json::from_str(&wattcast(&format!("{from} --like last --json"))).unwrap();
    let interval = &like["intervals"][0];
    let length = |end: &str| interval[end].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let length = length("end").as_second() - length("start").as_second();
    assert_eq!(length, i64::try_from(seconds).unwrap(), "{like:#}");
    assert!(!wattcast(&format!("{from} --like last")).contains("no --power was given"));
}
