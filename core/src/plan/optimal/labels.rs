//! The search that closes the gap between the best plan found within a carbon
//! budget and the bound on any: partial plans, slot by slot, without those that
//! another one dominates and those whose bound says that they cannot win.

use heapless::Vec;

use super::kept::{IDLE, Lookup, RUNNING};
use super::lattice::{Class, Launch};
use super::sweep::Sweep;
use crate::plan::Standing;
use crate::plan::frame::Entry;
use crate::plan::walk::Run;

const NOBODY: u32 = u32::MAX;

/// A partial plan in the search of [`optimal`](super::optimal).
#[derive(Clone, Copy, Debug)]
pub struct Label {
    score: i64,
    carbon: i64,
    /// No plan that begins so costs less.
    bound: i64,
    parent: u32,
    /// The next one of the same boundary.
    next: u32,
    /// The first label whose state falls on this place of the pool, and the
    /// next one that falls on the same.
    head: u32,
    after: u32,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    slot: u16,
    used: u16,
    class: u16,
    zone: u8,
    is_running: bool,
}

impl Label {
    /// An empty one, to fill an array.
    pub const EMPTY: Self = Self {
        score: 0,
        carbon: 0,
        bound: 0,
        parent: NOBODY,
        next: NOBODY,
        head: NOBODY,
        after: NOBODY,
        state: State { slot: 0, used: 0, class: 0, zone: 0, is_running: false },
    };
}

impl Default for Label {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// What the search knows beforehand.
pub(super) struct Known<'t> {
    /// The weights of the objective and of carbon, by slot and zone.
    pub(super) scores: &'t [i64],
    pub(super) carbons: &'t [i64],
    /// What each state costs to the end, with the multiplier.
    pub(super) costs: Lookup<'t>,
    /// The least carbon to the end: see [`Sweep::floor`].
    pub(super) least: &'t [i64],
    pub(super) lambda: i64,
    /// The budget.
    pub(super) limit: i64,
}

pub(super) struct Search<'x, 'a, 's, const N: usize> {
    sweep: &'x Sweep<'a, 's>,
    known: Known<'x>,
    labels: &'x mut [Label],
    taken: usize,
    heads: [u32; N],
    /// What is to be beaten, and the plan that did: a label and its last run.
    best: i64,
    /// Nothing with a bound above it is looked at.
    cut: i64,
    end: Option<(u32, Run)>,
    /// The least bound of what there was no room for.
    dropped: Option<i64>,
}

/// What a search found.
pub(super) struct Found<const N: usize> {
    /// A better plan, where there is one.
    pub(super) plan: Option<(i64, Vec<Run, N>)>,
    /// Nothing is below, with the fineness of the scale; `None` where nothing
    /// is below the best plan known.
    pub(super) bound: Option<i64>,
}

/// A stretch of the plan between two labels, or to the end.
#[derive(Clone, Copy)]
struct Stretch {
    to: usize,
    score: i64,
    carbon: i64,
}

impl<'x, 'a, 's, const N: usize> Search<'x, 'a, 's, N> {
    pub(super) fn new(
        sweep: &'x Sweep<'a, 's>,
        known: Known<'x>,
        labels: &'x mut [Label],
        (best, cut): (i64, i64),
    ) -> Self {
        labels.iter_mut().for_each(|label| label.head = NOBODY);
        let heads = [NOBODY; N];
        Self { sweep, known, labels, taken: 0, heads, best, cut, end: None, dropped: None }
    }

    pub(super) fn run(mut self) -> Found<N> {
        let frame = self.sweep.ground.lattice.frame;
        self.root();
        for slot in 1..frame.slots {
            let mut index = self.heads.get(slot).copied().unwrap_or(NOBODY);
            while let Some(label) = self.label(index) {
                if !self.is_hopeless(label.bound) {
                    self.expand(index, label);
                }
                index = label.next;
            }
        }
        let bound = self.dropped.filter(|bound| !self.is_hopeless(*bound));
        Found { plan: self.end.map(|end| (self.best, self.trace(end))), bound }
    }

    fn root(&mut self) {
        let job = self.sweep.ground.lattice.frame.job;
        let zone = job.standing.zone().unwrap_or(0);
        let root = Label { state: State { zone, ..Label::EMPTY.state }, ..Label::EMPTY };
        if !matches!(job.standing, Standing::Running { .. }) {
            return self.expand(NOBODY, root);
        }
        self.begin(NOBODY, root, Entry::Continue, |to| to == zone);
        if self.sweep.ground.lattice.frame.may_leave() {
            self.begin(NOBODY, root, Entry::Move, |to| to != zone);
            self.rest(NOBODY, root);
        }
    }

    /// All that can follow a label.
    fn expand(&mut self, index: u32, label: Label) {
        let (slot, zone) = (usize::from(label.state.slot), label.state.zone);
        if label.state.is_running {
            self.go_on(index, label);
            self.begin(index, label, Entry::Move, |to| to != zone);
        } else {
            let (same, elsewhere) = self.sweep.ground.entries(slot, usize::from(label.state.used));
            self.begin(index, label, same, |to| to == zone);
            self.begin(index, label, elsewhere, |to| to != zone);
        }
        self.rest(index, label);
    }

    /// An idle slot.
    fn rest(&mut self, index: u32, label: Label) {
        let State { slot, used, class, zone, .. } = label.state;
        let stretch = Stretch { to: usize::from(slot) + 1, score: 0, carbon: 0 };
        let class = self.sweep.ground.lattice.class(class.into());
        self.push(index, label, stretch, (used.into(), class), zone, IDLE);
    }

    /// One more slot of a stay.
    fn go_on(&mut self, index: u32, label: Label) {
        let State { slot, used, class, zone, .. } = label.state;
        let (at, used) = (usize::from(slot), usize::from(used));
        let class = self.sweep.ground.lattice.class(class.into());
        if self.sweep.ground.mask(at) >> zone & 1 == 0 {
            return;
        }
        let finishes = self.sweep.ground.lattice.finishes(at, used, class);
        let after = if finishes {
            self.sweep.ground.total
        } else {
            self.sweep.ground.energy(used + 1, class.index)
        };
        let energy = after - self.sweep.ground.energy(used, class.index);
        let (score, carbon) = self.price(at, zone, energy);
        let stretch = Stretch { to: at + 1, score, carbon };
        if finishes {
            self.finish(index, label, stretch, zone);
        } else {
            self.push(index, label, stretch, (used + 1, class), zone, RUNNING);
        }
    }

    /// A new stay in each of some zones.
    fn begin(&mut self, index: u32, label: Label, entry: Entry, is_to: impl Fn(u8) -> bool) {
        let State { slot, used, class, .. } = label.state;
        let (slot, used) = (usize::from(slot), usize::from(used));
        let sweep = self.sweep;
        let class = sweep.ground.lattice.class(class.into());
        let Some(launch) = sweep.ground.lattice.launch(slot, used, class, entry) else { return };
        let slots = slot..launch.end;
        let open = slots.fold(u16::MAX, |open, slot| open & sweep.ground.mask(slot));
        for zone in
            sweep.ground.lattice.frame.zones().filter(|zone| open >> zone & 1 == 1 && is_to(*zone))
        {
            let stretch = self.stay(slot, used, class, launch, entry, zone);
            if launch.finishes {
                self.finish(index, label, stretch, zone);
            } else {
                let to = (used + launch.end - slot, launch.class);
                self.push(index, label, stretch, to, zone, RUNNING);
            }
        }
    }

    fn stay(
        &self,
        slot: usize,
        used: usize,
        class: Class,
        launch: Launch,
        entry: Entry,
        zone: u8,
    ) -> Stretch {
        let sweep = self.sweep;
        let (mut score, mut carbon) = self.price(slot, zone, sweep.ground.scale.overhead(entry));
        let mut before = sweep.ground.energy(used, class.index);
        for at in slot..launch.end {
            let after = if launch.finishes && at + 1 == launch.end {
                sweep.ground.total
            } else {
                sweep.ground.energy(used + at + 1 - slot, launch.class.index).max(before)
            };
            let (more_score, more_carbon) = self.price(at, zone, after - before);
            (score, carbon) = (score + more_score, carbon + more_carbon);
            before = after;
        }
        Stretch { to: launch.end, score, carbon }
    }

    fn price(&self, slot: usize, zone: u8, energy: i64) -> (i64, i64) {
        let at = slot * self.sweep.ground.lattice.zones + usize::from(zone);
        let of = |weights: &[i64]| weights.get(at).copied().unwrap_or(0).wrapping_mul(energy);
        (of(self.known.scores), of(self.known.carbons))
    }

    fn finish(&mut self, index: u32, label: Label, stretch: Stretch, zone: u8) {
        let score = label.score + stretch.score;
        if label.carbon + stretch.carbon <= self.known.limit && score < self.best {
            self.best = score;
            let from = usize::from(label.state.slot);
            self.end = Some((index, Run { zone, from, to: stretch.to }));
        }
    }

    fn push(
        &mut self,
        parent: u32,
        label: Label,
        stretch: Stretch,
        (used, class): (usize, Class),
        zone: u8,
        mode: usize,
    ) {
        let lattice = &self.sweep.ground.lattice;
        let score = label.score + stretch.score;
        let carbon = label.carbon + stretch.carbon;
        let (Some(cell), Some(place)) = (
            self.sweep.ground.cell(stretch.to, used, class),
            self.sweep.ground.place(stretch.to, used),
        ) else {
            return;
        };
        let cell = stretch.to * lattice.width * lattice.classes + cell;
        let (Some(value), Some(least)) = (
            self.known.costs.value(cell, mode, zone),
            self.known.least.get(stretch.to * lattice.width + place),
        ) else {
            return;
        };
        let bound = self
            .sweep
            .ground
            .scale
            .fineness
            .wrapping_mul(score)
            .saturating_add(self.known.lambda.wrapping_mul(carbon - self.known.limit))
            .saturating_add(value);
        if carbon.saturating_add(*least) > self.known.limit || self.is_hopeless(bound) {
            return;
        }
        let short = |value: usize| u16::try_from(value);
        let (Ok(slot), Ok(used), Ok(class)) = (short(stretch.to), short(used), short(class.index))
        else {
            return self.drop(bound);
        };
        let state = State { slot, used, class, zone, is_running: mode == RUNNING };
        self.insert(Label { score, carbon, bound, parent, state, ..Label::EMPTY });
    }

    /// Keeps a label, unless another one of the same state is at least as good
    /// in both respects, and in the place of one that is not better in any.
    fn insert(&mut self, label: Label) {
        let place = place_of(label.state) % self.labels.len().max(1);
        let mut index = self.labels.get(place).map_or(NOBODY, |label| label.head);
        while let Some(other) = self.label(index) {
            if other.state == label.state {
                if other.score <= label.score && other.carbon <= label.carbon {
                    return;
                }
                if label.score <= other.score && label.carbon <= other.carbon {
                    let (next, head, after) = (other.next, other.head, other.after);
                    return self.set(index, Label { next, head, after, ..label });
                }
            }
            index = other.after;
        }
        // Each boundary has its share, so that early ones leave room.
        let share = self.labels.len() / self.sweep.ground.lattice.frame.slots.max(1);
        let (slot, taken) = (usize::from(label.state.slot), self.taken);
        let (Ok(index), true) = (u32::try_from(taken), taken < share * slot) else {
            return self.drop(label.bound);
        };
        let after = self.labels.get(place).map_or(NOBODY, |label| label.head);
        let head = self.labels.get(taken).map_or(NOBODY, |label| label.head);
        let Some(next) = self.heads.get_mut(slot) else { return };
        let label = Label { next: *next, head, after, ..label };
        *next = index;
        self.taken += 1;
        self.set(index, label);
        if let Some(label) = self.labels.get_mut(place) {
            label.head = index;
        }
    }

    fn drop(&mut self, bound: i64) {
        self.dropped = Some(self.dropped.map_or(bound, |least| least.min(bound)));
    }

    /// Whether nothing with this bound is better than the best, or looked at.
    fn is_hopeless(&self, bound: i64) -> bool {
        bound > self.sweep.ground.scale.fineness.wrapping_mul(self.best - 1).min(self.cut)
    }

    fn label(&self, index: u32) -> Option<Label> {
        self.labels.get(usize::try_from(index).ok()?).copied().filter(|_| index != NOBODY)
    }

    fn set(&mut self, index: u32, label: Label) {
        if let Some(place) = usize::try_from(index).ok().and_then(|at| self.labels.get_mut(at)) {
            *place = label;
        }
    }

    fn trace(&self, (mut index, last): (u32, Run)) -> Vec<Run, N> {
        let mut runs = Vec::new();
        // There are at most as many runs as slots.
        let mut add = |run: Run| match runs.last_mut() {
            Some(after @ Run { .. }) if after.zone == run.zone && after.from == run.to => {
                after.from = run.from;
            }
            _ => drop(runs.push(run)),
        };
        add(last);
        while let Some(label) = self.label(index) {
            let from = self.label(label.parent).map_or(0, |parent| parent.state.slot);
            if label.state.is_running {
                let State { zone, slot, .. } = label.state;
                add(Run { zone, from: from.into(), to: slot.into() });
            }
            index = label.parent;
        }
        runs.reverse();
        runs
    }
}

/// Spreads states over the pool.
fn place_of(state: State) -> usize {
    let bits = u64::from(state.slot) << 40
        ^ u64::from(state.used) << 25
        ^ u64::from(state.class) << 9
        ^ u64::from(state.zone) << 1
        ^ u64::from(state.is_running);
    let spread = bits.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
    usize::try_from(spread).unwrap_or(0)
}
