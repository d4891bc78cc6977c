//! Which limit stands in the way.

use super::{Guess, Lattice, Scale, Scratch, fits, solve};
use crate::plan::frame::Frame;
use crate::plan::{Conflict, Job, Limits, Outlook, Overhead};
use crate::units::Utc;

/// The first limit without which there is a plan, the others kept. The budget
/// is apart: it is judged with the cleanest plan in hand.
pub(super) fn blame(
    outlook: &Outlook<'_>,
    job: &Job<'_>,
    now: Utc,
    scratch: &mut Scratch<'_>,
) -> Conflict {
    let limits = Limits { budget: None, ..job.limits };
    let job = Job { limits, objective: crate::plan::Objective::Carbon, ..*job };
    let free = |overhead: Overhead| Overhead { seconds: 0, ..overhead };
    let without = |limits: Limits| Job { limits, ..job };
    let available_s = Frame::new(outlook, &job, now)
        .map_or(0, |frame| frame.capacity_s(|zone, slot| frame.allows(zone, slot)));
    let loosened = [
        (without(Limits { max_pauses: None, ..limits }), Conflict::MaxPauses),
        (without(Limits { min_run_s: 0, ..limits }), Conflict::MinRun),
        (without(Limits { max_moves: None, ..limits }), Conflict::MaxMoves),
        (Job { pause: free(job.pause), moving: free(job.moving), ..job }, Conflict::Overhead),
        (without(Limits { max_intensity: None, ..limits }), Conflict::MaxIntensity { available_s }),
    ];
    let is_enough = |job: &Job<'_>, scratch: &mut Scratch<'_>| {
        let Ok(frame) = Frame::new(outlook, job, now) else { return false };
        let lattice = Lattice::new(frame, |lattice| fits(lattice, scratch));
        let scale = Scale::new(&frame, false);
        lattice
            .is_ok_and(|lattice| solve::<0>(lattice, scale, scratch, &Guess::NONE, None).is_some())
    };
    let found = loosened.into_iter().find(|(job, _)| is_enough(job, scratch));
    found.map_or(Conflict::Together, |(_, conflict)| conflict)
}
