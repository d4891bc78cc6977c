//! What no plan through a state is below: the state is passed over where that
//! is more than a plan may cost.
//!
//! Before a state and after it, the work goes to the slots of least weight, as
//! if there were neither zones to keep to nor stays: at the least power of the
//! job, the rest of its energy all in the least slot.

use super::scale::FAR;
use crate::plan::frame::{Entry, Frame};

/// The lent memory, cut up: one value for each slot.
pub(super) struct Tables<'s> {
    /// The least weight of each slot, [`FAR`] where it is closed.
    pub(super) least: &'s mut [i64],
    /// The least weights of the slots before the boundary, sorted, and their
    /// sums up to each; the same of those after it.
    pub(super) before: &'s mut [i64],
    pub(super) sums_before: &'s mut [i64],
    pub(super) after: &'s mut [i64],
    pub(super) sums_after: &'s mut [i64],
}

pub(super) struct Bound<'s> {
    tables: Tables<'s>,
    /// How many slots before the boundary, and after it, are open.
    open_before: usize,
    open_after: usize,
    slot_s: i64,
    /// The work that is done in the first slot at least, where it is used.
    first_s: i64,
    least_power: i64,
}

impl<'s> Bound<'s> {
    pub(super) fn new(tables: Tables<'s>, frame: &Frame<'_>, least_power: i64) -> Self {
        let overhead_s = frame.overhead(Entry::ResumeElsewhere).0;
        let first_s = (frame.at(1) - frame.at(0) - overhead_s).max(0);
        let slot_s = frame.slot_s;
        Self { tables, open_before: 0, open_after: 0, slot_s, first_s, least_power }
    }

    /// Puts the boundary at the end. `least`: the least weight of each slot.
    pub(super) fn start(&mut self, least: impl Fn(usize) -> Option<i64>) {
        for (slot, value) in self.tables.least.iter_mut().enumerate() {
            *value = least(slot).unwrap_or(FAR);
        }
        for (to, from) in self.tables.before.iter_mut().zip(&*self.tables.least) {
            *to = *from;
        }
        self.tables.before.sort_unstable();
        self.open_before = self.tables.before.partition_point(|weight| *weight < FAR);
        self.open_after = 0;
        sum(self.tables.before, self.tables.sums_before);
    }

    /// Moves the boundary to the start of `slot`, from the end of it.
    pub(super) fn step(&mut self, slot: usize) {
        let Some(weight) = self.tables.least.get(slot).copied().filter(|weight| *weight < FAR)
        else {
            return;
        };
        let tables = &mut self.tables;
        if let Some(open) = tables.before.get_mut(..self.open_before) {
            let at = open.partition_point(|other| *other < weight);
            if let Some(rest) = open.get_mut(at..) {
                rest.rotate_left(1.min(rest.len()));
            }
            self.open_before = self.open_before.saturating_sub(1);
        }
        if let Some(open) = tables.after.get_mut(..=self.open_after) {
            if let Some(last) = open.last_mut() {
                *last = weight;
            }
            let at = open.partition_point(|other| *other < weight).min(self.open_after);
            if let Some(rest) = open.get_mut(at..) {
                rest.rotate_right(1.min(rest.len()));
            }
            self.open_after += 1;
        }
        sum(tables.before, tables.sums_before);
        sum(tables.after, tables.sums_after);
    }

    /// The least weight of all, at the end.
    pub(super) fn least(&self) -> i64 {
        self.tables.least.iter().copied().min().filter(|weight| *weight < FAR).unwrap_or(0)
    }

    /// The least weight of a slot, [`FAR`] where it is closed.
    pub(super) fn least_at(&self, slot: usize) -> i64 {
        self.tables.least.get(slot).copied().unwrap_or(FAR)
    }

    /// The least that some work before the boundary costs, [`FAR`] where there
    /// is no time for it. `uses_first`: the first slot is used.
    pub(super) fn before(&self, work_s: i64, energy: i64, uses_first: bool) -> i64 {
        let (weights, sums) = (&*self.tables.before, &*self.tables.sums_before);
        let (first_s, first) = match self.tables.least.first() {
            Some(weight) if uses_first => {
                let first_s = self.first_s.min(work_s);
                (first_s, weight.wrapping_mul(first_s.wrapping_mul(self.least_power)))
            }
            _ => (0, 0),
        };
        let energy = energy.wrapping_sub(first_s.wrapping_mul(self.least_power));
        let rest = self.cost(weights, sums, self.open_before, work_s - first_s, energy);
        rest.saturating_add(first)
    }

    /// The same after it.
    pub(super) fn after(&self, work_s: i64, energy: i64) -> i64 {
        let (weights, sums) = (&*self.tables.after, &*self.tables.sums_after);
        self.cost(weights, sums, self.open_after, work_s, energy)
    }

    /// The whole slots of a time, and what is left of it, in seconds.
    fn whole_slots(&self, work_s: i64) -> (usize, i64) {
        // Divisions of 32 bits take a fraction of the time.
        let (whole, part_s) = match (u32::try_from(work_s), u32::try_from(self.slot_s)) {
            (Ok(work_s), Ok(slot_s)) if slot_s > 0 => {
                (i64::from(work_s / slot_s), i64::from(work_s % slot_s))
            }
            _ => (work_s / self.slot_s, work_s % self.slot_s),
        };
        (usize::try_from(whole).unwrap_or(usize::MAX), part_s)
    }

    fn cost(&self, weights: &[i64], sums: &[i64], open: usize, work_s: i64, energy: i64) -> i64 {
        let (whole, part_s) = self.whole_slots(work_s);
        if whole > open || (whole == open && part_s > 0) {
            return FAR;
        }
        let at = |values: &[i64], index: usize| values.get(index).copied().unwrap_or(0);
        // The scale keeps all these within 64 bits.
        let base = at(sums, whole)
            .wrapping_mul(self.slot_s)
            .wrapping_add(at(weights, whole).wrapping_mul(part_s));
        let rest = energy.wrapping_sub(self.least_power.wrapping_mul(work_s));
        base.wrapping_mul(self.least_power).wrapping_add(rest.wrapping_mul(at(weights, 0)))
    }
}

/// Sums up to each value, and one more.
fn sum(values: &[i64], sums: &mut [i64]) {
    let mut total = 0_i64;
    for (sum, value) in sums.iter_mut().zip(values.iter().chain(&[0])) {
        *sum = total;
        total = total.wrapping_add(*value);
    }
}
