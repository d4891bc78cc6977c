//! Lays the work of a job out over the slots that a planner chose. All that a
//! plan means in seconds is decided here, for every planner alike.

use super::frame::{Entry, Frame};
use super::{Conflict, Load};

/// Consecutive whole slots in one zone. The work may end before the last of
/// them does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) zone: u8,
    pub(super) from: usize,
    /// The first slot after it.
    pub(super) to: usize,
}

/// What happens in one slot of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) zone: u8,
    pub(super) slot: usize,
    /// How the stay began, in its first slot only.
    pub(super) entry: Option<Entry>,
    /// When it ends, in seconds from the start of the outlook.
    pub(super) end_s: i64,
    /// The time that it takes, overhead included.
    pub(super) seconds: i64,
    /// Seconds of work that were done before it, and after.
    pub(super) work_s: (i64, i64),
}

/// What all runs come to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Walked {
    pub(super) pauses: u32,
    pub(super) moves: u32,
}

/// Gives each piece of the runs, which are in order of time, to `visit`, until
/// the work is done.
pub(super) fn walk<E: From<Conflict>>(
    frame: &Frame<'_>,
    runs: &[Run],
    mut visit: impl FnMut(Piece) -> Result<(), E>,
) -> Result<Walked, E> {
    let mut walked = Walked::default();
    let mut done_s = 0_i64;
    let mut before = None;
    for run in runs {
        let entry = frame.entry(before, run.zone, run.from);
        if before.is_none() && entry != Entry::Continue && !frame.may_leave() {
            return Err(Conflict::MinRun.into());
        }
        walked.pauses += u32::from(entry.is_pause());
        walked.moves += u32::from(entry.is_move());
        let (mut overhead_s, _) = frame.overhead(entry);
        let (start_s, done_before) = (frame.at(run.from), done_s);
        let mut end_s = start_s;
        for slot in run.from..run.to {
            let open_s = frame.at(slot + 1) - frame.at(slot);
            let idle_s = overhead_s.min(open_s);
            overhead_s -= idle_s;
            let work_s = (open_s - idle_s).min(frame.work_s - done_s);
            let seconds = idle_s + work_s;
            end_s = frame.at(slot) + seconds;
            visit(Piece {
                zone: run.zone,
                slot,
                entry: (slot == run.from).then_some(entry),
                end_s,
                seconds,
                work_s: (done_s, done_s + work_s),
            })?;
            done_s += work_s;
            if done_s == frame.work_s {
                break;
            }
        }
        if done_s == done_before {
            return Err(Conflict::Overhead.into());
        }
        let is_done = done_s == frame.work_s;
        let is_all = is_done && done_before == 0;
        if end_s - start_s < frame.shortest_s(entry) && !is_all {
            return Err(Conflict::MinRun.into());
        }
        if is_done {
            return Ok(within_counts(frame, walked)?);
        }
        before = Some((run.zone, run.to));
    }
    Err(Conflict::Rule { available_s: u32::try_from(done_s).unwrap_or(u32::MAX) }.into())
}

fn within_counts(frame: &Frame<'_>, walked: Walked) -> Result<Walked, Conflict> {
    let limits = frame.job.limits;
    if limits.max_pauses.is_some_and(|most| walked.pauses > u32::from(most)) {
        return Err(Conflict::MaxPauses);
    }
    if limits.max_moves.is_some_and(|most| walked.moves > u32::from(most)) {
        return Err(Conflict::MaxMoves);
    }
    Ok(walked)
}

/// The energy of a piece with that of its overhead, in microjoules.
pub(super) fn energy_uj(frame: &Frame<'_>, piece: &Piece) -> i128 {
    let overhead = piece.entry.map_or(0, |entry| frame.overhead(entry).1);
    let (from, to) = piece.work_s;
    overhead
        + match frame.job.load {
            Load::Constant(power) => i128::from(power.as_uw()) * i128::from(to - from),
            Load::Steps(_) => frame.energy_uj(to) - frame.energy_uj(from),
        }
}
