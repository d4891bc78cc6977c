//! A decision for now, for a device that can only ask.

use super::{Conflict, Job, Outlook, PlanError, Schedule};
use crate::units::Utc;

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What to do.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// How little time there is to lose.
    pub urgency: Urgency,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Run, and ask again then.
    Run {
        /// Where.
        zone: u8,
        /// Until when.
        until: Utc,
    },
    /// Do not run, and ask again then.
    WaitUntil {
        /// Until when.
        until: Utc,
        /// The same in seconds from now, for a device without a clock.
        wait_s: u32,
    },
    /// The work is done.
    Finished,
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The plan runs now.
    Planned,
    /// The plan runs later.
    BetterLater,
    /// It may not start yet.
    NotBefore,
    /// No time is left to wait, or too little.
    Deadline,
    /// Nothing is known of the time ahead, so waiting gains nothing.
    NoForecast,
    /// What was asked cannot be kept: a person must loosen it.
    Limits(Conflict),
    /// What was asked makes no sense, or the memory is too small.
    Unplannable,
    /// Nothing is left to do.
    Done,
}

/// How little time there is to lose until the deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// More than the work that is left, or there is no deadline.
    Low,
    /// More than a slot.
    Medium,
    /// Less than a slot, or what was asked cannot be kept.
    High,
}

/// What to do now, by a plan that any planner made for this outlook and job or
/// by the reason why it made none. There is an answer in every case: without a
/// forecast the job runs, and where its own limits cannot be kept it waits.
///
/// ```
/// use wattcast_core::plan::{
///     Action, Job, Load, Outlook, Reason, Urgency, ZoneOutlook, decide, window,
/// };
/// use wattcast_core::units::{CarbonIntensity, Power, Utc};
///
/// let hours = [300, 80, 90, 400].map(|g| Some(CarbonIntensity::from_mg_per_kwh(g * 1_000)));
/// let zones = [ZoneOutlook::new(&hours)];
/// let outlook = Outlook { start: Utc::from_us(0), slot_s: 3_600, zones: &zones };
/// let job = Job::new(3_600, Load::Constant(Power::from_uw(1_000_000)));
///
/// let now = Utc::from_us(0);
/// let plan = window::<4>(&outlook, &job, now);
/// let decision = decide(plan.as_ref(), &outlook, &job, now);
/// let until = Utc::from_us(3_600_000_000);
/// assert_eq!(decision.action, Action::WaitUntil { until, wait_s: 3_600 });
/// assert_eq!((decision.reason, decision.urgency), (Reason::BetterLater, Urgency::Low));
/// ```
#[must_use]
pub fn decide<const N: usize>(
    plan: Result<&Schedule<N>, &PlanError>,
    outlook: &Outlook<'_>,
    job: &Job<'_>,
    now: Utc,
) -> Decision {
    if job.remaining_s() == 0 {
        return Decision { action: Action::Finished, reason: Reason::Done, urgency: Urgency::Low };
    }
    let ask = Ask { outlook, job, now };
    let urgency = ask.urgency();
    let (action, reason) = match plan {
        Ok(plan) => match plan.intervals.iter().find(|stay| stay.end > now) {
            Some(stay) if stay.start <= now => {
                (Action::Run { zone: stay.zone, until: stay.end }, Reason::Planned)
            }
            Some(stay) => (ask.wait(stay.start), ask.why_later(stay.start)),
            // The plan is over and the work is not.
            None => ask.run(Reason::Deadline),
        },
        Err(PlanError::Flaw(super::Flaw::Stale)) => ask.run(Reason::NoForecast),
        Err(PlanError::Flaw(_) | PlanError::Memory(_)) => ask.run(Reason::Unplannable),
        Err(PlanError::Conflict(conflict)) => match conflict {
            Conflict::Deadline { .. } => ask.run(Reason::Deadline),
            Conflict::Horizon { .. } | Conflict::Unknown { .. } => ask.run(Reason::NoForecast),
            limits => {
                let wait = (ask.wait(ask.next_slot()), Reason::Limits(*limits));
                return Decision { action: wait.0, reason: wait.1, urgency: Urgency::High };
            }
        },
    };
    Decision { action, reason, urgency }
}

#[derive(Clone, Copy)]
struct Ask<'a> {
    outlook: &'a Outlook<'a>,
    job: &'a Job<'a>,
    now: Utc,
}

impl Ask<'_> {
    fn urgency(self) -> Urgency {
        let Some(deadline) = self.job.deadline else { return Urgency::Low };
        let left_us = deadline.as_us().saturating_sub(self.now.as_us());
        let work_us = u64::from(self.job.remaining_s()) * 1_000_000;
        let slack_us = left_us.saturating_sub(work_us);
        if slack_us < u64::from(self.outlook.slot_s) * 1_000_000 {
            Urgency::High
        } else if slack_us < work_us {
            Urgency::Medium
        } else {
            Urgency::Low
        }
    }

    /// Runs for a slot, or waits where the job may not start yet.
    fn run(self, reason: Reason) -> (Action, Reason) {
        match self.job.not_before {
            Some(moment) if moment > self.now => (self.wait(moment), Reason::NotBefore),
            _ => {
                let first = || self.job.zones.iter().next().unwrap_or(0);
                let zone = self.job.standing.zone().unwrap_or_else(first);
                (Action::Run { zone, until: self.next_slot() }, reason)
            }
        }
    }

    fn wait(self, until: Utc) -> Action {
        let us = until.as_us().saturating_sub(self.now.as_us());
        let wait_s = u32::try_from(us.div_ceil(1_000_000)).unwrap_or(u32::MAX);
        Action::WaitUntil { until, wait_s }
    }

    fn why_later(self, start: Utc) -> Reason {
        match self.job.not_before {
            Some(moment)
                if moment > self.now
                    && start.as_us() < moment.as_us().saturating_add(1_000_000) =>
            {
                Reason::NotBefore
            }
            _ => Reason::BetterLater,
        }
    }

    /// The next moment at which a slot begins.
    fn next_slot(self) -> Utc {
        let slot_us = u64::from(self.outlook.slot_s.max(1)) * 1_000_000;
        let (now, start) = (self.now.as_us(), self.outlook.start.as_us());
        let into_us = match now.checked_sub(start) {
            Some(since) => since % slot_us,
            None => (slot_us - (start - now) % slot_us) % slot_us,
        };
        Utc::from_us(now.saturating_add(slot_us - into_us))
    }
}
