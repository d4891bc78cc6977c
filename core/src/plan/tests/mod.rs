extern crate std;

mod brute;
mod cases;
mod greedy;
mod optimal;
mod pocket;
mod policy;
mod scenarios;

use std::vec::Vec;

use super::*;
use crate::units::{CarbonIntensity, Utc};

fn grams(values: &[u32]) -> Vec<Option<CarbonIntensity>> {
    let gram = |g: &u32| Some(CarbonIntensity::from_mg_per_kwh(g * 1_000));
    values.iter().map(gram).collect()
}

/// The optimal plan, with as much memory as its proof takes and so many labels.
fn plan<const N: usize>(
    outlook: &Outlook<'_>,
    job: &Job<'_>,
    now: Utc,
    labels: usize,
) -> Result<Schedule<N>, PlanError> {
    let needs = optimal_needs(outlook, job, now)?;
    // What is in the memory does not matter.
    let mut values = std::vec![i64::MIN; needs.values];
    let mut choices = std::vec![255; needs.choices];
    let mut labels = std::vec![Label::EMPTY; labels];
    let scratch = Scratch { values: &mut values, choices: &mut choices, labels: &mut labels };
    optimal(outlook, job, now, scratch)
}
