//! The dynamic programme: from the last slot to the first, what each state
//! costs to the end, and the choice that costs least.

use super::bound::{self, Bound};
use super::ground::{Choices, Ground, HERE, NOWHERE, Row, close, improve, improve_elsewhere};
use super::lattice::{Class, times};
use super::scale::FAR;
use crate::plan::frame::Entry;
use crate::plan::{MAX_ZONES, Standing};

static FAR_AWAY: Row = NOWHERE;
/// A sum above it is of something that cannot be reached.
const REACHABLE: i64 = FAR / 2;

/// Choices below are zones in which a stay begins.
pub(super) const STAY: u8 = 16;
const PAUSE: u8 = 17;

/// Whether a state runs, as an index of tables.
pub(super) const IDLE: usize = 0;
pub(super) const RUNNING: usize = 1;

/// The lent memory, cut up.
pub(super) struct Tables<'s> {
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
    pub(super) ground: Ground<'a, 's>,
    tables: Tables<'s>,
    bound: Bound<'s>,
    /// The choice with which the plan begins.
    pub(super) first: u8,
    /// The number of this sweep.
    sweeps: i64,
}

impl<'a, 's> Sweep<'a, 's> {
    pub(super) fn new(
        ground: Ground<'a, 's>,
        tables: Tables<'s>,
        bounds: bound::Tables<'s>,
    ) -> Self {
        tables.stamps.fill(-1);
        let bound = Bound::new(bounds, &ground.lattice.frame, ground.scale.least_power);
        Self { ground, tables, bound, first: STAY, sweeps: 0 }
    }

    /// The least sum of energies × weights of any plan, or `None` where there
    /// is none. It is looked for below a bound that widens until it is found.
    pub(super) fn find(&mut self) -> Option<i64> {
        self.start_bound();
        let lower = self.bound.before(self.ground.lattice.frame.work_s, self.ground.total, false);
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
        let lattice = self.ground.lattice;
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
                    let energy = self.ground.energy(used, class);
                    let before = self.bound.before(work_s, energy, class.first > 0);
                    let before = before.saturating_add(paid.of(class));
                    let left_s = lattice.frame.work_s - work_s;
                    let after = self.bound.after(left_s, self.ground.total - energy);
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
                let energy = self.ground.energy(used, Class::NONE);
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
        let (same, elsewhere) = self.ground.entries(slot, used);
        let (mut row, mut choices) = (NOWHERE, HERE);
        self.launch(slot, used, class, same, &mut row);
        improve(&mut row, &mut choices, self.values(slot + 1, used, class, IDLE), STAY);
        self.move_on(slot, used, class, elsewhere, &mut row, &mut choices);
        (row, choices)
    }

    /// At the start of a slot, running before it: go on, pause, or move.
    fn running_row(&self, slot: usize, used: usize, class: Class) -> (Row, Choices) {
        let (mut row, mut choices) = (NOWHERE, [STAY; MAX_ZONES]);
        if used == 0 {
            return (row, choices);
        }
        let (next, energy) = if self.ground.lattice.finishes(slot, used, class) {
            (self.ground.done(), self.ground.total)
        } else {
            (self.values(slot + 1, used + 1, class, RUNNING), self.ground.energy(used + 1, class))
        };
        self.ground.add(&mut row, Some(next), slot, energy - self.ground.energy(used, class));
        close(&mut row, self.ground.mask(slot));
        improve(&mut row, &mut choices, self.values(slot + 1, used, class, IDLE), PAUSE);
        self.move_on(slot, used, class, Entry::Move, &mut row, &mut choices);
        (row, choices)
    }

    /// What it costs to the end to begin a stay, in each zone; the row stays as
    /// it is where that is not possible in any.
    fn launch(&self, slot: usize, used: usize, class: Class, entry: Entry, row: &mut Row) -> bool {
        let Some(launch) = self.ground.lattice.launch(slot, used, class, entry) else {
            return false;
        };
        let mut next = Some(match launch.finishes {
            true => self.ground.done(),
            false => self.values(launch.end, used + launch.end - slot, launch.class, RUNNING),
        });
        let mut open = u16::MAX;
        let mut before = self.ground.energy(used, class);
        let mut overhead = self.ground.scale.overhead(entry);
        for at in slot..launch.end {
            let after = if launch.finishes && at + 1 == launch.end {
                self.ground.total
            } else {
                // Nothing is done while the overhead lasts.
                self.ground.energy(used + at + 1 - slot, launch.class).max(before)
            };
            self.ground.add(row, next.take(), at, after - before + overhead);
            open &= self.ground.mask(at);
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
        if self.launch(slot, used, class, entry, &mut begun) {
            improve_elsewhere(row, choices, begun);
        }
    }

    fn stamp_at(&self, slot: usize, cell: usize) -> usize {
        slot % self.ground.lattice.ring.max(1)
            * self.ground.lattice.width
            * self.ground.lattice.classes
            + cell
    }

    fn stamp(&self, slot: usize) -> i64 {
        let slots = i64::try_from(self.ground.lattice.frame.slots).unwrap_or(i64::MAX);
        self.sweeps * slots + i64::try_from(slot).unwrap_or(0)
    }

    /// The values of a state, by zone.
    fn values(&self, slot: usize, used: usize, class: Class, mode: usize) -> &[i64] {
        let zones = self.ground.lattice.zones;
        let known = self.ground.cell(slot, used, class).and_then(|cell| {
            if self.tables.stamps.get(self.stamp_at(slot, cell)) != Some(&self.stamp(slot)) {
                return None;
            }
            let table: &[i64] =
                if mode == RUNNING { self.tables.running } else { self.tables.idle };
            let at = self.layer_of(slot, mode) + cell * zones;
            table.get(at..at + zones)
        });
        known.unwrap_or_else(|| FAR_AWAY.get(..zones).unwrap_or(&FAR_AWAY))
    }

    /// Where the values of a boundary begin.
    fn layer_of(&self, slot: usize, mode: usize) -> usize {
        let layers = if mode == RUNNING { self.ground.lattice.ring } else { 2 };
        slot % layers.max(1) * self.ground.lattice.layer()
    }

    /// The place of a state in a table of all of them; the zones follow.
    pub(super) fn state(&self, slot: usize, cell: usize, mode: usize) -> usize {
        (slot * 2 + mode) * self.ground.lattice.layer() + cell * self.ground.lattice.zones
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
        let Some(cell) = self.ground.cell(slot, used, class) else { return };
        let zones = self.ground.lattice.zones;
        let (at, state) = (self.layer_of(slot, mode) + cell * zones, self.state(slot, cell, mode));
        let table: &mut [i64] =
            if mode == RUNNING { self.tables.running } else { self.tables.idle };
        put(table, at, row.get(..zones));
        put(self.tables.choices, state, choices.get(..zones));
        let (stamp_at, stamp) = (self.stamp_at(slot, cell), self.stamp(slot));
        put(self.tables.stamps, stamp_at, Some(&[stamp]));
        if let Keep::All(table, kept) = keep {
            put(table, state, row.get(..zones));
            put(
                kept,
                slot * self.ground.lattice.width * self.ground.lattice.classes + cell,
                Some(&[0]),
            );
        }
    }

    /// The choice of a state.
    pub(super) fn choice(&self, slot: usize, cell: usize, mode: usize, zone: u8) -> u8 {
        let at = self.state(slot, cell, mode) + usize::from(zone);
        self.tables.choices.get(at).copied().unwrap_or(PAUSE)
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

/// Copies a row into a table.
fn put<T: Copy>(table: &mut [T], at: usize, row: Option<&[T]>) {
    let row = row.unwrap_or(&[]);
    for (to, from) in table.iter_mut().skip(at).zip(row) {
        *to = *from;
    }
}
