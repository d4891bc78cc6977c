//! What is to be decided after the first slot, of which a part may be gone.
//!
//! The work that is left fixes how many slots are used and the deadline how
//! many stay idle. A state is how many of either are behind; with the idle ones
//! in the outer loop, only the values of one more and of one less of them are
//! ever needed.

use super::{Errand, FAR, Frame, add, over, size};
use crate::plan::{Memory, Standing};

/// What is to be decided after the first slot.
pub(super) struct Rest<'f> {
    frame: &'f Frame<'f>,
    /// How many of the slots are used, and how many idle at most.
    pub(super) used: usize,
    idle: usize,
    /// The work in the last one that is used, in the first of all where that
    /// does it all.
    last_s: u32,
    /// By how many pauses are left; one where they are not limited.
    pub(super) classes: usize,
    is_limited: bool,
    /// Whether nothing was done before.
    is_first: bool,
    /// Whether the first start is none after a pause.
    is_free: bool,
    min_run_s: u32,
}

impl<'f> Rest<'f> {
    /// `done_s`: the work of the first slot. `None` where there is no time for
    /// the rest.
    pub(super) fn new(frame: &'f Frame<'f>, errand: &Errand, done_s: u32) -> Option<Self> {
        let left_s = errand.work_s - done_s.min(errand.work_s);
        let used = over(left_s, frame.slot_s);
        let last_s = match used.checked_sub(1) {
            Some(whole) => left_s.saturating_sub(whole.saturating_mul(frame.slot_s.get())),
            None => done_s,
        };
        let used = size(used);
        let is_first = done_s == 0;
        let pauses = errand.max_pauses.map(|pauses| usize::from(pauses).min(used));
        Some(Self {
            frame,
            used,
            idle: (frame.slots - 1).checked_sub(used)?,
            last_s,
            classes: pauses.unwrap_or(0) + 1,
            is_limited: pauses.is_some(),
            is_first,
            is_free: is_first && matches!(errand.standing, Standing::Fresh { .. }),
            min_run_s: errand.min_run_s,
        })
    }

    /// How many slots a time takes.
    pub(super) fn slots_of(&self, seconds: u32) -> usize {
        size(over(seconds, self.frame.slot_s))
    }

    /// The work of a slot when so many have been used.
    fn work_s(&self, used: usize) -> u32 {
        if used + 1 == self.used { self.last_s } else { self.frame.slot_s.get() }
    }

    /// What it costs to run on from one number of used slots to another.
    pub(super) fn run(&self, idle: usize, from: usize, to: usize) -> u64 {
        let cost = |used| self.frame.cost(1 + idle + used, self.work_s(used));
        (from..to).fold(0, |sum, used| add(sum, cost(used)))
    }

    /// Where a stay leads to that begins when so many slots have been used, and
    /// which class is left; `None` where there must not be one.
    fn launch(&self, used: usize, left: usize) -> Option<(usize, usize)> {
        let is_free = (used == 0 && self.is_free) || !self.is_limited;
        let left = if is_free { left } else { left.checked_sub(1)? };
        let to = used + self.slots_of(self.min_run_s).max(1);
        if to < self.used {
            return Some((to, left));
        }
        let whole = u32::try_from(self.used - used - 1).unwrap_or(0);
        let length_s = whole.saturating_mul(self.frame.slot_s.get()).saturating_add(self.last_s);
        let is_all = used == 0 && self.is_first;
        (is_all || length_s >= self.min_run_s).then_some((self.used, left))
    }

    fn place(&self, used: usize, left: usize) -> usize {
        used * self.classes + left
    }

    /// What is left to pay when running, after so many used slots.
    pub(super) fn running(&self, values: &[u64], used: usize, left: usize) -> u64 {
        if used == self.used {
            return 0;
        }
        values.get(self.place(used, left)).copied().unwrap_or(FAR)
    }

    /// The same when idle.
    pub(super) fn idle(&self, values: &[u64], used: usize, left: usize) -> u64 {
        let at = self.place(self.used, 0) + self.place(used, left);
        values.get(at).copied().unwrap_or(FAR)
    }

    /// Word and bit of a choice: to go on where it runs, to begin a stay where
    /// it does not.
    fn choice(&self, idle: usize, used: usize, left: usize, runs: bool) -> (usize, u32) {
        let table = 2 * self.place(self.used, 0);
        let state = 2 * (idle * self.place(self.used, 0) + self.place(used, left));
        let bit = state + usize::from(runs);
        (table + bit / 64, u32::try_from(bit % 64).unwrap_or(0))
    }

    fn chosen(&self, values: &[u64], idle: usize, used: usize, left: usize, runs: bool) -> bool {
        let (word, bit) = self.choice(idle, used, left, runs);
        values.get(word).is_some_and(|word| word >> bit & 1 == 1)
    }

    /// From the last slot to the first: what each state costs to the end.
    pub(super) fn sweep(&self, values: &mut [u64]) -> Result<(), Memory> {
        let states = self.place(self.used, 0);
        let needed = 2 * states + (2 * states * (self.idle + 1)).div_ceil(64);
        values.get_mut(..needed).ok_or(Memory::Values { needed })?.fill(FAR);
        for idle in (0..=self.idle).rev() {
            for used in (0..self.used).rev() {
                let go = self.run(idle, used, used + 1);
                for left in 0..self.classes {
                    let later = self.idle(values, used, left);
                    let go = add(go, self.running(values, used + 1, left));
                    let begin = self.launch(used, left).map_or(FAR, |(to, left)| {
                        add(self.run(idle, used, to), self.running(values, to, left))
                    });
                    let place = self.place(used, left);
                    for (runs, value, at) in [(true, go, place), (false, begin, states + place)] {
                        let (word, bit) = self.choice(idle, used, left, runs);
                        if let Some(word) = values.get_mut(word) {
                            *word = *word & !(1 << bit) | u64::from(value <= later) << bit;
                        }
                        if let Some(slot) = values.get_mut(at) {
                            *slot = value.min(later);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Follows the choices from so many used slots on, running or not;
    /// `since_s` is when the stay began that runs.
    pub(super) fn trace(
        &self,
        values: &[u64],
        (mut used, mut runs): (usize, bool),
        mut left: usize,
        mut since_s: Option<u32>,
        take: &mut dyn FnMut(u32, u32),
    ) {
        let mut idle = 0;
        while used < self.used && idle <= self.idle {
            let slot = 1 + idle + used;
            if self.chosen(values, idle, used, left, runs) {
                let next = if runs { Some((used + 1, left)) } else { self.launch(used, left) };
                since_s = since_s.or(Some(self.frame.at(slot)));
                (used, left) = next.unwrap_or((self.used, left));
                runs = true;
            } else {
                if let Some(from_s) = since_s.take() {
                    take(from_s, self.frame.at(slot));
                }
                (idle, runs) = (idle + 1, false);
            }
        }
        if let Some(from_s) = since_s {
            let last = if self.used == 0 { 0 } else { idle + self.used };
            take(from_s, self.frame.at(last).saturating_add(self.last_s));
        }
    }
}
