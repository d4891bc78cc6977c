//! The dynamic programme: from the last slot to the first, what each state
//! costs to the end, and the choice that costs least.

use super::ahead::State;
use super::bound::{self, Bound};
use super::ground::{Ground, Zones};
use super::kept::{self, Keep, Kept};
use super::lattice::{Class, times};
use super::past::{self, Past};
use super::rows::STAY;
use super::scale::FAR;
use super::tolls::Tolls;
use crate::plan::Standing;
use crate::plan::frame::Entry;
use crate::plan::walk::Run;

/// A sum above it is of something that cannot be reached.
pub(super) const REACHABLE: i64 = FAR / 2;

pub(super) struct Sweep<'a, 's> {
    pub(super) ground: Ground<'a, 's>,
    pub(super) kept: Kept<'s>,
    pub(super) bound: Bound<'s>,
    pub(super) past: Option<Past<'s>>,
    /// What stays pay besides.
    pub(super) tolls: Tolls,
    /// What the past is taken to have paid: see [`Past`].
    pub(super) past_tolls: Tolls,
    /// Where to begin to look for the least sum.
    pub(super) start: Option<i64>,
    /// The choice with which the plan begins.
    pub(super) first: u8,
}

impl<'a, 's> Sweep<'a, 's> {
    pub(super) fn new(
        ground: Ground<'a, 's>,
        tables: kept::Tables<'s>,
        bounds: bound::Tables<'s>,
        past: Option<past::Tables<'s>>,
    ) -> Self {
        let kept = Kept::new(tables, &ground.lattice);
        let bound = Bound::new(bounds, &ground.lattice.frame, ground.scale.least_power);
        let past = past.map(|tables| Past::new(tables, &ground));
        Self {
            ground,
            kept,
            bound,
            past,
            tolls: Tolls::NONE,
            past_tolls: Tolls::NONE,
            start: None,
            first: STAY,
        }
    }

    /// The least sum of energies × weights of any plan, or `None` where there
    /// is none. It is looked for below a bound that widens until it is found.
    pub(super) fn find(&mut self) -> Option<i64> {
        self.start_bound();
        let lower = self.bound.before(self.ground.lattice.frame.work_s, self.ground.total, false);
        if lower == FAR {
            return None;
        }
        let lower = self.start.map_or(lower, |start| lower.max(start));
        let mut margin = (lower.abs() >> 9) + 1;
        for _ in 0..5 {
            let most = lower.saturating_add(margin);
            if let Some(value) = self.run(most, Keep::Nothing) {
                return Some(value);
            }
            margin = margin.saturating_mul(4);
        }
        self.run(REACHABLE, Keep::Nothing)
    }

    /// The same, where a plan may be known to cost so much.
    pub(super) fn find_below(&mut self, known: Option<i64>) -> Option<i64> {
        known.and_then(|most| self.run(most, Keep::Nothing)).or_else(|| self.find())
    }

    /// The least sum of any plan that is at most `most`, or `None`.
    pub(super) fn run(&mut self, most: i64, mut keep: Keep<'_>) -> Option<i64> {
        let lattice = self.ground.lattice;
        self.start_bound();
        self.kept.start();
        if let Some(past) = &mut self.past {
            past.start(&self.ground, self.past_tolls);
        }
        let paid = Paid::new(self);
        for slot in (1..lattice.frame.slots).rev() {
            self.bound.step(slot);
            self.kept.step();
            for used in lattice.used(slot) {
                let past = self.past.as_ref().and_then(|past| past.costs(&self.ground, slot, used));
                let mut ahead = None;
                for class in lattice.each_class() {
                    if !lattice.is_reachable(used, class) {
                        continue;
                    }
                    let state = self.state(slot, used, class);
                    // Where there are many classes, most are of states that
                    // nothing follows, which is sooner told.
                    let mut bounds = None;
                    if self.past.is_none() {
                        bounds = self.bounds(&state, &paid, most);
                        if bounds.is_none() {
                            continue;
                        }
                    }
                    let ahead = ahead.get_or_insert_with(|| self.ahead(slot, used));
                    let Some(following) = self.following(&state, ahead) else { continue };
                    let bounds = bounds.or_else(|| self.bounds(&state, &paid, most));
                    let Some(bounds) = bounds else { continue };
                    let past = past.as_ref().map(|past| past.of(&state));
                    let rows = self.rows(&state, &following, past, bounds, most);
                    let Some((idle, running)) = rows else { continue };
                    if let Some(cell) = self.ground.cell(slot, used, class) {
                        let rows = [(&idle.0, idle.1), (&running.0, running.1)];
                        self.kept.put((slot, cell), rows, &mut keep);
                    }
                }
            }
        }
        self.begin().filter(|value| *value <= most)
    }

    /// What no plan through a state is below before it and after it, at a glance;
    /// `None` where that is more than `most`.
    fn bounds(&self, state: &State, paid: &Paid, most: i64) -> Option<(i64, i64)> {
        let State { class, worked_s, energy, .. } = *state;
        let before = self.bound.before(worked_s, energy, class.first > 0);
        let before = before.saturating_add(paid.of(class));
        let left_s = self.ground.lattice.frame.work_s - worked_s;
        let after = self.bound.after(left_s, self.ground.total - energy);
        (before.saturating_add(after) <= most).then_some((before, after))
    }

    /// What the work after each boundary costs at least by the weights that are
    /// set, by boundary and place of the number of used slots.
    pub(super) fn floor(&mut self, table: &mut [i64]) {
        let lattice = self.ground.lattice;
        self.start_bound();
        for slot in (1..lattice.frame.slots).rev() {
            self.bound.step(slot);
            let places = table.chunks_mut(lattice.width).nth(slot).unwrap_or_default();
            for (used, value) in lattice.used(slot).zip(places) {
                let work_s = lattice.worked_s(used, Class::NONE).min(lattice.frame.work_s);
                let energy = self.ground.energy(used, 0);
                *value =
                    self.bound.after(lattice.frame.work_s - work_s, self.ground.total - energy);
            }
        }
    }

    fn start_bound(&mut self) {
        let ground = &self.ground;
        self.bound.start(|slot| ground.least_weight(slot));
    }

    /// The first choice of all.
    fn begin(&mut self) -> Option<i64> {
        let frame = self.ground.lattice.frame;
        let here = frame.job.standing.zone().unwrap_or(0);
        let rows = match frame.job.standing {
            Standing::Running { .. } => self.first_row(frame.may_leave()),
            Standing::Fresh { .. } | Standing::Paused { .. } => {
                let state = self.state(0, 0, Class::NONE);
                let following = self.following(&state, &self.ahead(0, 0))?;
                self.idle_row(&state, &following, |_| Zones::ALL)
            }
        };
        self.first = rows.choices.get(usize::from(here)).copied().unwrap_or(STAY);
        rows.row.get(usize::from(here)).copied().filter(|value| *value < REACHABLE)
    }

    /// What some runs cost, with tolls; `None` where they break a limit.
    pub(super) fn cost(&self, runs: &[Run]) -> Option<i64> {
        let mut sum = 0_i64;
        let walked = self.ground.weigh(runs, |zone, slot, energy| {
            let weight = self.ground.weights(slot).get(usize::from(zone)).copied().unwrap_or(0);
            sum = sum.wrapping_add(weight.wrapping_mul(energy));
        })?;
        Some(sum.saturating_add(self.tolls.paid_by(walked)))
    }
}

/// The least that the pauses and moves of a class have cost.
struct Paid {
    pause: i64,
    moving: i64,
    /// What all that are not counted can have earned, where a weight is
    /// negative, and those to come.
    earned: i64,
}

impl Paid {
    fn new(sweep: &Sweep<'_, '_>) -> Self {
        let least = sweep.bound.least();
        let of = |entry: Entry| sweep.ground.scale.overhead(entry).wrapping_mul(least);
        let (pause, moving) = (of(Entry::Resume), of(Entry::Move));
        let earned =
            times(sweep.ground.lattice.frame.slots, pause.min(0).saturating_add(moving.min(0)));
        Self { pause, moving, earned }
    }

    fn of(&self, class: Class) -> i64 {
        let counted =
            times(class.pauses, self.pause).saturating_add(times(class.moves, self.moving));
        counted.saturating_add(self.earned)
    }
}
