//! The best contiguous start.

use super::frame::Frame;
use super::schedule::{PER_UG, mass, settle};
use super::walk::{Run, energy_uj, walk};
use super::{Conflict, Job, Method, Outlook, PlanError, Proof, Schedule};
use crate::units::Utc;

/// The best way to do the work in one go and in one zone, among all zones and
/// all starts at the beginning of a slot (of the current one: now).
///
/// ```
/// use wattcast_core::plan::{Job, Load, Outlook, ZoneOutlook, window};
/// use wattcast_core::units::{CarbonIntensity, CarbonMass, Power, Utc};
///
/// let hours = [300, 80, 90, 400].map(|g| Some(CarbonIntensity::from_mg_per_kwh(g * 1_000)));
/// let zones = [ZoneOutlook::new(&hours)];
/// let outlook = Outlook { start: Utc::from_us(0), slot_s: 3_600, zones: &zones };
/// let job = Job::new(2 * 3_600, Load::Constant(Power::from_uw(1_000_000_000)));
///
/// let plan = window::<4>(&outlook, &job, Utc::from_us(0)).unwrap();
/// assert_eq!(plan.intervals[0].start, Utc::from_us(3_600_000_000));
/// assert_eq!(plan.expected, CarbonMass::from_ug(170_000_000));
/// assert_eq!(plan.figures.run_now, Some(CarbonMass::from_ug(380_000_000)));
/// ```
///
/// # Errors
///
/// [`PlanError`]; [`Conflict::Contiguous`] where no single stretch holds the
/// work.
pub fn window<const N: usize>(
    outlook: &Outlook<'_>,
    job: &Job<'_>,
    now: Utc,
) -> Result<Schedule<N>, PlanError> {
    let frame = Frame::new(outlook, job, now)?;
    frame.check_capacity()?;
    let budget = job.limits.budget.map(|budget| i128::from(budget.as_ug()) * PER_UG);
    let mut best: Option<(i128, Run)> = None;
    let mut least: Option<i128> = None;
    let mut conflict = Conflict::Contiguous;
    for from in 0..frame.slots {
        for zone in frame.zones() {
            let run = Run { zone, from, to: frame.slots };
            match weigh(&frame, run) {
                Ok((_, planned)) if budget.is_some_and(|budget| planned > budget) => {
                    least = Some(least.map_or(planned, |least| least.min(planned)));
                }
                Ok((score, _)) if best.is_none_or(|(so_far, _)| score < so_far) => {
                    best = Some((score, run));
                }
                Err(limit @ (Conflict::MaxPauses | Conflict::MaxMoves | Conflict::MinRun)) => {
                    conflict = limit;
                }
                _ => {}
            }
        }
    }
    match (best, least) {
        (Some((_, run)), _) => settle(&frame, &[run], Method::Window, Proof::Rule),
        (None, Some(least)) => Err(Conflict::Budget { least: mass(least + PER_UG - 1)? }.into()),
        (None, None) => Err(conflict.into()),
    }
}

/// What one run weighs in the objective, and its carbon.
fn weigh(frame: &Frame<'_>, run: Run) -> Result<(i128, i128), Conflict> {
    let (mut score, mut planned) = (0_i128, 0_i128);
    walk(frame, &[run], |piece| {
        let values = (
            frame.weight(run.zone, piece.slot),
            frame.planned(run.zone, piece.slot),
            frame.allows(run.zone, piece.slot),
        );
        let (Some(weight), Some(intensity), true) = values else {
            return Err(Conflict::Contiguous);
        };
        let energy = energy_uj(frame, &piece);
        score += energy * i128::from(weight);
        planned += energy * i128::from(intensity);
        Ok(())
    })?;
    Ok((score, planned))
}
