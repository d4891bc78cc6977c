//! What a plan comes to, second by second, and the best of all plans.

extern crate std;

use std::vec::Vec;

use crate::plan::{Job, Load, Objective, Outlook, Overhead, Schedule, Standing};
use crate::units::Utc;

/// What a plan comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Price {
    /// µJ × thousandths of the weight.
    pub(super) objective: i128,
    /// µJ × mg/kWh, by the intensity planned with, and the expected.
    pub(super) planned: i128,
    pub(super) expected: i128,
    pub(super) energy: i128,
    pub(super) pauses: u16,
    pub(super) moves: u16,
}

fn power_at(job: &Job<'_>, second: u32) -> i128 {
    let steps = match job.load {
        Load::Constant(power) => return i128::from(power.as_uw()),
        Load::Steps(steps) => steps,
    };
    let mut end = 0;
    for step in steps {
        end += step.seconds;
        if second < end {
            return i128::from(step.power.as_uw());
        }
    }
    i128::from(steps.last().unwrap().power.as_uw())
}

/// The stay that goes on.
#[derive(Clone, Copy, Default)]
struct Stay {
    seconds: i128,
    overhead_s: u32,
    worked: u32,
    /// It began before the plan.
    is_old: bool,
}

/// Plays a plan, one zone or none for each slot of the outlook; `None` where it
/// breaks a limit or does not do the work.
pub(super) fn play(
    outlook: &Outlook<'_>,
    job: &Job<'_>,
    now: Utc,
    slots: &[Option<u8>],
) -> Option<Price> {
    let start = i128::from(outlook.start.as_us());
    let into = |utc: Utc| i128::from(utc.as_us()) - start;
    let (slot_s, limits) = (i128::from(outlook.slot_s), job.limits);
    let horizon_s = slot_s * i128::try_from(outlook.slots()).unwrap();
    let mut price = Price { objective: 0, planned: 0, expected: 0, energy: 0, pauses: 0, moves: 0 };
    let mut done = job.done_s;
    // Where it runs or ran last, since when, and what is left of the overhead.
    let (mut zone, mut stay) = match job.standing {
        Standing::Fresh { home } => (home, None),
        Standing::Paused { zone } => (Some(zone), None),
        Standing::Running { zone, since_s } => {
            (Some(zone), Some(Stay { seconds: since_s.into(), is_old: true, ..Stay::default() }))
        }
    };
    let mut paused = matches!(job.standing, Standing::Paused { .. });
    for second in 0..horizon_s {
        let us = second * 1_000_000;
        if us < into(now) || job.not_before.is_some_and(|moment| us < into(moment)) {
            continue;
        }
        if job.deadline.is_some_and(|moment| us + 1_000_000 > into(moment)) {
            break;
        }
        let slot = usize::try_from(second / slot_s).unwrap();
        let wanted = slots[slot];
        let goes_on = wanted.is_some() && wanted == zone && stay.is_some();
        if let (Some(Stay { seconds, worked, is_old, .. }), false) = (stay, goes_on) {
            // A stay ends, and is not the last.
            if seconds < i128::from(limits.min_run_s) || (worked == 0 && !is_old) {
                return None;
            }
            stay = None;
            paused = wanted.is_none();
        }
        let Some(to) = wanted else { continue };
        let series = outlook.zones[usize::from(to)];
        let mg = |values: &[Option<_>]| {
            values[slot].map(|v: crate::units::CarbonIntensity| i128::from(v.as_mg_per_kwh()))
        };
        let expected = mg(series.expected)?;
        let caution = i128::from(job.caution_permille);
        let mut planned = expected;
        if caution > 0 {
            planned += ((mg(series.high)? - expected) * caution).div_euclid(1_000);
        }
        let is_dirty =
            limits.max_intensity.is_some_and(|max| planned > i128::from(max.as_mg_per_kwh()));
        if is_dirty || !job.zones.contains(to) {
            return None;
        }
        let mut energy = 0;
        if stay.is_none() {
            let mut overhead_s = 0;
            let mut pay = |part: Overhead| {
                overhead_s += part.seconds;
                energy += i128::from(part.energy.as_uj());
            };
            if paused {
                price.pauses += 1;
                pay(job.pause);
            }
            if zone.is_some_and(|zone| zone != to) {
                price.moves += 1;
                pay(job.moving);
            }
            stay = Some(Stay { overhead_s, ..Stay::default() });
            (zone, paused) = (Some(to), false);
        }
        let stay = stay.as_mut().unwrap();
        stay.seconds += 1;
        if stay.overhead_s > 0 {
            stay.overhead_s -= 1;
        } else {
            energy += power_at(job, done);
            done += 1;
            stay.worked += 1;
        }
        price.energy += energy;
        price.planned += energy * planned;
        price.expected += energy * expected;
        price.objective += energy
            * match job.objective {
                Objective::Carbon => planned * 1_000,
                Objective::Price => i128::from(series.price[slot].as_micro_per_kwh()) * 1_000,
                Objective::CarbonAndPrice { g_per_unit } => {
                    planned * 1_000
                        + i128::from(series.price[slot].as_micro_per_kwh()) * i128::from(g_per_unit)
                }
            };
        if done == job.run_s {
            let is_all = stay.worked == job.remaining_s();
            let fits = is_all || stay.seconds >= i128::from(limits.min_run_s);
            let counts = limits.max_pauses.is_none_or(|most| price.pauses <= most)
                && limits.max_moves.is_none_or(|most| price.moves <= most);
            return (fits && counts).then_some(price);
        }
    }
    None
}

pub(super) fn is_within_budget(job: &Job<'_>, price: Price) -> bool {
    let budget = job.limits.budget;
    budget.is_none_or(|budget| price.planned <= i128::from(budget.as_ug()) * 3_600_000_000)
}

/// Every plan that does the work.
pub(super) fn every(outlook: &Outlook<'_>, job: &Job<'_>, now: Utc) -> Vec<Price> {
    let mut slots = std::vec![None; outlook.slots()];
    let zones = u8::try_from(outlook.zones.len()).unwrap();
    let mut prices = Vec::new();
    loop {
        prices.extend(play(outlook, job, now, &slots));
        // The next one, as a number is counted up.
        let Some(at) = slots.iter().position(|slot| *slot != Some(zones - 1)) else {
            return prices;
        };
        slots[..at].fill(None);
        slots[at] = slots[at].map_or(Some(0), |zone| Some(zone + 1));
    }
}

/// Plays a schedule.
pub(super) fn play_schedule<const N: usize>(
    outlook: &Outlook<'_>,
    job: &Job<'_>,
    now: Utc,
    plan: &Schedule<N>,
) -> Option<Price> {
    let slots: Vec<Option<u8>> = (0..outlook.slots())
        .map(|slot| {
            let from = outlook.start.as_us()
                + u64::try_from(slot).unwrap() * u64::from(outlook.slot_s) * 1_000_000;
            let to = from + u64::from(outlook.slot_s) * 1_000_000;
            let stay = plan
                .intervals
                .iter()
                .find(|stay| stay.start.as_us() < to && stay.end.as_us() > from);
            stay.map(|stay| stay.zone)
        })
        .collect();
    play(outlook, job, now, &slots)
}
