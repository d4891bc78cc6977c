//! What is played, against the plainest way to reckon it.

use wattcast_core::forecast::{Hour, Simple};

use super::one_zone::play;
use super::*;
use crate::backtest::{Candidate, Grid};
use crate::forecast::Series;
use crate::intensity::{History, ReadOptions};
use crate::synthetic::SyntheticGrid;

const HOURS: usize = 24 * 40;

/// Made-up grids of forty days, and what their last ten were told to be.
fn field(zones: u64) -> Field {
    let grid = |seed: u64| {
        let mut csv = String::from("timestamp_utc,gco2_per_kwh\n");
        for hour in SyntheticGrid::new(seed).hours().take(HOURS) {
            let start = crate::intensity::timestamp(hour.start.start());
            // To the milligram: no two zones are alike.
            csv += &format!("{start},{}.{:03}\n", hour.mg_per_kwh / 1_000, hour.mg_per_kwh % 1_000);
        }
        let history = History::parse("made-up", &csv, &ReadOptions::default()).unwrap();
        Grid::new(&format!("X{seed}"), Series::of(&history))
    };
    let grids: Vec<Grid> = (0..zones).map(grid).collect();
    let from = grids[0].series().end().earlier(240);
    // An hour less than ten days.
    Field::replay(&grids, &Candidate::Simple(Simple::Yesterday), from, (239, 6), &|_| ()).unwrap()
}

#[test]
fn each_set_runs_where_the_optimal_plan_of_each_day_runs() {
    let field = field(4);
    let no_margin = sweep(&field, 0, |_| ());
    let never = super::sweep(&field, u32::MAX, |_| ());
    let sweep = no_margin;
    assert_eq!((sweep.sets.len(), sweep.hours), (15, 239));
    for (set, stays) in sweep.sets.iter().zip(&never.sets) {
        // Without a margin the same, but for equals; with the largest one home.
        assert_eq!(set.kept, set.anew);
        assert!(stays.kept >= stays.best_fixed && stays.kept_moves <= 9);
    }
    for set in &sweep.sets {
        let zones: Vec<usize> = (0..4).filter(|zone| set.zones >> zone & 1 == 1).collect();
        let (mut told, mut anew, mut foreseen) = (0, 0, 0);
        for day in &field.days {
            let seconds = u32::try_from(day.hours() * 3_600).unwrap();
            told += play(day, &zones, seconds, day.first()).unwrap();
            anew += play(day, &zones, seconds, &day.issues).unwrap();
            foreseen += play(day, &zones, seconds, &[day.foreseen()]).unwrap();
        }
        assert_eq!((told / 3_600, foreseen / 3_600), (set.told.into(), set.foreseen.into()));
        assert_eq!(anew / 3_600, set.anew.into());
        let total = |zone: &usize| -> u64 {
            field.days.iter().flat_map(|day| &day.came[*zone]).map(|mg| u64::from(*mg)).sum()
        };
        assert_eq!(set.best_fixed, zones.iter().map(total).min().unwrap());
        assert_eq!(set.mean, zones.iter().map(total).sum::<u64>() / zones.len() as u64);
        assert!(set.foreseen <= set.told.min(set.greedy).min(set.best_fixed));
        if zones.len() == 1 {
            let alone = (set.best_fixed, set.best_fixed, 0, 0);
            assert_eq!((set.told, set.greedy, set.told_moves, set.greedy_moves), alone);
        }
    }
}

#[test]
fn a_job_runs_the_hours_that_were_told_to_be_cleanest() {
    let field = field(1);
    let played = one_zone(&field, 0, &[5]).unwrap().jobs[0];
    let (mut told, mut foreseen, mut at_once, mut against) = (0_u128, 0, 0, 0);
    for day in field.days.iter().filter(|day| day.hours() == 24) {
        let mut hours: Vec<(u32, u32)> =
            day.issues[0].told[0].iter().copied().zip(day.came[0].iter().copied()).collect();
        let sum = |hours: &[(u32, u32)]| -> u128 {
            hours.iter().map(|hour| u128::from(hour.1) * 3_600).sum()
        };
        at_once += sum(&hours[..5]);
        against += sum(&hours) * 5 / 24;
        hours.sort_by_key(|hour| hour.0);
        told += sum(&hours[..5]);
        hours.sort_by_key(|hour| hour.1);
        foreseen += sum(&hours[..5]);
    }
    assert_eq!(played.told, Saved { planned: told, against });
    assert_eq!(played.foreseen, Saved { planned: foreseen, against });
    assert_eq!(played.at_once, Saved { planned: at_once, against });
}

#[test]
fn a_stretch_that_always_runs_saves_what_its_set_saves() {
    let field = field(3);
    let zones: Vec<String> = field.zones().to_vec();
    let from = field.days[0].start;
    let all = stretch(&field, &zones, from, 239, 100).unwrap();
    let set = sweep(&field, 0, |_| ()).sets[6];
    assert_eq!(all.seconds, 239 * 3_600);
    assert_eq!(all.told.planned, u128::from(set.told) * 3_600);
    let alone = stretch(&field, &zones[..1], from, 239, 100).unwrap();
    assert_eq!(alone.told.saving_ppm(), 0);
    let quarter = stretch(&field, &zones[..1], from, 30, 25).unwrap();
    assert_eq!(quarter.seconds, 30 * 900);
    assert!(quarter.foreseen.planned <= quarter.told.planned);
    for (zones, hours) in [(vec!["nowhere".to_owned()], 24), (zones.clone(), 240)] {
        assert!(stretch(&field, &zones, from, hours, 50).is_err());
    }
}

#[test]
fn a_day_that_is_not_known_in_full_is_left_out() {
    let mut csv = String::from("timestamp_utc,gco2_per_kwh\n");
    for hour in (0..24 * 10).filter(|hour| *hour != 24 * 8 + 5) {
        csv += &format!("2024-01-{:02}T{:02}:00Z,{}\n", 1 + hour / 24, hour % 24, 100 + hour);
    }
    let history = History::parse("made-up", &csv, &ReadOptions::default()).unwrap();
    let grids = [Grid::new("X", Series::of(&history))];
    let from = Hour::from_hours(grids[0].series().end().as_hours() - 72);
    let best = Candidate::BestSimple;
    let field = Field::replay(&grids, &best, from, (72, 24), &|_| ()).unwrap();
    assert_eq!((field.days(), field.hours()), ((2, 1), 48));
    assert!(Field::replay(&grids, &best, from.later(96), (48, 24), &|_| ()).is_err());
    assert!(Field::replay(&[], &best, from, (72, 24), &|_| ()).is_err());
}
