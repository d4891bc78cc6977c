//! The shipped networks give what the reference in Python gave, number by
//! number, on a made-up series.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at its mistakes")]

use serde_json::{Value, json};
use wattcast_core::forecast::{
    Forecaster, HORIZON, History, Hour, Issue, Model, NetworkForecaster, Quantiles, Reading,
    Tracker,
};
use wattcast_core::units::CarbonIntensity;

fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().unwrap()).unwrap()
}

fn compare(file: &[u8], golden: &str) {
    let golden: Value = serde_json::from_str(golden).unwrap();
    let reading = |v: &Value| {
        let mg = (!v.is_null()).then(|| CarbonIntensity::from_mg_per_kwh(number(v)));
        Reading::from(mg)
    };
    let readings: Vec<Reading> = golden["values"].as_array().unwrap().iter().map(reading).collect();
    let offset = i8::try_from(golden["offset"].as_i64().unwrap()).unwrap();
    let model = Model::load(file).unwrap();
    let mut scratch = vec![0; model.scratch_words()];
    let mut ask = |issue: &Value, tracker: Option<&mut Tracker>| {
        let issue = Hour::from_hours(number(issue));
        let held = issue.as_hours() - number(&golden["start"]);
        let history = History::new(issue, &readings[..held as usize]);
        let mut out = [Quantiles::default(); HORIZON];
        let mut forecaster = NetworkForecaster::new(&model, &mut scratch).unwrap();
        if let Some(tracker) = tracker {
            forecaster = forecaster.with_tracker(tracker);
        }
        forecaster.forecast(&history, Issue::new(issue, offset).unwrap(), &mut out).unwrap();
        let row =
            |of: fn(Quantiles) -> CarbonIntensity| out.map(|q| of(q).as_mg_per_kwh()).to_vec();
        json!([row(Quantiles::p10), row(Quantiles::p50), row(Quantiles::p90)])
    };

    for case in golden["alone"].as_array().unwrap() {
        assert_eq!(ask(&case["issue"], None), case["values"]);
    }
    let mut tracker = Tracker::new();
    for midnight in golden["midnights"].as_array().unwrap() {
        let found = ask(midnight, Some(&mut tracker));
        for case in golden["tracked"].as_array().unwrap() {
            if case["issue"] == *midnight {
                assert_eq!(found, case["values"], "midnight {midnight}");
            }
        }
    }
}

#[test]
fn history_gives_the_bytes_of_the_reference() {
    compare(wattcast_models::HISTORY, include_str!("../history/history.golden.json"));
}

#[test]
fn history_keeps_within_what_was_promised() {
    let model = Model::load(wattcast_models::HISTORY).unwrap();
    assert!(model.size_bytes() <= 16 * 1024);
    assert_eq!(2 * model.scratch_words(), 3_248);
}
