//! One forecast of 96 hours from 672, by the network of random weights in
//! `fixtures`, and its parts. Run with `cargo bench -p wattcast-core --bench
//! forecast`.

#![allow(clippy::expect_used, reason = "a benchmark stops at its mistakes")]

use std::hint::black_box;
use std::time::Instant;

use wattcast_core::forecast::{
    Forecaster, HORIZON, History, Hour, Issue, Model, NetworkForecaster, Quantiles, Reading,
};
use wattcast_core::units::CarbonIntensity;

const PASSES: u32 = 2_000;

fn main() {
    let path = std::env::args().nth(1).filter(|arg| !arg.starts_with('-'));
    let path = path.unwrap_or_else(|| "../fixtures/forecast/random.wcfm".into());
    let file = std::fs::read(path).expect("the model");
    let readings: Vec<Reading> = (0..672_u32)
        .map(|i| CarbonIntensity::from_mg_per_kwh(300_000 + i.wrapping_mul(2_654_435_761) / 30_000))
        .map(Reading::from)
        .collect();
    let hour = Hour::from_hours(480_000);
    let (history, issue) = (History::new(hour, &readings), Issue::new(hour, 1).expect("an hour"));

    let began = Instant::now();
    for _ in 0..PASSES {
        black_box(Model::load(black_box(&file)).expect("a model"));
    }
    let load = began.elapsed() / PASSES;

    let model = Model::load(&file).expect("a model");
    let mut scratch = vec![0; model.scratch_words()];
    let mut out = [Quantiles::default(); HORIZON];
    let mut forecaster = NetworkForecaster::new(&model, &mut scratch).expect("enough scratch");
    let mut best = std::time::Duration::MAX;
    for _ in 0..5 {
        let began = Instant::now();
        for _ in 0..PASSES {
            black_box(
                forecaster.forecast(black_box(&history), issue, &mut out).expect("a forecast"),
            );
        }
        best = best.min(began.elapsed() / PASSES);
    }
    println!(
        "load {load:?}, forecast {best:?}, {} multiply-accumulates",
        model.multiply_accumulates()
    );
}
