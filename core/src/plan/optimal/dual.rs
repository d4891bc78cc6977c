//! A carbon budget beside another objective: the budget is priced with a
//! multiplier, which bounds every plan within it, and the search over labels
//! closes what is left between that bound and the best plan found.

use heapless::Vec;

use super::gap::{Swept, margin};
use super::kept::{Album, Keep};
use super::labels::Label;
use super::scale::FAR;
use super::sweep::Sweep;
use super::tolls::{Tolls, price, run_on, seek};
use super::{Guess, Solved};
use crate::plan::frame::Frame;
use crate::plan::schedule::PER_UG;
use crate::plan::walk::{Run, Walked};

/// How often the multiplier is improved at most where it is only guessed.
const GUESS_ROUNDS: usize = 5;

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
    /// See [`Album`].
    pub(super) index: &'s mut [i64],
    pub(super) values: &'s mut [i64],
    pub(super) labels: &'s mut [Label],
}

#[derive(Clone)]
pub(super) struct Plan<const N: usize> {
    pub(super) runs: Vec<Run, N>,
    walked: Walked,
    pub(super) score: i64,
    pub(super) carbon: i64,
}

/// The best plan within the budget; the cleanest one where even that is above
/// it. `limited`: the job that this one is a guess for.
pub(super) fn solve<const N: usize>(
    sweep: &mut Sweep<'_, '_>,
    tables: Tables<'_>,
    guess: &Guess<N>,
    limited: Option<&Frame<'_>>,
) -> Option<Solved<N>> {
    let Tables { scores, carbons, room } = tables;
    fill(sweep, scores, carbons);
    let frame = sweep.ground.lattice.frame;
    let scale = sweep.ground.scale;
    let limit = i128::from(frame.job.limits.budget?.as_ug()) * PER_UG;
    // No sum of the scale is above half of that.
    let limit = i64::try_from(limit / scale.unit_uj).unwrap_or(FAR).min(FAR / 2);
    let lambda = guess.lambda_permille.saturating_mul(scale.fineness) / 1_000;
    let lambda = lambda.clamp(0, scale.most_lambda);
    let sum = |weights: &[i64]| weights.iter().fold(0, |sum: i64, w| sum.saturating_add(*w));
    let sums = (sum(scores), sum(carbons));
    let dual = Dual {
        sweep,
        scores,
        carbons,
        sums,
        tolls: (guess.tolls, lambda),
        limited,
        limit,
        over: None,
        within: None,
        best: None,
        bound: (-FAR, lambda),
        swept: None,
        tolled: None,
        kept: [None, None],
    };
    match limited {
        Some(limited) => dual.guess(limited),
        None => dual.close(guess, room),
    }
}

pub(super) struct Dual<'x, 'a, 's, const N: usize> {
    pub(super) sweep: &'x mut Sweep<'a, 's>,
    pub(super) scores: &'x [i64],
    pub(super) carbons: &'x [i64],
    /// The sums of both.
    sums: (i64, i64),
    /// With the multiplier for which they are.
    tolls: (Tolls, i64),
    /// A plan from which to begin, as it costs little with them.
    tolled: Option<Vec<Run, N>>,
    limited: Option<&'x Frame<'x>>,
    pub(super) limit: i64,
    /// The last plans above the budget and within it.
    over: Option<Plan<N>>,
    within: Option<Plan<N>>,
    /// The best plan within it, and the best bound with its multiplier.
    pub(super) best: Option<Plan<N>>,
    pub(super) bound: (i64, i64),
    /// The last sweep, where it kept what the search needs.
    pub(super) swept: Option<Swept>,
    /// Of these, plans that keep to the limits on pauses and moves.
    kept: [Option<Vec<Run, N>>; 2],
}

impl<const N: usize> Dual<'_, '_, '_, N> {
    /// Tolls for the objective and carbon, weighed that many times.
    fn tolls(&self, score: i64, carbon: i64) -> Tolls {
        let (scores, carbons) = self.sums;
        let sum = |score: i64, carbon: i64| {
            score.saturating_mul(scores).saturating_add(carbon.saturating_mul(carbons))
        };
        let (tolls, lambda) = self.tolls;
        tolls.scaled(sum(self.sweep.ground.scale.fineness, lambda), sum(score, carbon))
    }

    /// Weighs the objective and carbon that many times.
    pub(super) fn mix(&mut self, score: i64, carbon: i64) {
        let tolls = self.tolls(score, carbon);
        match self.limited {
            Some(_) => self.sweep.tolls = tolls,
            None => self.sweep.past_tolls = tolls,
        }
        let zones = self.sweep.ground.lattice.zones;
        let (scores, carbons) = (self.scores, self.carbons);
        self.sweep.ground.set_weights(|zone, slot| {
            score * weight(scores, zones, zone, slot) + carbon * weight(carbons, zones, zone, slot)
        });
    }

    pub(super) fn weigh(&self, runs: Vec<Run, N>) -> Option<Plan<N>> {
        let zones = self.sweep.ground.lattice.zones;
        let (mut score, mut carbon) = (0_i64, 0_i64);
        let walked = self.sweep.ground.weigh(&runs, |zone, slot, energy| {
            score += energy * weight(self.scores, zones, zone, slot);
            carbon += energy * weight(self.carbons, zones, zone, slot);
        })?;
        Some(Plan { runs, walked, score, carbon })
    }

    pub(super) fn keep(&mut self, plan: Plan<N>) {
        let is_within = plan.carbon <= self.limit;
        if let Some(limited) = self.limited {
            let whole = run_on(limited, &plan.runs);
            if price(limited, &whole, |_, _| Some(0)).is_some() {
                let [over, within] = &mut self.kept;
                *(if is_within { within } else { over }) = Some(whole);
            }
        }
        *(if is_within { &mut self.within } else { &mut self.over }) = Some(plan);
    }

    /// What a plan costs with a multiplier.
    fn line(&self, plan: &Plan<N>, lambda: i64) -> i64 {
        let fineness = self.sweep.ground.scale.fineness;
        let tolls = match self.limited {
            Some(_) => self.tolls(fineness, lambda).paid_by(plan.walked),
            None => 0,
        };
        (fineness * plan.score + lambda * plan.carbon).saturating_add(tolls)
    }

    /// What as many pauses and moves as are allowed pay.
    fn allowed(&self, lambda: i64) -> i64 {
        let Some(limited) = self.limited else { return 0 };
        let limits = limited.job.limits;
        let count = |limit: Option<u16>| limit.map_or(0, u32::from);
        let walked = Walked { pauses: count(limits.max_pauses), moves: count(limits.max_moves) };
        self.tolls(self.sweep.ground.scale.fineness, lambda).paid_by(walked)
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
            // Until carbon weighs a quarter, as much, four times as much.
            (Some(_), None) => {
                let (scores, carbons) = self.sums;
                let fineness = self.sweep.ground.scale.fineness;
                let even = fineness.saturating_mul(scores.max(0)).checked_div(carbons);
                last.saturating_mul(4).max(even.unwrap_or(0) / 4 + 1)
            }
            (None, _) => last / 4,
        };
        ratio.clamp(0, self.sweep.ground.scale.most_lambda)
    }

    /// Plans and a multiplier to begin with: first as if pauses and moves were
    /// free, then with tolls.
    fn guess(mut self, limited: &Frame<'_>) -> Option<Solved<N>> {
        let fineness = self.sweep.ground.scale.fineness;
        self.tolls = (Tolls::NONE, 0);
        self.improve(GUESS_ROUNDS, &mut None)?;
        let (_, lambda) = self.bound;
        self.mix(fineness, lambda);
        let mixed = |zone, slot| {
            let score = limited.weight(zone, slot)?.checked_mul(fineness)?;
            score.checked_add(limited.planned(zone, slot)?.checked_mul(lambda)?)
        };
        let known = self.known(lambda);
        let sought = seek::<N>(self.sweep, limited, known, mixed)?;
        self.tolled = Some(sought.tolled);
        (self.tolls, self.kept) = ((sought.tolls, lambda), [None, None]);
        (self.over, self.within, self.best) = (None, None, None);
        self.bound = (-FAR, lambda);
        self.improve(GUESS_ROUNDS, &mut None);
        let (lower, lambda) = self.bound;
        let [over, within] = &self.kept;
        let over = over.as_ref().or(sought.runs.as_ref());
        let mut guess = Guess::of([over, within.as_ref()], lambda, fineness);
        guess.tolls = self.tolls(fineness, lambda);
        Some(Solved { runs: Vec::new(), lower, guess })
    }

    /// Raises the bound and looks for plans above the budget and within it, with
    /// one multiplier after the other; `None` where there is no plan within it.
    /// With room for the search, until that can take over.
    pub(super) fn improve(&mut self, rounds: usize, room: &mut Option<Room<'_>>) -> Option<()> {
        let (fineness, limit) = (self.sweep.ground.scale.fineness, self.limit);
        let most_lambda = self.sweep.ground.scale.most_lambda;
        let (_, mut lambda) = self.bound;
        for round in 0..rounds {
            if round > 0 {
                lambda = self.next(lambda);
            }
            if self.within.is_none() && (round > 4 || lambda == most_lambda) {
                let cleanest = self.cleanest()?;
                if cleanest.carbon > limit {
                    self.best = Some(cleanest);
                    return None;
                }
                self.best = Some(cleanest.clone());
                self.keep(cleanest);
                lambda = self.next(lambda);
            }
            self.mix(fineness, lambda);
            let known = self.known(lambda);
            let is_both = self.over.is_some() && self.within.is_some();
            // A multiplier that is only guessed is seldom near enough.
            let room = room.as_mut().filter(|_| is_both && round > 0);
            let is_kept = room.is_some();
            let (most, keep) = match (known, room) {
                (Some(known), Some(Room { values, index, .. })) => {
                    (self.first_most(lambda, known), Keep::All(Album::new(values, index)))
                }
                (known, _) => (known.unwrap_or(-FAR), Keep::Nothing),
            };
            let found = known.and_then(|_| self.sweep.run(most, keep));
            self.swept = found.filter(|_| is_kept).map(|value| Swept { lambda, most, value });
            let value = match found {
                Some(value) => value,
                None => {
                    let tolled = self.tolled.take().and_then(|runs| self.sweep.cost(&runs));
                    self.sweep.find_below(tolled)?
                }
            };
            let plan = self.weigh(self.sweep.trace())?;
            let bound = (value - lambda * limit).saturating_sub(self.allowed(lambda));
            if bound > self.bound.0 {
                self.bound = (bound, lambda);
            }
            let is_within = plan.carbon <= limit;
            if is_within && self.best.as_ref().is_none_or(|best| plan.score < best.score) {
                self.best = Some(plan.clone());
            }
            self.keep(plan);
            // Nothing is below the line between the two, or the budget does not
            // bind: there is no better bound.
            if (is_both && known.is_some_and(|known| value >= known)) || (is_within && lambda == 0)
            {
                break;
            }
            let is_near = known.is_some_and(|known| known - value <= margin(value));
            if self.swept.is_some() && is_near {
                break;
            }
        }
        Some(())
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
