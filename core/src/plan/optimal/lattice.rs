//! The states of a job in time.
//!
//! At each boundary between two slots a job has used some number of slots and
//! paid some pauses and moves. From these follows how much work is done, to the
//! second, so they are the state, together with the zone and whether the job
//! runs. Pauses and moves are told apart only where they take time or are
//! limited. Their counts, and whether the first slot was used where it is
//! shorter than the others, are the class of a state.

use super::counts::{Count, most_counts};
use super::scratch::Needs;
use crate::plan::frame::{Entry, Frame};
use crate::plan::{Memory, PlanError};

/// What does not change from one sweep to the next.
#[derive(Clone, Copy)]
pub(super) struct Lattice<'a> {
    pub(super) frame: Frame<'a>,
    pub(super) zones: usize,
    pauses: Count,
    moves: Count,
    /// Two where the first slot is shorter than the others, else one.
    firsts: usize,
    pub(super) classes: usize,
    /// The most slots that can be used without the work being done.
    pub(super) most_used: usize,
    /// How many numbers of used slots there are at one boundary, at most.
    pub(super) width: usize,
    /// How many boundaries a shortest stay spans.
    pub(super) ring: usize,
    /// By [`Entry`].
    stays: [Stay; 5],
    /// Fewer pauses or moves are told apart than a plan could need.
    pub(super) is_cut: bool,
}

/// How a stay begins, in time.
#[derive(Clone, Copy, Debug, Default)]
struct Stay {
    overhead_s: i64,
    /// How long it is at least.
    shortest_s: i64,
    /// How many slots that takes, after the first slot of the plan.
    slots: usize,
    /// The time of these slots.
    slots_s: i64,
}

impl Stay {
    fn new(frame: &Frame<'_>, entry: Entry) -> Self {
        let (overhead_s, _) = frame.overhead(entry);
        let shortest_s = frame.shortest_s(entry);
        let slots = slots_in(shortest_s.max(overhead_s + 1), frame.slot_s);
        Self { overhead_s, shortest_s, slots, slots_s: times(slots, frame.slot_s) }
    }
}

/// A stay of whole slots.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole {
    pub(super) slots: usize,
    /// It does all the work that is left where as much is done before.
    pub(super) most_s: i64,
    /// How many pauses and moves it counts as.
    pauses: usize,
    moves: usize,
}

/// What is told apart beside slots and zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// Its place among all classes.
    pub(super) index: usize,
    /// Whether the first slot was used, where that is told apart.
    pub(super) first: usize,
    pub(super) pauses: usize,
    pub(super) moves: usize,
    /// What it takes off the time of its used slots.
    pub(super) owed_s: i64,
}

impl Class {
    /// Before any slot is used.
    pub(super) const NONE: Self = Self { index: 0, first: 0, pauses: 0, moves: 0, owed_s: 0 };
}

/// Where a stay that has begun may end at the earliest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Launch {
    /// The class from then on.
    pub(super) class: Class,
    /// The boundary at which it may end or go on.
    pub(super) end: usize,
    /// Whether the work is done before that boundary.
    pub(super) finishes: bool,
}

impl<'a> Lattice<'a> {
    /// The lattice of a frame, with as many classes as `fits` allows.
    pub(super) fn new(
        frame: Frame<'a>,
        fits: impl Fn(&Self) -> Result<(), Memory>,
    ) -> Result<Self, PlanError> {
        let limits = frame.job.limits;
        let (most_pauses, most_moves) = most_counts(&frame);
        let (pause_s, move_s) = (frame.overhead(Entry::Resume).0, frame.overhead(Entry::Move).0);
        let shortest_s = i64::from(limits.min_run_s).max(1 + pause_s + move_s);
        let mut lattice = Self {
            frame,
            zones: frame.outlook.zones.len(),
            pauses: Count::new(most_pauses, limits.max_pauses, pause_s),
            moves: Count::new(most_moves, limits.max_moves, move_s),
            firsts: if frame.clipped_s() > 0 { 2 } else { 1 },
            classes: 1,
            most_used: 0,
            width: 1,
            ring: slots_in(shortest_s, frame.slot_s).saturating_add(2).min(frame.slots + 1),
            stays: Entry::ALL.map(|entry| Stay::new(&frame, entry)),
            is_cut: false,
        };
        loop {
            lattice.measure();
            let Err(memory) = fits(&lattice) else { return Ok(lattice) };
            lattice.is_cut = true;
            match (lattice.pauses.most, lattice.moves.most) {
                (0, 0) => return Err(memory.into()),
                (pauses, moves) if moves >= pauses => lattice.moves.most -= 1,
                _ => lattice.pauses.most -= 1,
            }
        }
    }

    fn measure(&mut self) {
        self.classes = self.firsts * (self.pauses.most + 1) * (self.moves.most + 1);
        let used = (self.frame.work_s + self.class(self.classes - 1).owed_s - 1)
            .div_euclid(self.frame.slot_s);
        self.most_used = usize::try_from(used).unwrap_or(0).min(self.frame.slots);
        let widths = (0..self.frame.slots).map(|slot| self.used(slot).len());
        self.width = widths.max().unwrap_or(1).max(1);
    }

    /// What the tables of a sweep take.
    pub(super) fn needs(&self) -> Needs {
        let energies = (self.most_used + 2) * self.classes;
        let cells = self.frame.slots * (self.zones + 7) + 3;
        let stamps = self.ring * self.width * self.classes;
        Needs {
            values: energies + cells + stamps + (self.ring + 2) * self.layer(),
            choices: 2 * self.frame.slots * self.layer(),
        }
    }

    /// The states of one boundary that run, and as many that do not.
    pub(super) const fn layer(&self) -> usize {
        self.width * self.classes * self.zones
    }

    /// The numbers of used slots that matter at a boundary: enough to be done
    /// in time, and not yet done.
    pub(super) fn used(&self, slot: usize) -> core::ops::Range<usize> {
        let left_s = self.frame.at(self.frame.slots) - self.frame.at(slot);
        let least = slots_in(self.frame.work_s - left_s, self.frame.slot_s);
        least..(slot.min(self.most_used) + 1).max(least)
    }

    /// The classes, in order.
    pub(super) fn each_class(&self) -> impl Iterator<Item = Class> + use<> {
        let Self { pauses, moves, .. } = *self;
        let clipped_s = self.frame.clipped_s();
        let mut class = Class::NONE;
        (0..self.classes).map(move |index| {
            if index == 0 {
                return class;
            }
            class.index = index;
            if class.moves < moves.most {
                class.moves += 1;
                class.owed_s += moves.seconds;
                return class;
            }
            class.owed_s -= times(class.moves, moves.seconds);
            class.moves = 0;
            if class.pauses < pauses.most {
                class.pauses += 1;
                class.owed_s += pauses.seconds;
                return class;
            }
            class.owed_s += clipped_s - times(class.pauses, pauses.seconds);
            (class.first, class.pauses) = (class.first + 1, 0);
            class
        })
    }

    /// The class of that place.
    pub(super) fn class(&self, index: usize) -> Class {
        let pauses = self.pauses.most + 1;
        let moves = self.moves.most + 1;
        let (first, pause_count, move_count) =
            (index / moves / pauses, index / moves % pauses, index % moves);
        Class {
            index,
            first,
            pauses: pause_count,
            moves: move_count,
            owed_s: times(first, self.frame.clipped_s())
                + times(pause_count, self.pauses.seconds)
                + times(move_count, self.moves.seconds),
        }
    }

    /// The work that is done, in seconds.
    pub(super) fn worked_s(&self, used: usize, class: Class) -> i64 {
        match used {
            0 => 0,
            _ => times(used, self.frame.slot_s) - class.owed_s,
        }
    }

    /// Whether a job can have got there, and not be done.
    pub(super) fn is_reachable(&self, used: usize, class: Class) -> bool {
        if used == 0 {
            return class.index == 0;
        }
        let worked_s = self.worked_s(used, class);
        // Every pause and move has had a stay after it.
        class.pauses.max(class.moves).max(class.first) <= used
            && worked_s > 0
            && worked_s < self.frame.work_s
    }

    /// The class after a stay has begun at the start of `slot`, `None` where
    /// that is one pause or move too many.
    fn after(&self, slot: usize, mut class: Class, entry: Entry) -> Option<Class> {
        if slot == 0 && self.firsts > 1 {
            class.first += 1;
            class.index += (self.pauses.most + 1) * (self.moves.most + 1);
            class.owed_s += self.frame.clipped_s();
        }
        if entry.is_pause() && self.pauses.is_told {
            class.pauses += 1;
            class.index += self.moves.most + 1;
            class.owed_s += self.pauses.seconds;
        }
        if entry.is_move() && self.moves.is_told {
            class.moves += 1;
            class.index += 1;
            class.owed_s += self.moves.seconds;
        }
        let fits = class.first < self.firsts
            && class.pauses <= self.pauses.most
            && class.moves <= self.moves.most;
        fits.then_some(class)
    }

    const fn stay(&self, entry: Entry) -> &Stay {
        let [first, goes_on, resumes, moves, resumes_elsewhere] = &self.stays;
        match entry {
            Entry::First => first,
            Entry::Continue => goes_on,
            Entry::Resume => resumes,
            Entry::Move => moves,
            Entry::ResumeElsewhere => resumes_elsewhere,
        }
    }

    /// A stay that begins at the start of `slot` where it is of whole slots.
    pub(super) fn whole(&self, slot: usize, entry: Entry) -> Option<Whole> {
        let stay = self.stay(entry);
        let is_whole = slot > 0 && slot + stay.slots < self.frame.slots;
        is_whole.then(|| Whole {
            slots: stay.slots,
            most_s: stay.overhead_s + self.frame.work_s - stay.slots_s,
            pauses: usize::from(entry.is_pause() && self.pauses.is_told),
            moves: usize::from(entry.is_move() && self.moves.is_told),
        })
    }

    /// The place of the class after such a stay, `None` where that is one pause
    /// or move too many.
    pub(super) const fn later(&self, class: &Class, whole: Whole) -> Option<usize> {
        let fits = class.pauses + whole.pauses <= self.pauses.most
            && class.moves + whole.moves <= self.moves.most;
        if fits {
            Some(class.index + whole.pauses * (self.moves.most + 1) + whole.moves)
        } else {
            None
        }
    }

    /// What a stay that begins at the start of `slot` leads to, in whatever
    /// zone; `None` where it breaks a limit.
    pub(super) fn launch(
        &self,
        slot: usize,
        used: usize,
        class: Class,
        entry: Entry,
    ) -> Option<Launch> {
        let frame = &self.frame;
        // After the first slot of the plan, slots are whole up to the last.
        let whole = self.whole(slot, entry);
        let whole = whole.filter(|whole| self.worked_s(used, class) < whole.most_s);
        let after = self.after(slot, class, entry)?;
        if let Some(whole) = whole {
            return Some(Launch { class: after, end: slot + whole.slots, finishes: false });
        }
        let stay = self.stay(entry);
        let left_s = stay.overhead_s + frame.work_s - self.worked_s(used, class);
        let start_s = frame.at(slot);
        let done_s = start_s + left_s;
        let least_s = start_s + stay.shortest_s.max(stay.overhead_s + 1);
        if least_s < done_s {
            let end = frame.slot_before(least_s) + 1;
            if end < frame.slots && frame.at(end) < done_s {
                return Some(Launch { class: after, end, finishes: false });
            }
        }
        let is_long_enough = left_s >= stay.shortest_s || used == 0;
        (done_s <= frame.at(frame.slots) && is_long_enough).then(|| Launch {
            class: after,
            end: frame.slot_before(done_s) + 1,
            finishes: true,
        })
    }

    /// The boundary at which a stay may end or go on at the earliest, where its
    /// work is not done before.
    pub(super) fn earliest_end(&self, slot: usize, entry: Entry) -> usize {
        let stay = self.stay(entry);
        let least_s = self.frame.at(slot) + stay.shortest_s.max(stay.overhead_s + 1);
        self.frame.slot_before(least_s) + 1
    }

    /// What the tables of [`Past`](super::past::Past) take.
    pub(super) const fn past_cells(&self) -> [usize; 3] {
        let costs = 2 * self.frame.slots * self.width * self.zones;
        [costs, 2 * (self.most_used + 2), 2 * self.ring * self.width * self.classes]
    }

    /// Whether a job that runs on through `slot` gets its work done in it.
    pub(super) fn finishes(&self, slot: usize, used: usize, class: Class) -> bool {
        let open_s = self.frame.at(slot + 1) - self.frame.at(slot);
        self.worked_s(used, class) + open_s >= self.frame.work_s
    }
}

/// How many slots it takes to hold a time.
pub(super) fn slots_in(seconds: i64, slot_s: i64) -> usize {
    usize::try_from((seconds.max(0) + slot_s - 1).div_euclid(slot_s)).unwrap_or(usize::MAX)
}

/// A time or cost, that many times.
pub(super) fn times(count: usize, one: i64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX).saturating_mul(one)
}
