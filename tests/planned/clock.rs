//! A clock that is set while a plan runs, and a machine that sleeps.

use crate::support::{CLOCK, Planned};

const HOUR_US: u64 = 3_600_000_000;

/// The command starts by the new time: of what has gone by nothing is made up.
#[test]
fn a_clock_that_is_set_moves_the_next_start() {
    let planned = planned("set:4h@10min", &[(1, 2), (5, 20)]);
    let mut run = planned.start();
    planned.pid();
    planned.touch("stop");
    assert_eq!(run.end(), 0, "{:?}", run.told);
    let report = planned.report();
    let start = &report["plan"]["achieved"]["intervals"][0]["start"];
    assert!(start.as_str().unwrap() >= "2024-05-01T05:00", "{report:#}");
    // Steady time goes on as it did: the run is as long as it was.
    assert!(report["duration_us"].as_u64().unwrap() < 12 * HOUR_US, "{report:#}");
}

/// A clock that is set back into an interval that is over begins it again.
#[test]
fn a_clock_that_is_set_back_finds_its_interval_again() {
    let planned = planned("set:-3h@4h30min", &[(1, 4), (9, 20)]);
    let mut run = planned.start();
    run.until("pauses until 2024-05-01T09:00:00Z");
    run.until("clock was set by -");
    run.until("resumes");
    planned.touch("stop");
    assert_eq!(run.end(), 0, "{:?}", run.told);
    let report = planned.report();
    let intervals = report["plan"]["achieved"]["intervals"].as_array().unwrap();
    assert_eq!(intervals.len(), 2, "{report:#}");
    let again = intervals[1]["start"].as_str().unwrap();
    assert!(
        ["2024-05-01T01:", "2024-05-01T02:", "2024-05-01T03:"].contains(&&again[..14]),
        "{again}"
    );
}

/// What a machine sleeps is neither run nor metered, and the plan goes by the
/// time at which it wakes.
#[test]
fn a_machine_that_sleeps_wakes_into_the_plan() {
    let planned = planned("sleep:10h@3h", &[(0, 8), (16, 23)]);
    let mut run = planned.start();
    run.until("pauses until 2024-05-01T16:00:00Z");
    run.until("resumes");
    planned.touch("stop");
    assert_eq!(run.end(), 0, "{:?}", run.told);
    let report = planned.report();
    let pauses = report["pauses"].as_array().unwrap();
    let slept = pauses.iter().find(|pause| pause["reason"] == "the machine slept").unwrap();
    let length_us = slept["duration_us"].as_u64().unwrap();
    assert!(length_us >= 10 * HOUR_US, "{report:#}");
    let (ran, took) = (&report["running_us"], &report["duration_us"]);
    assert!(ran.as_u64().unwrap() + 10 * HOUR_US <= took.as_u64().unwrap(), "{report:#}");
}

fn planned(jump: &str, hours: &[(u32, u32)]) -> Planned {
    let mut planned = Planned::hours(hours);
    planned.clock = format!("{CLOCK},{jump}");
    planned
}
