use wattcast_core::forecast::{Hour, Model, Quantiles, Simple};
use wattcast_core::units::CarbonIntensity;

use super::score::Sums;
use super::*;
use crate::forecast::Series;
use crate::intensity::{History, ReadOptions, timestamp};
use crate::synthetic::SyntheticGrid;

/// A made-up grid, its hours passed through `change`.
fn grid(hours: usize, change: impl Fn(usize, u32) -> Option<u32>) -> Grid {
    use std::fmt::Write as _;
    let mut csv = String::new();
    for (at, hour) in SyntheticGrid::new(7).hours().take(hours).enumerate() {
        let start = timestamp(hour.start.start());
        if let Some(mg) = change(at, hour.mg_per_kwh) {
            writeln!(csv, "{start},{}.{:03}", mg / 1000, mg % 1000).unwrap();
        }
    }
    let history = History::parse("made-up.csv", &csv, &ReadOptions::default()).unwrap();
    Grid::new("XA", Series::of(&history))
}

fn g(grams: u32) -> CarbonIntensity {
    CarbonIntensity::from_mg_per_kwh(grams * 1000)
}

#[test]
fn scores_by_hand() {
    let mut sums = Sums::new(2);
    let told = Quantiles::new(g(80), g(100), g(130));
    sums.add(&[(told, Some(g(110))), (told, Some(g(50)))]);
    sums.add(&[(told, Some(g(100))), (told, None)]);
    sums.add(&[(told, Some(g(0))), (told, None)]);
    let scores = sums.finish();
    assert_eq!(scores.windows, 3);
    assert_eq!(scores.mae_by_horizon, [110.0 / 3.0, 50.0]);
    assert!((scores.mae - 40.0).abs() < 1e-9);
    // 10/110 and 0/100; the hour at zero has no relative error.
    assert!((scores.mape_pct_by_horizon[0] - 100.0 / 22.0).abs() < 1e-9);
    assert!((scores.mape_pct_by_horizon[1] - 100.0).abs() < 1e-9);
    assert!((scores.coverage_80_pct - 50.0).abs() < 1e-9);
    // 80 is 30 above 50: 0.9 × 30; 100: 0.5 × 50; 130: 0.1 × 80; in the mean 20.
    assert!((scores.pinball_by_horizon[1] - 20.0).abs() < 1e-9);
    assert!(scores.decision_saving_pct.is_nan());
}

#[test]
fn the_saving_is_measured_against_perfect_foresight() {
    let window = |told: [u32; 4], actual: [u32; 4]| -> Vec<_> {
        let day =
            |hours: [u32; 4], other: u32| (0..24).map(move |h| *hours.get(h).unwrap_or(&other));
        let told = day(told, 200).map(|mg| Quantiles::new(g(mg), g(mg), g(mg)));
        told.zip(day(actual, 300)).map(|(told, actual)| (told, Some(g(actual)))).collect()
    };
    let saving = |told| {
        let mut sums = Sums::new(24);
        sums.add(&window(told, [60, 120, 180, 240]));
        sums.finish().decision_saving_pct
    };
    assert!((saving([1, 2, 3, 4]) - 100.0).abs() < 1e-9);
    // Mean 275, best four 150; three of them and one of 300 are 180 in the mean.
    let three = saving([250, 1, 2, 3]);
    assert!((three - (275.0 - 210.0) / (275.0 - 150.0) * 100.0).abs() < 1e-9, "{three}");
    assert!(saving([250, 250, 250, 250]) < 0.0);
}

#[test]
fn windows_end_where_they_are_told_to() {
    let h = Hour::from_hours;
    let issues = |w: Windows| w.issues().map(Hour::as_hours).collect::<Vec<_>>();
    assert_eq!(issues(Windows::new(h(100), h(200), 24, 96).unwrap()), [100]);
    assert_eq!(issues(Windows::new(h(100), h(220), 24, 96).unwrap()), [100, 124]);
    assert_eq!(issues(Windows::new(h(100), h(150), 24, 96).unwrap()), [0; 0]);
    assert!(Windows::new(h(0), h(9), 0, 1).is_none() && Windows::new(h(0), h(9), 1, 97).is_none());
}

/// Whatever comes after an issue, what was told up to it stays the same.
#[test]
fn nothing_is_learned_from_the_future() {
    let models = [Model::load(wattcast_models::HISTORY).unwrap()];
    let candidates = Candidate::all(&models);
    let cut = 900 + 14;
    let grids = [
        grid(1100, |_, mg| Some(mg)),
        grid(1100, |at, mg| Some(if at < cut { mg } else { 700_000 - mg / 2 })),
        grid(1100, |at, mg| (at < cut || at % 3 == 0).then_some(mg)),
    ];
    let start = grids[0].series().start();
    let windows = Windows::new(start.later(802), start.later(1100), 28, 96).unwrap();
    let replays = run(&grids, &candidates, windows, &|_| ()).unwrap();
    let cut = start.later(u32::try_from(cut).unwrap());
    for at in 0..candidates.len() {
        let told = |grid: usize| -> Vec<Vec<Quantiles>> {
            let windows = replays[grid][at].windows().filter(|(issue, _)| *issue <= cut);
            windows.map(|(_, hours)| hours.into_iter().map(|(told, _)| told).collect()).collect()
        };
        assert_eq!(told(0).len(), 5);
        assert_eq!(told(0), told(1), "{}", candidates[at].name());
        assert_eq!(told(0), told(2), "{}", candidates[at].name());
    }
}

/// What a window is told does not depend on which windows are looked at.
#[test]
fn a_window_is_told_the_same_whatever_came_before() {
    let model = Model::load(wattcast_models::HISTORY).unwrap();
    let grids = [grid(1000, |at, mg| (at % 50 != 3).then_some(mg))];
    let start = grids[0].series().start();
    let told = |every: u32| {
        let windows = Windows::new(start.later(720), start.later(850), every, 24).unwrap();
        let replays = run(&grids, &[Candidate::Network(&model)], windows, &|_| ()).unwrap();
        replays[0][0].windows().find(|(issue, _)| *issue == start.later(784)).unwrap()
    };
    assert_eq!(told(1), told(32));
}

#[test]
fn the_network_beats_the_rules_on_a_made_up_grid() {
    let model = Model::load(wattcast_models::HISTORY).unwrap();
    let grids = [grid(1400, |_, mg| Some(mg))];
    let start = grids[0].series().start();
    let windows = Windows::new(start.later(1008), start.later(1400), 24, 48).unwrap();
    let candidates = [Candidate::Network(&model), Candidate::Simple(Simple::Yesterday)];
    let replays = run(&grids, &candidates, windows, &|_| ()).unwrap();
    let [network, yesterday] = [0, 1].map(|at| replays[0][at].scores(48));
    assert!(network.mae < yesterday.mae, "{} {}", network.mae, yesterday.mae);
    assert_eq!(
        Scores::mean(&[network.clone(), network.clone()]).unwrap().mae_by_day,
        network.mae_by_day
    );
}
