//! Many savings as a few numbers.

use serde::Serialize;

use crate::simulate::{Set, Sweep};

/// Savings in percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Summary {
    pub(super) mean_pct: f64,
    pub(super) peak_pct: f64,
    /// How many emit more than what they are held against.
    pub(super) below_zero: usize,
    pub(super) not_below_zero_pct: f64,
}

/// What a set emits under one plan.
pub(super) type Of = fn(&Set) -> u64;

/// The plans of a sweep by name.
pub(super) const PLANS: [(&str, Of); 5] = [
    ("foresight", |set| set.foreseen),
    ("kept", |set| set.kept),
    ("anew", |set| set.anew),
    ("told", |set| set.told),
    ("greedy", |set| set.greedy),
];

impl Summary {
    /// Of all sets.
    pub(super) fn of(sweep: &Sweep, plan: Of, against: Of) -> Self {
        let savings: Vec<f64> =
            sweep.sets.iter().map(|set| saving_pct(plan(set), against(set))).collect();
        let below_zero = sweep.sets.iter().filter(|set| plan(set) > against(set)).count();
        let count = precise(savings.len());
        Self {
            mean_pct: savings.iter().sum::<f64>() / count,
            peak_pct: savings.iter().copied().fold(f64::MIN, f64::max),
            below_zero,
            not_below_zero_pct: (count - precise(below_zero)) * 100.0 / count,
        }
    }
}

/// How much less one is than the other, in percent of that.
pub(super) fn saving_pct(planned: u64, against: u64) -> f64 {
    let (planned, against) = (to_f64(planned), to_f64(against));
    if against > 0.0 { (against - planned) * 100.0 / against } else { 0.0 }
}

/// Millionths as percent.
pub(super) fn percent(ppm: i64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a number for people, of few digits")]
    let ppm = ppm as f64;
    ppm / 1e4
}

/// The mean, NaN of none.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    sum / f64::from(count)
}

#[allow(clippy::cast_precision_loss, reason = "sums far below 2^53, for people to read")]
fn to_f64(sum: u64) -> f64 {
    sum as f64
}

fn precise(count: usize) -> f64 {
    to_f64(u64::try_from(count).unwrap_or(0))
}
