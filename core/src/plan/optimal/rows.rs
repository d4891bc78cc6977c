//! What a state costs to the end, zone by zone, from what the next ones cost.

use super::ahead::{Following, Start, State};
use super::ground::{Choices, HERE, NOWHERE, Row, Zones, least_among};
use super::lattice::Class;
use super::past::Cost;
use super::scale::FAR;
use super::sweep::{REACHABLE, Sweep};
use crate::plan::MAX_ZONES;
use crate::plan::frame::Entry;

/// Choices below are zones in which a stay begins.
pub(super) const STAY: u8 = 16;
pub(super) const PAUSE: u8 = 17;

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
        let (Some(mut value), Some(mut choice)) =
            (self.row.get(best).copied(), self.choices.get(best).copied())
        else {
            return;
        };
        self.improve_by(zones, least, choice_of(best));
        // In the best zone itself, only the second best counts.
        if zones.has(best) && value > least {
            if let Some(itself) = others.get_mut(best) {
                *itself = FAR;
            }
            let (second, second_least) = least_among(others, open);
            if second_least < value {
                (value, choice) = (second_least, choice_of(second));
            }
        }
        if let (Some(to), Some(chosen)) = (self.row.get_mut(best), self.choices.get_mut(best)) {
            (*to, *chosen) = (value, choice);
        }
    }

    /// Takes a value where it is less, in some zones.
    fn improve_by(&mut self, zones: Zones, other: i64, choice: u8) {
        if zones == Zones::ALL {
            for (value, chosen) in self.row.iter_mut().zip(&mut self.choices) {
                if other < *value {
                    (*value, *chosen) = (other, choice);
                }
            }
            return;
        }
        for zone in zones.each() {
            if let (Some(value), Some(chosen)) =
                (self.row.get_mut(zone), self.choices.get_mut(zone))
                && other < *value
            {
                (*value, *chosen) = (other, choice);
            }
        }
    }

    /// Copies what there is of some zones; the least of it.
    pub(super) fn copy(&self, zones: Zones, values: &mut [i64], choices: &mut [u8]) -> i64 {
        let mut least = FAR;
        if zones == Zones::ALL.first(values.len()) {
            for (((value, choice), from), chosen) in
                values.iter_mut().zip(choices).zip(&self.row).zip(&self.choices)
            {
                (*value, *choice) = (*from, *chosen);
                least = least.min(*from);
            }
            return least;
        }
        for zone in zones.each() {
            let to = (values.get_mut(zone), choices.get_mut(zone));
            let from = (self.row.get(zone), self.choices.get(zone));
            if let ((Some(value), Some(choice)), (Some(from), Some(chosen))) = (to, from) {
                (*value, *choice) = (*from, *chosen);
                least = least.min(*from);
            }
        }
        least
    }
}

impl Sweep<'_, '_> {
    /// What a state costs to the end, idle and running, with the zones in which
    /// a plan through it can be within `most`; `None` where there is none.
    /// `before` and `after`: what no plan is below on either side.
    pub(super) fn rows(
        &self,
        state: &State,
        following: &Following<'_>,
        past: Option<Cost<'_>>,
        (before, after): (i64, i64),
        most: i64,
    ) -> Option<((Rows, Zones), (Rows, Zones))> {
        let Some(past) = past else {
            let idle = self.idle_row(state, following, |_| Zones::ALL);
            let running = self.running_row(state, following, |_| Zones::ALL);
            let least = |rows: &Rows| rows.row.iter().fold(FAR, |least, value| least.min(*value));
            let value = least(&idle).min(least(&running));
            let is_within = value <= REACHABLE && before.saturating_add(value) <= most;
            return is_within.then_some(((idle, Zones::ALL), (running, Zones::ALL)));
        };
        let floors = following.floors();
        let below = |floor: i64| most.saturating_sub(after.max(floor));
        let idle_zones = past.idle_within(below(floors.0));
        let running_zones = past.running_within(below(floors.1));
        if idle_zones == Zones::NONE && running_zones == Zones::NONE {
            return None;
        }
        let idle = self.idle_row(state, following, |floor| {
            idle_zones.only(|zone| past.idle(zone) <= below(floor))
        });
        let running = self.running_row(state, following, |floor| {
            running_zones.only(|zone| past.running(zone) <= below(floor))
        });
        let is_within = |rows: &Rows, zone: usize, cost: i64| {
            let value = rows.row.get(zone).copied().unwrap_or(FAR);
            value <= REACHABLE && cost.saturating_add(value) <= most
        };
        let idle_zones = idle_zones.only(|zone| is_within(&idle, zone, past.idle(zone)));
        let running_zones =
            running_zones.only(|zone| is_within(&running, zone, past.running(zone)));
        let is_any = idle_zones != Zones::NONE || running_zones != Zones::NONE;
        is_any.then_some(((idle, idle_zones), (running, running_zones)))
    }

    /// At the start of a slot, after at least one idle slot or before the first
    /// start: wait, or begin a stay. `reach`: the zones in which something can
    /// matter that costs at least so much.
    pub(super) fn idle_row(
        &self,
        state: &State,
        following: &Following<'_>,
        reach: impl Fn(i64) -> Zones,
    ) -> Rows {
        let mut rows = Rows::new(HERE);
        let [same, elsewhere, _] = &following.starts;
        if let Some(start) = same {
            self.launch(state, start, reach(start.next.floor), &mut rows.row);
        }
        if let Some(waits) = following.rests {
            rows.improve(waits.zones.and(reach(waits.floor)), waits.values, STAY);
        }
        self.move_on(state, elsewhere.as_ref(), reach, &mut rows);
        rows
    }

    /// At the start of a slot, running before it: go on, pause, or move.
    pub(super) fn running_row(
        &self,
        state: &State,
        following: &Following<'_>,
        reach: impl Fn(i64) -> Zones,
    ) -> Rows {
        let slot = state.slot;
        let mut rows = Rows::new([STAY; MAX_ZONES]);
        if let Some(next) = following.goes_on {
            let open = next.zones.and(reach(next.floor)).and(self.ground.open(slot));
            self.ground.add(&mut rows.row, open, Some(next.values), slot, following.energy);
        }
        if let Some(pauses) = following.rests {
            rows.improve(pauses.zones.and(reach(pauses.floor)), pauses.values, PAUSE);
        }
        let [_, _, moves] = &following.starts;
        self.move_on(state, moves.as_ref(), reach, &mut rows);
        rows
    }

    /// What the job that runs when the plan begins can do.
    pub(super) fn first_row(&self, may_leave: bool) -> Rows {
        let first = &self.state(0, 0, Class::NONE);
        let mut rows = Rows::new([STAY; MAX_ZONES]);
        if let Some(start) = self.start(first, &self.way(0, 0, Entry::Continue)) {
            self.launch(first, &start, Zones::ALL, &mut rows.row);
        }
        if may_leave {
            let ahead = self.ahead(0, 0);
            if let Some(paused) = self.rest(first, &ahead) {
                rows.improve(paused.zones, paused.values, PAUSE);
            }
            let moves = self.start(first, &self.way(0, 0, Entry::Move));
            self.move_on(first, moves.as_ref(), |_| Zones::ALL, &mut rows);
        }
        rows
    }

    /// What it costs to the end to begin a stay, in each of some zones; those
    /// in which it can.
    fn launch(&self, state: &State, start: &Start<'_>, zones: Zones, row: &mut Row) -> Zones {
        let slots = state.slot..start.end;
        let open = start.next.zones.and(zones);
        let open = slots.fold(open, |open, at| open.and(self.ground.open(at)));
        if open == Zones::NONE {
            return open;
        }
        let mut next = Some(start.next.values);
        self.each_slot(state, start, |at, energy| {
            self.ground.add(row, open, next.take(), at, energy);
        });
        let toll = self.tolls.of(start.entry);
        if toll > 0 {
            // Tolls are small enough that this stays within 64 bits.
            row.iter_mut().for_each(|value| *value = value.wrapping_add(toll));
        }
        open
    }

    /// Begins a stay in another zone where that costs less, from the zones in
    /// which it can matter.
    fn move_on(
        &self,
        state: &State,
        start: Option<&Start<'_>>,
        reach: impl Fn(i64) -> Zones,
        rows: &mut Rows,
    ) {
        let Some(start) = start else { return };
        let zones = reach(start.next.floor);
        if zones == Zones::NONE {
            return;
        }
        let mut begun = NOWHERE;
        let open = self.launch(state, start, Zones::ALL, &mut begun);
        rows.improve_elsewhere(zones, &mut begun, open);
    }
}
