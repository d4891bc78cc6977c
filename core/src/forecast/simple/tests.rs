extern crate std;

use std::vec;
use std::vec::Vec;

use super::*;
use crate::forecast::{Hour, Reading};
use crate::units::CarbonIntensity;

const END: u32 = 480_000;

fn forecast(mut by: impl Forecaster, values: &[u32], hours: usize) -> (Vec<Quantiles>, Method) {
    let reading = |mg: &u32| Reading::from(CarbonIntensity::from_mg_per_kwh(*mg));
    let readings: Vec<Reading> = values.iter().map(reading).collect();
    let history = History::new(Hour::from_hours(END), &readings);
    let mut out = vec![Quantiles::default(); hours];
    let issue = Issue::new(Hour::from_hours(END), 0).unwrap();
    let method = by.forecast(&history, issue, &mut out).unwrap().method;
    (out, method)
}

fn medians(values: &[Quantiles]) -> Vec<u32> {
    values.iter().map(|q| q.p50().as_mg_per_kwh()).collect()
}

/// Weeks in which each hour has its value; `noise` on top.
fn weekly(weeks: u32, noise: impl Fn(u32) -> u32) -> Vec<u32> {
    let value = |i: u32| 100_000 + 1_000 * (i % 24) + 9_000 * (i % 168 / 24) + noise(i);
    (0..168 * weeks).map(value).collect()
}

#[test]
fn each_rule_reads_the_hours_it_is_named_after() {
    let values = weekly(4, |_| 0);
    let ahead = |k: usize, back: usize| values[672 - back + k % back];
    let (found, _) = forecast(Simple::Persistence, &values, 96);
    assert!(medians(&found).iter().all(|v| *v == values[671]));
    let (found, _) = forecast(Simple::Yesterday, &values, 96);
    assert!(medians(&found).iter().enumerate().all(|(k, v)| *v == ahead(k, 24)));
    let (found, _) = forecast(Simple::LastWeek, &values, 96);
    assert!(medians(&found).iter().enumerate().all(|(k, v)| *v == ahead(k, 168)));
    assert!(found.iter().all(|q| q.p10() == q.p90()), "a rule that never erred is sure");
    let (found, _) = forecast(Simple::WeeklyProfile, &values, 96);
    let mean = |k: u32| 100_000 + 1_000 * (k % 24) + 9_000 * 3;
    assert!((0..).zip(medians(&found)).all(|(k, v)| v == mean(k)));
}

#[test]
fn the_best_rule_is_the_one_that_erred_least_on_this_grid() {
    let (_, method) = forecast(BestSimple, &weekly(4, |_| 0), 24);
    assert_eq!(method, Method::BestSimple([Simple::LastWeek; 4]));
    // A level that moves once a week is told best by the last hour.
    let steps: Vec<u32> = (0..672).map(|i| 100_000 + 50_000 * (i / 97) + i % 2).collect();
    let (_, method) = forecast(BestSimple, &steps, 24);
    assert!(matches!(method, Method::BestSimple([Simple::Persistence, ..])), "{method:?}");
}

#[test]
fn the_range_is_as_wide_as_the_errors_were() {
    let noisy = weekly(4, |i| i.wrapping_mul(2_654_435_761) >> 17);
    let (found, _) = forecast(Simple::LastWeek, &noisy, 96);
    // Two independent uniform values over 32 768 differ by a third of that.
    for q in found {
        let width = q.p90().as_mg_per_kwh() - q.p50().as_mg_per_kwh();
        assert!((10_000..26_000).contains(&width), "{width}");
    }
}

#[test]
fn a_short_history_is_answered_as_far_as_it_goes() {
    for hours in [1_u32, 2, 23, 24, 25, 167, 168, 169] {
        let values: Vec<u32> = (0..hours).map(|i| 200_000 + i).collect();
        let (found, method) = forecast(BestSimple, &values, 96);
        let Method::BestSimple(rules) = method else { panic!("{method:?}") };
        assert!(rules.iter().all(|rule| rule.needs_hours() <= values.len()), "{hours} {rules:?}");
        assert!(medians(&found).iter().all(|v| (200_000..200_200).contains(v)));
    }
    let (found, _) = forecast(Simple::WeeklyProfile, &[100_000], 1);
    assert_eq!(found[0].p10().as_mg_per_kwh(), 50_000);
}
