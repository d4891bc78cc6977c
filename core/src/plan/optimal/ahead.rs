//! What can follow a state: where it is kept, and what it costs at least.

use super::ground::Zones;
use super::kept::{Bank, IDLE, RUNNING};
use super::lattice::{Class, Whole};
use super::scale::FAR;
use super::sweep::Sweep;
use crate::plan::frame::Entry;

/// A number of used slots and a class at a boundary.
pub(super) struct State {
    pub(super) slot: usize,
    pub(super) used: usize,
    pub(super) class: Class,
    /// The work that is done, and its energy.
    pub(super) worked_s: i64,
    pub(super) energy: i64,
}

/// Where all that follows a number of used slots at a boundary is kept, whatever
/// the class.
pub(super) struct Ahead {
    rests: Option<Bank>,
    goes_on: Option<Bank>,
    /// The time of the slot.
    open_s: i64,
    /// The least that an open zone weighs in it.
    least: i64,
    starts: [Option<Way>; 3],
}

/// How a stay can begin, and where it leads while it is of whole slots and does
/// not do all the work.
pub(super) struct Way {
    entry: Entry,
    whole: Option<(Whole, Option<Bank>)>,
}

/// The values of a state that can follow.
#[derive(Clone, Copy)]
pub(super) struct Next<'t> {
    pub(super) values: &'t [i64],
    pub(super) zones: Zones,
    /// None of them is below, with what it costs to get there; known where the
    /// costs of the past are.
    pub(super) floor: i64,
}

/// How a stay begins, and what follows it.
#[derive(Clone, Copy)]
pub(super) struct Start<'t> {
    pub(super) entry: Entry,
    /// The boundary at which it may end, and the place of its class there.
    pub(super) end: usize,
    later: usize,
    finishes: bool,
    pub(super) next: Next<'t>,
}

/// All that can follow a state.
pub(super) struct Following<'t> {
    /// Another idle slot.
    pub(super) rests: Option<Next<'t>>,
    /// Another slot of the same stay, and the energy of it.
    pub(super) goes_on: Option<Next<'t>>,
    pub(super) energy: i64,
    /// A stay after idle slots in the same zone, in another one, and a move.
    pub(super) starts: [Option<Start<'t>>; 3],
}

impl Following<'_> {
    /// What is not below any of it: idle, and running.
    pub(super) fn floors(&self) -> (i64, i64) {
        let floor = |next: &Option<Next<'_>>| next.as_ref().map_or(FAR, |next| next.floor);
        let begun = |start: &Option<Start<'_>>| start.as_ref().map_or(FAR, |s| s.next.floor);
        let [same, elsewhere, moves] = &self.starts;
        let rests = floor(&self.rests);
        let idle = rests.min(begun(same)).min(begun(elsewhere));
        (idle, rests.min(floor(&self.goes_on)).min(begun(moves)))
    }
}

impl Sweep<'_, '_> {
    pub(super) fn state(&self, slot: usize, used: usize, class: Class) -> State {
        let worked_s = self.ground.lattice.worked_s(used, class);
        let energy = self.ground.energy(used, class.index);
        State { slot, used, class, worked_s, energy }
    }

    /// Where all that follows is kept.
    pub(super) fn ahead(&self, slot: usize, used: usize) -> Ahead {
        let frame = &self.ground.lattice.frame;
        let (same, elsewhere) = self.ground.entries(slot, used);
        let way = |entry| Some(self.way(slot, used, entry));
        Ahead {
            rests: self.bank(slot + 1, used),
            goes_on: self.bank(slot + 1, used + 1),
            open_s: frame.at(slot + 1) - frame.at(slot),
            least: self.bound.least_at(slot),
            starts: [way(same), way(elsewhere), way(Entry::Move).filter(|_| used > 0)],
        }
    }

    pub(super) fn way(&self, slot: usize, used: usize, entry: Entry) -> Way {
        let whole = self.ground.lattice.whole(slot, entry);
        let bank = |slots: usize| self.bank(slot + slots, used + slots);
        Way { entry, whole: whole.map(|whole| (whole, bank(whole.slots))) }
    }

    fn bank(&self, slot: usize, used: usize) -> Option<Bank> {
        Some(self.kept.bank(slot, self.ground.place(slot, used)?))
    }

    /// All that can follow a state; `None` where nothing can.
    pub(super) fn following(&self, state: &State, ahead: &Ahead) -> Option<Following<'_>> {
        let rests = self.rest(state, ahead);
        let (mut goes_on, mut energy) = (None, 0);
        if state.used > 0 {
            let (next, after) = if state.worked_s + ahead.open_s >= self.ground.lattice.frame.work_s
            {
                (Some(self.done()), self.ground.total)
            } else {
                let class = state.class.index;
                (
                    self.next(ahead.goes_on, class, RUNNING),
                    self.ground.energy(state.used + 1, class),
                )
            };
            energy = after - state.energy;
            goes_on = next.map(|next| {
                let floor = next.floor.saturating_add(ahead.least.saturating_mul(energy));
                Next { floor, ..next }
            });
        }
        let [same, elsewhere, moves] = &ahead.starts;
        let start = |way: &Option<Way>| self.start(state, way.as_ref()?);
        let starts = [start(same), start(elsewhere), start(moves)];
        let is_any = rests.is_some() || goes_on.is_some() || starts.iter().any(Option::is_some);
        is_any.then_some(Following { rests, goes_on, energy, starts })
    }

    /// An idle slot after a state.
    pub(super) fn rest(&self, state: &State, ahead: &Ahead) -> Option<Next<'_>> {
        self.next(ahead.rests, state.class.index, IDLE)
    }

    /// The values of a state that is not passed over.
    fn next(&self, bank: Option<Bank>, class: usize, mode: usize) -> Option<Next<'_>> {
        let spot = self.kept.find(bank?, class)?;
        let zones = spot.zones(mode);
        if zones == Zones::NONE {
            return None;
        }
        let values = self.kept.values(spot, mode)?;
        Some(Next { values, zones, floor: self.kept.floor(spot, mode) })
    }

    /// Nothing is left to pay.
    fn done(&self) -> Next<'_> {
        let (values, zones) = self.ground.done();
        Next { values, zones, floor: 0 }
    }

    /// A stay after a state.
    pub(super) fn start(&self, state: &State, way: &Way) -> Option<Start<'_>> {
        let entry = way.entry;
        let mut start = match way.whole {
            Some((whole, bank)) if state.worked_s < whole.most_s => {
                let later = self.ground.lattice.later(&state.class, whole)?;
                let next = self.next(bank, later, RUNNING)?;
                Start { entry, end: state.slot + whole.slots, later, finishes: false, next }
            }
            _ => self.last_start(state, entry)?,
        };
        if self.past.is_some() {
            let mut floor = start.next.floor;
            self.each_slot(state, &start, |at, energy| {
                floor = floor.saturating_add(self.bound.least_at(at).saturating_mul(energy));
            });
            start.next.floor = floor;
        }
        Some(start)
    }

    /// The same in the first slot or towards the end.
    fn last_start(&self, state: &State, entry: Entry) -> Option<Start<'_>> {
        let launch = self.ground.lattice.launch(state.slot, state.used, state.class, entry)?;
        let (end, later) = (launch.end, launch.class.index);
        let next = match launch.finishes {
            true => self.done(),
            false => self.next(self.bank(end, state.used + end - state.slot), later, RUNNING)?,
        };
        Some(Start { entry, end, later, finishes: launch.finishes, next })
    }

    /// The slots of a stay up to where it may end, with their energy.
    pub(super) fn each_slot(
        &self,
        state: &State,
        start: &Start<'_>,
        mut visit: impl FnMut(usize, i64),
    ) {
        let mut before = state.energy;
        let mut overhead = self.ground.scale.overhead(start.entry);
        for at in state.slot..start.end {
            let after = if start.finishes && at + 1 == start.end {
                self.ground.total
            } else {
                // Nothing is done while the overhead lasts.
                self.ground.energy(state.used + at + 1 - state.slot, start.later).max(before)
            };
            visit(at, after - before + overhead);
            (before, overhead) = (after, 0);
        }
    }
}
