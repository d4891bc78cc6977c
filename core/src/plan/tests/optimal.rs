extern crate std;

use std::vec;
use std::vec::Vec;

use super::brute::{every, is_within_budget, play_schedule};
use super::cases::Case;
use crate::plan::*;
use crate::units::{CarbonMass, Utc};

/// Plans with as much memory as the proof takes.
fn plan<const N: usize>(
    outlook: &Outlook<'_>,
    job: &Job<'_>,
    now: Utc,
) -> Result<Schedule<N>, PlanError> {
    let needs = optimal_needs(outlook, job, now)?;
    let mut values = vec![i64::MIN; needs.values];
    let mut choices = vec![255; needs.choices];
    let mut labels = vec![Label::EMPTY; 4_096];
    let scratch = Scratch { values: &mut values, choices: &mut choices, labels: &mut labels };
    optimal(outlook, job, now, scratch)
}

/// With every cost and limit in use, the plan is the best of all, and where
/// there is none the conflict is one.
#[test]
fn equals_the_best_of_all_plans() {
    let mut counts = [0; 4];
    for seed in 0..6_000 {
        let case = Case::small(seed);
        case.with(|outlook, job| {
            let made = plan::<8>(outlook, job, case.now);
            let flaw = matches!(made, Err(PlanError::Flaw(_)));
            let all = if flaw { vec![] } else { every(outlook, job, case.now) };
            let best = all.iter().filter(|price| is_within_budget(job, **price));
            let best = best.map(|price| price.objective).min();
            match (made, best) {
                (Ok(plan), Some(best)) => {
                    let price = play_schedule(outlook, job, case.now, &plan)
                        .unwrap_or_else(|| panic!("seed {seed}: {plan:?}"));
                    assert_eq!(price.objective, best, "seed {seed}: {plan:?}");
                    assert_eq!(plan.proof, Proof::Proven, "seed {seed}");
                    assert!(is_within_budget(job, price), "seed {seed}");
                    let ug = |sum: i128| {
                        CarbonMass::from_ug(u64::try_from(sum / 3_600_000_000).unwrap())
                    };
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
                    let cleanest =
                        u64::try_from((cleanest + 3_599_999_999) / 3_600_000_000).unwrap();
                    assert_eq!(least.as_ug(), cleanest, "seed {seed}");
                    counts[1] += 1;
                }
                (Err(PlanError::Conflict(_)), None) => {
                    assert!(all.is_empty(), "seed {seed}");
                    counts[2] += 1;
                }
                (Err(PlanError::Flaw(_)), None) => counts[3] += 1,
                (made, best) => panic!("seed {seed}: {made:?} instead of {best:?}"),
            }
        });
    }
    std::println!("{counts:?}");
    assert!(counts.iter().take(3).all(|count| *count > 200), "{counts:?}");
    let _: Vec<u8> = vec![];
}
