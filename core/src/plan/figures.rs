//! What the same work would emit without a plan.

use super::frame::Frame;
use super::schedule::mass;
use super::{Job, Outlook, Schedule};
use crate::units::CarbonMass;

/// What the same work would emit otherwise, by the expected intensity, without
/// overheads and regardless of limits. The time that counts is from the start
/// of the plan to the deadline, and the zones those in which the job may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Run at once and in one go where the job is, or in the first of its zones
    /// where it is nowhere yet; `None` where the outlook does not know that far.
    pub run_now: Option<CarbonMass>,
    /// Spread evenly over that time and all zones: its energy at their mean
    /// intensity.
    pub mean: Option<CarbonMass>,
    /// The zone of the lowest mean intensity, and the work spread evenly over
    /// that time there.
    pub best_zone: Option<(u8, CarbonMass)>,
}

impl Figures {
    pub(super) fn of(frame: &Frame<'_>) -> Self {
        let energy = frame.energy_uj(frame.work_s);
        let zones = || frame.zones().filter(|zone| frame.job.zones.contains(*zone));
        let mut all = Mean::default();
        let mut best: Option<(u8, Mean)> = None;
        for zone in zones() {
            let mean = Mean::of(frame, zone);
            all = Mean { seconds: all.seconds + mean.seconds, sum: all.sum + mean.sum };
            if mean.seconds > 0 && best.is_none_or(|(_, least)| mean.is_below(least)) {
                best = Some((zone, mean));
            }
        }
        let here = frame.job.standing.zone().or_else(|| zones().next());
        Self {
            run_now: here.and_then(|zone| run_now(frame, zone)),
            mean: all.times(energy),
            best_zone: best.and_then(|(zone, mean)| Some((zone, mean.times(energy)?))),
        }
    }
}

/// A sum of seconds × mg/kWh over the slots that are known.
#[derive(Clone, Copy, Default)]
struct Mean {
    seconds: i128,
    sum: i128,
}

impl Mean {
    fn of(frame: &Frame<'_>, zone: u8) -> Self {
        let mut mean = Self::default();
        for slot in 0..frame.slots {
            if let Some(value) = frame.values(zone, slot).expected {
                let seconds = i128::from(frame.at(slot + 1) - frame.at(slot));
                mean.seconds += seconds;
                mean.sum += seconds * i128::from(value);
            }
        }
        mean
    }

    fn is_below(self, other: Self) -> bool {
        self.sum * other.seconds < other.sum * self.seconds
    }

    fn times(self, energy_uj: i128) -> Option<CarbonMass> {
        let sum = energy_uj.checked_mul(self.sum)?.checked_div(self.seconds)?;
        mass(sum).ok()
    }
}

fn run_now(frame: &Frame<'_>, zone: u8) -> Option<CarbonMass> {
    let (mut sum, mut done_s) = (0_i128, 0_i64);
    for slot in 0..frame.slots {
        let open_s = frame.at(slot + 1) - frame.at(slot);
        let until_s = (done_s + open_s).min(frame.work_s);
        let energy = frame.energy_uj(until_s) - frame.energy_uj(done_s);
        sum += energy * i128::from(frame.values(zone, slot).expected?);
        done_s = until_s;
        if done_s == frame.work_s {
            return mass(sum).ok();
        }
    }
    None
}

impl<const N: usize> Schedule<N> {
    /// The carbon of the same stays by the expected intensity of another
    /// outlook, such as what was measured afterwards; `None` where that does
    /// not know all of their time. `job` is the one that was planned.
    #[must_use]
    pub fn carbon_under(&self, outlook: &Outlook<'_>, job: &Job<'_>) -> Option<CarbonMass> {
        let slot_us = u64::from(outlook.slot_s).checked_mul(1_000_000).filter(|us| *us > 0)?;
        let (mut sum, mut done_us) = (0_i128, u64::from(job.done_s) * 1_000_000);
        for stay in &self.intervals {
            // The intensity of a moment, and until when it holds.
            let value_at = |us: u64| {
                let slot = us.checked_sub(outlook.start.as_us())? / slot_us;
                let series = outlook.zones.get(usize::from(stay.zone))?;
                let value = (*series.expected.get(usize::try_from(slot).ok()?)?)?;
                let until = slot_us.checked_mul(slot + 1)?.checked_add(outlook.start.as_us())?;
                Some((i128::from(value.as_mg_per_kwh()), until))
            };
            let (start_us, end_us) = (stay.start.as_us(), stay.end.as_us());
            sum += i128::from(stay.overhead.energy.as_uj()) * value_at(start_us)?.0;
            let idle_us = u64::from(stay.overhead.seconds) * 1_000_000;
            let mut at_us = start_us.saturating_add(idle_us);
            while at_us < end_us {
                let (value, until_us) = value_at(at_us)?;
                let until_us = until_us.min(end_us);
                let before = energy_to(job, done_us);
                done_us = done_us.saturating_add(until_us - at_us);
                sum += (energy_to(job, done_us) - before) * value;
                at_us = until_us;
            }
        }
        mass(sum).ok()
    }
}

/// The energy of the first microseconds of a job, counted in whole seconds.
fn energy_to(job: &Job<'_>, us: u64) -> i128 {
    job.load.energy_to(i64::try_from(us / 1_000_000).unwrap_or(i64::MAX))
}
