extern crate std;

use std::vec::Vec;

use super::*;
use crate::forecast::{History, Reading};
use crate::units::CarbonIntensity;

fn windy(cm_per_s: u16) -> Weather {
    Weather {
        wind_cm_per_s: cm_per_s,
        temperature_ck: 27_315 + 1_500,
        dew_point_ck: 27_315,
        irradiance_dw_per_m2: 0,
        rain_um_per_3h: 0,
    }
}

#[test]
fn tells_the_weather_in_bounded_numbers() {
    assert_eq!(windy(600).told(), [0, 2211, 1792, 0, 0, 0, 0, 0]);
    let most = [u16::MAX; 5];
    let [wind_cm_per_s, temperature_ck, dew_point_ck, irradiance_dw_per_m2, rain_um_per_3h] = most;
    let extreme = Weather {
        wind_cm_per_s,
        temperature_ck,
        dew_point_ck,
        irradiance_dw_per_m2,
        rain_um_per_3h,
    };
    let expected = [16_383, 10_383, 16_383, 0, 16_383, 16_383, 16_383, 4_096];
    assert_eq!(extreme.told(), expected);
}

#[test]
fn fills_holes_and_goes_on_beyond_both_ends() {
    let issue = Hour::from_hours(10_000);
    let mut hours: Vec<Weather> = (0..400).map(|i| windy(i + 1)).collect();
    for hole in [30, 31, 300] {
        hours[hole] = Weather::MISSING;
    }
    let (past, ahead) = hours.split_at(250);
    let start = issue.earlier(250);
    let series = WeatherSeries::from_parts(start, past, ahead, issue.earlier(5));
    let at = |place: i64| series.told(issue, place - 250);
    let is = |place: u16| windy(place + 1).told();
    assert_eq!([at(30), at(31), at(300)], [is(6), is(7), is(276)]);
    // Before the start its first week repeats, after the end the last stays.
    assert_eq!([at(-1), at(-168), at(-169)], [is(167), is(0), is(167)]);
    assert_eq!([at(399), at(400), at(4_000)], [is(399); 3]);
    assert_eq!((series.age(issue), series.missing(issue, 96)), (5, 1));
    assert!(series.serves(issue) && !series.serves(issue.later(103)));
    let nothing = WeatherSeries::new(start, &[], issue);
    assert_eq!(nothing.told(issue, 0), [0; 8]);
}

#[test]
fn tells_wind_and_weekend_by_the_hour_of_the_day() {
    // 2022-01-01 was a Saturday.
    let saturday = Hour::from_hours(455_832);
    let hours = [windy(0); 48];
    let series = WeatherSeries::new(saturday, &hours, saturday);
    let at = |offset, ahead| {
        let issue = Issue::new(saturday, offset).unwrap();
        let [.., a, b, c, d, e, f, g] = series.variables(issue, ahead);
        [a, b, c, d, e, f, g]
    };
    assert_eq!(at(0, 6), [0, -4096, 0, 1792, 2048, 0, 2048]);
    assert_eq!(at(-6, 6), [-4096, 0, 1792, 0, 2048, 2048, 0]);
    assert_eq!(at(-12, 0), [4096, 0, -1792, 0, 0, 0, 0]);
}

#[test]
fn learns_that_wind_makes_a_grid_clean() {
    let end = Hour::from_hours(480_000);
    // Wind that changes from day to day takes a fifth of a milligram per
    // centimetre per second.
    let winds: Vec<u16> = (0..1_344_u16).map(|i| 300 + i / 24 * 263 % 900 + i % 24).collect();
    let weather: Vec<Weather> = winds.iter().map(|wind| windy(*wind)).collect();
    let mut readings: Vec<Reading> = winds
        .iter()
        .map(|wind| CarbonIntensity::from_mg_per_kwh(400_000 - 200 * u32::from(*wind)).into())
        .collect();
    let series = WeatherSeries::new(end.earlier(1_344), &weather, end);
    let mut response = Response::new();
    let issue = Issue::new(end, 0).unwrap();
    response.learn(&History::new(end, &readings), &series, issue);
    assert_eq!(response.days(), 49);
    let [linear, square, ..] = response.coefficients();
    assert!(linear < 0 && linear + square < -(1 << 12), "{linear} {square}");

    // A sensor that stands still for the last two days teaches nothing more.
    let last = readings[1_295];
    readings[1_296..].fill(last);
    let mut stuck = Response::new();
    stuck.learn(&History::new(end, &readings), &series, issue);
    assert_eq!(stuck.days(), 47);
}
