//! `wattcast backtest` end to end, on grids that do not exist and, where
//! `WATTCAST_DATA` names the folder, on real ones.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "made_up.rs"]
mod made_up;

use std::path::Path;

use made_up::{printed, refused, two_grids, wattcast};
use serde_json::Value;

const SPAN: [&str; 4] = ["--from", "2023-02-05", "--to", "2023-02-14"];

#[test]
fn one_grid_as_json_and_hour_by_hour() {
    let folder = two_grids(45);
    let arguments =
        [&["backtest", "XA.csv", "--zone", "XA", "--json", "--csv", "told.csv"], &SPAN[..]];
    let scores: Value = serde_json::from_str(&printed(folder.path(), &arguments.concat())).unwrap();
    assert_eq!(scores["windows"], 6);
    for name in [
        "model",
        "persistence",
        "yesterday",
        "last-week",
        "weekly-profile",
        "typical-day",
        "best-simple",
    ] {
        let scores = &scores[name];
        assert_eq!(scores["windows"], 6, "{name}");
        assert_eq!(scores["mape_pct_by_day"].as_array().unwrap().len(), 4);
        assert_eq!(scores["mae_by_horizon"].as_array().unwrap().len(), 96);
        for score in ["mae", "mape_pct", "coverage_80_pct", "pinball", "decision_saving_pct"] {
            assert!(scores[score].is_f64(), "{name} {score}");
        }
    }
    assert_eq!(scores["typical-day"]["typical_of"], "none");
    assert_eq!(scores["mae"], scores["model"]["mae"]);
    assert_eq!(scores["model"]["name"], "history");
    assert!(scores["mae"].as_f64() < scores["persistence"]["mae"].as_f64());

    // The file gives the same score.
    let told = std::fs::read_to_string(folder.path().join("told.csv")).unwrap();
    let mut lines = told.lines();
    let heads: Vec<_> = lines.next().unwrap().split(',').collect();
    let at = |head: &str| heads.iter().position(|h| *h == head).unwrap();
    let errors: Vec<f64> = lines
        .map(|line| {
            let cells: Vec<_> = line.split(',').collect();
            let number = |head| cells[at(head)].parse::<f64>().unwrap();
            (number("p50") - number("actual_g_per_kwh")).abs()
        })
        .collect();
    assert_eq!(errors.len(), 6 * 96);
    let mae = errors.iter().sum::<f64>() / (6.0 * 96.0);
    assert!((mae - scores["mae"].as_f64().unwrap()).abs() < 1e-3);
}

#[test]
fn several_grids_and_their_mean() {
    let folder = two_grids(45);
    let arguments = [&["backtest", "XA.csv", "XB.csv", "--horizon", "2d"], &SPAN[..]].concat();
    let table = printed(folder.path(), &arguments);
    for row in [
        "2 grids: 16 forecasts of 48 h",
        "XA ",
        "XB ",
        "mean ",
        "yesterday ",
        "typical-day ",
        "No typical day is known of XA, XB",
    ] {
        assert!(table.lines().any(|line| line.starts_with(row)), "{row} in\n{table}");
    }
    let json = printed(folder.path(), &[&arguments[..], &["--json"]].concat());
    let scores: Value = serde_json::from_str(&json).unwrap();
    let mae = |of: &Value| of["mae"].as_f64().unwrap();
    let zones = [&scores["zones"]["XA"], &scores["zones"]["XB"]];
    assert!((mae(&scores) - zones.map(mae).iter().sum::<f64>() / 2.0).abs() < 1e-3);
    // The same from one file with a column of zones.
    let mut joined = String::from("timestamp_utc,zone,gco2_per_kwh\n");
    for zone in ["XA", "XB"] {
        let text = std::fs::read_to_string(folder.path().join(format!("{zone}.csv"))).unwrap();
        for line in text.lines().skip(1) {
            joined += &line.replacen(',', &format!(",{zone},"), 1);
            joined += "\n";
        }
    }
    std::fs::write(folder.path().join("both.csv"), joined).unwrap();
    let arguments = [&["backtest", "both.csv", "--horizon", "2d", "--json"], &SPAN[..]].concat();
    assert_eq!(printed(folder.path(), &arguments), json);
    let one = [&arguments[..], &["--zone", "xb"]].concat();
    let one: Value = serde_json::from_str(&printed(folder.path(), &one)).unwrap();
    assert_eq!((&one["zone"], &one["mae"]), (&"XB".into(), &zones[1]["mae"]));
}

/// The network that is told the weather does better, here as on real grids, and
/// it is used as the file tells it and not otherwise.
#[test]
fn the_weather_helps() {
    let folder = two_grids(45);
    let arguments =
        [&["backtest", "XA.csv", "XB.csv", "--json", "--weather", "weather"], &SPAN[..]];
    let scores: Value = serde_json::from_str(&printed(folder.path(), &arguments.concat())).unwrap();
    assert_eq!(scores["model"]["name"], "weather");
    let mape = |of: &Value| of["mape_pct"].as_f64().unwrap();
    assert!(
        mape(&scores) < mape(&scores["history"]),
        "{} {}",
        scores["mape_pct"],
        scores["history"]["mape_pct"]
    );

    let forecast = |more: &[&str]| -> Value {
        let arguments = ["forecast", "--zone", "DE", "--history", "XA.csv", "--json"];
        let json = printed(folder.path(), &[&arguments, more].concat());
        serde_json::from_str(&json).unwrap()
    };
    // The weather ends with the history: nothing is known of what is to come.
    let blind = forecast(&["--weather", "weather/XA.csv"]);
    assert_eq!(
        (&blind["method"], &blind["weather"]),
        (&"weather-network".into(), &"too-little-known".into())
    );
    assert_eq!(blind["weather_filled_hours"], 96);
    let text = std::fs::read_to_string(folder.path().join("XA.csv")).unwrap();
    let short: Vec<_> = text.lines().take(1 + 24 * 40).collect();
    std::fs::write(folder.path().join("XA.csv"), short.join("\n")).unwrap();
    let told = forecast(&["--weather", "weather/XA.csv"]);
    assert_eq!((&told["method"], &told["weather"]), (&"weather-network".into(), &"used".into()));
    assert_eq!(
        (told["hours"].as_array().unwrap().len(), &told["weather_filled_hours"]),
        (96, &0.into())
    );
    assert_eq!(forecast(&[])["weather"], "not-given");
}

/// So do the solar and wind that the operator expects, and they do more for the
/// next day than for those after it.
#[test]
fn day_ahead_solar_and_wind_help() {
    let folder = two_grids(45);
    let arguments =
        [&["backtest", "XA.csv", "XB.csv", "--json", "--day-ahead", "day-ahead"], &SPAN[..]];
    let scores: Value = serde_json::from_str(&printed(folder.path(), &arguments.concat())).unwrap();
    assert_eq!(scores["model"]["name"], "day-ahead");
    let first_day = |of: &Value| of["mape_pct_by_day"][0].as_f64().unwrap();
    let (told, alone) = (first_day(&scores), first_day(&scores["history"]));
    assert!(told < alone, "{told} {alone}");

    let run = |verb: &str, more: &[&str]| -> Value {
        let arguments = [verb, "--zone", "DE", "--history", "XA.csv", "--json"];
        let json = printed(folder.path(), &[&arguments, more].concat());
        serde_json::from_str(&json).unwrap()
    };
    // Nothing is told of the hours to come.
    let blind = run("forecast", &["--day-ahead", "day-ahead/XA.csv"]);
    let found = (&blind["method"], &blind["weather"], &blind["weather_filled_hours"]);
    assert_eq!(found, (&"day-ahead-network".into(), &"too-little-known".into(), &0.into()));
    let text = std::fs::read_to_string(folder.path().join("XA.csv")).unwrap();
    let short: Vec<_> = text.lines().take(1 + 24 * 40).collect();
    std::fs::write(folder.path().join("XA.csv"), short.join("\n")).unwrap();
    let told = run("forecast", &["--day-ahead", "day-ahead/XA.csv"]);
    let found = (&told["method"], &told["weather"], &told["weather_filled_hours"]);
    assert_eq!(found, (&"day-ahead-network".into(), &"used".into(), &0.into()));
    assert_ne!(told["hours"], run("forecast", &[])["hours"]);

    let job = ["--hours", "4", "--from", "2023-02-10T00:00Z", "--deadline", "24h"];
    let plan = |more: &[&str]| run("plan", &[&job, more].concat());
    let told = plan(&["--day-ahead", "day-ahead/XA.csv"]);
    assert_ne!(told["expected_ug"], plan(&[])["expected_ug"]);
    assert_eq!(told["forecasts"][0]["source"], "day-ahead-network");
    // Whoever plans knows no more than is published by then.
    let file = folder.path().join("day-ahead/XA.csv");
    let published: Vec<_> = std::fs::read_to_string(&file)
        .unwrap()
        .lines()
        .take(1 + 24 * 41 - 2)
        .map(str::to_owned)
        .collect();
    std::fs::write(file, published.join("\n")).unwrap();
    assert_eq!(plan(&["--day-ahead", "day-ahead/XA.csv"]), told);
}

#[test]
fn bad_input_is_named_in_one_line() {
    let folder = two_grids(45);
    let header = "timestamp_utc,gco2_per_kwh\n2023-01-01T00:00Z,many\n";
    std::fs::write(folder.path().join("bad.csv"), header).unwrap();
    std::fs::write(folder.path().join("bad.wcfm"), "WCFM").unwrap();
    let late = "timestamp_utc,solar_mw,wind_mw\nsoon,1,2\n";
    std::fs::write(folder.path().join("late.csv"), late).unwrap();
    for (arguments, expected) in [
        (&["none.csv"][..], "none.csv: No such file"),
        (&["bad.csv"], "bad.csv:2: `many` is no number"),
        (&["XA.csv", "--horizon", "5d"], "--horizon `5d` is not between 1h and 96h"),
        (&["XA.csv", "--every", "0h"], "--every `0h` is not between"),
        (&["XA.csv", "--from", "soon"], "--from `soon` is no whole hour"),
        (&["XA.csv", "--from", "2022-01-01"], "the history of XA runs from 2023-01-01"),
        (&["XA.csv", "--from", "2023-02-14"], "no window of 96 h lies between"),
        (&["XA.csv", "XA.csv"], "a grid occurs in two files"),
        (&["XA.csv", "XB.csv", "--zone", "XA"], "XA.csv does not say which grid it is of"),
        (&["XA.csv", "--model", "bad.wcfm"], "bad.wcfm: the model"),
        (&["XA.csv", "--model", "bad.csv"], "bad.csv: not a forecast model"),
        (&["XA.csv", "--weather", "XB.csv"], "XB.csv: no weather in it: no header"),
        (&["XA.csv", "--weather", "."], "XA.csv: no weather in it"),
        (&["XA.csv", "XB.csv", "--weather", "weather/XA.csv"], "give the folder that holds a file"),
        (
            &["XA.csv", "--day-ahead", "XB.csv"],
            "XB.csv: no day-ahead solar and wind in it: no column of solar",
        ),
        (&["XA.csv", "--day-ahead", "weather"], "XA.csv: no day-ahead solar and wind in it"),
        (&["XA.csv", "--day-ahead", "none"], "none: No such file"),
        (&["XA.csv", "--day-ahead", "late.csv"], "late.csv:2: `soon` is no time"),
    ] {
        refused(folder.path(), &[&["backtest"], arguments].concat(), expected);
    }
}

/// Test C: the preliminary network beats the rules on every grid of it.
#[test]
fn real_grids() {
    let Ok(data) = std::env::var("WATTCAST_DATA") else {
        eprintln!("skipped: WATTCAST_DATA does not name the folder with the hourly series");
        return;
    };
    let file = Path::new(&data).join("benchmark13/ci/PL.csv.gz");
    let file = file.to_str().unwrap();
    let span = ["--from", "2021-12-01", "--to", "2022-01-01", "--json"];
    let json = printed(Path::new("."), &[&["backtest", file][..], &span].concat());
    let scores: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&scores["zone"], &scores["windows"]), (&"PL".into(), &28.into()));
    assert!(scores["mape_pct"].as_f64() < scores["best-simple"]["mape_pct"].as_f64());
}

/// The files that ship come out of the files beside them, through the verb.
#[test]
fn networks_are_looked_into_and_made() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/history");
    let folder = two_grids(45);
    for file in ["history.onnx", "history.ranges.json", "history.wcfm"] {
        std::fs::copy(models.join(file), folder.path().join(file)).unwrap();
    }
    printed(folder.path(), &["model", "quantise", "history.onnx", "--check", "history.wcfm"]);
    printed(folder.path(), &["model", "quantise", "history.onnx", "--output", "mine.wcfm"]);
    let told = printed(folder.path(), &["model", "inspect", "mine.wcfm", "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["name"], &told["inputs"]), (&"history".into(), &"history".into()));
    assert!(told["bytes"].as_u64().unwrap() <= 16 * 1024);
    assert!(told["scratch_bytes"].as_u64().unwrap() <= 4 * 1024);
    let costs = printed(folder.path(), &["model", "cost", "mine.wcfm"]);
    assert!(costs.lines().any(|line| line.starts_with("head ")), "{costs}");
    let both = printed(folder.path(), &["model", "inspect"]);
    assert_eq!(both.lines().filter(|line| line.starts_with("name")).count(), 3);

    std::fs::write(folder.path().join("other.wcfm"), "other").unwrap();
    for (arguments, code, expected) in [
        (&["quantise", "history.onnx", "--check", "other.wcfm"][..], 1, "other.wcfm: other bytes"),
        (&["quantise", "XA.csv", "--ranges", "history.ranges.json"], 2, "XA.csv: not an ONNX file"),
        (&["quantise", "history.onnx", "--ranges", "XA.csv"], 2, "XA.csv: expected "),
        (&["inspect", "other.wcfm"], 2, "other.wcfm: not a forecast model"),
    ] {
        let output = wattcast(folder.path(), &[&["model"], arguments].concat());
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        assert!(told.contains(expected) && told.lines().count() == 1, "{told}");
    }
}

#[test]
fn a_forecast_is_drawn() {
    let folder = two_grids(45);
    let arguments = ["forecast", "--zone", "DE", "--history", "XA.csv", "--svg", "a.svg"];
    printed(folder.path(), &arguments);
    let svg = std::fs::read_to_string(folder.path().join("a.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    // Frame, range, past and median; each hour of the median is one step.
    let median = svg.lines().find(|line| line.contains("stroke-width=\"2\"")).unwrap();
    assert_eq!(median.matches('H').count(), 96);
    assert!(!svg.contains("NaN") && svg.matches("<path").count() == svg.matches("/>").count() - 2);
}
