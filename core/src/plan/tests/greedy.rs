//! One test for each defect of eco4cast 0.0.8 that the rule does not have.

extern crate std;

use std::vec::Vec;

use super::grams;
use crate::plan::*;
use crate::units::{CarbonIntensity, Energy, Power, Utc};

const HOUR_US: u64 = 3_600_000_000;

fn rule() -> Greedy {
    Greedy::default()
}

fn kilowatt(hours: u32) -> Job<'static> {
    Job::new(hours * 3_600, Load::Constant(Power::from_uw(1_000_000_000)))
}

/// The zones that the rule runs in, hour by hour, `.` where it waits.
fn chosen(
    zones: &[Vec<Option<CarbonIntensity>>],
    job: &Job<'_>,
    rule: &Greedy,
) -> std::string::String {
    let zones: Vec<ZoneOutlook<'_>> = zones.iter().map(|zone| ZoneOutlook::new(zone)).collect();
    let outlook = Outlook { start: Utc::from_us(0), slot_s: 3_600, zones: &zones };
    let possible = Possible::<48>::new(&outlook, job, Utc::from_us(0), rule).unwrap();
    let choice = possible.choose(ZoneSet::ALL);
    let mut savings = std::vec![None; outlook.slots() * zones.len() * zones.len()];
    possible.fill_savings(&mut savings);
    assert_eq!(possible.choose_by(&savings, ZoneSet::ALL, job.standing.zone()), choice);
    let letter = |zone: &Option<u8>| zone.map_or('.', |zone| char::from(b'A' + zone));
    choice.iter().take(outlook.slots()).map(letter).collect()
}

#[test]
fn a_clean_day_is_used_to_its_last_hour() {
    let day = grams(&[50; 24]);
    assert_eq!(chosen(&[day], &kilowatt(1), &rule()), "AAAAAAAAAAAAAAAAAAAAAAAA");
}

#[test]
fn clean_hours_at_the_end_of_the_day_are_those_that_are_used() {
    let mut day = [300; 24];
    day[20..].fill(50);
    assert_eq!(chosen(&[grams(&day)], &kilowatt(1), &rule()), "....................AAAA");
}

#[test]
fn one_clean_hour_takes_no_dirty_one_with_it() {
    let mut day = [300; 24];
    day[7] = 50;
    assert_eq!(chosen(&[grams(&day)], &kilowatt(1), &rule()), ".......A................");
}

#[test]
fn a_window_bridges_a_short_peak() {
    let day = grams(&[300, 100, 200, 100, 300]);
    assert_eq!(chosen(core::slice::from_ref(&day), &kilowatt(1), &rule()), ".AAA.");
    let narrow = Greedy { max_window_size: 2, ..rule() };
    assert_eq!(chosen(&[day], &kilowatt(1), &narrow), ".A.A.");
}

#[test]
fn one_window_is_enough() {
    let narrow = Greedy { max_window_size: 1, ..rule() };
    assert_eq!(chosen(&[grams(&[300, 50, 50, 300])], &kilowatt(1), &narrow), ".AA.");
}

/// One hour in which B is better by more than the delta is not worth a move
/// that is paid and undone.
#[test]
fn a_move_is_judged_over_the_stay_and_pays_for_itself() {
    let here = grams(&[100; 6]);
    let there = grams(&[100, 60, 100, 100, 100, 100]);
    let home = Standing::Fresh { home: Some(0) };
    let free = Job { standing: home, ..kilowatt(6) };
    assert_eq!(chosen(&[here.clone(), there.clone()], &free, &rule()), "ABBBBB");
    // 100 Wh at 60 g are 6 g, of 40 g saved: better by 34 g in that hour.
    let costs = |wh: i64| Job {
        moving: Overhead { seconds: 0, energy: Energy::from_uj(wh * 3_600_000_000) },
        ..free
    };
    assert_eq!(chosen(&[here.clone(), there.clone()], &costs(100), &rule()), "ABBBBB");
    // 300 Wh are 18 g: better by 22 g, less than the delta.
    assert_eq!(chosen(&[here.clone(), there], &costs(300), &rule()), "AAAAAA");
    // 300 Wh pay off where the stay is longer.
    let longer = grams(&[100, 60, 60, 60, 60, 60]);
    assert_eq!(chosen(&[here, longer], &costs(300), &rule()), "ABBBBB");
}

/// A move that takes most of its best hour does not save in it.
#[test]
fn the_time_of_a_move_saves_nothing() {
    let (here, there) = (grams(&[100, 100, 100]), grams(&[300, 20, 300]));
    let job = Job {
        standing: Standing::Fresh { home: Some(0) },
        moving: Overhead { seconds: 3_500, energy: Energy::from_uj(36_000_000_000) },
        ..kilowatt(3)
    };
    assert_eq!(chosen(&[here.clone(), there.clone()], &job, &rule()), "AAA");
    let quick = Job { moving: Overhead { seconds: 60, ..job.moving }, ..job };
    assert_eq!(chosen(&[here, there], &quick, &rule()), "ABA");
}

/// The zone that is the only possible one is not taken for nothing.
#[test]
fn the_delta_holds_with_one_possible_zone() {
    let here = grams(&[190, 190, 190, 100]);
    let there = grams(&[170, 170, 170, 170]);
    let job = Job { standing: Standing::Fresh { home: Some(0) }, ..kilowatt(1) };
    assert_eq!(chosen(&[here.clone(), there.clone()], &job, &rule()), "...A");
    let small = Greedy { co2_delta_to_move: CarbonIntensity::from_mg_per_kwh(15_000), ..rule() };
    assert_eq!(chosen(&[here, there], &job, &small), "BBBA");
}

#[test]
fn an_unknown_zone_or_hour_is_never_used() {
    let known = grams(&[100, 100, 100]);
    let mut holes = grams(&[50, 50, 50]);
    holes[1] = None;
    let job = Job { standing: Standing::Fresh { home: Some(1) }, ..kilowatt(1) };
    assert_eq!(chosen(&[known.clone(), Vec::new()], &kilowatt(1), &rule()), "AAA");
    assert_eq!(chosen(&[known, holes], &job, &rule()), "BAB");
}

/// A zone above the threshold is not taken because a longer interval is asked.
#[test]
fn long_intervals_keep_to_the_threshold() {
    let long = Greedy { min_interval_size: 3, ..rule() };
    let zones = [grams(&[170, 190, 190, 190, 190]), grams(&[300, 300, 170, 300, 300])];
    assert_eq!(chosen(&zones, &kilowatt(1), &long), ".....");
    let clean = grams(&[300, 100, 100, 100, 100, 900, 100, 100]);
    assert_eq!(chosen(&[clean], &kilowatt(1), &long), ".AAAA...");
}

#[test]
fn empty_intervals_and_windows_are_refused() {
    let zones = grams(&[100; 4]);
    let zones = [ZoneOutlook::new(&zones)];
    let outlook = Outlook { start: Utc::from_us(0), slot_s: 3_600, zones: &zones };
    for rule in [Greedy { min_interval_size: 0, ..rule() }, Greedy { max_window_size: 0, ..rule() }]
    {
        let made = greedy::<24>(&outlook, &kilowatt(1), Utc::from_us(0), &rule);
        assert_eq!(made, Err(PlanError::Flaw(Flaw::Rule)));
    }
}

#[test]
fn any_number_of_slots_will_do() {
    assert_eq!(chosen(&[grams(&[50; 5])], &kilowatt(1), &rule()), "AAAAA");
    assert_eq!(chosen(&[grams(&[50; 48])], &kilowatt(1), &rule()).len(), 48);
    let short = grams(&[50; 4]);
    let zones = [ZoneOutlook::new(&short)];
    let outlook = Outlook { start: Utc::from_us(0), slot_s: 900, zones: &zones };
    let job = Job { run_s: 2_000, ..kilowatt(1) };
    let plan = greedy::<4>(&outlook, &job, Utc::from_us(0), &rule()).unwrap();
    assert_eq!(plan.intervals[0].end, Utc::from_us(2_000_000_000));
}

/// What is over is over: an old outlook is not taken for one from now.
#[test]
fn an_old_forecast_keeps_its_time() {
    let mut day = [300; 24];
    day[3] = 50;
    day[20] = 50;
    let day = grams(&day);
    let zones = [ZoneOutlook::new(&day)];
    let outlook = Outlook { start: Utc::from_us(0), slot_s: 3_600, zones: &zones };
    let plan = greedy::<24>(&outlook, &kilowatt(1), Utc::from_us(5 * HOUR_US), &rule()).unwrap();
    assert_eq!(plan.intervals[0].start, Utc::from_us(20 * HOUR_US));
    let late = greedy::<24>(&outlook, &kilowatt(1), Utc::from_us(24 * HOUR_US), &rule());
    assert_eq!(late, Err(PlanError::Flaw(Flaw::Stale)));
}

#[test]
fn zones_are_included_and_excluded() {
    let zones = [grams(&[100; 2]), grams(&[60; 2]), grams(&[20; 2])];
    let with =
        |include, exclude| chosen(&zones, &kilowatt(1), &Greedy { include, exclude, ..rule() });
    assert_eq!(with(ZoneSet::ALL, ZoneSet::NONE), "CC");
    assert_eq!(with(ZoneSet::ALL, ZoneSet::NONE.with(2)), "BB");
    assert_eq!(with(ZoneSet::NONE.with(0).with(2), ZoneSet::NONE.with(2)), "AA");
}

#[test]
fn too_few_clean_hours_are_named() {
    let day = grams(&[300, 100, 300]);
    let zones = [ZoneOutlook::new(&day)];
    let outlook = Outlook { start: Utc::from_us(0), slot_s: 3_600, zones: &zones };
    let made = greedy::<24>(&outlook, &kilowatt(2), Utc::from_us(0), &rule());
    assert_eq!(made, Err(PlanError::Conflict(Conflict::Rule { available_s: 3_600 })));
}
