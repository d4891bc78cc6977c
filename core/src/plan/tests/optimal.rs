extern crate std;

use std::vec;

use super::brute::{Price, every, is_within_budget, play_schedule};
use super::cases::Case;
use super::{grams, plan};
use crate::plan::*;
use crate::units::{CarbonIntensity, CarbonMass, Energy, Power, Utc};

const HOUR_US: u64 = 3_600_000_000;
const UG: i128 = 3_600_000_000;

fn ug(sum: i128) -> CarbonMass {
    CarbonMass::from_ug(u64::try_from(sum.div_euclid(UG)).unwrap())
}

fn best(job: &Job<'_>, all: &[Price]) -> Option<i128> {
    let within = all.iter().filter(|price| is_within_budget(job, **price));
    within.map(|price| price.objective).min()
}

/// With every cost and limit in use, the plan is the best of all, its figures
/// are those of its seconds, and where there is none that is right.
#[test]
fn equals_the_best_of_all_plans() {
    let mut counts = [0; 4];
    for seed in 0..6_000 {
        let case = Case::small(seed);
        case.with(|outlook, job| {
            let made = plan::<8>(outlook, job, case.now, 4_096);
            if let Err(PlanError::Flaw(_)) = made {
                counts[3] += 1;
                return;
            }
            let all = every(outlook, job, case.now);
            match (made, best(job, &all)) {
                (Ok(plan), Some(best)) => {
                    let price = play_schedule(outlook, job, case.now, &plan)
                        .unwrap_or_else(|| panic!("seed {seed}: {plan:?}"));
                    assert_eq!(price.objective, best, "seed {seed}: {plan:?}");
                    assert_eq!(plan.proof, Proof::Proven, "seed {seed}");
                    assert!(is_within_budget(job, price), "seed {seed}");
                    assert_eq!(
                        (plan.planned, plan.expected),
                        (ug(price.planned), ug(price.expected))
                    );
                    assert_eq!(i128::from(plan.energy.as_uj()), price.energy);
                    assert_eq!(
                        (plan.pauses, plan.moves),
                        (price.pauses, price.moves),
                        "seed {seed}"
                    );
                    counts[0] += 1;
                }
                (Err(PlanError::Conflict(Conflict::Budget { least })), None) => {
                    let cleanest = all.iter().map(|price| price.planned).min().unwrap();
                    assert_eq!(least, ug(cleanest + UG - 1), "seed {seed}");
                    counts[1] += 1;
                }
                (Err(PlanError::Conflict(_)), None) => {
                    assert!(all.is_empty(), "seed {seed}");
                    counts[2] += 1;
                }
                (made, best) => panic!("seed {seed}: {made:?} instead of {best:?}"),
            }
        });
    }
    assert!(counts.iter().all(|count| *count > 200), "{counts:?}");
}

/// The limit that is named is one without which there is a plan.
#[test]
fn the_conflict_that_is_named_is_one() {
    let mut named = 0;
    for seed in 0..3_000 {
        let case = Case::small(seed);
        case.with(|outlook, job| {
            let Err(PlanError::Conflict(conflict)) = plan::<8>(outlook, job, case.now, 64) else {
                return;
            };
            let limits = job.limits;
            let without = match conflict {
                Conflict::Deadline { .. } => {
                    assert!(job.deadline.is_some());
                    return;
                }
                Conflict::Horizon { .. } | Conflict::Unknown { .. } | Conflict::Together => return,
                Conflict::MaxIntensity { .. } => Limits { max_intensity: None, ..limits },
                Conflict::Budget { least } => Limits { budget: Some(least), ..limits },
                Conflict::MinRun => Limits { min_run_s: 0, ..limits },
                Conflict::MaxPauses => Limits { max_pauses: None, ..limits },
                Conflict::MaxMoves => Limits { max_moves: None, ..limits },
                Conflict::Overhead => limits,
                other => panic!("seed {seed}: {other:?}"),
            };
            let free = |cost: Overhead| Overhead { seconds: 0, ..cost };
            let (pause, moving) = match conflict {
                Conflict::Overhead => (free(job.pause), free(job.moving)),
                _ => (job.pause, job.moving),
            };
            let loosened =
                Job { limits: Limits { budget: None, ..without }, pause, moving, ..*job };
            let all = every(outlook, &loosened, case.now);
            // Slots may be unknown too, where too few are clean enough.
            let is_clean = matches!(conflict, Conflict::MaxIntensity { .. });
            assert!(!all.is_empty() || is_clean, "seed {seed}: {conflict:?}");
            if let Conflict::Budget { .. } = conflict {
                let job = Job { limits: without, ..loosened };
                assert!(best(&job, &all).is_some(), "seed {seed}");
            }
            named += 1;
        });
    }
    assert!(named > 300, "{named}");
}

/// Without room for the search the answer is not proven, and says by how much
/// it can be off.
#[test]
fn what_is_not_proven_is_bounded() {
    let mut open = 0;
    for seed in 0..4_000 {
        let case = Case::small(seed);
        case.with(|outlook, job| {
            for labels in [0, 8] {
                let Ok(plan) = plan::<8>(outlook, job, case.now, labels) else { return };
                let all = every(outlook, job, case.now);
                let price = play_schedule(outlook, job, case.now, &plan).unwrap();
                let gap = price.objective - best(job, &all).unwrap();
                let off_by = match (plan.proof, job.objective) {
                    (Proof::NotProven { off_by }, Objective::Price) => {
                        i128::from(off_by) * 3_600_000_000_000
                    }
                    (Proof::NotProven { off_by }, _) => i128::from(off_by) * UG,
                    (proof, _) => {
                        assert_eq!((proof, gap), (Proof::Proven, 0), "seed {seed}");
                        return;
                    }
                };
                assert!(gap <= off_by * 1_000, "seed {seed}: {gap} {off_by}");
                open += 1;
            }
        });
    }
    assert!(open > 10, "{open}");
}

/// With less memory than the pauses and moves could take, the plan still keeps
/// to all limits and knows how far off it can be.
#[test]
fn little_memory_is_still_right() {
    let mut cut = 0;
    for seed in 0..3_000 {
        let case = Case::small(seed);
        case.with(|outlook, job| {
            let Ok(needs) = optimal_needs(outlook, job, case.now) else { return };
            let mut values = vec![7; needs.values];
            let mut choices = vec![7; needs.choices / 3];
            let scratch = Scratch { values: &mut values, choices: &mut choices, labels: &mut [] };
            let made = optimal::<8>(outlook, job, case.now, scratch);
            let Ok(plan) = made else { return };
            let all = every(outlook, job, case.now);
            let price = play_schedule(outlook, job, case.now, &plan).unwrap();
            let gap = price.objective - best(job, &all).unwrap();
            let unit = match job.objective {
                Objective::Price => 3_600_000_000_000,
                _ => UG,
            };
            match plan.proof {
                Proof::NotProven { off_by } => {
                    assert!(gap <= i128::from(off_by) * unit * 1_000, "seed {seed}")
                }
                _ => assert_eq!(gap, 0, "seed {seed}"),
            }
            cut += 1;
        });
    }
    assert!(cut > 100, "{cut}");
}

/// On the same outlook, no other planner does better.
#[test]
fn is_never_worse_than_the_others() {
    let mut counts = [0; 2];
    for seed in 0..6_000 {
        let case = Case::small(seed);
        case.with(|outlook, job| {
            let rule = Greedy {
                max_emission_value: CarbonIntensity::from_mg_per_kwh(14),
                co2_delta_to_move: CarbonIntensity::from_mg_per_kwh(2),
                min_interval_size: 1 + u16::try_from(seed % 2).unwrap(),
                ..Greedy::default()
            };
            let others =
                [greedy::<8>(outlook, job, case.now, &rule), window::<8>(outlook, job, case.now)];
            for (other, count) in others.into_iter().zip(&mut counts) {
                let Ok(other) = other else { continue };
                let price = play_schedule(outlook, job, case.now, &other)
                    .unwrap_or_else(|| panic!("seed {seed}: {other:?}"));
                assert!(is_within_budget(job, price), "seed {seed}");
                let best = plan::<8>(outlook, job, case.now, 4_096).unwrap();
                let best = play_schedule(outlook, job, case.now, &best).unwrap();
                assert!(best.objective <= price.objective, "seed {seed}: {other:?}");
                *count += 1;
            }
        });
    }
    assert!(counts.iter().all(|count| *count > 300), "{counts:?}");
}

/// The best contiguous start is the best plan without pauses and moves.
#[test]
fn a_window_is_the_best_plan_in_one_go() {
    for seed in 0..2_000 {
        let case = Case::small(seed);
        case.with(|outlook, job| {
            let job = Job { standing: Standing::Fresh { home: None }, ..*job };
            let limits =
                Limits { max_pauses: Some(0), max_moves: Some(0), min_run_s: 0, ..job.limits };
            let whole = Job { limits, ..job };
            let made = window::<8>(outlook, &whole, case.now).map(|plan| plan.score);
            let best = plan::<8>(outlook, &whole, case.now, 4_096).map(|plan| plan.score);
            match (made, best) {
                (Ok(made), Ok(best)) => assert_eq!(made, best, "seed {seed}"),
                (made, best) => {
                    assert_eq!(made.is_ok(), best.is_ok(), "seed {seed}: {made:?} {best:?}")
                }
            }
        });
    }
}

/// Powers and intensities of any size plan or are refused, and what had to be
/// rounded is within what is said.
#[test]
fn large_numbers_are_rounded_or_refused() {
    let hours = [u32::MAX, 7, 1, u32::MAX - 1];
    let hours: std::vec::Vec<_> =
        hours.iter().map(|mg| Some(CarbonIntensity::from_mg_per_kwh(*mg))).collect();
    let zones = [ZoneOutlook::new(&hours)];
    for slot_s in [1, 3_600, u32::MAX] {
        let outlook = Outlook { start: Utc::from_us(0), slot_s, zones: &zones };
        for uw in [0, 1, 1_000_003, 3_000_000_000_001, i64::MAX] {
            let power = Power::from_uw(uw);
            let steps = [
                LoadStep { seconds: 1, power },
                LoadStep { seconds: 5, power: Power::from_uw(uw / 3) },
            ];
            let overhead = Overhead { seconds: u32::MAX, energy: Energy::MAX };
            let job =
                Job { moving: overhead, pause: overhead, ..Job::new(slot_s, Load::Steps(&steps)) };
            let made = plan::<4>(&outlook, &job, Utc::from_us(0), 64);
            assert!(matches!(made, Ok(_) | Err(PlanError::Flaw(Flaw::TooLarge))), "{uw} {made:?}");
        }
    }
    // Two powers without a common unit, over four hours of large intensities:
    // the sums leave 64 bits.
    let hours = grams(&[900_000, 700_000, 800_000, 600_000]);
    let zones = [ZoneOutlook::new(&hours)];
    let outlook = Outlook { start: Utc::from_us(0), slot_s: 3_600, zones: &zones };
    let steps = [(3_600, 900_000_000_000_001), (3_600, 1_000_000_000_000_000)]
        .map(|(seconds, uw)| LoadStep { seconds, power: Power::from_uw(uw) });
    let job = Job::new(7_200, Load::Steps(&steps));
    let plan = plan::<4>(&outlook, &job, Utc::from_us(0), 0).unwrap();
    let Proof::NotProven { off_by } = plan.proof else { panic!("{:?}", plan.proof) };
    assert!(off_by < plan.expected.as_ug() / 100_000, "{off_by}");
    assert_eq!(plan.intervals[0].start, Utc::from_us(HOUR_US));
}

/// The memory of a board: one zone, a day of hours, in 10 KiB.
#[test]
fn a_board_plans_a_day() {
    let hours = grams(&[
        300, 310, 320, 330, 320, 300, 280, 240, 200, 160, 120, 100, 90, 95, 110, 150, 200, 260,
        320, 360, 380, 370, 350, 320,
    ]);
    let zones = [ZoneOutlook::new(&hours)];
    let outlook = Outlook { start: Utc::from_us(0), slot_s: 3_600, zones: &zones };
    let job = Job {
        pause: Overhead { seconds: 60, energy: Energy::from_uj(1_000_000) },
        limits: Limits { max_pauses: Some(2), min_run_s: 3_600, ..Limits::NONE },
        ..Job::new(6 * 3_600, Load::Constant(Power::from_uw(2_000_000)))
    };
    let mut workspace = Workspace::<1_024, 2_048, 0>::new();
    let plan = optimal::<24>(&outlook, &job, Utc::from_us(0), workspace.lend()).unwrap();
    assert_eq!(plan.proof, Proof::Proven);
    assert_eq!(plan.expected, CarbonMass::from_ug(1_330_000));
    let mut small = Workspace::<64, 64, 0>::new();
    let made = optimal::<24>(&outlook, &job, Utc::from_us(0), small.lend());
    assert!(matches!(made, Err(PlanError::Memory(Memory::Values { .. }))), "{made:?}");
}
