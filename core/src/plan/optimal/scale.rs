//! Energies and weights as integers small enough that no sum of their products
//! leaves 64 bits.

use crate::plan::frame::{Entry, Frame, gcd};

/// Above every sum of a plan, and far enough below the end of 64 bits to add
/// one to it.
pub(super) const FAR: i64 = 1 << 62;
/// No sum of a plan is above.
const MOST: i128 = 1 << 60;

/// The units of a plan. Energies count in the largest unit that divides them
/// all; where their sums would still be too large, in a power of two of it,
/// rounded up, and the plan is then not exact.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// One unit of energy, in microjoules.
    pub(super) unit_uj: i128,
    pub(super) is_exact: bool,
    /// How often a weight of the objective counts beside multipliers of carbon.
    pub(super) fineness: i64,
    /// The largest multiplier of carbon.
    pub(super) most_lambda: i64,
    /// The least power of the job.
    pub(super) least_power: i64,
    /// The energies of a pause and of a move.
    pause: i64,
    moving: i64,
}

impl Scale {
    /// `is_dual`: whether carbon is to be added to the objective with a
    /// multiplier.
    pub(super) fn new(frame: &Frame<'_>, is_dual: bool) -> Self {
        let job = frame.job;
        let parts = || {
            let powers = job.load.steps().map(|(_, power)| power.as_uw().unsigned_abs());
            let overheads = [job.pause, job.moving].map(|cost| cost.energy.as_uj().unsigned_abs());
            powers.chain(overheads)
        };
        let base = i128::from(parts().fold(0, gcd).max(1));
        let cells = || frame.zones().flat_map(|zone| (0..frame.slots).map(move |s| (zone, s)));
        let (mut most_weight, mut most_carbon) = (0_i128, 0_i128);
        for (zone, slot) in cells().filter(|(zone, slot)| frame.allows(*zone, *slot)) {
            let weight = frame.weight(zone, slot).unwrap_or(0).unsigned_abs();
            most_weight = most_weight.max(i128::from(weight));
            most_carbon = most_carbon.max(i128::from(frame.planned(zone, slot).unwrap_or(0)));
        }
        let runs = i128::try_from(frame.slots).unwrap_or(i128::MAX);
        let total = |unit: i128| {
            let overheads = i128::from(job.pause.energy.as_uj().max(0)).div_euclid(unit)
                + i128::from(job.moving.energy.as_uj().max(0)).div_euclid(unit)
                + 2;
            let work = energy(frame, frame.work_s, unit);
            work.saturating_add(overheads.saturating_mul(runs))
        };
        // With a multiplier, the weights may be eight times as large.
        let room = if is_dual { 8 } else { 1 };
        let mut fineness = if is_dual { (1_000 / frame.carbon_weight.max(1)).max(1) } else { 1 };
        let mut unit_uj = base;
        let fits = |unit: i128, fineness: i64| {
            let weight = (most_weight * room * i128::from(fineness)).max(most_carbon);
            total(unit).checked_mul(weight).is_some_and(|sum| sum <= MOST)
        };
        while !fits(unit_uj, fineness) && fineness > 1 {
            fineness /= 2;
        }
        while !fits(unit_uj, fineness) && unit_uj < MOST {
            unit_uj *= 2;
        }
        let scaled = |uj: i64| {
            i64::try_from((i128::from(uj) + unit_uj - 1).div_euclid(unit_uj)).unwrap_or(0)
        };
        let most_lambda = most_weight * (room - 1) * i128::from(fineness) / most_carbon.max(1);
        Self {
            unit_uj,
            is_exact: unit_uj == base,
            fineness,
            most_lambda: i64::try_from(most_lambda).unwrap_or(0),
            least_power: scaled(
                job.load.steps().map(|(_, power)| power.as_uw()).min().unwrap_or(0),
            ),
            pause: scaled(job.pause.energy.as_uj()),
            moving: scaled(job.moving.energy.as_uj()),
        }
    }

    /// The energy of the first seconds of what is left.
    pub(super) fn energy(&self, frame: &Frame<'_>, work_s: i64) -> i64 {
        i64::try_from(energy(frame, work_s, self.unit_uj)).unwrap_or(FAR)
    }

    /// The energy of the overhead of a beginning.
    pub(super) const fn overhead(&self, entry: Entry) -> i64 {
        let pause = if entry.is_pause() { self.pause } else { 0 };
        let moving = if entry.is_move() { self.moving } else { 0 };
        pause + moving
    }
}

fn energy(frame: &Frame<'_>, work_s: i64, unit: i128) -> i128 {
    let done = i64::from(frame.job.done_s);
    let sum = |seconds: i64| {
        let rounded =
            |power: crate::units::Power| (i128::from(power.as_uw()) + unit - 1).div_euclid(unit);
        frame.job.load.sum_to(seconds, rounded)
    };
    sum(done + work_s) - sum(done)
}
