//! What a state costs to the end, zone by zone, from what the next ones cost.

use super::ground::{Choices, HERE, NOWHERE, Row, Zones, least_among};
use super::lattice::{Class, Launch};
use super::scale::FAR;
use super::sweep::{IDLE, PAUSE, RUNNING, STAY, Sweep};
use crate::plan::MAX_ZONES;
use crate::plan::frame::Entry;

/// A row, and what is chosen in each zone.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    pub(super) row: Row,
    pub(super) choices: Choices,
}

impl Rows {
    fn new(choices: Choices) -> Self {
        Self { row: NOWHERE, choices }
    }

    /// Takes what is less, in some zones.
    fn improve(&mut self, zones: Zones, other: &[i64], choice: u8) {
        if zones == Zones::ALL {
            for ((value, chosen), other) in self.row.iter_mut().zip(&mut self.choices).zip(other) {
                if *other < *value {
                    (*value, *chosen) = (*other, choice);
                }
            }
            return;
        }
        for zone in zones.each() {
            let cell = (self.row.get_mut(zone), self.choices.get_mut(zone), other.get(zone));
            if let (Some(value), Some(chosen), Some(other)) = cell
                && *other < *value
            {
                (*value, *chosen) = (*other, choice);
            }
        }
    }

    /// Takes the least of the other zones where that is less: of `open` ones.
    fn improve_elsewhere(&mut self, zones: Zones, others: &mut Row, open: Zones) {
        let (best, least) = least_among(others, open);
        if least >= FAR {
            return;
        }
        let choice_of = |zone: usize| HERE.get(zone).copied().unwrap_or(0);
        // In the best zone itself, only the second best counts.
        if let (Some(value), Some(choice), Some(itself), true) = (
            self.row.get_mut(best),
            self.choices.get_mut(best),
            others.get_mut(best),
            zones.has(best),
        ) && *value > least
        {
            *itself = FAR;
            let (second, second_least) = least_among(others, open);
            if second_least < *value {
                (*value, *choice) = (second_least, choice_of(second));
            }
        }
        for zone in zones.each().filter(|zone| *zone != best) {
            let cell = (self.row.get_mut(zone), self.choices.get_mut(zone));
            if let (Some(value), Some(choice)) = cell
                && least < *value
            {
                (*value, *choice) = (least, choice_of(best));
            }
        }
    }
}

/// How a stay can begin, and what follows it.
#[derive(Clone, Copy)]
struct Start<'t> {
    entry: Entry,
    launch: Launch,
    next: (&'t [i64], Zones),
}

/// All that can follow a state.
pub(super) struct Following<'t> {
    /// Another idle slot.
    rests: Option<(&'t [i64], Zones)>,
    /// Another slot of the same stay, and the energy of it.
    goes_on: Option<(&'t [i64], Zones)>,
    energy: i64,
    /// A stay after idle slots in the same zone, in another one, and a move.
    starts: [Option<Start<'t>>; 3],
}

impl Sweep<'_, '_> {
    /// All that can follow a state; `None` where nothing can.
    pub(super) fn following(
        &self,
        slot: usize,
        used: usize,
        class: Class,
    ) -> Option<Following<'_>> {
        let ground = &self.ground;
        let (same, elsewhere) = ground.entries(slot, used);
        let start = |entry| self.start(slot, used, class, entry);
        let rests = self.values(slot + 1, used, class, IDLE);
        let (mut goes_on, mut energy, mut moves) = (None, 0, None);
        if used > 0 {
            let before = ground.energy(used, class);
            if ground.lattice.finishes(slot, used, class) {
                (goes_on, energy) = (Some(ground.done()), ground.total - before);
            } else {
                goes_on = self.values(slot + 1, used + 1, class, RUNNING);
                energy = ground.energy(used + 1, class) - before;
            }
            moves = start(Entry::Move);
        }
        let starts = [start(same), start(elsewhere), moves];
        let is_any = rests.is_some() || goes_on.is_some() || starts.iter().any(Option::is_some);
        is_any.then_some(Following { rests, goes_on, energy, starts })
    }

    /// Whether some row that follows a state may be kept: at a glance, so that
    /// most of those that nothing follows need no closer look.
    pub(super) fn is_followed(&self, slot: usize, used: usize, class: Class) -> bool {
        let ground = &self.ground;
        let lattice = &ground.lattice;
        let is_kept = |slot, used, class| self.kept(slot, used, class) > 0;
        if is_kept(slot + 1, used, class) {
            return true;
        }
        let goes_on =
            used > 0 && (lattice.finishes(slot, used, class) || is_kept(slot + 1, used + 1, class));
        let (same, elsewhere) = ground.entries(slot, used);
        let moves = if used > 0 { Entry::Move } else { elsewhere };
        goes_on
            || [same, elsewhere, moves].into_iter().any(|entry| {
                match lattice.whole_stay(slot, used, class, entry) {
                    Some((slots, after)) => {
                        after.is_some_and(|after| is_kept(slot + slots, used + slots, after))
                    }
                    None => true,
                }
            })
    }

    /// What no row that follows is below: idle, and running.
    pub(super) fn floors(
        &self,
        slot: usize,
        used: usize,
        class: Class,
        following: &Following<'_>,
    ) -> (i64, i64) {
        let Following { goes_on, energy, starts: [same, elsewhere, moves], .. } = following;
        let rests = self.floor_of(slot + 1, used, class, IDLE);
        let floor = |start: &Option<Start<'_>>| {
            start.as_ref().map_or(FAR, |start| self.floor_of_start(slot, used, class, start))
        };
        let idle = rests.min(floor(same)).min(floor(elsewhere));
        let goes_on = goes_on.map_or(FAR, |_| {
            let next = match self.ground.lattice.finishes(slot, used, class) {
                true => 0,
                false => self.floor_of(slot + 1, used + 1, class, RUNNING),
            };
            next.saturating_add(self.least_weight(slot).saturating_mul(*energy))
        });
        (idle, rests.min(goes_on).min(floor(moves)))
    }

    fn floor_of_start(&self, slot: usize, used: usize, class: Class, start: &Start<'_>) -> i64 {
        let Launch { class: after, end, finishes } = start.launch;
        let mut sum = match finishes {
            true => 0,
            false => self.floor_of(end, used + end - slot, after, RUNNING),
        };
        self.each_slot(slot, used, class, start, |at, energy| {
            sum = sum.saturating_add(self.least_weight(at).saturating_mul(energy));
        });
        sum
    }

    fn start(&self, slot: usize, used: usize, class: Class, entry: Entry) -> Option<Start<'_>> {
        let launch = self.ground.lattice.launch(slot, used, class, entry)?;
        let next = match launch.finishes {
            true => self.ground.done(),
            false => self.values(launch.end, used + launch.end - slot, launch.class, RUNNING)?,
        };
        Some(Start { entry, launch, next })
    }

    /// The slots of a stay up to where it may end, with their energy.
    fn each_slot(
        &self,
        slot: usize,
        used: usize,
        class: Class,
        start: &Start<'_>,
        mut visit: impl FnMut(usize, i64),
    ) {
        let Launch { class: later, end, finishes } = start.launch;
        let mut before = self.ground.energy(used, class);
        let mut overhead = self.ground.scale.overhead(start.entry);
        for at in slot..end {
            let after = if finishes && at + 1 == end {
                self.ground.total
            } else {
                // Nothing is done while the overhead lasts.
                self.ground.energy(used + at + 1 - slot, later).max(before)
            };
            visit(at, after - before + overhead);
            (before, overhead) = (after, 0);
        }
    }

    /// At the start of a slot, after at least one idle slot or before the first
    /// start, in some zones: wait, or begin a stay.
    pub(super) fn idle_row(
        &self,
        (slot, used, class): (usize, usize, Class),
        following: &Following<'_>,
        zones: Zones,
    ) -> Rows {
        let mut rows = Rows::new(HERE);
        let [same, elsewhere, _] = &following.starts;
        if let Some(start) = same {
            self.launch((slot, used, class), start, zones, &mut rows.row);
        }
        if let Some((waits, open)) = following.rests {
            rows.improve(open.and(zones), waits, STAY);
        }
        self.move_on((slot, used, class), elsewhere.as_ref(), zones, &mut rows);
        rows
    }

    /// At the start of a slot, running before it, in some zones: go on, pause,
    /// or move.
    pub(super) fn running_row(
        &self,
        (slot, used, class): (usize, usize, Class),
        following: &Following<'_>,
        zones: Zones,
    ) -> Rows {
        let mut rows = Rows::new([STAY; MAX_ZONES]);
        if let Some((next, open)) = following.goes_on {
            let open = open.and(zones).and(self.ground.open(slot));
            self.ground.add(&mut rows.row, open, Some(next), slot, following.energy);
        }
        if let Some((pauses, open)) = following.rests {
            rows.improve(open.and(zones), pauses, PAUSE);
        }
        let [_, _, moves] = &following.starts;
        self.move_on((slot, used, class), moves.as_ref(), zones, &mut rows);
        rows
    }

    /// What the job that runs when the plan begins can do.
    pub(super) fn first_row(&self, may_leave: bool) -> Rows {
        let first = (0, 0, Class::NONE);
        let mut rows = Rows::new([STAY; MAX_ZONES]);
        if let Some(start) = self.start(0, 0, Class::NONE, Entry::Continue) {
            self.launch(first, &start, Zones::ALL, &mut rows.row);
        }
        if may_leave {
            if let Some((paused, zones)) = self.values(1, 0, Class::NONE, IDLE) {
                rows.improve(zones, paused, PAUSE);
            }
            let moves = self.start(0, 0, Class::NONE, Entry::Move);
            self.move_on(first, moves.as_ref(), Zones::ALL, &mut rows);
        }
        rows
    }

    /// What it costs to the end to begin a stay, in each of some zones; those
    /// in which it can.
    fn launch(
        &self,
        (slot, used, class): (usize, usize, Class),
        start: &Start<'_>,
        zones: Zones,
        row: &mut Row,
    ) -> Zones {
        let (next, open) = start.next;
        let slots = slot..start.launch.end;
        let open = slots.fold(open.and(zones), |open, at| open.and(self.ground.open(at)));
        if open == Zones::NONE {
            return open;
        }
        let mut next = Some(next);
        self.each_slot(slot, used, class, start, |at, energy| {
            self.ground.add(row, open, next.take(), at, energy);
        });
        let toll = self.tolls.of(start.entry);
        if toll > 0 {
            row.iter_mut().for_each(|value| *value = value.saturating_add(toll));
        }
        open
    }

    /// Begins a stay in another zone where that costs less, from some zones.
    fn move_on(
        &self,
        state: (usize, usize, Class),
        start: Option<&Start<'_>>,
        zones: Zones,
        rows: &mut Rows,
    ) {
        let Some(start) = start.filter(|_| zones != Zones::NONE) else { return };
        let mut begun = NOWHERE;
        let open = self.launch(state, start, Zones::ALL, &mut begun);
        rows.improve_elsewhere(zones, &mut begun, open);
    }
}
