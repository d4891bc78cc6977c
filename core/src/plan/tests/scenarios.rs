//! What plans save over made-up days, as a table.
//!
//! Each zone has its own shape of day, and weather that a forecast half knows.
//! A job of six hours at 1 kW is planned at midnight of each of twenty days by
//! the forecast and runs in what comes true. `UPDATE_EXPECT=1` rewrites it.

extern crate std;

use std::fmt::Write;
use std::string::String;
use std::vec::Vec;

use expect_test::expect_file;

use super::cases::Random;
use super::plan;
use crate::plan::*;
use crate::units::{CarbonIntensity, CarbonMass, Energy, Power, Utc};

const DAYS: u64 = 20;
const SLOTS: usize = 48;
const RUN_S: u32 = 6 * 3_600;

/// A zone: its name, level, and the swing of the sun and of the wind.
const ZONES: [(&str, i64, i64, i64); 4] = [
    ("nuclear", 60_000, 5_000, 8_000),
    ("solar", 320_000, 180_000, 30_000),
    ("windy", 260_000, 30_000, 140_000),
    ("coal", 640_000, 60_000, 40_000),
];

type Series = Vec<Option<CarbonIntensity>>;

/// What is forecast for two days, and what comes true.
fn two_days(zone: usize, day: u64) -> (Series, Series) {
    let (_, level, sun, wind) = ZONES[zone];
    let mut random = Random(day * 1_000 + zone as u64);
    // The wind drifts from hour to hour, in thousandths.
    let (mut blows, mut drift) = (random.between::<i64>(0, 2_000) - 1_000, 0_i64);
    let mut pair = (Vec::new(), Vec::new());
    for hour in 0..SLOTS as i64 {
        let noon = (12 - (hour % 24 - 12).abs() - 6).max(0);
        blows = (blows + random.between::<i64>(0, 400) - 200).clamp(-1_000, 1_000);
        drift += random.between::<i64>(0, 120) - 60;
        let truth = level - sun * noon / 6 + wind * blows / 1_000;
        let seen = level - sun * noon / 6 + wind * (blows + drift).clamp(-1_000, 1_000) / 1_000;
        let value =
            |mg: i64| Some(CarbonIntensity::from_mg_per_kwh(u32::try_from(mg.max(0)).unwrap()));
        pair.0.push(value(seen));
        pair.1.push(value(truth));
    }
    pair
}

/// The carbon of all days: at once, planned by the forecast, by the same with
/// the rule of eco4cast, and with perfect foresight.
fn totals(zones: &[usize], slack_s: u64) -> [u64; 5] {
    let mut totals = [0; 5];
    for day in 0..DAYS {
        let pairs: Vec<_> = zones.iter().map(|zone| two_days(*zone, day)).collect();
        let seen: Vec<_> = pairs.iter().map(|pair| ZoneOutlook::new(&pair.0)).collect();
        let true_: Vec<_> = pairs.iter().map(|pair| ZoneOutlook::new(&pair.1)).collect();
        let start = Utc::from_us(0);
        let outlook = |zones| Outlook { start, slot_s: 3_600, zones };
        let (forecast, truth) = (outlook(&seen), outlook(&true_));
        let job = Job {
            deadline: Some(Utc::from_us((u64::from(RUN_S) + slack_s) * 1_000_000)),
            pause: Overhead { seconds: 120, energy: Energy::from_uj(10 * 3_600_000_000) },
            moving: Overhead { seconds: 600, energy: Energy::from_uj(50 * 3_600_000_000) },
            limits: Limits {
                min_run_s: 3_600,
                max_pauses: Some(3),
                max_moves: Some(3),
                ..Limits::NONE
            },
            standing: Standing::Fresh { home: Some(0) },
            ..Job::new(RUN_S, Load::Constant(Power::from_uw(1_000_000_000)))
        };
        let best = |outlook| plan::<SLOTS>(outlook, &job, start, 0).unwrap();
        let contiguous = window::<SLOTS>(&forecast, &job, start).unwrap();
        let (planned, foreseen) = (best(&forecast), best(&truth));
        let came = |plan: &Schedule<SLOTS>| plan.carbon_under(&truth, &job).unwrap();
        assert_eq!(came(&foreseen), foreseen.expected);
        let masses = [
            foreseen.figures.run_now.unwrap(),
            foreseen.figures.mean.unwrap(),
            came(&contiguous),
            came(&planned),
            foreseen.expected,
        ];
        for (total, mass) in totals.iter_mut().zip(masses) {
            *total += CarbonMass::as_ug(mass);
        }
    }
    totals
}

#[test]
fn what_plans_save() {
    let mut table = String::from(
        "g for 6 h at 1 kW, mean of 20 days; a pause takes 2 min and 10 Wh, a move 10 min and 50 Wh\n\n\
         zones          slack    now   mean  window  optimal  foresight  of what can be saved\n",
    );
    let alone = (0..ZONES.len()).map(|zone| std::vec![zone]);
    let sets = alone.chain([std::vec![1, 2], std::vec![3, 2, 1, 0]]);
    for zones in sets {
        let name = match zones[..] {
            [zone] => ZONES[zone].0,
            [_, _] => "solar, windy",
            _ => "coal, all",
        };
        for slack_h in [0, 6, 18, 42] {
            let totals = totals(&zones, slack_h * 3_600);
            let [now, mean, window, planned, foreseen] = totals.map(|ug| ug / DAYS / 1_000_000);
            let saved = |ug: u64| i128::from(totals[0]) - i128::from(ug);
            let share = match saved(totals[4]) {
                0 => String::from("-"),
                most => std::format!("{} %", saved(totals[3]) * 100 / most),
            };
            let _ = writeln!(
                table,
                "{name:<14} {slack_h:>3} h {now:>6} {mean:>6} {window:>7} {planned:>8} {foreseen:>10}  {share}"
            );
        }
    }
    expect_file!["scenarios.txt"].assert_eq(&table);
}
