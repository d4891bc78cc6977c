//! The dynamic programme: from the last slot to the first, what each state
//! costs to the end, and the choice that costs least.

use heapless::Vec;

use super::bound::{self, Bound};
use super::lattice::{Class, Lattice, times};
use super::scale::{FAR, Scale};
use crate::plan::frame::Entry;
use crate::plan::walk::{Run, walk};
use crate::plan::{Conflict, MAX_ZONES, Standing};

/// A value for each zone.
pub(super) type Row = [i64; MAX_ZONES];

const NOWHERE: Row = [FAR; MAX_ZONES];
static NOWHERE_ROW: Row = NOWHERE;
static DONE: Row = [0; MAX_ZONES];
/// A choice for each zone.
type Choices = [u8; MAX_ZONES];

/// The choice of each zone for itself.
const HERE: Choices = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// A sum above it is of something that cannot be reached.
const REACHABLE: i64 = FAR / 2;

/// Choices below are zones in which a stay begins.
const STAY: u8 = 16;
const PAUSE: u8 = 17;

/// Whether a state runs, as an index of tables.
pub(super) const IDLE: usize = 0;
pub(super) const RUNNING: usize = 1;

/// The lent memory, cut up.
pub(super) struct Tables<'s> {
    /// The energy of the work done in each state, by used slots and class.
    pub(super) energies: &'s mut [i64],
    /// What each zone weighs in each slot; 0 where it may not be used.
    pub(super) weights: &'s mut [i64],
    /// The zones that may be used in each slot, as bits.
    pub(super) masks: &'s mut [i64],
    /// The least number of used slots that matters at each boundary.
    pub(super) firsts: &'s mut [i64],
    /// The values of the boundaries within a shortest stay, running, by
    /// boundary modulo their number.
    pub(super) running: &'s mut [i64],
    /// The values of this boundary and the next, idle, in turns.
    pub(super) idle: &'s mut [i64],
    /// For which sweep and boundary the values of a number of used slots and a
    /// class hold, by boundary modulo their number.
    pub(super) stamps: &'s mut [i64],
    /// By boundary, [`IDLE`] or [`RUNNING`], and place in the layer.
    pub(super) choices: &'s mut [u8],
}

/// What a sweep keeps of the values, where they are not passed over.
pub(super) enum Keep<'t> {
    Nothing,
    /// All: by boundary, [`IDLE`] or [`RUNNING`], and place in the layer; and
    /// by boundary and place in the layer without zones, whether it is kept.
    All(&'t mut [i64], &'t mut [i64]),
}

pub(super) struct Sweep<'a, 's> {
    pub(super) lattice: Lattice<'a>,
    pub(super) scale: Scale,
    tables: Tables<'s>,
    bound: Bound<'s>,
    /// The energy of all the work.
    pub(super) total: i64,
    /// The choice with which the plan begins.
    first: u8,
    /// The number of this sweep.
    sweeps: i64,
}

impl<'a, 's> Sweep<'a, 's> {
    /// Fills in what does not change from sweep to sweep.
    pub(super) fn new(
        lattice: Lattice<'a>,
        scale: Scale,
        tables: Tables<'s>,
        bounds: bound::Tables<'s>,
    ) -> Self {
        let frame = lattice.frame;
        for (used, row) in tables.energies.chunks_mut(lattice.classes).enumerate() {
            for (class, energy) in lattice.each_class().zip(row) {
                let worked_s = lattice.worked_s(used, class).clamp(0, frame.work_s);
                *energy = scale.energy(&frame, worked_s);
            }
        }
        for (slot, mask) in tables.masks.iter_mut().enumerate() {
            // Zones that do not exist are open too, and never looked at: so all
            // open is one number.
            let closed = frame.zones().filter(|zone| !frame.allows(*zone, slot));
            *mask = closed.fold(i64::from(u16::MAX), |mask, zone| mask & !(1 << zone));
        }
        for (slot, first) in tables.firsts.iter_mut().enumerate() {
            *first = i64::try_from(lattice.used(slot).start).unwrap_or(i64::MAX);
        }
        tables.stamps.fill(-1);
        let bound = Bound::new(bounds, &frame, scale.least_power);
        let total = scale.energy(&frame, frame.work_s);
        Self { lattice, scale, tables, bound, total, first: STAY, sweeps: 0 }
    }

    /// What is made least by the next sweep.
    pub(super) fn set_weights(&mut self, weight: impl Fn(u8, usize) -> i64) {
        let frame = self.lattice.frame;
        let rows = self.tables.weights.chunks_mut(self.lattice.zones);
        for (slot, row) in rows.enumerate() {
            for (zone, value) in (0..).zip(row) {
                *value = if frame.allows(zone, slot) { weight(zone, slot) } else { 0 };
            }
        }
    }

    /// The least sum of energies × weights of any plan, or `None` where there
    /// is none. It is looked for below a bound that widens until it is found.
    pub(super) fn find(&mut self) -> Option<i64> {
        self.start_bound();
        let lower = self.bound.before(self.lattice.frame.work_s, self.total, false);
        if lower == FAR {
            return None;
        }
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

    /// The least sum of any plan that is at most `most`, or `None`.
    pub(super) fn run(&mut self, most: i64, mut keep: Keep<'_>) -> Option<i64> {
        let lattice = self.lattice;
        self.sweeps += 1;
        self.start_bound();
        let paid = Paid::new(self);
        if let Keep::All(_, kept) = &mut keep {
            kept.fill(FAR);
        }
        for slot in (1..lattice.frame.slots).rev() {
            self.bound.step(slot);
            for used in lattice.used(slot) {
                for class in lattice.each_class() {
                    if !lattice.is_reachable(used, class) {
                        continue;
                    }
                    let work_s = lattice.worked_s(used, class);
                    let energy = self.energy(used, class);
                    let before = self.bound.before(work_s, energy, class.first > 0);
                    let before = before.saturating_add(paid.of(class));
                    let left_s = lattice.frame.work_s - work_s;
                    let after = self.bound.after(left_s, self.total - energy);
                    if before.saturating_add(after) > most {
                        continue;
                    }
                    let idle = self.idle_row(slot, used, class);
                    let running = self.running_row(slot, used, class);
                    let value = idle.0.iter().chain(&running.0).fold(FAR, |a, b| a.min(*b));
                    if value > REACHABLE || before.saturating_add(value) > most {
                        continue;
                    }
                    self.store(slot, used, class, IDLE, &idle, &mut keep);
                    self.store(slot, used, class, RUNNING, &running, &mut keep);
                }
            }
        }
        self.begin().filter(|value| *value <= most)
    }

    /// The energy of each piece of some runs, with its zone and slot; `None`
    /// where they break a limit.
    pub(super) fn weigh(&self, runs: &[Run], mut visit: impl FnMut(u8, usize, i64)) -> Option<()> {
        let frame = &self.lattice.frame;
        let walked = walk(frame, runs, |piece| {
            if self.mask(piece.slot) >> piece.zone & 1 == 0 {
                return Err(Conflict::Together);
            }
            let (from, to) = piece.work_s;
            let work = self.scale.energy(frame, to) - self.scale.energy(frame, from);
            let overhead = piece.entry.map_or(0, |entry| self.scale.overhead(entry));
            visit(piece.zone, piece.slot, work + overhead);
            Ok(())
        });
        walked.ok().map(|_| ())
    }

    /// What some runs cost by the weights that are set.
    pub(super) fn cost(&self, runs: &[Run]) -> Option<i64> {
        let mut sum = 0_i64;
        self.weigh(runs, |zone, slot, energy| {
            let at = slot * self.lattice.zones + usize::from(zone);
            let weight = self.tables.weights.get(at).copied().unwrap_or(0);
            sum = sum.wrapping_add(weight.wrapping_mul(energy));
        })?;
        Some(sum)
    }

    /// What the work after each boundary costs at least by the weights that are
    /// set, by boundary and place of the number of used slots.
    pub(super) fn floor(&mut self, table: &mut [i64]) {
        let lattice = self.lattice;
        self.start_bound();
        for slot in (1..lattice.frame.slots).rev() {
            self.bound.step(slot);
            let places = table.chunks_mut(lattice.width).nth(slot).unwrap_or_default();
            for (used, value) in lattice.used(slot).zip(places) {
                let work_s = lattice.worked_s(used, Class::NONE).min(lattice.frame.work_s);
                let energy = self.energy(used, Class::NONE);
                *value = self.bound.after(lattice.frame.work_s - work_s, self.total - energy);
            }
        }
    }

    fn start_bound(&mut self) {
        let zones = self.lattice.zones;
        let (weights, masks) = (&*self.tables.weights, &*self.tables.masks);
        self.bound.start(|slot| {
            let row = weights.get(slot * zones..(slot + 1) * zones)?;
            let mask = masks.get(slot)?;
            let open = (0..).zip(row).filter(|(zone, _): &(u32, _)| mask >> zone & 1 == 1);
            open.map(|(_, weight)| *weight).min()
        });
    }

    /// The first choice of all.
    fn begin(&mut self) -> Option<i64> {
        let frame = self.lattice.frame;
        let here = frame.job.standing.zone().unwrap_or(0);
        let (row, choices) = match frame.job.standing {
            Standing::Running { .. } => {
                let mut row = NOWHERE;
                let mut choices = [STAY; MAX_ZONES];
                self.launch(0, 0, Class::NONE, Entry::Continue, &mut row);
                if frame.may_leave() {
                    improve(&mut row, &mut choices, self.values(1, 0, Class::NONE, IDLE), PAUSE);
                    self.move_on(0, 0, Class::NONE, Entry::Move, &mut row, &mut choices);
                }
                (row, choices)
            }
            Standing::Fresh { .. } | Standing::Paused { .. } => self.idle_row(0, 0, Class::NONE),
        };
        self.first = choices.get(usize::from(here)).copied().unwrap_or(STAY);
        row.get(usize::from(here)).copied().filter(|value| *value < REACHABLE)
    }

    /// At the start of a slot, after at least one idle slot or before the first
    /// start: wait, or begin a stay.
    fn idle_row(&self, slot: usize, used: usize, class: Class) -> (Row, Choices) {
        let (same, elsewhere) = self.entries(slot, used);
        let (mut row, mut choices) = (NOWHERE, HERE);
        self.launch(slot, used, class, same, &mut row);
        improve(&mut row, &mut choices, self.values(slot + 1, used, class, IDLE), STAY);
        self.move_on(slot, used, class, elsewhere, &mut row, &mut choices);
        (row, choices)
    }

    /// How a stay after idle slots begins in the same zone, and elsewhere.
    pub(super) fn entries(&self, slot: usize, used: usize) -> (Entry, Entry) {
        if used > 0 {
            return (Entry::Resume, Entry::ResumeElsewhere);
        }
        let frame = &self.lattice.frame;
        let here = frame.job.standing.zone().unwrap_or(0);
        let elsewhere = if here == 0 { 1 } else { 0 };
        (frame.entry(None, here, slot), frame.entry(None, elsewhere, slot))
    }

    /// At the start of a slot, running before it: go on, pause, or move.
    fn running_row(&self, slot: usize, used: usize, class: Class) -> (Row, Choices) {
        let (mut row, mut choices) = (NOWHERE, [STAY; MAX_ZONES]);
        if used == 0 {
            return (row, choices);
        }
        let (next, energy) = if self.lattice.finishes(slot, used, class) {
            (self.done(), self.total)
        } else {
            (self.values(slot + 1, used + 1, class, RUNNING), self.energy(used + 1, class))
        };
        self.add(&mut row, Some(next), slot, energy - self.energy(used, class));
        close(&mut row, self.mask(slot));
        improve(&mut row, &mut choices, self.values(slot + 1, used, class, IDLE), PAUSE);
        self.move_on(slot, used, class, Entry::Move, &mut row, &mut choices);
        (row, choices)
    }

    /// What it costs to the end to begin a stay, in each zone; the row stays as
    /// it is where that is not possible in any.
    fn launch(&self, slot: usize, used: usize, class: Class, entry: Entry, row: &mut Row) -> bool {
        let Some(launch) = self.lattice.launch(slot, used, class, entry) else { return false };
        let mut next = Some(match launch.finishes {
            true => self.done(),
            false => self.values(launch.end, used + launch.end - slot, launch.class, RUNNING),
        });
        let mut open = u16::MAX;
        let mut before = self.energy(used, class);
        let mut overhead = self.scale.overhead(entry);
        for at in slot..launch.end {
            let after = if launch.finishes && at + 1 == launch.end {
                self.total
            } else {
                // Nothing is done while the overhead lasts.
                self.energy(used + at + 1 - slot, launch.class).max(before)
            };
            self.add(row, next.take(), at, after - before + overhead);
            open &= self.mask(at);
            (before, overhead) = (after, 0);
        }
        close(row, open);
        true
    }

    /// Begins a stay in another zone where that costs less.
    fn move_on(
        &self,
        slot: usize,
        used: usize,
        class: Class,
        entry: Entry,
        row: &mut Row,
        choices: &mut Choices,
    ) {
        let mut begun = NOWHERE;
        if !self.launch(slot, used, class, entry, &mut begun) {
            return;
        }
        let (best, least) = least_of(&begun);
        // In the best zone itself, only the second best counts.
        if let (Some(value), Some(choice), Some(itself)) =
            (row.get_mut(best), choices.get_mut(best), begun.get_mut(best))
            && *value > least
        {
            *itself = FAR;
            let (second, second_least) = least_of(&begun);
            if second_least < *value {
                (*value, *choice) = (second_least, HERE.get(second).copied().unwrap_or(STAY));
            }
        }
        let best_choice = HERE.get(best).copied().unwrap_or(STAY);
        for (zone, (value, choice)) in row.iter_mut().zip(choices).enumerate() {
            if least < *value && zone != best {
                (*value, *choice) = (least, best_choice);
            }
        }
    }

    /// What is left to pay when the work is done: nothing.
    fn done(&self) -> &[i64] {
        DONE.get(..self.lattice.zones).unwrap_or(&DONE)
    }

    /// Adds an energy at the weights of a slot: to other values, or to those in
    /// the row. Zones that do not exist are not touched.
    fn add(&self, row: &mut Row, to: Option<&[i64]>, slot: usize, energy: i64) {
        let zones = self.lattice.zones;
        let weights = self.tables.weights.get(slot * zones..(slot + 1) * zones).unwrap_or(&[]);
        // The scale keeps every sum within 64 bits.
        match to {
            Some(values) => {
                for ((sum, weight), value) in row.iter_mut().zip(weights).zip(values) {
                    *sum = value.wrapping_add(weight.wrapping_mul(energy));
                }
            }
            None => {
                for (sum, weight) in row.iter_mut().zip(weights) {
                    *sum = sum.wrapping_add(weight.wrapping_mul(energy));
                }
            }
        }
    }

    pub(super) fn energy(&self, used: usize, class: Class) -> i64 {
        let at = used * self.lattice.classes + class.index;
        self.tables.energies.get(at).copied().unwrap_or(self.total)
    }

    pub(super) fn mask(&self, slot: usize) -> u16 {
        let mask = self.tables.masks.get(slot).copied().unwrap_or(0);
        u16::try_from(mask).unwrap_or(0)
    }

    /// The place of a number of used slots among those of a boundary.
    pub(super) fn place(&self, slot: usize, used: usize) -> Option<usize> {
        let first = usize::try_from(*self.tables.firsts.get(slot)?).ok()?;
        let place = used.checked_sub(first)?;
        (used <= slot.min(self.lattice.most_used) && slot < self.lattice.frame.slots)
            .then_some(place)
    }

    /// The place in a layer without zones of a number of used slots and a class.
    pub(super) fn cell(&self, slot: usize, used: usize, class: Class) -> Option<usize> {
        Some(self.place(slot, used)? * self.lattice.classes + class.index)
    }

    fn stamp_at(&self, slot: usize, cell: usize) -> usize {
        slot % self.lattice.ring.max(1) * self.lattice.width * self.lattice.classes + cell
    }

    fn stamp(&self, slot: usize) -> i64 {
        let slots = i64::try_from(self.lattice.frame.slots).unwrap_or(i64::MAX);
        self.sweeps * slots + i64::try_from(slot).unwrap_or(0)
    }

    /// The values of a state, by zone.
    fn values(&self, slot: usize, used: usize, class: Class, mode: usize) -> &[i64] {
        let zones = self.lattice.zones;
        let known = self.cell(slot, used, class).and_then(|cell| {
            if self.tables.stamps.get(self.stamp_at(slot, cell)) != Some(&self.stamp(slot)) {
                return None;
            }
            let table: &[i64] =
                if mode == RUNNING { self.tables.running } else { self.tables.idle };
            let at = self.layer_of(slot, mode) + cell * zones;
            table.get(at..at + zones)
        });
        known.unwrap_or_else(|| NOWHERE_ROW.get(..zones).unwrap_or(&NOWHERE_ROW))
    }

    /// Where the values of a boundary begin.
    fn layer_of(&self, slot: usize, mode: usize) -> usize {
        let layers = if mode == RUNNING { self.lattice.ring } else { 2 };
        slot % layers.max(1) * self.lattice.layer()
    }

    /// The place of a state in a table of all of them; the zones follow.
    pub(super) fn state(&self, slot: usize, cell: usize, mode: usize) -> usize {
        (slot * 2 + mode) * self.lattice.layer() + cell * self.lattice.zones
    }

    fn store(
        &mut self,
        slot: usize,
        used: usize,
        class: Class,
        mode: usize,
        (row, choices): &(Row, Choices),
        keep: &mut Keep<'_>,
    ) {
        let Some(cell) = self.cell(slot, used, class) else { return };
        let zones = self.lattice.zones;
        let (at, state) = (self.layer_of(slot, mode) + cell * zones, self.state(slot, cell, mode));
        let table: &mut [i64] =
            if mode == RUNNING { self.tables.running } else { self.tables.idle };
        put(table, at, row.get(..zones));
        put(self.tables.choices, state, choices.get(..zones));
        let (stamp_at, stamp) = (self.stamp_at(slot, cell), self.stamp(slot));
        put(self.tables.stamps, stamp_at, Some(&[stamp]));
        if let Keep::All(table, kept) = keep {
            put(table, state, row.get(..zones));
            put(kept, slot * self.lattice.width * self.lattice.classes + cell, Some(&[0]));
        }
    }

    /// The runs of the plan that the last sweep found best.
    pub(super) fn trace<const N: usize>(&self) -> Vec<Run, N> {
        let frame = &self.lattice.frame;
        let mut runs = Vec::<Run, N>::new();
        let mut zone = frame.job.standing.zone().unwrap_or(0);
        let (mut slot, mut used, mut class) = (0, 0, Class::NONE);
        let mut is_running = matches!(frame.job.standing, Standing::Running { .. });
        let mut choice = self.first;
        while slot < frame.slots {
            let before = runs.last().map(|run| (run.zone, run.to));
            let goes_on = is_running && choice == STAY;
            if goes_on && used > 0 {
                if let Some(run) = runs.last_mut() {
                    run.to = slot + 1;
                }
                if self.lattice.finishes(slot, used, class) {
                    break;
                }
                (slot, used) = (slot + 1, used + 1);
            } else if choice < STAY || goes_on {
                let chosen = if goes_on { zone } else { choice };
                let entry = frame.entry(before, chosen, slot);
                let Some(launch) = self.lattice.launch(slot, used, class, entry) else { break };
                if runs.push(Run { zone: chosen, from: slot, to: launch.end }).is_err()
                    || launch.finishes
                {
                    break;
                }
                (slot, used, class) = (launch.end, used + launch.end - slot, launch.class);
                (zone, is_running) = (chosen, true);
            } else {
                (slot, is_running) = (slot + 1, false);
            }
            let mode = if is_running { RUNNING } else { IDLE };
            let cell = self.cell(slot, used, class);
            let at = cell.map(|cell| self.state(slot, cell, mode) + usize::from(zone));
            choice = at.and_then(|at| self.tables.choices.get(at)).copied().unwrap_or(PAUSE);
        }
        runs
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
        let of = |entry: Entry| sweep.scale.overhead(entry).wrapping_mul(least);
        let (pause, moving) = (of(Entry::Resume), of(Entry::Move));
        let earned = times(sweep.lattice.frame.slots, pause.min(0).saturating_add(moving.min(0)));
        Self { pause, moving, earned }
    }

    fn of(&self, class: Class) -> i64 {
        let counted =
            times(class.pauses, self.pause).saturating_add(times(class.moves, self.moving));
        counted.saturating_add(self.earned)
    }
}

/// Copies a row into a table.
fn put<T: Copy>(table: &mut [T], at: usize, row: Option<&[T]>) {
    let row = row.unwrap_or(&[]);
    for (to, from) in table.iter_mut().skip(at).zip(row) {
        *to = *from;
    }
}

/// Closes the zones that are not in the mask.
fn close(row: &mut Row, open: u16) {
    if open == u16::MAX {
        return;
    }
    for (zone, value) in row.iter_mut().enumerate() {
        if open >> zone & 1 == 0 {
            *value = FAR;
        }
    }
}

/// Takes what is less.
fn improve(row: &mut Row, choices: &mut Choices, other: &[i64], choice: u8) {
    for ((value, chosen), other) in row.iter_mut().zip(choices).zip(other) {
        if *other < *value {
            (*value, *chosen) = (*other, choice);
        }
    }
}

/// The first zone of the least value.
fn least_of(row: &Row) -> (usize, i64) {
    let least = row.iter().fold(FAR, |least, value| least.min(*value));
    (row.iter().position(|value| *value == least).unwrap_or(0), least)
}
