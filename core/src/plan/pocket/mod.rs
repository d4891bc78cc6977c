//! A plan in a pocket: for one zone, a steady load and pauses that cost
//! nothing, the plan that [`optimal()`](super::optimal()) gives, with a tenth of
//! its code and as little memory as a board has.

mod rest;

use core::num::NonZeroU32;

use heapless::Vec;

use super::{Conflict, Flaw, Memory, PlanError, Standing};
use crate::units::{CarbonIntensity, Utc};
use rest::Rest;

/// The longest slot, in seconds: a day.
const LONGEST_S: u32 = 86_400;
/// Above every sum, and far enough below the end of 64 bits to add some.
const FAR: u64 = 1 << 61;

/// Consecutive slots of equal length in one zone.
#[derive(Clone, Copy, Debug)]
pub struct Slots<'a> {
    /// The first moment of the first slot.
    pub start: Utc,
    /// The length of a slot in seconds, 1 to 86 400.
    pub slot_s: u32,
    /// The intensity to plan with; `None` for a slot that is not to be used.
    pub planned: &'a [Option<CarbonIntensity>],
}

/// A job of one zone, a steady load, and pauses that cost nothing.
#[derive(Clone, Copy, Debug)]
pub struct Errand {
    /// The work that is left, in seconds.
    pub work_s: u32,
    /// It does not start before, where given.
    pub not_before: Option<Utc>,
    /// It ends by then, where given; else by the end of the slots.
    pub deadline: Option<Utc>,
    /// What it is doing now; zones do not matter.
    pub standing: Standing,
    /// How long each stay lasts at least, in seconds. Work that is left and
    /// done in one stay may be shorter.
    pub min_run_s: u32,
    /// How often it may still resume after a pause.
    pub max_pauses: Option<u16>,
}

/// A time in which to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// From when.
    pub start: Utc,
    /// Until when.
    pub end: Utc,
}

/// The best plan within the limits. `values` of 96 are enough for two days of
/// hours where pauses are not limited, and of 640 for up to five pauses.
///
/// ```
/// use wattcast_core::plan::{Errand, Slots, Standing, pocket};
/// use wattcast_core::units::{CarbonIntensity, Utc};
///
/// let hours = [300, 80, 90, 400, 60, 50].map(|g| Some(CarbonIntensity::from_mg_per_kwh(g * 1_000)));
/// let slots = Slots { start: Utc::from_us(0), slot_s: 3_600, planned: &hours };
/// let errand = Errand {
///     work_s: 3 * 3_600,
///     not_before: None,
///     deadline: None,
///     standing: Standing::Fresh { home: None },
///     min_run_s: 3_600,
///     max_pauses: Some(1),
/// };
/// let plan = pocket::<3>(&slots, &errand, Utc::from_us(0), &mut [0; 96]).unwrap();
/// let hours = plan.iter().map(|stretch| stretch.start.as_us() / 3_600_000_000);
/// assert!(hours.eq([1, 4]));
/// ```
///
/// # Errors
///
/// [`PlanError`]: a flaw, the limit that cannot be kept, too little memory, or
/// a plan of more than `N` stretches ([`Memory::Slots`]).
pub fn pocket<const N: usize>(
    slots: &Slots<'_>,
    errand: &Errand,
    now: Utc,
    values: &mut [u64],
) -> Result<Vec<Stretch, N>, PlanError> {
    let frame = Frame::new(slots, errand, now)?;
    let mut plan = Vec::new();
    let mut is_held = true;
    let mut take = |from_s: u32, to_s: u32| {
        let stretch = Stretch { start: frame.utc(from_s), end: frame.utc(to_s) };
        is_held &= plan.push(stretch).is_ok();
    };
    if frame.solve(errand, values, &mut take)? {
        return if is_held { Ok(plan) } else { Err(Memory::Slots { needed: frame.slots }.into()) };
    }
    let mut is_enough = |errand: Errand| frame.solve(&errand, values, &mut |_, _| {}) == Ok(true);
    Err(if is_enough(Errand { max_pauses: None, ..*errand }) {
        Conflict::MaxPauses.into()
    } else if is_enough(Errand { min_run_s: 0, ..*errand }) {
        Conflict::MinRun.into()
    } else {
        match frame.open_s() {
            available_s if available_s < frame.end_s.saturating_sub(frame.begin_s) => {
                Conflict::MaxIntensity { available_s }.into()
            }
            _ => Conflict::Together.into(),
        }
    })
}

/// Whether to run now, by a plan or by the reason why there is none: what
/// [`decide`](super::decide) says.
#[must_use]
pub fn runs_now(plan: Result<&[Stretch], &PlanError>, errand: &Errand, now: Utc) -> bool {
    let may_start = errand.not_before.is_none_or(|moment| moment <= now);
    errand.work_s > 0
        && match plan {
            Ok(plan) => match plan.iter().find(|stretch| stretch.end > now) {
                Some(stretch) => stretch.start <= now,
                // The plan is over and the work is not.
                None => may_start,
            },
            Err(PlanError::Conflict(Conflict::Deadline { .. } | Conflict::Horizon { .. })) => {
                may_start
            }
            Err(PlanError::Conflict(_)) => false,
            Err(PlanError::Flaw(_) | PlanError::Memory(_)) => may_start,
        }
}

/// The slots from the one in which the plan begins to the deadline. Times are
/// seconds from the start of the first one held.
struct Frame<'a> {
    held: &'a Slots<'a>,
    slot_s: NonZeroU32,
    /// Which of those held the plan begins in.
    first: usize,
    slots: usize,
    begin_s: u32,
    end_s: u32,
}

impl<'a> Frame<'a> {
    fn new(held: &'a Slots<'a>, errand: &Errand, now: Utc) -> Result<Self, PlanError> {
        let count = u32::try_from(held.planned.len()).map_err(|_| Flaw::Slots)?;
        let slot_s = NonZeroU32::new(held.slot_s).filter(|length| length.get() <= LONGEST_S);
        let slot_s = slot_s.ok_or(Flaw::Slots)?;
        let length_s = count.checked_mul(slot_s.get()).ok_or(Flaw::Slots)?;
        let end_us = u64::from(length_s) * 1_000_000;
        let since = |moment: Utc| moment.as_us().saturating_sub(held.start.as_us()).min(end_us);
        if since(now) == end_us {
            return Err(Flaw::Stale.into());
        }
        if errand.work_s == 0 {
            return Err(Flaw::NothingLeft.into());
        }
        let begin_us = since(now).max(errand.not_before.map_or(0, since));
        let limit_us = errand.deadline.map_or(end_us, since);
        let seconds = |us: u64| u32::try_from(us / 1_000_000).unwrap_or(length_s);
        let (begin_s, end_s) = (seconds(begin_us + 999_999), seconds(limit_us));
        let (needed_s, available_s) = (errand.work_s, end_s.saturating_sub(begin_s));
        if available_s < needed_s {
            return Err(PlanError::Conflict(match errand.deadline {
                Some(_) => Conflict::Deadline { needed_s, available_s },
                None => Conflict::Horizon { needed_s, available_s },
            }));
        }
        let (first, behind) = (size(begin_s / slot_s), size(over(end_s, slot_s)));
        let slots = behind.saturating_sub(first);
        let frame = Self { held, slot_s, first, slots, begin_s, end_s };
        let available_s = frame.open_s();
        if available_s < needed_s {
            return Err(Conflict::MaxIntensity { available_s }.into());
        }
        Ok(frame)
    }

    /// The boundary before a slot.
    fn at(&self, slot: usize) -> u32 {
        let slots = u32::try_from(self.first + slot).unwrap_or(u32::MAX);
        slots.saturating_mul(self.slot_s.get()).max(self.begin_s).min(self.end_s)
    }

    fn length_s(&self, slot: usize) -> u32 {
        self.at(slot + 1).saturating_sub(self.at(slot))
    }

    fn utc(&self, second: u32) -> Utc {
        Utc::from_us(self.held.start.as_us().saturating_add(u64::from(second) * 1_000_000))
    }

    /// What so many seconds of work cost in a slot.
    fn cost(&self, slot: usize, work_s: u32) -> u64 {
        match self.held.planned.get(self.first + slot) {
            Some(Some(planned)) if work_s <= self.length_s(slot) => {
                u64::from(planned.as_mg_per_kwh()) * u64::from(work_s)
            }
            _ => FAR,
        }
    }

    /// The time of the slots that may be used.
    fn open_s(&self) -> u32 {
        let open = (0..self.slots).filter(|slot| self.cost(*slot, 0) < FAR);
        open.map(|slot| self.length_s(slot)).sum()
    }

    /// Gives the stretches of the best plan to `take`; false where there is no
    /// plan.
    fn solve(
        &self,
        errand: &Errand,
        values: &mut [u64],
        take: &mut dyn FnMut(u32, u32),
    ) -> Result<bool, Memory> {
        let (is_paused, since_s) = match errand.standing {
            Standing::Fresh { .. } => (false, 0),
            Standing::Paused { .. } => (true, 0),
            Standing::Running { since_s, .. } => (false, since_s),
        };
        let pauses = errand.max_pauses.map(usize::from);
        // With the first slot: a stay from now on, as if begun before.
        let entered = pauses.map_or(Some(0), |pauses| pauses.checked_sub(is_paused.into()));
        let length_s = self.length_s(0).min(errand.work_s);
        let rest = entered.and_then(|_| Rest::new(self, errand, length_s));
        let forced_s = errand.min_run_s.saturating_sub(since_s).saturating_sub(length_s);
        let with = match &rest {
            Some(rest) => {
                rest.sweep(values)?;
                let forced = rest.slots_of(forced_s).min(rest.used);
                let run = rest.run(0, 0, forced);
                let left = entered.unwrap_or(0).min(rest.classes - 1);
                add(self.cost(0, length_s), add(run, rest.running(values, forced, left)))
            }
            None => FAR,
        };
        // Without it, unless what runs must go on.
        let may_wait = match errand.standing {
            Standing::Running { since_s, .. } => since_s >= errand.min_run_s,
            _ => true,
        };
        let waiting = Rest::new(self, errand, 0).filter(|_| may_wait);
        if let Some(waiting) = &waiting {
            waiting.sweep(values)?;
            let left = pauses.unwrap_or(0).min(waiting.classes - 1);
            if waiting.idle(values, 0, left) < with {
                waiting.trace(values, (0, false), left, None, take);
                return Ok(true);
            }
        }
        let Some(rest) = rest.filter(|_| with < FAR) else { return Ok(false) };
        rest.sweep(values)?;
        let forced = rest.slots_of(forced_s).min(rest.used);
        let left = entered.unwrap_or(0).min(rest.classes - 1);
        rest.trace(values, (forced, true), left, Some(self.begin_s), take);
        Ok(true)
    }
}

fn size(slots: u32) -> usize {
    usize::try_from(slots).unwrap_or(usize::MAX)
}

/// `a / b` rounded up.
fn over(a: u32, b: NonZeroU32) -> u32 {
    a / b + u32::from(a % b > 0)
}

fn add(a: u64, b: u64) -> u64 {
    a.saturating_add(b).min(FAR)
}
