use std::fmt::Write as _;

use wattcast_core::units::Basis;

use super::*;
use crate::intensity::ReadOptions;

/// Half-hourly rows from 2024-01-01, clean before 06:00 UTC.
fn half_hourly(hours: usize) -> History {
    let mut csv = String::from("timestamp_utc,gco2_per_kwh\n");
    let start: jiff::Timestamp = "2024-01-01T00:00Z".parse().unwrap();
    for half in 0..2 * hours {
        let at = start + jiff::SignedDuration::from_mins(30 * i64::try_from(half).unwrap());
        let gram = if half / 2 % 24 < 6 { 100 } else { 300 + half % 5 };
        writeln!(csv, "{at},{}", gram + half % 2 * 10).unwrap();
    }
    History::parse("made-up.csv", &csv, &ReadOptions::default()).unwrap()
}

#[test]
fn half_hours_become_hours_and_the_clean_ones_are_found() {
    let history = half_hourly(700);
    assert_eq!(history.basis(), Basis::LifeCycle);
    let outlook = Outlook::of(&history, "DE", 96).unwrap();
    assert_eq!(outlook.method, Method::Network);
    assert_eq!((outlook.notes.history_hours, outlook.notes.zone_seen), (672, Some(true)));
    // 2024-01-01 plus 700 hours is four hours into a day: two clean ones left.
    assert_eq!(outlook.from.as_hours() % 24, 4);
    for (ahead, q) in outlook.values.iter().enumerate() {
        let clean = (4 + ahead) % 24 < 6;
        assert_eq!(q.p50().as_mg_per_kwh() < 200_000, clean, "{ahead} {q:?}");
    }
}

#[test]
fn a_short_history_is_left_to_simple_rules() {
    let outlook = Outlook::of(&half_hourly(50), "XX", 24).unwrap();
    assert!(matches!(outlook.method, Method::BestSimple(_)));
    assert_eq!(outlook.offset_hours, 0);
    let too_far = Outlook::of(&half_hourly(50), "XX", 97).unwrap_err();
    assert!(too_far.to_string().contains("97"));
}
