//! The dynamic programme: from the last slot to the first, what each state
//! costs to the end, and the choice that costs least.

use super::bound::{self, Bound};
use super::ground::{Ground, Row, Zones};
use super::lattice::{Class, times};
use super::past::{self, Past};
use super::rows::Rows;
use super::scale::FAR;
use super::tolls::Tolls;
use crate::plan::Standing;
use crate::plan::frame::Entry;
use crate::plan::walk::Run;

/// A sum above it is of something that cannot be reached.
const REACHABLE: i64 = FAR / 2;

/// Choices below are zones in which a stay begins.
pub(super) const STAY: u8 = 16;
pub(super) const PAUSE: u8 = 17;

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
    /// by boundary and place in the layer without zones, the zones for which
    /// they hold, idle ones in the low 16 bits.
    All(&'t mut [i64], &'t mut [i64]),
}

pub(super) struct Sweep<'a, 's> {
    pub(super) ground: Ground<'a, 's>,
    tables: Tables<'s>,
    bound: Bound<'s>,
    past: Option<Past<'s>>,
    /// What stays pay besides.
    pub(super) tolls: Tolls,
    /// What the past is taken to have paid: see [`Past`].
    pub(super) past_tolls: Tolls,
    /// Where to begin to look for the least sum.
    pub(super) start: Option<i64>,
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
        past: Option<past::Tables<'s>>,
    ) -> Self {
        tables.stamps.fill(-1);
        let bound = Bound::new(bounds, &ground.lattice.frame, ground.scale.least_power);
        let past = past.map(|tables| Past::new(tables, &ground));
        Self {
            ground,
            tables,
            bound,
            past,
            tolls: Tolls::NONE,
            past_tolls: Tolls::NONE,
            start: None,
            first: STAY,
            sweeps: 0,
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

    /// The least sum of any plan that is at most `most`, or `None`.
    pub(super) fn run(&mut self, most: i64, mut keep: Keep<'_>) -> Option<i64> {
        let lattice = self.ground.lattice;
        self.sweeps += 1;
        self.start_bound();
        if let Some(past) = &mut self.past {
            past.start(&self.ground, self.past_tolls);
        }
        let paid = Paid::new(self);
        if let Keep::All(_, kept) = &mut keep {
            kept.fill(0);
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
                    let cell = (slot, used, class);
                    let Some((idle, running)) = self.rows(cell, most, before, after) else {
                        continue;
                    };
                    self.store(cell, &idle, &running, &mut keep);
                }
            }
        }
        self.begin().filter(|value| *value <= most)
    }

    /// What the states of a number of used slots and a class cost to the end,
    /// with the zones in which a plan through them can be within `most`; `None`
    /// where there is none. `before` and `after`: what no plan is below on
    /// either side.
    fn rows(
        &self,
        (slot, used, class): (usize, usize, Class),
        most: i64,
        before: i64,
        after: i64,
    ) -> Option<((Rows, Zones), (Rows, Zones))> {
        let state = (slot, used, class);
        if self.past.is_some() && !self.is_followed(slot, used, class) {
            return None;
        }
        let past = self.past.as_ref().and_then(|past| past.rows(&self.ground, state));
        let Some((idle_past, running_past)) = past else {
            let following = self.following(slot, used, class)?;
            let idle = self.idle_row(state, &following, Zones::ALL);
            let running = self.running_row(state, &following, Zones::ALL);
            let least = |rows: &Rows| rows.row.iter().fold(FAR, |least, value| least.min(*value));
            let value = least(&idle).min(least(&running));
            let is_within = value <= REACHABLE && before.saturating_add(value) <= most;
            return is_within.then_some(((idle, Zones::ALL), (running, Zones::ALL)));
        };
        let within =
            |past: &Row, floor: i64| Zones::of(past, |cost| cost <= most.saturating_sub(floor));
        if within(&idle_past, after) == Zones::NONE && within(&running_past, after) == Zones::NONE {
            return None;
        }
        let following = self.following(slot, used, class)?;
        let floors = self.floors(slot, used, class, &following);
        let idle_zones = within(&idle_past, after.max(floors.0));
        let running_zones = within(&running_past, after.max(floors.1));
        if idle_zones == Zones::NONE && running_zones == Zones::NONE {
            return None;
        }
        let idle = self.idle_row(state, &following, idle_zones);
        let running = self.running_row(state, &following, running_zones);
        let within = |rows: &Rows, past: &Row, zones: Zones| {
            zones.only(|zone| match (rows.row.get(zone), past.get(zone)) {
                (Some(value), Some(cost)) => {
                    *value <= REACHABLE && cost.saturating_add(*value) <= most
                }
                _ => false,
            })
        };
        let idle_zones = within(&idle, &idle_past, idle_zones);
        let running_zones = within(&running, &running_past, running_zones);
        let is_any = idle_zones != Zones::NONE || running_zones != Zones::NONE;
        is_any.then_some(((idle, idle_zones), (running, running_zones)))
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
        let rows = match frame.job.standing {
            Standing::Running { .. } => self.first_row(frame.may_leave()),
            Standing::Fresh { .. } | Standing::Paused { .. } => {
                let state = (0, 0, Class::NONE);
                let following = self.following(0, 0, Class::NONE)?;
                self.idle_row(state, &following, Zones::ALL)
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

    /// The values of a state, by zone, and the zones in which they hold; `None`
    /// where it is passed over.
    pub(super) fn values(
        &self,
        slot: usize,
        used: usize,
        class: Class,
        mode: usize,
    ) -> Option<(&[i64], Zones)> {
        let bits = u16::try_from(self.kept(slot, used, class) >> (mode * 16) & 0xFFFF).unwrap_or(0);
        if bits == 0 {
            return None;
        }
        let zones = self.ground.lattice.zones;
        let cell = self.ground.cell(slot, used, class)?;
        let table: &[i64] = if mode == RUNNING { self.tables.running } else { self.tables.idle };
        let at = self.layer_of(slot, mode) + cell * zones;
        Some((table.get(at..at + zones)?, Zones::from_bits(bits)))
    }

    /// The zones for which the values of a state hold, as bits: idle ones in
    /// the low 16, running ones above them.
    pub(super) fn kept(&self, slot: usize, used: usize, class: Class) -> i64 {
        let cell = self.ground.cell(slot, used, class);
        let stamp = cell.and_then(|cell| self.tables.stamps.get(self.stamp_at(slot, cell)));
        let stamp = stamp.filter(|stamp| **stamp >> 32 == self.stamp(slot));
        stamp.map_or(0, |stamp| stamp & 0xFFFF_FFFF)
    }

    /// The least of the values of a state.
    pub(super) fn floor_of(&self, slot: usize, used: usize, class: Class, mode: usize) -> i64 {
        let Some(cell) = self.ground.cell(slot, used, class) else { return FAR };
        let at = self.stamp_at(slot, cell);
        match (self.tables.stamps.get(at), &self.past) {
            (Some(stamp), Some(past)) if stamp >> 32 == self.stamp(slot) => {
                past.tables.floors.get(2 * at + mode).copied().unwrap_or(FAR)
            }
            _ => FAR,
        }
    }

    /// The least that an open zone weighs in a slot.
    pub(super) fn least_weight(&self, slot: usize) -> i64 {
        self.bound.least_at(slot)
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
        (slot, used, class): (usize, usize, Class),
        idle: &(Rows, Zones),
        running: &(Rows, Zones),
        keep: &mut Keep<'_>,
    ) {
        let Some(cell) = self.ground.cell(slot, used, class) else { return };
        let lattice = &self.ground.lattice;
        let zones = lattice.zones;
        let kept_at = slot * lattice.width * lattice.classes + cell;
        let bits = i64::from(idle.1.bits()) | i64::from(running.1.bits()) << 16;
        let (stamp_at, stamp) = (self.stamp_at(slot, cell), self.stamp(slot) << 32 | bits);
        put(self.tables.stamps, stamp_at, Some(&[stamp]));
        if let Some(past) = &mut self.past {
            let least = |rows: &Rows, within: Zones| {
                let values = within.each().filter_map(|zone| rows.row.get(zone));
                values.fold(FAR, |least, value| least.min(*value))
            };
            let floors = [least(&idle.0, idle.1), least(&running.0, running.1)];
            put(past.tables.floors, 2 * stamp_at, Some(&floors));
        }
        for (mode, (rows, within)) in [(IDLE, idle), (RUNNING, running)] {
            if *within == Zones::NONE {
                continue;
            }
            let at = self.layer_of(slot, mode) + cell * zones;
            let state = self.state(slot, cell, mode);
            let table: &mut [i64] =
                if mode == RUNNING { self.tables.running } else { self.tables.idle };
            put(table, at, rows.row.get(..zones));
            put(self.tables.choices, state, rows.choices.get(..zones));
            if let Keep::All(table, _) = keep {
                put(table, state, rows.row.get(..zones));
            }
        }
        if let Keep::All(_, kept) = keep {
            put(kept, kept_at, Some(&[bits]));
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
    if let Some(to) = table.get_mut(at..at + row.len()) {
        to.copy_from_slice(row);
    }
}
