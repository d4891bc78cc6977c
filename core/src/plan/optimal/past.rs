//! What no plan costs up to a state: zones, stays and pauses are kept to as in
//! the sweep, but how many pauses and moves there have been is not told apart.
//!
//! Without their number the time of a state is known only within the overheads
//! that may lie before it, and with a load that varies so is the energy of its
//! work. That energy is taken apart into the mean power over the time, which
//! needs no number, and what it is above that, the swing. Swings are summed by
//! parts: what the swing at a boundary weighs is the difference of the weights
//! on both sides of it, which is small, and at an idle slot their distance to
//! the mean weight.

use super::ahead::State;
use super::ground::{Ground, NOWHERE, Row, Zones, close, least_of};
use super::kept::{IDLE, RUNNING};
use super::lattice::Class;
use super::scale::FAR;
use super::tolls::Tolls;
use crate::plan::Standing;
use crate::plan::frame::Entry;

/// No sum may be above.
const MOST: i128 = 1 << 61;

/// The lent memory, cut up.
pub(super) struct Tables<'s> {
    /// By boundary, [`IDLE`] or [`RUNNING`], place of the number of used slots
    /// and zone.
    pub(super) costs: &'s mut [i64],
    /// The least and the largest swing by number of used slots.
    pub(super) swings: &'s mut [i64],
}

pub(super) struct Past<'s> {
    pub(super) tables: Tables<'s>,
    /// The mean power of the work.
    power: i64,
    /// The mean weight.
    mean: i64,
    /// For which weights the costs hold, 0 where for none.
    version: u64,
    is_known: bool,
    /// What each pause and move has paid besides; a state of which their
    /// numbers are known gets it back.
    tolls: Tolls,
}

/// What the states of a number of used slots at a boundary have cost at least.
pub(super) struct Costs<'t> {
    past: &'t Past<'t>,
    idle: &'t [i64],
    running: &'t [i64],
    /// The weights of the slot before.
    weights: &'t [i64],
}

impl<'t> Costs<'t> {
    /// Those of a class.
    pub(super) fn of(&self, state: &State) -> Cost<'t> {
        let past = self.past;
        let swing = match state.used {
            0 => 0,
            _ => state.energy.wrapping_sub(past.power.wrapping_mul(state.worked_s)),
        };
        let paid = past.tolls.paid(state.class);
        let shared = swing.wrapping_mul(past.mean).wrapping_sub(paid);
        let Self { idle, running, weights, .. } = *self;
        Cost { idle, running, weights, shared, swing, paid }
    }
}

/// What a state has cost at least, by zone.
#[derive(Clone, Copy)]
pub(super) struct Cost<'t> {
    idle: &'t [i64],
    running: &'t [i64],
    weights: &'t [i64],
    shared: i64,
    swing: i64,
    paid: i64,
}

impl Cost<'_> {
    pub(super) fn idle(&self, zone: usize) -> i64 {
        self.idle.get(zone).map_or(FAR, |cost| cost.wrapping_add(self.shared))
    }

    pub(super) fn running(&self, zone: usize) -> i64 {
        match (self.running.get(zone), self.weights.get(zone)) {
            (Some(cost), Some(weight)) => self.ran(*cost, *weight),
            _ => FAR,
        }
    }

    const fn ran(&self, cost: i64, weight: i64) -> i64 {
        cost.wrapping_add(self.swing.wrapping_mul(weight)).wrapping_sub(self.paid)
    }

    /// The zones in which an idle state has cost no more, as far as is known.
    pub(super) fn idle_within(&self, most: i64) -> Zones {
        Zones::of(self.idle.iter().map(|cost| cost.wrapping_add(self.shared) <= most))
    }

    /// The same of running ones.
    pub(super) fn running_within(&self, most: i64) -> Zones {
        let costs = self.running.iter().zip(self.weights);
        Zones::of(costs.map(|(cost, weight)| self.ran(*cost, *weight) <= most))
    }
}

impl<'s> Past<'s> {
    pub(super) fn new(tables: Tables<'s>, ground: &Ground<'_, '_>) -> Self {
        let lattice = &ground.lattice;
        let power = ground.total.checked_div(lattice.frame.work_s).unwrap_or(0);
        let past = Self { tables, power, mean: 0, version: 0, is_known: false, tolls: Tolls::NONE };
        for (used, range) in past.tables.swings.chunks_mut(2).enumerate() {
            let classes = lattice.each_class().filter(|class| lattice.is_reachable(used, *class));
            let swings = classes.map(|class| swing(ground, power, used, class));
            let (least, most) = swings.fold((FAR, -FAR), |(a, b), s| (a.min(s), b.max(s)));
            if let [low, high] = range {
                (*low, *high) = if least > most { (0, 0) } else { (least, most) };
            }
        }
        past
    }

    /// Sums up the costs by the weights that are set.
    pub(super) fn start(&mut self, ground: &Ground<'_, '_>, tolls: Tolls) {
        if (self.version, self.tolls) != (ground.version, tolls) {
            (self.version, self.tolls) = (ground.version, tolls);
            self.is_known = self.measure(ground);
            if self.is_known {
                self.sum(ground);
            }
        }
    }

    /// The costs of the states of a number of used slots at a boundary; `None`
    /// where nothing is known.
    pub(super) fn costs<'t>(
        &'t self,
        ground: &'t Ground<'_, '_>,
        slot: usize,
        used: usize,
    ) -> Option<Costs<'t>> {
        let at = self.at(ground, slot, used, IDLE).filter(|_| self.is_known)?;
        let running_at = self.at(ground, slot, used, RUNNING)?;
        let zones = ground.lattice.zones;
        Some(Costs {
            past: self,
            idle: self.tables.costs.get(at..at + zones)?,
            running: self.tables.costs.get(running_at..running_at + zones)?,
            weights: ground.weights(slot.saturating_sub(1)).get(..zones)?,
        })
    }

    /// Takes the mean weight; whether no sum leaves 64 bits.
    fn measure(&mut self, ground: &Ground<'_, '_>) -> bool {
        let lattice = &ground.lattice;
        let slots = 0..lattice.frame.slots;
        let cells = slots.flat_map(|slot| ground.weights(slot)).map(|weight| i128::from(*weight));
        let (mut sum, mut count, mut most) = (0_i128, 0_i128, 0_i128);
        for weight in cells {
            (sum, count, most) = (sum + weight, count + 1, most.max(weight.abs()));
        }
        self.mean = i64::try_from(sum.checked_div(count).unwrap_or(0)).unwrap_or(0);
        // As many slots are used at most.
        let slots = i128::try_from(lattice.most_used + 2).unwrap_or(MOST);
        let swing = self.tables.swings.iter().map(|swing| i128::from(*swing).abs()).max();
        let seconds = i128::from(lattice.frame.slot_s) * slots;
        let overhead = i128::from(ground.scale.overhead(Entry::ResumeElsewhere));
        let energy = (i128::from(self.power).abs() * seconds)
            .saturating_add((swing.unwrap_or(0) * 4 + overhead).saturating_mul(slots));
        let tolls = (i128::from(self.tolls.pause) + i128::from(self.tolls.moving)) * slots;
        energy.saturating_mul(most).saturating_add(tolls) < MOST
    }

    fn sum(&mut self, ground: &Ground<'_, '_>) {
        let lattice = ground.lattice;
        let frame = lattice.frame;
        self.tables.costs.fill(FAR);
        let here = frame.job.standing.zone().unwrap_or(0);
        let mut home = NOWHERE;
        if let Some(cost) = home.get_mut(usize::from(here)) {
            *cost = 0;
        }
        if matches!(frame.job.standing, Standing::Running { .. }) {
            self.launch(ground, 0, 0, Entry::Continue, &home);
            if frame.may_leave() {
                self.keep(ground, (1, 0, IDLE), &home);
                self.launch(ground, 0, 0, Entry::Move, &elsewhere(&home));
            }
        } else {
            self.keep(ground, (0, 0, IDLE), &home);
        }
        for slot in 0..frame.slots {
            for used in lattice.used(slot) {
                let idle = self.row(ground, slot, used, IDLE);
                let (same, away) = ground.entries(slot, used);
                if idle.iter().any(|cost| *cost < FAR) {
                    self.keep(ground, (slot + 1, used, IDLE), &idle);
                    self.launch(ground, slot, used, same, &idle);
                    self.launch(ground, slot, used, away, &elsewhere(&idle));
                }
                let mut running = self.row(ground, slot, used, RUNNING);
                if used > 0 && slot > 0 && running.iter().any(|cost| *cost < FAR) {
                    self.go_on(ground, slot, used, running);
                    for (cost, weight) in running.iter_mut().zip(ground.weights(slot - 1)) {
                        *cost = add(*cost, self.swing(used, weight.wrapping_sub(self.mean)));
                    }
                    self.keep(ground, (slot + 1, used, IDLE), &running);
                    self.launch(ground, slot, used, Entry::Move, &elsewhere(&running));
                }
            }
        }
    }

    /// One more slot of a stay.
    fn go_on(&mut self, ground: &Ground<'_, '_>, slot: usize, used: usize, mut row: Row) {
        let frame = &ground.lattice.frame;
        let energy = self.power.wrapping_mul(frame.at(slot + 1) - frame.at(slot));
        let weights = ground.weights(slot).iter().zip(ground.weights(slot - 1));
        for (cost, (weight, before)) in row.iter_mut().zip(weights) {
            let swing = self.swing(used, before.wrapping_sub(*weight));
            *cost = add(*cost, weight.wrapping_mul(energy).wrapping_add(swing));
        }
        close(&mut row, ground.mask(slot));
        self.keep(ground, (slot + 1, used + 1, RUNNING), &row);
    }

    /// A new stay, up to where it may end.
    fn launch(
        &mut self,
        ground: &Ground<'_, '_>,
        slot: usize,
        used: usize,
        entry: Entry,
        from: &Row,
    ) {
        let lattice = &ground.lattice;
        let frame = &lattice.frame;
        let end = lattice.earliest_end(slot, entry);
        if end >= frame.slots {
            return;
        }
        let mut row = *from;
        let (mut overhead_s, _) = frame.overhead(entry);
        let overhead = ground.scale.overhead(entry);
        for (cost, weight) in row.iter_mut().zip(ground.weights(slot)) {
            *cost = add(*cost, weight.wrapping_mul(overhead).wrapping_add(self.tolls.of(entry)));
        }
        let mut has_worked = false;
        for at in slot..end {
            let open_s = frame.at(at + 1) - frame.at(at);
            let idle_s = overhead_s.min(open_s);
            overhead_s -= idle_s;
            close(&mut row, ground.mask(at));
            if idle_s == open_s {
                continue;
            }
            let energy = self.power.wrapping_mul(open_s - idle_s);
            let before = ground.weights(at.saturating_sub(1));
            for (zone, (cost, weight)) in row.iter_mut().zip(ground.weights(at)).enumerate() {
                let swing = if has_worked {
                    let before = before.get(zone).copied().unwrap_or(0);
                    self.swing(used + at - slot, before.wrapping_sub(*weight))
                } else {
                    self.swing(used, self.mean.wrapping_sub(*weight))
                };
                *cost = add(*cost, weight.wrapping_mul(energy).wrapping_add(swing));
            }
            has_worked = true;
        }
        self.keep(ground, (end, used + end - slot, RUNNING), &row);
    }

    /// The least that the swing at a number of used slots costs.
    fn swing(&self, used: usize, weight: i64) -> i64 {
        let side = usize::from(weight < 0);
        self.tables.swings.get(2 * used + side).copied().unwrap_or(0).wrapping_mul(weight)
    }

    fn at(&self, ground: &Ground<'_, '_>, slot: usize, used: usize, mode: usize) -> Option<usize> {
        let place = ground.place(slot, used)?;
        let lattice = &ground.lattice;
        Some(((slot * 2 + mode) * lattice.width + place) * lattice.zones)
    }

    fn row(&self, ground: &Ground<'_, '_>, slot: usize, used: usize, mode: usize) -> Row {
        let mut row = NOWHERE;
        if let Some(at) = self.at(ground, slot, used, mode) {
            let costs = self.tables.costs.get(at..at + ground.lattice.zones).unwrap_or(&[]);
            for (to, from) in row.iter_mut().zip(costs) {
                *to = *from;
            }
        }
        row
    }

    /// Keeps what is less.
    fn keep(
        &mut self,
        ground: &Ground<'_, '_>,
        (slot, used, mode): (usize, usize, usize),
        row: &Row,
    ) {
        let Some(at) = self.at(ground, slot, used, mode) else { return };
        let costs = self.tables.costs.get_mut(at..at + ground.lattice.zones);
        for (to, from) in costs.unwrap_or_default().iter_mut().zip(row) {
            *to = (*to).min(*from);
        }
    }
}

/// The energy of the work done in a state above that of the mean power.
fn swing(ground: &Ground<'_, '_>, power: i64, used: usize, class: Class) -> i64 {
    if used == 0 {
        return 0;
    }
    let work_s = ground.lattice.worked_s(used, class);
    ground.energy(used, class.index).wrapping_sub(power.wrapping_mul(work_s))
}

/// The least of all other zones, for each.
fn elsewhere(row: &Row) -> Row {
    let (best, least) = least_of(row);
    let mut others = *row;
    if let Some(itself) = others.get_mut(best) {
        *itself = FAR;
    }
    let (_, second) = least_of(&others);
    let mut least_elsewhere = [least; 16];
    if let Some(itself) = least_elsewhere.get_mut(best) {
        *itself = second;
    }
    least_elsewhere
}

/// Adds to what can be reached.
const fn add(cost: i64, more: i64) -> i64 {
    if cost >= FAR { FAR } else { cost.wrapping_add(more) }
}
