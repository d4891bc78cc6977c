//! What a pause and a move would have to cost so that a job which may have any
//! number of them keeps to its limits by itself.
//!
//! Such tolls have no say in what is planned: they tell which plans to try
//! first, and [`Past`](super::past::Past) how much a state with a known number
//! of pauses and moves has cost at least.

use heapless::Vec;

use super::lattice::{Class, times};
use super::sweep::Sweep;
use crate::plan::Conflict;
use crate::plan::frame::{Entry, Frame};
use crate::plan::walk::{Run, Walked, energy_uj, walk};

/// How often tolls are tried at most.
const ROUNDS: usize = 5;
/// No toll is higher, so that no sum leaves 64 bits.
const MOST: i64 = 1 << 52;

/// What each pause and each move costs beside what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tolls {
    pub(super) pause: i64,
    pub(super) moving: i64,
}

impl Tolls {
    pub(super) const NONE: Self = Self { pause: 0, moving: 0 };

    /// What a stay pays that begins so.
    pub(super) const fn of(self, entry: Entry) -> i64 {
        let pause = if entry.is_pause() { self.pause } else { 0 };
        let moving = if entry.is_move() { self.moving } else { 0 };
        pause + moving
    }

    /// What the pauses and moves of a class have paid.
    pub(super) fn paid(self, class: Class) -> i64 {
        times(class.pauses, self.pause).saturating_add(times(class.moves, self.moving))
    }

    /// What those of a plan have paid.
    pub(super) fn paid_by(self, walked: Walked) -> i64 {
        let pauses = i64::from(walked.pauses).saturating_mul(self.pause);
        pauses.saturating_add(i64::from(walked.moves).saturating_mul(self.moving))
    }

    /// The tolls for weights that come to `to` in place of `from`.
    pub(super) fn scaled(self, from: i64, to: i64) -> Self {
        let scaled = |toll: i64| {
            let scaled = (i128::from(toll) * i128::from(to)).checked_div(i128::from(from));
            scaled.and_then(|toll| i64::try_from(toll).ok()).unwrap_or(0).clamp(0, MOST)
        };
        Self { pause: scaled(self.pause), moving: scaled(self.moving) }
    }
}

/// What was found.
pub(super) struct Sought<const N: usize> {
    pub(super) tolls: Tolls,
    /// What the work costs at least, apart from its overheads in time.
    pub(super) lower: i64,
    /// The best plan met that keeps to all limits but the budget.
    pub(super) runs: Option<Vec<Run, N>>,
    /// The best plan with these tolls.
    pub(super) tolled: Vec<Run, N>,
}

/// Tries tolls in a sweep that tells neither pauses nor moves apart, for a job
/// that limits them and to which they take time. `weight`: what is made least.
/// `known`: what a plan without tolls costs.
pub(super) fn seek<const N: usize>(
    sweep: &mut Sweep<'_, '_>,
    limited: &Frame<'_>,
    known: Option<i64>,
    weight: impl Fn(u8, usize) -> Option<i64>,
) -> Option<Sought<N>> {
    let limits = limited.job.limits;
    sweep.tolls = Tolls::NONE;
    let value = sweep.find_below(known)?;
    // What a second costs in the mean, and a quarter more at the margin.
    let second = value.div_euclid(limited.work_s.max(1)).max(0);
    let time = |entry: Entry| second.saturating_mul(limited.overhead(entry).0 * 5 / 4).min(MOST);
    let mut pause = Toll::new(limits.max_pauses, time(Entry::Resume));
    let mut moving = Toll::new(limits.max_moves, time(Entry::Move));
    let unit = (value.saturating_abs() >> 8) + 1;
    let mut last = sweep.trace::<N>();
    let mut sought =
        Sought { tolls: Tolls::NONE, lower: i64::MIN, runs: None, tolled: last.clone() };
    let mut best = i128::MAX;
    let mut offer = |sought: &mut Sought<N>, runs: &Vec<Run, N>| {
        let whole = run_on(limited, runs);
        if let Some(cost) = price(limited, &whole, &weight).filter(|cost| *cost < best) {
            (best, sought.runs) = (cost, Some(whole));
        }
    };
    offer(&mut sought, &last);
    for _ in 0..ROUNDS {
        sweep.tolls = Tolls { pause: pause.whole(), moving: moving.whole() };
        let known = sweep.cost(&last);
        let value = sweep.find_below(known)?;
        last = sweep.trace::<N>();
        let walked = sweep.ground.weigh(&last, |_, _, _| ())?;
        let lower = value.saturating_sub(pause.allowed().saturating_add(moving.allowed()));
        if lower > sought.lower {
            (sought.lower, sought.tolls) = (lower, sweep.tolls);
            sought.tolled.clone_from(&last);
        }
        offer(&mut sought, &last);
        if (pause.step(walked.pauses, unit), moving.step(walked.moves, unit)) == (false, false) {
            break;
        }
    }
    Some(sought)
}

/// A toll between one that is too low and one that is high enough, beside what
/// the time costs.
struct Toll {
    limit: Option<u16>,
    time: i64,
    low: i64,
    high: Option<i64>,
    now: i64,
}

impl Toll {
    const fn new(limit: Option<u16>, time: i64) -> Self {
        Self { limit, time, low: 0, high: None, now: 0 }
    }

    const fn whole(&self) -> i64 {
        self.now.saturating_add(self.time)
    }

    /// What as many as are allowed pay.
    fn allowed(&self) -> i64 {
        self.limit.map_or(0, |limit| i64::from(limit).saturating_mul(self.now))
    }

    /// Whether another one is to be tried where this one led to so many.
    fn step(&mut self, count: u32, unit: i64) -> bool {
        let Some(limit) = self.limit else { return false };
        if count > u32::from(limit) {
            self.low = self.now;
            self.now = match self.high {
                Some(high) => self.low.midpoint(high),
                None => self.now.saturating_mul(2).max(unit).min(MOST),
            };
        } else {
            self.high = Some(self.now);
            if self.now - self.low < unit / 4 || count == u32::from(limit) {
                return false;
            }
            self.now = self.low.midpoint(self.now);
        }
        true
    }
}

/// The same plan, its last stay lasting until the work is done.
pub(super) fn run_on<const N: usize>(frame: &Frame<'_>, runs: &Vec<Run, N>) -> Vec<Run, N> {
    let mut whole = runs.clone();
    if let Some(run) = whole.last_mut() {
        run.to = frame.slots;
    }
    whole
}

/// What a plan comes to; `None` where it breaks a limit other than the budget.
pub(super) fn price(
    frame: &Frame<'_>,
    runs: &[Run],
    weight: impl Fn(u8, usize) -> Option<i64>,
) -> Option<i128> {
    let mut sum = 0_i128;
    let walked = walk(frame, runs, |piece| {
        let is_allowed = frame.allows(piece.zone, piece.slot);
        let weight = weight(piece.zone, piece.slot).filter(|_| is_allowed);
        sum += energy_uj(frame, &piece) * i128::from(weight.ok_or(Conflict::Together)?);
        Ok::<(), Conflict>(())
    });
    walked.ok().map(|_| sum)
}
