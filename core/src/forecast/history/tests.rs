extern crate std;

use std::vec;
use std::vec::Vec;

use super::*;
use crate::forecast::{ForecastError, Issue, Notes};

const END: u32 = 480_000;

fn at(hour: u32) -> Issue {
    Issue::new(Hour::from_hours(hour), 0).unwrap()
}

fn known(mg: u32) -> Reading {
    CarbonIntensity::from_mg_per_kwh(mg).into()
}

/// 1, 2, 3, … with holes where asked.
fn counting(hours: u32, holes: &[u32]) -> Vec<Reading> {
    (0..hours).map(|i| if holes.contains(&i) { Reading::MISSING } else { known(i + 1) }).collect()
}

#[test]
fn a_hole_takes_the_day_before_else_the_hour_before() {
    let readings = counting(200, &[3, 4, 27, 51, 52]);
    let history = History::new(Hour::from_hours(END), &readings);
    let view = View::new(&history, at(END)).unwrap();
    let place = |index: usize| view.filled(200 - index);
    assert_eq!([place(3), place(4), place(27), place(51), place(52)], [3, 3, 3, 3, 29]);
    assert_eq!((view.known(200 - 51), view.known(200 - 50)), (None, Some(51)));
    assert_eq!(view.notes(), Notes { history_hours: 200, filled_hours: 2, ..Notes::default() });
}

#[test]
fn the_oldest_week_repeats_before_a_young_history() {
    // The first readings are missing: the history begins with the third hour.
    let readings = counting(202, &[0, 1]);
    let history = History::new(Hour::from_hours(END), &readings);
    let view = View::new(&history, at(END)).unwrap();
    assert_eq!(view.length(), 200);
    assert_eq!([view.filled(200), view.filled(201), view.filled(368)], [3, 170, 3]);
    assert_eq!(view.filled(672), view.filled(672 - 3 * 168));
    assert_eq!(view.known(201), None);
}

#[test]
fn a_ring_and_a_late_issue_are_one_history() {
    let readings = counting(300, &[]);
    let (older, newer) = readings.split_at(123);
    let end = Hour::from_hours(END);
    let whole = History::new(end, &readings);
    let ring = History::from_ring(end, older, newer);
    // Five hours have not arrived yet; twenty that have lie after the issue.
    for issue in [END + 5, END - 20] {
        let views = [View::new(&whole, at(issue)).unwrap(), View::new(&ring, at(issue)).unwrap()];
        let [one, other] = views.map(|v| (1..=672).map(|h| v.filled(h)).collect::<Vec<_>>());
        assert_eq!(one, other);
    }
    let late = View::new(&whole, at(END + 5)).unwrap();
    assert_eq!([late.filled(1), late.filled(5), late.filled(6)], [281, 277, 300]);
    assert_eq!(late.notes().stale_hours, 5);
    assert_eq!(View::new(&whole, at(END - 20)).unwrap().filled(1), 280);
    let before = View::new(&whole, at(END - 300)).err();
    assert_eq!(before, Some(ForecastError::NoHistory));
}

#[test]
fn a_sensor_that_stands_still_is_not_believed() {
    let mut readings = counting(400, &[]);
    readings[370..].fill(known(77));
    let history = History::new(Hour::from_hours(END), &readings);
    let view = View::new(&history, at(END)).unwrap();
    assert_eq!(view.notes().stuck_hours, 30);
    assert_eq!(view.notes().filled_hours, 29);
    // The first of the equal readings may be a true one.
    assert_eq!((view.known(30), view.known(29)), (Some(77), None));
    assert_eq!(view.filled(29), 348);

    readings[370] = known(78);
    readings[376] = known(79);
    let view = History::new(Hour::from_hours(END), &readings);
    assert_eq!(View::new(&view, at(END)).unwrap().notes().stuck_hours, 0);
}

#[test]
fn what_no_plant_emits_is_missing() {
    let mut readings = vec![known(5); 30];
    readings[29] = known(4_000_001);
    let history = History::new(Hour::from_hours(END), &readings);
    let view = View::new(&history, at(END)).unwrap();
    assert_eq!(view.known(1), None);
    assert_eq!(view.filled(1), 5);
    let none = [Reading::MISSING; 9];
    let history = History::new(Hour::from_hours(END), &none);
    assert_eq!(View::new(&history, at(END)).err(), Some(ForecastError::NoHistory));
}
