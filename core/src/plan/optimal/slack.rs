//! How far an answer can be off.

use heapless::Vec;

use super::scale::Scale;
use crate::plan::frame::Frame;
use crate::plan::schedule::{PER_MICRO, PER_UG};
use crate::plan::{Objective, Proof};

/// How far the rounding of energies can carry a sum.
pub(super) fn rounding(frame: &Frame<'_>, scale: &Scale) -> i128 {
    let cells = frame.zones().flat_map(|zone| (0..frame.slots).map(move |slot| (zone, slot)));
    let most = cells.filter_map(|(zone, slot)| frame.weight(zone, slot)).map(i64::unsigned_abs);
    let most = i128::from(most.max().unwrap_or(0));
    let roundings = i128::from(frame.work_s) + 2 * i128::try_from(frame.slots).unwrap_or(i128::MAX);
    scale.unit_uj.saturating_mul(roundings).saturating_mul(most)
}

/// What no plan is below, however often it pauses and moves: the energy of the
/// work at its highest power in the slots of least weight.
pub(super) fn freest<const N: usize>(frame: &Frame<'_>) -> i128 {
    let mut slots = Vec::<(i64, i64), N>::new();
    for slot in 0..frame.slots {
        let open = frame.zones().filter(|zone| frame.allows(*zone, slot));
        if let Some(weight) = open.filter_map(|zone| frame.weight(zone, slot)).min() {
            // As many as there are slots, and they fit.
            let _ = slots.push((weight, frame.at(slot + 1) - frame.at(slot)));
        }
    }
    slots.sort_unstable();
    let powers = frame.job.load.steps().map(|(_, power)| i128::from(power.as_uw()));
    let power = powers.max().unwrap_or(0);
    let mut left = frame.energy_uj(frame.work_s);
    let mut sum = 0_i128;
    for (weight, seconds) in &slots {
        let energy = left.min(power * i128::from(*seconds));
        sum += energy * i128::from(*weight);
        left -= energy;
    }
    // Overheads earn money where the price is negative.
    let least = slots.first().map_or(0, |(weight, _)| i128::from(*weight).min(0));
    let job = frame.job;
    let overhead = i128::from(job.pause.energy.as_uj()) + i128::from(job.moving.energy.as_uj());
    sum + least * overhead * i128::try_from(frame.slots).unwrap_or(i128::MAX)
}

/// What to say of a plan with so much between it and what no plan is below.
pub(super) fn proof(frame: &Frame<'_>, gap: i128) -> Proof {
    if gap <= 0 {
        return Proof::Proven;
    }
    let unit = match frame.job.objective {
        Objective::Price => PER_MICRO,
        _ => PER_UG * i128::from(frame.carbon_weight),
    };
    let off_by = u64::try_from((gap - 1) / unit + 1).unwrap_or(u64::MAX);
    Proof::NotProven { off_by }
}
