//! `wattcast simulate` as a user meets it. `UPDATE_EXPECT=1` rewrites the
//! expected tables.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

use std::path::PathBuf;
use std::process::{Command, Output};

use expect_test::expect_file;
use serde_json::Value;

fn simulate(words: &str, files: &[PathBuf]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wattcast"))
        .arg("simulate")
        .args(files)
        .args(words.split_whitespace())
        .output()
        .unwrap()
}

fn printed(words: &str, files: &[PathBuf]) -> String {
    let output = simulate(words, files);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A rule forecasts, so that another network changes nothing here.
const YEAR: &str = "--synthetic --forecaster weekly-profile --replan 24 --from 2023-05-01 --hours 1344 --case XA --case XA,XC,XE";

#[test]
fn weeks_of_a_made_up_year_are_played_as_expected() {
    expect_file!["../fixtures/plan/simulate.txt"].assert_eq(&printed(YEAR, &[]));
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("sets.csv");
    let json = printed(&format!("{YEAR} --json --csv {}", csv.display()), &[]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "wattcast-simulate-1");
    assert_eq!(json["sets"]["count"], 63);
    assert_eq!(json["cases"].as_array().unwrap().len(), 8);
    assert_eq!(json["one_zone"].as_array().unwrap().len(), 6);
    let rows = std::fs::read_to_string(csv).unwrap();
    assert_eq!(rows.lines().count(), 64);
    assert!(rows.lines().last().unwrap().starts_with("XA+XB+XC+XD+XE+XF,"));
}

#[test]
fn the_network_places_jobs_better_than_chance() {
    let words = "--synthetic --hours 240 --zone XA,XB --job 4 --replan 12 --json";
    let json: Value = serde_json::from_str(&printed(words, &[])).unwrap();
    let mean = &json["one_zone_mean"][0];
    for share in ["of_foresight_pct", "anew_of_foresight_pct"] {
        let share = mean[share].as_f64().unwrap();
        assert!((40.0..=100.0).contains(&share), "{mean}");
    }
}

/// Ten days of July of which only noon is clean: one who knows no more than the
/// season plans well, and so does one whose history has the same days.
#[test]
fn the_typical_day_that_is_built_in_is_played_beside() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["DE", "XZ"].map(|zone| folder.path().join(format!("{zone}.csv")));
    let mut csv = String::from("timestamp_utc,gco2_per_kwh\n");
    for hour in 0..240 {
        let gram = if (8..15).contains(&(hour % 24)) { 150 } else { 400 };
        csv += &format!("2026-07-{:02}T{:02}:00Z,{gram}\n", 1 + hour / 24, hour % 24);
    }
    files.iter().for_each(|file| std::fs::write(file, &csv).unwrap());
    let words = "--forecaster yesterday --replan 24 --from 2026-07-08 --job 4 --typical-day";
    let json: Value = serde_json::from_str(&printed(&format!("{words} --json"), &files)).unwrap();
    let typical = &json["typical_day"];
    assert_eq!(typical["one_zone"].as_array().unwrap().len(), 1, "{typical}");
    assert_eq!(typical["one_zone"][0]["zone"], "DE");
    for mean in [&typical["one_zone_mean"][0], &json["one_zone_mean"][0]] {
        assert_eq!(mean["of_foresight_pct"].as_f64(), Some(100.0), "{mean}");
    }
    let text = printed(words, &files);
    assert!(text.contains("typical day, 1 ") && text.contains("no typical day is known of XZ"));
    let text = printed(&words.replace("--typical-day", ""), &files);
    assert!(!text.contains("typical day"));
}

#[test]
fn what_cannot_be_played_is_named_in_one_line() {
    for (words, named) in [
        ("--synthetic --zone XZ", "XZ"),
        ("--synthetic --from 2030-01-01", "--from"),
        ("--synthetic --from soon", "--from"),
        ("--synthetic --replan 5", "--replan"),
        ("--synthetic --forecaster yesterday --case XA,ZZ --hours 48", "ZZ"),
        ("--synthetic --forecaster yesterday --case XA --case-hours 9999 --hours 48", "XA"),
        ("no-such-file.csv", "no-such-file.csv"),
    ] {
        let output = simulate(words, &[]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{words}: {told}");
        assert!(told.contains(named) && told.lines().count() == 1, "{words}: {told}");
    }
}

/// What perfect foresight saves on the hours that eco4cast published about was
/// reckoned by other means before.
#[test]
fn the_ceilings_of_real_grids_are_those_known_before() {
    let Some(data) = std::env::var_os("WATTCAST_DATA") else {
        println!("skipped: WATTCAST_DATA names no folder with em2023_lca");
        return;
    };
    let folder = PathBuf::from(data).join("em2023_lca");
    let files = ["BE", "CA-ON", "CH", "FI"].map(|zone| folder.join(format!("{zone}.csv.gz")));
    let json = printed("--eco4cast --forecaster yesterday --replan 24 --json", &files);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["hours"], 5_209);
    let tenths = |value: &Value| (value.as_f64().unwrap() * 10.0).round() as i64;
    let ceilings: Vec<i64> = json["one_zone"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|zone| zone["jobs"].as_array().unwrap())
        .map(|job| tenths(&job["foresight_pct"]))
        .collect();
    // 12 h and 4 h a day in BE, CA-ON, CH, FI.
    assert_eq!(ceilings, [138, 236, 285, 486, 207, 317, 51, 102]);
    // 152 kWh at all of 150 hours: 21.4 kg in BE, then with CH, FI and both.
    let cases = json["cases"].as_array().unwrap();
    let whole = cases.iter().filter(|case| case["share_pct"] == 100);
    let kilograms: Vec<u64> = whole
        .map(|case| (case["foresight_mg_per_kwh"].as_u64().unwrap() * 152 + 5_000) / 10_000)
        .collect();
    assert_eq!(kilograms, [2_139, 1_713, 1_679, 1_491]);
}

/// A month of Germany: told what the operators expected of each day, a job of
/// half of it gets most of what can be had.
#[test]
fn day_ahead_solar_and_wind_place_real_jobs_better() {
    let Some(data) = std::env::var_os("WATTCAST_DATA") else {
        println!("skipped: WATTCAST_DATA names no folder with em2023_lca and dayahead_solar_wind");
        return;
    };
    let data = PathBuf::from(data);
    let file = [data.join("em2023_lca/DE.csv.gz")];
    let scores = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/scores");
    let words = format!(
        "--from 2022-10-01 --hours 720 --job 12 --replan 24 --json --model {scores}/history-2022-05-27.wcfm"
    );
    let share = |more: &str| {
        let json: Value =
            serde_json::from_str(&printed(&format!("{words} {more}"), &file)).unwrap();
        json["one_zone_mean"][0]["of_foresight_pct"].as_f64().unwrap()
    };
    let told = format!(
        "--day-ahead {} --day-ahead-model {scores}/day-ahead-2022-05-27.wcfm",
        data.join("dayahead_solar_wind").display()
    );
    let (told, alone) = (share(&told), share(""));
    assert!(told > 90.0 && told > alone + 5.0, "{told} {alone}");
}
