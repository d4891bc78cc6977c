//! `wattcast model` end to end: a network of one's own from ONNX to forecasts,
//! and what integers cost.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "made_up.rs"]
mod made_up;
#[path = "model/onnx.rs"]
mod onnx;

use std::path::Path;

use made_up::{printed, refused, two_grids, wattcast};
use serde_json::Value;

fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(folder, arguments)).unwrap()
}

/// A network that nobody trained, of other widths than those that ship.
#[test]
fn a_network_of_ones_own_goes_the_whole_way() {
    let folder = two_grids(40);
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("mine.onnx"), onnx::history_network(6, 5)).unwrap();
    let told = printed(
        folder.path(),
        &["model", "quantise", "mine.onnx", "--history", "XA.csv", "--every", "4d"],
    );
    assert!(told.starts_with("mine.wcfm: "), "{told}");
    let found = json(folder.path(), &["model", "inspect", "mine.wcfm", "--json"]);
    assert_eq!((&found["name"], &found["grids"][0]), (&"mine".into(), &"XA".into()));
    assert_eq!((&found["channels"], &found["decoder_channels"]), (&6.into(), &5.into()));

    // On a grid that it was not calibrated with the integers say the same.
    let compare = ["model", "compare", "mine.onnx", "mine.wcfm", "--history", "XB.csv", "--json"];
    let compared = json(folder.path(), &compare);
    assert_eq!(compared["windows"], 9);
    assert!(compared["mean_difference_pct"].as_f64().unwrap() < 0.2, "{compared}");

    let backtest = ["backtest", "XB.csv", "--model", "mine.wcfm", "--json"];
    let scores = json(folder.path(), &backtest);
    assert_eq!(scores["model"]["name"], "mine");
    assert_eq!(scores["windows"], compared["windows"]);
    let forecast = ["forecast", "--zone", "DE", "--history", "XB.csv", "--model", "mine.wcfm"];
    let outlook = json(folder.path(), &[&forecast[..], &["--json"]].concat());
    assert_eq!((&outlook["method"], &outlook["zone_seen"]), (&"network".into(), &false.into()));

    // The ranges that were written give the same bytes without a history.
    printed(folder.path(), &["model", "quantise", "mine.onnx", "--check", "mine.wcfm"]);
    // With ten times the range every number format is coarser.
    let text = std::fs::read_to_string(at("mine.ranges.json")).unwrap();
    let mut ranges: Value = serde_json::from_str(&text).unwrap();
    for peak in ranges["peak"].as_object_mut().unwrap().values_mut() {
        *peak = (peak.as_f64().unwrap() * 10.0).into();
    }
    std::fs::write(at("mine.ranges.json"), ranges.to_string()).unwrap();
    let check =
        wattcast(folder.path(), &["model", "quantise", "mine.onnx", "--check", "mine.wcfm"]);
    assert_eq!(check.status.code(), Some(1));
    printed(folder.path(), &["model", "quantise", "mine.onnx", "--output", "mine.wcfm"]);
    let coarse = json(folder.path(), &compare);
    let difference = |of: &Value| of["mean_difference_pct"].as_f64().unwrap();
    assert!(difference(&coarse) > difference(&compared), "{coarse} {compared}");
}

fn shipped(kind: &str, ending: &str) -> String {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
    models.join(kind).join(format!("{kind}.{ending}")).to_str().unwrap().to_owned()
}

/// Made-up grids go down to zero, so a share of the error is asked for and not
/// points of it.
#[test]
fn the_shipped_integers_cost_next_to_nothing() {
    let folder = two_grids(40);
    for kind in ["history", "weather"] {
        let (onnx, integers) = (shipped(kind, "onnx"), shipped(kind, "wcfm"));
        let mut compare =
            vec!["model", "compare", &onnx, &integers, "--history", "XA.csv", "XB.csv", "--json"];
        if kind == "weather" {
            refused(folder.path(), &compare, "--weather");
            compare.extend(["--weather", "weather"]);
        }
        let compared = json(folder.path(), &compare);
        let number = |name: &str| compared[name].as_f64().unwrap();
        assert_eq!((number("windows"), number("hours")), (18.0, 18.0 * 96.0), "{kind}");
        assert!(number("loss_points").abs() <= 0.01 * number("mape_pct_float"), "{compared}");
        assert!(number("mean_difference_pct") < 0.5, "{kind} {compared}");
        assert!(number("most_difference_pct") < 4.0, "{kind} {compared}");
    }
}

/// What the cards promise: at most 0.02 points of MAPE.
#[test]
fn on_real_grids_the_integers_cost_what_the_cards_say() {
    let Some(data) = std::env::var_os("WATTCAST_DATA") else {
        println!("skipped: WATTCAST_DATA does not name the folder with the hourly series");
        return;
    };
    let folder = Path::new(&data).join("benchmark13");
    let files: Vec<String> =
        ["DE", "CISO", "SE", "PL"].map(|grid| format!("ci/{grid}.csv.gz")).into_iter().collect();
    for (kind, every) in [("history", "14d"), ("weather", "28d")] {
        let (onnx, integers) = (shipped(kind, "onnx"), shipped(kind, "wcfm"));
        let mut compare = vec!["model", "compare", &onnx, &integers, "--json", "--every", every];
        compare.extend(["--from", "2021-07-01", "--to", "2022-01-01", "--history"]);
        compare.extend(files.iter().map(String::as_str));
        if kind == "weather" {
            compare.extend(["--weather", "weather_runs"]);
        }
        let compared = json(&folder, &compare);
        assert!(compared["loss_points"].as_f64().unwrap() <= 0.02, "{kind} {compared}");
    }
}

/// A network of any size, calibrated with rows of numbers.
#[test]
fn a_network_of_any_size_is_made_and_run() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let tensors: [(&str, &[usize]); 8] = [
        ("block0.first.weight", &[4, 2, 3]),
        ("block0.first.bias", &[4]),
        ("block0.second.weight", &[4, 4, 3]),
        ("block0.second.bias", &[4]),
        ("block0.skip.weight", &[4, 2, 1]),
        ("block0.skip.bias", &[4]),
        ("dense0.weight", &[3, 4]),
        ("dense0.bias", &[3]),
    ];
    std::fs::write(at("any.onnx"), onnx::network(&tensors)).unwrap();
    let rows: String = (0..40).map(|t| format!("{},{}\n", t % 7, f64::from(t % 5) / 4.0)).collect();
    std::fs::write(at("rows.csv"), format!("load,wind\n{rows}")).unwrap();
    let quantise = ["model", "quantise", "any.onnx", "--rows", "rows.csv", "--window", "8"];
    printed(folder.path(), &quantise);
    printed(folder.path(), &["model", "quantise", "any.onnx", "--check", "any.wcfm"]);
    let told = printed(folder.path(), &["model", "inspect", "any.wcfm"]);
    assert!(told.contains("8 steps of 2 values"), "{told}");
    let run = ["model", "run", "any.wcfm", "--rows", "rows.csv"];
    let out = json(folder.path(), &[&run[..], &["--json"]].concat());
    let out: Vec<f64> = out.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let lines = printed(folder.path(), &run);
    let lines: Vec<f64> = lines.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!((out.len(), &out), (3, &lines));
    assert!(out.iter().any(|value| value.abs() > 0.01), "{out:?}");

    std::fs::write(at("few.csv"), "1,2\n3,4\n").unwrap();
    std::fs::write(at("text.csv"), "1,2\n3,wind\n").unwrap();
    refused(folder.path(), &["model", "run", "any.wcfm", "--rows", "few.csv"], "takes 8 rows of 2");
    refused(folder.path(), &["model", "run", "any.wcfm", "--rows", "text.csv"], "line 2 is not");
    refused(folder.path(), &["model", "quantise", "any.onnx", "--history", "few.csv"], "--rows");
    refused(folder.path(), &["backtest", "few.csv", "--model", "any.wcfm"], "any.wcfm");
}

#[test]
fn bad_input_is_named_in_one_line() {
    let folder = two_grids(40);
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("mine.onnx"), onnx::history_network(4, 4)).unwrap();
    std::fs::write(at("text.onnx"), "no network").unwrap();
    std::fs::write(at("half.onnx"), onnx::network(&[("head.weight", &[96, 33])])).unwrap();
    std::fs::write(at("short.csv"), "2023-01-01T00:00Z,100\n2023-01-01T01:00Z,90\n").unwrap();
    let quantise =
        |onnx: &'static str, more: &[&'static str]| [&["model", "quantise", onnx], more].concat();
    for (arguments, told) in [
        (quantise("mine.onnx", &[]), "mine.ranges.json"),
        (quantise("text.onnx", &["--history", "XA.csv"]), "text.onnx: not an ONNX file"),
        (quantise("half.onnx", &["--history", "XA.csv"]), "no tensor `block0.first.weight`"),
        (quantise("mine.onnx", &["--history", "short.csv"]), "no window of 96 h"),
        (quantise("mine.onnx", &["--history", "no.csv"]), "no.csv"),
        (quantise("mine.onnx", &["--history", "XA.csv", "--from", "2023-01-01T01:00Z"]), ""),
    ] {
        if told.is_empty() {
            // Windows with too little history before them are left out.
            printed(folder.path(), &arguments);
        } else {
            refused(folder.path(), &arguments, told);
        }
    }
    let weather = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/weather/weather.wcfm");
    let weather = weather.to_str().unwrap();
    let compare = ["model", "compare", "mine.onnx", weather, "--history", "XA.csv"];
    refused(folder.path(), &compare, "mine.onnx: takes other inputs than");
}
