//! A carbon budget beside another objective: the budget is priced with a
//! multiplier, which bounds every plan within it, and the search over labels
//! closes what is left between that bound and the best plan found.

use heapless::Vec;

use super::labels::{Known, Label, Search};
use super::scale::FAR;
use super::sweep::{Keep, Sweep};
use super::{Guess, Solved};
use crate::plan::schedule::PER_UG;
use crate::plan::walk::Run;

/// How often the multiplier is improved at most.
const ROUNDS: usize = 16;

/// Memory for the budget, beside that of the sweeps.
pub(super) struct Tables<'s> {
    /// The weights of the objective and of carbon, by slot and zone.
    pub(super) scores: &'s mut [i64],
    pub(super) carbons: &'s mut [i64],
    /// For the search, where there is enough.
    pub(super) room: Option<Room<'s>>,
}

/// Memory for the search.
pub(super) struct Room<'s> {
    /// See [`Sweep::floor`].
    pub(super) least: &'s mut [i64],
    /// See [`Keep`].
    pub(super) kept: &'s mut [i64],
    pub(super) values: &'s mut [i64],
    pub(super) labels: &'s mut [Label],
}

#[derive(Clone)]
struct Plan<const N: usize> {
    runs: Vec<Run, N>,
    score: i64,
    carbon: i64,
}

/// The best plan within the budget; the cleanest one where even that is above
/// it.
pub(super) fn solve<const N: usize>(
    sweep: &mut Sweep<'_, '_>,
    tables: Tables<'_>,
    guess: &Guess<N>,
) -> Option<Solved<N>> {
    let Tables { scores, carbons, room } = tables;
    fill(sweep, scores, carbons);
    let limit = i128::from(sweep.ground.lattice.frame.job.limits.budget?.as_ug()) * PER_UG;
    // No sum of the scale is above half of that.
    let limit = i64::try_from(limit / sweep.ground.scale.unit_uj).unwrap_or(FAR).min(FAR / 2);
    let lambda = guess.lambda_permille.saturating_mul(sweep.ground.scale.fineness) / 1_000;
    let lambda = lambda.clamp(0, sweep.ground.scale.most_lambda);
    let mut dual = Dual { sweep, scores, carbons, limit, over: None, within: None };
    for runs in guess.runs.iter().flatten() {
        if let Some(plan) = dual.weigh(runs.clone()) {
            dual.keep(plan);
        }
    }
    dual.close(lambda, room)
}

struct Dual<'x, 'a, 's, const N: usize> {
    sweep: &'x mut Sweep<'a, 's>,
    scores: &'x [i64],
    carbons: &'x [i64],
    limit: i64,
    /// The last plans above the budget and within it.
    over: Option<Plan<N>>,
    within: Option<Plan<N>>,
}

impl<const N: usize> Dual<'_, '_, '_, N> {
    /// Weighs the objective and carbon that many times.
    fn mix(&mut self, score: i64, carbon: i64) {
        let zones = self.sweep.ground.lattice.zones;
        let (scores, carbons) = (self.scores, self.carbons);
        self.sweep.ground.set_weights(|zone, slot| {
            score * weight(scores, zones, zone, slot) + carbon * weight(carbons, zones, zone, slot)
        });
    }

    fn weigh(&self, runs: Vec<Run, N>) -> Option<Plan<N>> {
        let zones = self.sweep.ground.lattice.zones;
        let (mut score, mut carbon) = (0_i64, 0_i64);
        self.sweep.ground.weigh(&runs, |zone, slot, energy| {
            score += energy * weight(self.scores, zones, zone, slot);
            carbon += energy * weight(self.carbons, zones, zone, slot);
        })?;
        Some(Plan { runs, score, carbon })
    }

    fn keep(&mut self, plan: Plan<N>) {
        let side = if plan.carbon <= self.limit { &mut self.within } else { &mut self.over };
        *side = Some(plan);
    }

    /// What a plan costs with a multiplier.
    fn line(&self, plan: &Plan<N>, lambda: i64) -> i64 {
        self.sweep.ground.scale.fineness * plan.score + lambda * plan.carbon
    }

    /// The least that a known plan costs with a multiplier.
    fn known(&self, lambda: i64) -> Option<i64> {
        let plans = self.over.iter().chain(&self.within);
        plans.map(|plan| self.line(plan, lambda)).min()
    }

    /// A plan within the budget, or the cleanest one where there is none.
    fn cleanest(&mut self) -> Option<Plan<N>> {
        self.mix(0, 1);
        if self.sweep.run(self.limit, Keep::Nothing).is_none() {
            self.sweep.find()?;
        }
        self.weigh(self.sweep.trace())
    }

    /// The multiplier to try after another one.
    fn next(&self, last: i64) -> i64 {
        let ratio = match (&self.over, &self.within) {
            (Some(over), Some(within)) => {
                let rise = i128::from(within.score - over.score)
                    * i128::from(self.sweep.ground.scale.fineness);
                let fall = i128::from(over.carbon - within.carbon);
                rise.checked_div(fall).and_then(|ratio| i64::try_from(ratio).ok()).unwrap_or(0)
            }
            (Some(_), None) => last + last / 4 + 1,
            (None, _) => last - last / 4 - 1,
        };
        ratio.clamp(0, self.sweep.ground.scale.most_lambda)
    }

    /// Closes the gap between plans above the budget and within it.
    fn close(mut self, mut lambda: i64, mut room: Option<Room<'_>>) -> Option<Solved<N>> {
        let (fineness, limit) = (self.sweep.ground.scale.fineness, self.limit);
        let mut best: Option<Plan<N>> = self.within.clone();
        let (mut best_bound, mut best_lambda) = (-FAR, 0);
        for round in 0..ROUNDS {
            if round > 0 {
                lambda = self.next(lambda);
            }
            if self.within.is_none() && (round > 3 || lambda == self.sweep.ground.scale.most_lambda)
            {
                let cleanest = self.cleanest()?;
                if cleanest.carbon > limit {
                    let guess = Guess::of([None, Some(&cleanest.runs)], lambda, fineness);
                    return Some(Solved { lower: cleanest.score, runs: cleanest.runs, guess });
                }
                best = Some(cleanest.clone());
                self.keep(cleanest);
                lambda = self.next(lambda);
            }
            self.mix(fineness, lambda);
            let known = self.known(lambda);
            let value = match known {
                Some(known) => self.sweep.run(known, Keep::Nothing)?,
                None => self.sweep.find()?,
            };
            let plan = self.weigh(self.sweep.trace())?;
            let bound = value - lambda * limit;
            if bound > best_bound {
                (best_bound, best_lambda) = (bound, lambda);
            }
            let is_within = plan.carbon <= limit;
            if is_within && best.as_ref().is_none_or(|best| plan.score < best.score) {
                best = Some(plan.clone());
            }
            let is_both = self.over.is_some() && self.within.is_some();
            self.keep(plan);
            // Nothing is below the line between the two, or the budget does not
            // bind: there is no better bound.
            if (is_both && known.is_some_and(|known| value >= known)) || (is_within && lambda == 0)
            {
                break;
            }
        }
        let best = best?;
        let over = self.over.as_ref().map(|plan| &plan.runs);
        let guess = Guess::of([over, Some(&best.runs)], best_lambda, fineness);
        let lower =
            |bound: i64| bound.div_euclid(fineness) + i64::from(bound.rem_euclid(fineness) > 0);
        let best_lower = lower(best_bound).min(best.score);
        let room = room.take().filter(|room| best_lower < best.score && !room.labels.is_empty());
        let Some(Room { least, kept, values, labels }) = room else {
            return Some(Solved { runs: best.runs, lower: best_lower, guess });
        };
        self.mix(fineness, best_lambda);
        let most = fineness * (best.score - 1) + best_lambda * limit;
        self.sweep.run(most, Keep::All(&mut *values, &mut *kept));
        self.mix(0, 1);
        self.sweep.floor(least);
        let (scores, carbons) = (self.scores, self.carbons);
        let known = Known { scores, carbons, values, kept, least, lambda: best_lambda, limit };
        let found = Search::<N>::new(self.sweep, known, labels, best.score).run();
        let (score, runs) = found.plan.unwrap_or((best.score, best.runs));
        let lower = found.bound.map_or(score, |bound| lower(bound).max(best_lower).min(score));
        Some(Solved { runs, lower, guess })
    }
}

fn weight(table: &[i64], zones: usize, zone: u8, slot: usize) -> i64 {
    table.get(slot * zones + usize::from(zone)).copied().unwrap_or(0)
}

fn fill(sweep: &Sweep<'_, '_>, scores: &mut [i64], carbons: &mut [i64]) {
    let frame = sweep.ground.lattice.frame;
    let zones = sweep.ground.lattice.zones;
    let rows = scores.chunks_mut(zones).zip(carbons.chunks_mut(zones));
    for (slot, (score_row, carbon_row)) in rows.enumerate() {
        for ((zone, score), carbon) in (0..).zip(score_row).zip(carbon_row) {
            let is_open = frame.allows(zone, slot);
            *score = frame.weight(zone, slot).filter(|_| is_open).unwrap_or(0);
            *carbon = frame.planned(zone, slot).filter(|_| is_open).unwrap_or(0);
        }
    }
}
