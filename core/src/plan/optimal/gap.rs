//! What a multiplier leaves open between the bound and the best plan found: the
//! values of one sweep, kept, and the search over labels among them.

use super::dual::{Dual, Room};
use super::kept::{Album, Keep, Lookup};
use super::labels::{Known, Search};
use super::{Guess, Solved};

/// How often the multiplier is improved at most.
const ROUNDS: usize = 16;
/// The search takes over where the plans known cost no more above the least than
/// one in that power of two; it looks at plans of up to twice as much more first.
const NEAR_BITS: u32 = 9;
/// Of that, the part with which the search begins.
const PART_BITS: u32 = 4;

/// A sweep of which the values are kept.
#[derive(Clone, Copy)]
pub(super) struct Swept {
    pub(super) lambda: i64,
    /// Those of plans of up to this cost, and what the least costs.
    pub(super) most: i64,
    pub(super) value: i64,
}

impl<const N: usize> Dual<'_, '_, '_, N> {
    /// Up to what the search looks at first, where known plans cost so much: no
    /// further than a better plan within the budget can be.
    pub(super) fn first_most(&self, lambda: i64, known: i64) -> i64 {
        let most = known.saturating_add(2 * margin(known));
        let better = self.best.as_ref().map_or(most, |best| self.better(best.score, lambda));
        most.min(better).max(known)
    }

    /// No plan within the budget that is better than that score costs more with
    /// a multiplier.
    fn better(&self, score: i64, lambda: i64) -> i64 {
        self.sweep.ground.scale.fineness * (score - 1) + lambda * self.limit
    }

    /// Closes the gap between plans above the budget and within it.
    pub(super) fn close(mut self, from: &Guess<N>, room: Option<Room<'_>>) -> Option<Solved<N>> {
        let (fineness, limit) = (self.sweep.ground.scale.fineness, self.limit);
        for runs in from.runs.iter().flatten() {
            if let Some(plan) = self.weigh(runs.clone()) {
                if plan.carbon <= limit {
                    self.best = Some(plan.clone());
                }
                self.keep(plan);
            }
        }
        let mut room = room.filter(|room| !room.labels.is_empty());
        let has_plan = self.improve(ROUNDS, &mut room);
        let best = self.best.clone()?;
        if has_plan.is_none() {
            return Some(Solved { lower: best.score, runs: best.runs, guess: Guess::NONE });
        }
        let (bound, lambda) = self.bound;
        let lower =
            |bound: i64| bound.div_euclid(fineness) + i64::from(bound.rem_euclid(fineness) > 0);
        let best_lower = lower(bound).min(best.score);
        let room = room.filter(|_| best_lower < best.score);
        let Some(Room { least, index, values, labels }) = room else {
            return Some(Solved { runs: best.runs, lower: best_lower, guess: Guess::NONE });
        };
        let mut swept = self.swept.take();
        let lambda = swept.map_or(lambda, |swept| swept.lambda);
        let mut value = swept.map_or(bound + lambda * limit, |swept| swept.value);
        let mut wide = margin(value);
        let mut part = (wide >> PART_BITS) + 1;
        let mut found = Solved { lower: best_lower, runs: best.runs, guess: Guess::NONE };
        let mut score = best.score;
        loop {
            // The search looks at the plans that cost least first.
            let most = match swept.take() {
                Some(swept) => swept.most,
                None => {
                    let most = self.better(score, lambda).min(value.saturating_add(wide));
                    self.mix(fineness, lambda);
                    let run =
                        self.sweep.run(most, Keep::All(Album::new(&mut *values, &mut *index)));
                    value = run.unwrap_or(value);
                    most
                }
            };
            self.mix(0, 1);
            self.sweep.floor(least);
            loop {
                let until = value.saturating_add(part).min(most);
                let known = Known {
                    scores: self.scores,
                    carbons: self.carbons,
                    costs: Lookup { values: &*values, index: &*index },
                    least: &*least,
                    lambda,
                    limit,
                };
                let goal = (score, until - lambda * limit);
                let searched = Search::<N>::new(self.sweep, known, &mut *labels, goal).run();
                if let Some((better, runs)) = searched.plan {
                    (score, found.runs) = (better, runs);
                }
                let is_all = until >= self.better(score, lambda);
                let beyond = if is_all { i64::MAX } else { until - lambda * limit + 1 };
                let bound = searched.bound.map_or(beyond, |bound| bound.min(beyond));
                if bound == i64::MAX {
                    found.lower = score;
                    return Some(found);
                }
                found.lower = found.lower.max(lower(bound)).min(score);
                if searched.bound.is_some() {
                    return Some(found);
                }
                if until == most {
                    break;
                }
                part = part.saturating_mul(4);
            }
            wide = wide.saturating_mul(4);
        }
    }
}

/// A share of what a plan costs.
pub(super) fn margin(value: i64) -> i64 {
    (value.saturating_abs() >> NEAR_BITS) + 1
}
