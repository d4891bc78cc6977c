//! The part of an outlook that a job may use, checked once.
//!
//! Times are whole seconds from the start of the outlook; slots count from the
//! one in which the plan begins. The first and the last may be cut short, by
//! the moment of planning and by the deadline.

use super::{Conflict, Flaw, Job, MAX_ZONES, Objective, Outlook, Overhead, PlanError, Standing};
use crate::units::{CarbonIntensity, Utc};

/// Powers of two in the largest weight of a slot that is planned with.
const WEIGHT_BITS: u32 = 50;

#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) outlook: &'a Outlook<'a>,
    pub(super) job: &'a Job<'a>,
    /// The slot of the outlook in which the plan begins.
    first: usize,
    /// How many slots there are up to the deadline.
    pub(super) slots: usize,
    /// The length of a slot.
    pub(super) slot_s: i64,
    /// When the plan begins.
    begin_s: i64,
    /// When it must have ended.
    end_s: i64,
    /// The work that is left.
    pub(super) work_s: i64,
    /// What one mg/kWh weighs in the objective.
    pub(super) carbon_weight: i64,
    /// What one millionth of the currency per kWh weighs.
    price_weight: i64,
}

/// How a stay begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// The first start, for free.
    First,
    /// The job runs already and goes on.
    Continue,
    /// After a pause, in the same zone.
    Resume,
    /// In another zone, without a pause.
    Move,
    /// In another zone, after a pause.
    ResumeElsewhere,
}

impl Entry {
    pub(super) const ALL: [Self; 5] =
        [Self::First, Self::Continue, Self::Resume, Self::Move, Self::ResumeElsewhere];

    pub(super) const fn is_pause(self) -> bool {
        matches!(self, Self::Resume | Self::ResumeElsewhere)
    }

    pub(super) const fn is_move(self) -> bool {
        matches!(self, Self::Move | Self::ResumeElsewhere)
    }
}

impl<'a> Frame<'a> {
    pub(super) fn new(
        outlook: &'a Outlook<'a>,
        job: &'a Job<'a>,
        now: Utc,
    ) -> Result<Self, PlanError> {
        check_job(outlook, job)?;
        if outlook.slot_s == 0 {
            return Err(Flaw::Slots.into());
        }
        let end = outlook.end().ok_or(Flaw::Slots)?;
        if now >= end {
            return Err(Flaw::Stale.into());
        }
        let begin = outlook.start.max(now).max(job.not_before.unwrap_or(now));
        let limit = job.deadline.map_or(end, |deadline| deadline.min(end));
        let since_start = |moment: Utc| moment.as_us().saturating_sub(outlook.start.as_us());
        // Both fit: the outlook ends within 64 bits of microseconds.
        let begin_s = i64::try_from(since_start(begin).div_ceil(1_000_000)).unwrap_or(i64::MAX);
        let end_s = i64::try_from(since_start(limit) / 1_000_000).unwrap_or(i64::MAX);
        let available_s = u32::try_from(end_s.saturating_sub(begin_s).max(0)).unwrap_or(u32::MAX);
        let needed_s = job.remaining_s();
        if available_s < needed_s {
            return Err(PlanError::Conflict(
                if job.deadline.is_some_and(|deadline| deadline <= end) {
                    Conflict::Deadline { needed_s, available_s }
                } else {
                    Conflict::Horizon { needed_s, available_s }
                },
            ));
        }
        let slot_s = i64::from(outlook.slot_s);
        let first = begin_s.div_euclid(slot_s);
        let slots = (end_s + slot_s - 1).div_euclid(slot_s) - first;
        let (carbon_weight, price_weight) = weights(job.objective);
        let frame = Self {
            outlook,
            job,
            first: usize::try_from(first).map_err(|_| Flaw::Slots)?,
            slots: usize::try_from(slots).map_err(|_| Flaw::Slots)?,
            slot_s,
            begin_s,
            end_s,
            work_s: i64::from(needed_s),
            carbon_weight,
            price_weight,
        };
        frame.check_weights()?;
        Ok(frame)
    }

    /// The same for a job with other overheads.
    pub(super) const fn with_job<'b>(&self, job: &'b Job<'b>) -> Frame<'b>
    where
        'a: 'b,
    {
        Frame { job, ..*self }
    }

    /// The boundary before slot `slot`, from 0 to `slots`.
    pub(super) fn at(&self, slot: usize) -> i64 {
        let slots = i64::try_from(self.first.saturating_add(slot)).unwrap_or(i64::MAX);
        slots.saturating_mul(self.slot_s).clamp(self.begin_s, self.end_s)
    }

    /// The slot in which the second before the boundary `second` lies.
    pub(super) fn slot_before(&self, second: i64) -> usize {
        let slot = (second - 1).div_euclid(self.slot_s);
        usize::try_from(slot).unwrap_or(0).saturating_sub(self.first)
    }

    /// How much of the first slot is gone already.
    pub(super) fn clipped_s(&self) -> i64 {
        self.begin_s.rem_euclid(self.slot_s)
    }

    pub(super) fn utc(&self, second: i64) -> Utc {
        let us = u64::try_from(second).unwrap_or(0).saturating_mul(1_000_000);
        Utc::from_us(self.outlook.start.as_us().saturating_add(us))
    }

    /// What is known of a slot.
    pub(super) fn values(&self, zone: u8, slot: usize) -> Values {
        let Some(series) = self.outlook.zones.get(usize::from(zone)) else {
            return Values::default();
        };
        let place = self.first.saturating_add(slot);
        let intensity = |values: &[Option<CarbonIntensity>]| {
            Some(i64::from((*values.get(place)?)?.as_mg_per_kwh()))
        };
        Values {
            expected: intensity(series.expected),
            low: intensity(series.low),
            high: intensity(series.high),
            price: series.price.get(place).map(|price| price.as_micro_per_kwh()),
        }
    }

    /// The intensity to plan with, in mg/kWh.
    pub(super) fn planned(&self, zone: u8, slot: usize) -> Option<i64> {
        let series = self.outlook.zones.get(usize::from(zone))?;
        let place = self.first.saturating_add(slot);
        let mg = |values: &[Option<CarbonIntensity>]| {
            Some(i64::from((*values.get(place)?)?.as_mg_per_kwh()))
        };
        let (expected, caution) = (mg(series.expected)?, i64::from(self.job.caution_permille));
        match caution {
            0 => Some(expected),
            _ => Some(expected + ((mg(series.high)? - expected) * caution).div_euclid(1_000)),
        }
    }

    /// What a kilowatt-hour weighs in the objective, `None` where the slot is
    /// unknown.
    pub(super) fn weight(&self, zone: u8, slot: usize) -> Option<i64> {
        let carbon = self.planned(zone, slot)?;
        match self.price_weight {
            0 => Some(carbon),
            weight => {
                let price = i128::from(self.values(zone, slot).price?) * i128::from(weight);
                i64::try_from(i128::from(carbon) * i128::from(self.carbon_weight) + price).ok()
            }
        }
    }

    /// Whether the job may run there.
    pub(super) fn allows(&self, zone: u8, slot: usize) -> bool {
        self.job.zones.contains(zone)
            && self.weight(zone, slot).is_some()
            && self.planned(zone, slot).is_some_and(|intensity| {
                self.job
                    .limits
                    .max_intensity
                    .is_none_or(|max| intensity <= i64::from(max.as_mg_per_kwh()))
            })
    }

    pub(super) fn zones(&self) -> impl Iterator<Item = u8> + use<'_> {
        (0_u8..).take(self.outlook.zones.len())
    }

    /// How a stay that begins in `zone` begins: at the start of `slot`, after a
    /// stay that ended at the end of a slot, `before`, in a zone; or first.
    pub(super) fn entry(&self, before: Option<(u8, usize)>, zone: u8, slot: usize) -> Entry {
        if let Some((last, end)) = before {
            return match (last == zone, end == slot) {
                (true, true) => Entry::Continue,
                (true, false) => Entry::Resume,
                (false, true) => Entry::Move,
                (false, false) => Entry::ResumeElsewhere,
            };
        }
        match self.job.standing {
            Standing::Fresh { home: None } => Entry::First,
            Standing::Fresh { home: Some(home) } if home == zone => Entry::First,
            Standing::Fresh { .. } => Entry::Move,
            Standing::Running { zone: here, .. } => match (here == zone, slot == 0) {
                (true, true) => Entry::Continue,
                (true, false) => Entry::Resume,
                (false, true) => Entry::Move,
                (false, false) => Entry::ResumeElsewhere,
            },
            Standing::Paused { zone: here } if here == zone => Entry::Resume,
            Standing::Paused { .. } => Entry::ResumeElsewhere,
        }
    }

    /// What such a beginning costs, in seconds and microjoules. A pause that
    /// ends in another zone is paid as a pause and as a move.
    pub(super) fn overhead(&self, entry: Entry) -> (i64, i128) {
        let mut sum = (0_i64, 0_i128);
        let mut add = |part: Overhead| {
            sum.0 += i64::from(part.seconds);
            sum.1 += i128::from(part.energy.as_uj());
        };
        if entry.is_pause() {
            add(self.job.pause);
        }
        if entry.is_move() {
            add(self.job.moving);
        }
        sum
    }

    /// How long a stay with that beginning lasts at least.
    pub(super) fn shortest_s(&self, entry: Entry) -> i64 {
        let min_run = i64::from(self.job.limits.min_run_s);
        match (entry, self.job.standing) {
            (Entry::Continue, Standing::Running { since_s, .. }) => min_run - i64::from(since_s),
            _ => min_run,
        }
    }

    /// Whether what runs now may be left before it has run on.
    pub(super) fn may_leave(&self) -> bool {
        match self.job.standing {
            Standing::Running { since_s, .. } => since_s >= self.job.limits.min_run_s,
            _ => true,
        }
    }

    /// The energy of the first `work_s` seconds of what is left, in microjoules.
    pub(super) fn energy_uj(&self, work_s: i64) -> i128 {
        let done = i64::from(self.job.done_s);
        self.job.load.energy_to(done + work_s) - self.job.load.energy_to(done)
    }

    /// The time of the slots before the deadline of which `is_open` holds in
    /// some zone, in seconds.
    pub(super) fn capacity_s(&self, is_open: impl Fn(u8, usize) -> bool) -> u32 {
        let open = (0..self.slots).filter(|slot| self.zones().any(|zone| is_open(zone, *slot)));
        let seconds: i64 = open.map(|slot| self.at(slot + 1) - self.at(slot)).sum();
        u32::try_from(seconds).unwrap_or(u32::MAX)
    }

    /// The conflict that can be told without planning, where there is one.
    pub(super) fn check_capacity(&self) -> Result<(), Conflict> {
        let is_known =
            |zone, slot| self.job.zones.contains(zone) && self.weight(zone, slot).is_some();
        let needed_s = self.job.remaining_s();
        let available_s = self.capacity_s(is_known);
        if available_s < needed_s {
            return Err(Conflict::Unknown { available_s });
        }
        let available_s = self.capacity_s(|zone, slot| self.allows(zone, slot));
        if available_s < needed_s {
            return Err(Conflict::MaxIntensity { available_s });
        }
        Ok(())
    }

    fn check_weights(&self) -> Result<(), Flaw> {
        let limit = 1_u64 << WEIGHT_BITS;
        for (zone, slot) in self.zones().flat_map(|zone| (0..self.slots).map(move |s| (zone, s))) {
            let is_known = self.planned(zone, slot).is_some()
                && (self.price_weight == 0 || self.values(zone, slot).price.is_some());
            let is_large =
                self.weight(zone, slot).is_none_or(|weight| weight.unsigned_abs() > limit);
            if is_known && is_large {
                return Err(Flaw::TooLarge);
            }
        }
        Ok(())
    }
}

/// What is known of a slot: intensities in mg/kWh, the price in millionths per
/// kWh.
#[derive(Clone, Copy, Default)]
pub(super) struct Values {
    pub(super) expected: Option<i64>,
    pub(super) low: Option<i64>,
    pub(super) high: Option<i64>,
    pub(super) price: Option<i64>,
}

/// The weights of one mg/kWh and of one millionth per kWh.
fn weights(objective: Objective) -> (i64, i64) {
    match objective {
        Objective::Carbon => (1, 0),
        Objective::Price => (0, 1),
        // 1 g per unit is 1 µg per millionth.
        Objective::CarbonAndPrice { g_per_unit } => {
            let common = gcd(1_000, u64::from(g_per_unit));
            let reduced = |value: u64| i64::try_from(value / common.max(1)).unwrap_or(i64::MAX);
            (reduced(1_000), reduced(u64::from(g_per_unit)))
        }
    }
}

/// The greatest common divisor; of zero and something, that.
pub(super) const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn check_job(outlook: &Outlook<'_>, job: &Job<'_>) -> Result<(), Flaw> {
    let zones = outlook.zones.len();
    if zones == 0 || zones > MAX_ZONES {
        return Err(Flaw::ZoneCount);
    }
    if let Some(zone) = job.standing.zone().filter(|zone| usize::from(*zone) >= zones) {
        return Err(Flaw::UnknownZone(zone));
    }
    let mut powers = job.load.steps().map(|(_, power)| power.as_uw()).peekable();
    if powers.peek().is_none() || powers.any(|power| power < 0) {
        return Err(Flaw::Load);
    }
    if job.pause.energy.as_uj() < 0 || job.moving.energy.as_uj() < 0 {
        return Err(Flaw::Overhead);
    }
    if job.remaining_s() == 0 {
        return Err(Flaw::NothingLeft);
    }
    if job.caution_permille > 1_000 {
        return Err(Flaw::Caution);
    }
    for (zone, series) in (0_u8..).zip(outlook.zones) {
        if series.expected.is_empty() || !job.zones.contains(zone) {
            continue;
        }
        if job.caution_permille > 0 && series.high.is_empty() {
            return Err(Flaw::NoQuantile(zone));
        }
        if job.objective != Objective::Carbon && series.price.is_empty() {
            return Err(Flaw::NoPrice(zone));
        }
    }
    Ok(())
}
