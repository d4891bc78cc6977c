//! `wattcast forecast` where nothing is known but the zone and the time.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

use std::process::{Command, Output};

use serde_json::Value;

fn forecast(zone: &str, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wattcast"));
    command.args(["forecast", "--zone", zone, "--from", "2026-07-01T00:00Z"]).args(more);
    command.output().unwrap()
}

fn json(zone: &str) -> Value {
    let output = forecast(zone, &["--json", "--horizon", "24h"]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_zone_and_a_time_tell_the_clean_hours() {
    let germany = json("DE");
    assert_eq!(
        (&germany["method"], &germany["typical_of"]),
        (&"typical-day".into(), &"zone".into())
    );
    assert_eq!(germany["hours"][0]["start"], "2026-07-01T00:00:00Z");
    let p50 = |hour: usize| germany["hours"][hour]["p50"].as_f64().unwrap();
    let cleanest = (0..24).min_by(|&a, &b| p50(a).total_cmp(&p50(b))).unwrap();
    assert!((9..15).contains(&cleanest), "{cleanest}");
    assert!(p50(cleanest) * 1.3 < p50(20));
}

/// What an hour is expected to emit is the mean of its range by Swanson's rule.
#[test]
fn a_plan_counts_with_the_mean_of_each_hour() {
    let hours = json("DE")["hours"].clone();
    let mean = |hour: &Value| {
        let [p10, p50, p90] = ["p10", "p50", "p90"].map(|of| hour[of].as_f64().unwrap());
        ((0.3 * p10 + 0.4 * p50 + 0.3 * p90) * 1e3).round() as u64
    };
    let p50 = |hour: &Value| (hour["p50"].as_f64().unwrap() * 1e3) as u64;
    let words = "plan --zone DE --from 2026-07-01T00:00Z --deadline 24h --hours 1 --json";
    let mut command = Command::new(env!("CARGO_BIN_EXE_wattcast"));
    let output = command.args(words.split(' ')).output().unwrap();
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    let hours = hours.as_array().unwrap();
    let least = hours.iter().map(mean).min().unwrap();
    let planned = plan["intervals"][0]["intensity_mg_per_kwh"].as_u64().unwrap();
    assert!(planned.abs_diff(least) <= 1, "{planned} {least}");
    // The ranges lie unevenly around the middle, so that the two are not alike.
    assert!(hours.iter().all(|hour| mean(hour).abs_diff(p50(hour)) > 1_000), "{hours:?}");
}

#[test]
fn it_says_whose_days_they_are() {
    let maps = cfg!(feature = "electricity-maps");
    if maps {
        assert!(json("IT-NO")["sources"].as_str().unwrap().contains("Electricity Maps"));
    }
    let part = if maps { "AU-NSW" } else { "SE-SE3" };
    assert_eq!(json(part)["typical_of"], "country");
    let unknown = json("NG");
    assert_eq!((&unknown["typical_of"], &unknown["sources"]), (&"none".into(), &"".into()));
    let hours = unknown["hours"].as_array().unwrap();
    assert!(hours.iter().all(|hour| hour["p50"] == unknown["yearly_g_per_kwh"]));

    let text = String::from_utf8(forecast("DE", &[]).stdout).unwrap();
    assert!(text.contains("typical days of the grid") && text.contains("ENTSO-E"), "{text}");
    let bad = forecast("DE", &["--from", "noon"]);
    assert_eq!(bad.status.code(), Some(2));
}
