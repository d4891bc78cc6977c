//! How many pauses and moves there can be.

use super::lattice::slots_in;
use crate::plan::frame::{Entry, Frame};

/// A number that is told apart up to a limit, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) is_told: bool,
    pub(super) most: usize,
    pub(super) seconds: i64,
}

impl Count {
    /// `most`: how many there can be. `limit`: how many there may be.
    pub(super) fn new(most: i64, limit: Option<u16>, seconds: i64) -> Self {
        let most = usize::try_from(most).unwrap_or(0);
        let limit = limit.map_or(usize::MAX, usize::from);
        let is_told = seconds > 0 || limit < most;
        Self { is_told, most: if is_told { most.min(limit) } else { 0 }, seconds }
    }
}

/// How many pauses and moves there can be at most: each takes a stay of the
/// shortest length, each pause an idle slot too, and their time must be spare.
pub(super) fn most_counts(frame: &Frame<'_>) -> (i64, i64) {
    let slots = i64::try_from(frame.slots).unwrap_or(i64::MAX);
    let min_run_s = i64::from(frame.job.limits.min_run_s);
    let stay = i64::try_from(slots_in(min_run_s.max(1), frame.slot_s)).unwrap_or(i64::MAX);
    let spare_s = frame.at(frame.slots) - frame.at(0) - frame.work_s;
    let (pause_s, move_s) = (frame.overhead(Entry::Resume).0, frame.overhead(Entry::Move).0);
    let by_time = |seconds: i64| if seconds > 0 { spare_s / seconds } else { i64::MAX };
    // A stay that does all the work may be shorter.
    let by_slots = slots.saturating_add(1) / stay.saturating_add(1);
    let mut pauses = by_slots.max(1).min(by_time(pause_s));
    let mut moves = (slots / stay).max(1).min(by_time(move_s));
    if frame.outlook.zones.len() < 2 {
        moves = 0;
    }
    let limits = frame.job.limits;
    for _ in 0..4 {
        let limited = |most: i64, limit: Option<u16>| limit.map_or(most, |l| most.min(l.into()));
        let overhead_s = limited(pauses, limits.max_pauses)
            .saturating_mul(pause_s)
            .saturating_add(limited(moves, limits.max_moves).saturating_mul(move_s));
        let time_s = frame.work_s.saturating_add(overhead_s.min(spare_s));
        let used = time_s / frame.slot_s + 2;
        pauses = pauses.min(used / stay + 1);
        moves = moves.min(used / stay + 1);
    }
    (pauses, moves)
}
