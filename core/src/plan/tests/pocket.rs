//! What fits in a pocket is the same plan.

extern crate std;

use std::vec::Vec;

use super::cases::Case;
use super::plan;
use crate::plan::{Action, Memory};
use crate::plan::{
    Conflict, Errand, Job, Limits, Load, Objective, Outlook, Overhead, PlanError, Schedule, Slots,
    Stretch, ZoneOutlook, ZoneSet, decide, pocket, runs_now,
};
use crate::units::{CarbonIntensity, Power, Utc};

/// The same as an errand, of a job that may be one.
fn errand(job: &Job<'_>) -> Errand {
    Errand {
        work_s: job.remaining_s(),
        not_before: job.not_before,
        deadline: job.deadline,
        standing: job.standing,
        min_run_s: job.limits.min_run_s,
        max_pauses: job.limits.max_pauses,
    }
}

fn stretches<const N: usize>(plan: &Schedule<N>) -> Vec<Stretch> {
    plan.intervals.iter().map(|stay| Stretch { start: stay.start, end: stay.end }).collect()
}

/// A case without what does not fit in a pocket, its plan and the two answers.
fn compare(seed: u64) -> bool {
    let case = Case::small(seed);
    case.with(|outlook, job| {
        let [zone, ..] = outlook.zones else { return false };
        let job = Job {
            load: Load::Constant(Power::from_uw(1_000_000)),
            zones: ZoneSet::ALL,
            limits: Limits { budget: None, max_moves: None, ..job.limits },
            pause: Overhead::NONE,
            moving: Overhead::NONE,
            objective: Objective::Carbon,
            caution_permille: 0,
            ..*job
        };
        if job.standing.zone().is_some_and(|zone| zone > 0) {
            return false;
        }
        let zones = [ZoneOutlook { expected: zone.expected, ..ZoneOutlook::default() }];
        let outlook = Outlook { zones: &zones, ..*outlook };
        let open = |mg: &CarbonIntensity| job.limits.max_intensity.is_none_or(|max| *mg <= max);
        let planned: Vec<_> = zone.expected.iter().map(|mg| mg.filter(open)).collect();
        let slots = Slots { start: outlook.start, slot_s: outlook.slot_s, planned: &planned };

        let large = plan::<8>(&outlook, &job, case.now, 0);
        let small = pocket::<8>(&slots, &errand(&job), case.now, &mut [u64::MAX; 400]);
        let found = small.as_ref().map(|plan| plan.to_vec());
        let expected = large.as_ref().map(stretches);
        match (&expected, &found) {
            (Err(PlanError::Conflict(a)), Err(PlanError::Conflict(b))) => {
                // An unknown slot is a closed one here. Another limit may be
                // named, but one that stands in the way.
                let limits = match b {
                    Conflict::MaxPauses => Limits { max_pauses: None, ..job.limits },
                    Conflict::MinRun => Limits { min_run_s: 0, ..job.limits },
                    _ => return true,
                };
                let loosened = plan::<8>(&outlook, &Job { limits, ..job }, case.now, 0);
                assert!(a == b || loosened.is_ok(), "{seed}: {a:?} {b:?}");
            }
            _ => assert_eq!(expected.ok(), found.ok(), "{seed}"),
        }
        let decision = decide(large.as_ref(), &outlook, &job, case.now);
        let runs = runs_now(small.as_deref(), &errand(&job), case.now);
        let is_unknown = matches!(large, Err(PlanError::Conflict(Conflict::Unknown { .. })));
        assert!(is_unknown || runs == matches!(decision.action, Action::Run { .. }), "{seed}");
        true
    })
}

#[test]
fn a_pocket_holds_the_best_plan() {
    let compared = (0..12_000).filter(|seed| compare(*seed)).count();
    assert!(compared > 8_000, "{compared}");
}

#[test]
fn two_days_fit_in_a_pocket() {
    let hour = |h: u32| Some(CarbonIntensity::from_mg_per_kwh(h * 104_729 % 400_000));
    let hours: Vec<_> = (0..48).map(hour).collect();
    let slots = Slots { start: Utc::from_us(0), slot_s: 3_600, planned: &hours };
    let now = Utc::from_us(1_234_567_890);
    for work_h in 1..=47 {
        let job = Job::new(work_h * 3_600 - 1_300, Load::Constant(Power::from_uw(1)));
        let plan = pocket::<24>(&slots, &errand(&job), now, &mut [0; 96]).unwrap();
        let us = plan.iter().map(|stretch| stretch.end.as_us() - stretch.start.as_us());
        assert_eq!(us.sum::<u64>(), u64::from(job.run_s) * 1_000_000);
        let job = Job { limits: Limits { max_pauses: Some(5), ..Limits::NONE }, ..job };
        assert!(pocket::<24>(&slots, &errand(&job), now, &mut [0; 640]).unwrap().len() <= 6);
    }
    let job = Job::new(24 * 3_600, Load::Constant(Power::ZERO));
    let needed = match pocket::<24>(&slots, &errand(&job), now, &mut [0; 9]) {
        Err(PlanError::Memory(Memory::Values { needed })) => needed,
        other => panic!("{other:?}"),
    };
    let mut values = std::vec![0; needed];
    assert!(pocket::<24>(&slots, &errand(&job), now, &mut values).is_ok());
    let too_few = pocket::<3>(&slots, &errand(&job), now, &mut values);
    assert_eq!(too_few, Err(Memory::Slots { needed: 48 }.into()));
}
