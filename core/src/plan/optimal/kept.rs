//! The values of the states that a sweep does not pass over.

use super::ground::Zones;
use super::lattice::Lattice;
use super::rows::{PAUSE, Rows};
use super::scale::FAR;

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
    /// The least of these values, where that is asked for, else empty.
    pub(super) floors: &'s mut [i64],
    /// By boundary, [`IDLE`] or [`RUNNING`], and place in the layer.
    pub(super) choices: &'s mut [u8],
}

/// What a sweep keeps of the values beyond itself.
pub(super) enum Keep<'t> {
    Nothing,
    All(Album<'t>),
}

/// All values that a sweep has kept.
pub(super) struct Album<'t> {
    /// One after the other: the zones of each state, idle, then running.
    pub(super) values: &'t mut [i64],
    /// By boundary and place in the layer without zones: where the values begin,
    /// and in the low 32 bits the zones for which they are there.
    pub(super) index: &'t mut [i64],
    taken: usize,
}

impl<'t> Album<'t> {
    pub(super) fn new(values: &'t mut [i64], index: &'t mut [i64]) -> Self {
        index.fill(0);
        Self { values, index, taken: 0 }
    }

    fn add(&mut self, place: usize, rows: [(&Rows, Zones); 2]) {
        let (Some(entry), Ok(begin)) = (self.index.get_mut(place), i64::try_from(self.taken))
        else {
            return;
        };
        *entry = begin << 32 | bits(rows.map(|(_, zones)| zones));
        for (rows, zones) in rows {
            for zone in zones.each() {
                if let (Some(to), Some(from)) =
                    (self.values.get_mut(self.taken), rows.row.get(zone))
                {
                    *to = *from;
                }
                self.taken += 1;
            }
        }
    }
}

/// The same to look something up.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'t> {
    pub(super) values: &'t [i64],
    pub(super) index: &'t [i64],
}

impl Lookup<'_> {
    /// What a state costs to the end, where that was kept.
    pub(super) fn value(self, place: usize, mode: usize, zone: u8) -> Option<i64> {
        let entry = *self.index.get(place)?;
        let bit = mode * 16 + usize::from(zone);
        if entry >> bit & 1 == 0 {
            return None;
        }
        let before = usize::try_from((entry & ((1 << bit) - 1)).count_ones()).ok()?;
        self.values.get(usize::try_from(entry >> 32).ok()? + before).copied()
    }
}

pub(super) struct Kept<'s> {
    tables: Tables<'s>,
    zones: usize,
    classes: usize,
    /// How many states a boundary has, zones apart, and how many with them.
    cells: usize,
    layer: usize,
    ring: usize,
    slots: usize,
    /// The number of this sweep.
    sweeps: i64,
    /// The boundary at which it is, and that modulo the ring.
    slot: usize,
    turn: usize,
}

/// The states of a number of used slots at a boundary.
#[derive(Clone, Copy)]
pub(super) struct Bank {
    /// The place of the first among the stamps, and that of its idle values.
    place: usize,
    idle: usize,
    stamp: i64,
}

/// A state of which values are kept.
#[derive(Clone, Copy)]
pub(super) struct Spot {
    /// Its place among the stamps, and that of its idle values.
    place: usize,
    idle: usize,
    stamp: i64,
}

impl Spot {
    /// The zones for which its values hold.
    pub(super) fn zones(self, mode: usize) -> Zones {
        let bits = self.stamp >> (mode * 16) & 0xFFFF;
        Zones::from_bits(u16::try_from(bits).unwrap_or(0))
    }
}

impl<'s> Kept<'s> {
    pub(super) fn new(tables: Tables<'s>, lattice: &Lattice<'_>) -> Self {
        tables.stamps.fill(-1);
        Self {
            tables,
            zones: lattice.zones,
            classes: lattice.classes,
            cells: lattice.width * lattice.classes,
            layer: lattice.layer(),
            ring: lattice.ring.max(1),
            slots: lattice.frame.slots,
            sweeps: 0,
            slot: 0,
            turn: 0,
        }
    }

    /// Begins a sweep, at the end.
    pub(super) fn start(&mut self) {
        self.sweeps += 1;
        (self.slot, self.turn) = (self.slots, self.slots % self.ring);
    }

    /// Goes on to the boundary before.
    pub(super) fn step(&mut self) {
        self.slot = self.slot.saturating_sub(1);
        self.turn = self.turn.checked_sub(1).unwrap_or(self.ring - 1);
    }

    /// The place of a state among those of the boundaries of the ring: of this
    /// one, or one of the next.
    fn place(&self, slot: usize, cell: usize) -> usize {
        let turn = self.turn + slot.saturating_sub(self.slot);
        let turn = if turn < self.ring { turn } else { turn - self.ring };
        turn * self.cells + cell
    }

    const fn idle(&self, slot: usize, cell: usize) -> usize {
        (slot & 1) * self.layer + cell * self.zones
    }

    fn stamp(&self, slot: usize) -> i64 {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.sweeps * number(self.slots) + number(slot)
    }

    /// The states of a number of used slots at this boundary or one of the next:
    /// those of that place.
    pub(super) fn bank(&self, slot: usize, place: usize) -> Bank {
        let cell = place * self.classes;
        Bank { place: self.place(slot, cell), idle: self.idle(slot, cell), stamp: self.stamp(slot) }
    }

    /// That of a class, where values of it are kept.
    pub(super) fn find(&self, bank: Bank, class: usize) -> Option<Spot> {
        let place = bank.place + class;
        let stamp = *self.tables.stamps.get(place)?;
        let idle = bank.idle + class * self.zones;
        (stamp >> 32 == bank.stamp).then_some(Spot { place, idle, stamp })
    }

    /// The values of a state, by zone.
    pub(super) fn values(&self, spot: Spot, mode: usize) -> Option<&[i64]> {
        let (table, at): (&[i64], usize) = match mode {
            RUNNING => (self.tables.running, spot.place * self.zones),
            _ => (self.tables.idle, spot.idle),
        };
        table.get(at..at + self.zones)
    }

    /// The least of the values of a state.
    pub(super) fn floor(&self, spot: Spot, mode: usize) -> i64 {
        self.tables.floors.get(2 * spot.place + mode).copied().unwrap_or(FAR)
    }

    /// Keeps what an idle and a running state cost, in some zones.
    pub(super) fn put(
        &mut self,
        (slot, cell): (usize, usize),
        rows: [(&Rows, Zones); 2],
        keep: &mut Keep<'_>,
    ) {
        let stamp = self.stamp(slot) << 32 | bits(rows.map(|(_, zones)| zones));
        let place = self.place(slot, cell);
        if let Some(to) = self.tables.stamps.get_mut(place) {
            *to = stamp;
        }
        let all = Zones::ALL.first(self.zones);
        let rows = rows.map(|(rows, zones)| (rows, zones.and(all)));
        for (mode, (rows, zones)) in (IDLE..).zip(rows) {
            let state = self.state(slot, cell, mode);
            let idle = self.idle(slot, cell);
            let (table, at) = match mode {
                RUNNING => (&mut *self.tables.running, place * self.zones),
                _ => (&mut *self.tables.idle, idle),
            };
            let values = table.get_mut(at..at + self.zones).unwrap_or_default();
            let choices = self.tables.choices.get_mut(state..state + self.zones);
            let least = rows.copy(zones, values, choices.unwrap_or_default());
            if let Some(floor) = self.tables.floors.get_mut(2 * place + mode) {
                *floor = least;
            }
        }
        if let Keep::All(album) = keep {
            album.add(slot * self.cells + cell, rows);
        }
    }

    /// The choice of a state.
    pub(super) fn choice(&self, slot: usize, cell: usize, mode: usize, zone: u8) -> u8 {
        let at = self.state(slot, cell, mode) + usize::from(zone);
        self.tables.choices.get(at).copied().unwrap_or(PAUSE)
    }

    /// The place of a state in a table of all of them; the zones follow.
    const fn state(&self, slot: usize, cell: usize, mode: usize) -> usize {
        (slot * 2 + mode) * self.layer + cell * self.zones
    }
}

/// Idle zones in the low 16 bits, running ones above them.
fn bits([idle, running]: [Zones; 2]) -> i64 {
    i64::from(idle.bits()) | i64::from(running.bits()) << 16
}
