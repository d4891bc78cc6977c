//! What sweeps stand on: the energies, weights and open zones of a lattice in
//! the units of its scale.

use super::lattice::{Class, Lattice};
use super::scale::{FAR, Scale};
use crate::plan::walk::{Run, Walked, walk};
use crate::plan::{Conflict, MAX_ZONES};

/// A value for each zone.
pub(super) type Row = [i64; MAX_ZONES];
/// A choice for each zone.
pub(super) type Choices = [u8; MAX_ZONES];

/// Nothing can be reached.
pub(super) const NOWHERE: Row = [FAR; MAX_ZONES];
/// The choice of each zone for itself.
pub(super) const HERE: Choices = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
static DONE: Row = [0; MAX_ZONES];

/// Some zones, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Zones(u16);

impl Zones {
    pub(super) const ALL: Self = Self(u16::MAX);
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    pub(super) const fn bits(self) -> u16 {
        self.0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn has(self, zone: usize) -> bool {
        zone < MAX_ZONES && self.0 >> zone & 1 == 1
    }

    /// Their places, in order.
    pub(super) fn each(self) -> impl Iterator<Item = usize> {
        let mut bits = self.0;
        core::iter::from_fn(move || {
            let zone = usize::try_from(bits.trailing_zeros()).ok().filter(|_| bits > 0)?;
            bits &= bits - 1;
            Some(zone)
        })
    }

    /// Those of them before some zone.
    pub(super) fn first(self, zones: usize) -> Self {
        Self(if zones < MAX_ZONES { self.0 & ((1 << zones) - 1) } else { self.0 })
    }

    /// Those of them of which something holds.
    pub(super) fn only(self, holds: impl Fn(usize) -> bool) -> Self {
        Self(self.each().filter(|zone| holds(*zone)).fold(0, |bits, zone| bits | 1 << zone))
    }

    /// Those, in order, of which it is true.
    pub(super) fn of(zones: impl DoubleEndedIterator<Item = bool> + ExactSizeIterator) -> Self {
        Self(zones.rev().fold(0, |bits, is_one| bits << 1 | u16::from(is_one)))
    }
}

/// The lent memory, cut up.
pub(super) struct Tables<'s> {
    /// The energy of the work done in each state, by used slots and class.
    pub(super) energies: &'s mut [i64],
    /// What each zone weighs in each slot; 0 where it may not be used.
    pub(super) weights: &'s mut [i64],
    /// The zones that may be used in each slot, as bits. Zones that do not
    /// exist are open too, so that all open is one number.
    pub(super) masks: &'s mut [i64],
    /// The least number of used slots that matters at each boundary.
    pub(super) firsts: &'s mut [i64],
}

pub(super) struct Ground<'a, 's> {
    pub(super) lattice: Lattice<'a>,
    pub(super) scale: Scale,
    tables: Tables<'s>,
    /// The energy of all the work.
    pub(super) total: i64,
    /// The zones that there are.
    all: Zones,
    /// How often weights have been set.
    pub(super) version: u64,
}

impl<'a, 's> Ground<'a, 's> {
    pub(super) fn new(lattice: Lattice<'a>, scale: Scale, tables: Tables<'s>) -> Self {
        let frame = lattice.frame;
        for (used, row) in tables.energies.chunks_mut(lattice.classes).enumerate() {
            for (class, energy) in lattice.each_class().zip(row) {
                let worked_s = lattice.worked_s(used, class).clamp(0, frame.work_s);
                *energy = scale.energy(&frame, worked_s);
            }
        }
        for (slot, mask) in tables.masks.iter_mut().enumerate() {
            let closed = frame.zones().filter(|zone| !frame.allows(*zone, slot));
            *mask = closed.fold(i64::from(u16::MAX), |mask, zone| mask & !(1 << zone));
        }
        for (slot, first) in tables.firsts.iter_mut().enumerate() {
            *first = i64::try_from(lattice.used(slot).start).unwrap_or(i64::MAX);
        }
        let total = scale.energy(&frame, frame.work_s);
        let all = Zones::from_bits(frame.zones().fold(0, |all, zone| all | 1 << zone));
        Self { lattice, scale, tables, total, all, version: 0 }
    }

    /// What is to be made least.
    pub(super) fn set_weights(&mut self, weight: impl Fn(u8, usize) -> i64) {
        let frame = self.lattice.frame;
        self.version += 1;
        let rows = self.tables.weights.chunks_mut(self.lattice.zones);
        for (slot, row) in rows.enumerate() {
            for (zone, value) in (0..).zip(row) {
                *value = if frame.allows(zone, slot) { weight(zone, slot) } else { 0 };
            }
        }
    }

    /// The energy of each piece of some runs, with its zone and slot; `None`
    /// where they break a limit.
    pub(super) fn weigh(
        &self,
        runs: &[Run],
        mut visit: impl FnMut(u8, usize, i64),
    ) -> Option<Walked> {
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
        walked.ok()
    }

    /// What the zones weigh in a slot.
    pub(super) fn weights(&self, slot: usize) -> &[i64] {
        let zones = self.lattice.zones;
        self.tables.weights.get(slot * zones..(slot + 1) * zones).unwrap_or(&[])
    }

    /// The least weight of the open zones of a slot.
    pub(super) fn least_weight(&self, slot: usize) -> Option<i64> {
        let mask = self.mask(slot);
        let zones = self.weights(slot).iter().enumerate();
        zones.filter(|(zone, _)| mask >> zone & 1 == 1).map(|(_, weight)| *weight).min()
    }

    /// The open zones of a slot.
    pub(super) fn mask(&self, slot: usize) -> u16 {
        let mask = self.tables.masks.get(slot).copied().unwrap_or(0);
        u16::try_from(mask).unwrap_or(0)
    }

    /// The energy of the work done in a state, by the place of its class.
    pub(super) fn energy(&self, used: usize, class: usize) -> i64 {
        let at = used * self.lattice.classes + class;
        self.tables.energies.get(at).copied().unwrap_or(self.total)
    }

    /// The place of a number of used slots among those of a boundary.
    pub(super) fn place(&self, slot: usize, used: usize) -> Option<usize> {
        let first = usize::try_from(*self.tables.firsts.get(slot)?).ok()?;
        let place = used.checked_sub(first)?;
        let is_known = used <= slot.min(self.lattice.most_used) && slot < self.lattice.frame.slots;
        is_known.then_some(place)
    }

    /// The place among the states of a boundary, zones apart.
    pub(super) fn cell(&self, slot: usize, used: usize, class: Class) -> Option<usize> {
        Some(self.place(slot, used)? * self.lattice.classes + class.index)
    }

    /// How a stay after idle slots begins in the same zone, and elsewhere.
    pub(super) fn entries(
        &self,
        slot: usize,
        used: usize,
    ) -> (crate::plan::frame::Entry, crate::plan::frame::Entry) {
        use crate::plan::frame::Entry;
        if used > 0 {
            return (Entry::Resume, Entry::ResumeElsewhere);
        }
        let frame = &self.lattice.frame;
        let here = frame.job.standing.zone().unwrap_or(0);
        let elsewhere = if here == 0 { 1 } else { 0 };
        (frame.entry(None, here, slot), frame.entry(None, elsewhere, slot))
    }

    /// The zones that may be used in a slot.
    pub(super) fn open(&self, slot: usize) -> Zones {
        Zones::from_bits(self.mask(slot))
    }

    /// Adds an energy at the weights of a slot in some zones: to other values,
    /// or to those in the row.
    pub(super) fn add(
        &self,
        row: &mut Row,
        zones: Zones,
        to: Option<&[i64]>,
        slot: usize,
        energy: i64,
    ) {
        let weights = self.weights(slot);
        let is_all = zones.and(self.all) == self.all;
        // The scale keeps every sum within 64 bits.
        match to {
            Some(values) => {
                if is_all {
                    for ((sum, weight), value) in row.iter_mut().zip(weights).zip(values) {
                        *sum = value.wrapping_add(weight.wrapping_mul(energy));
                    }
                } else {
                    for zone in zones.each() {
                        let cell = (row.get_mut(zone), weights.get(zone), values.get(zone));
                        if let (Some(sum), Some(weight), Some(value)) = cell {
                            *sum = value.wrapping_add(weight.wrapping_mul(energy));
                        }
                    }
                }
            }
            None if is_all => {
                for (sum, weight) in row.iter_mut().zip(weights) {
                    *sum = sum.wrapping_add(weight.wrapping_mul(energy));
                }
            }
            None => {
                for zone in zones.each() {
                    if let (Some(sum), Some(weight)) = (row.get_mut(zone), weights.get(zone)) {
                        *sum = sum.wrapping_add(weight.wrapping_mul(energy));
                    }
                }
            }
        }
    }

    /// As many values as there are zones: nothing is left to pay.
    pub(super) fn done(&self) -> (&'static [i64], Zones) {
        (DONE.get(..self.lattice.zones).unwrap_or(&DONE), Zones::ALL)
    }
}

/// Closes the zones that are not in the mask.
pub(super) fn close(row: &mut Row, open: u16) {
    if open == u16::MAX {
        return;
    }
    for (zone, value) in row.iter_mut().enumerate() {
        if open >> zone & 1 == 0 {
            *value = FAR;
        }
    }
}

/// The first zone of the least value.
pub(super) fn least_of(row: &Row) -> (usize, i64) {
    let least = row.iter().fold(FAR, |least, value| least.min(*value));
    (row.iter().position(|value| *value == least).unwrap_or(0), least)
}

/// The same of some zones alone; the first one, and [`FAR`], where nothing of
/// them can be reached.
pub(super) fn least_among(row: &Row, zones: Zones) -> (usize, i64) {
    if zones == Zones::ALL {
        return least_of(row);
    }
    let value = |zone: usize| row.get(zone).copied().unwrap_or(FAR);
    zones.each().fold(
        (0, FAR),
        |least, zone| {
            if value(zone) < least.1 { (zone, value(zone)) } else { least }
        },
    )
}
