//! History, forecast, job, plan.

use embedded_io::Write;
use heapless::Vec;
use wattcast_core::forecast::{
    BestSimple, Forecaster, HORIZON, History, Hour, Issue, Method, Model, NetworkForecaster,
    Quantiles, Reading,
};
use wattcast_core::plan::{Errand, Flaw, PlanError, Slots, Standing, Stretch, pocket, runs_now};
use wattcast_core::units::{CarbonIntensity, US_PER_HOUR, Utc};
use wattcast_core::wire::Record;
use wattcast_core::wire::command::{SetHistory, SetJob};
use wattcast_core::wire::record::{Forecast, Plan};

use super::{Advice, Planning};
use crate::log::Log;
use crate::site::Site;

/// Hours of history that are kept: all that any forecaster looks at.
const KEPT: usize = 672;
/// Hours that are planned ahead.
const PLANNED: usize = 48;
/// Seconds of a slot.
const SLOT_S: u32 = 3_600;

/// Stretches of a plan at most: every second hour.
const STRETCHES: usize = PLANNED / 2;

/// The memory of a [`Planner`], to be placed in a static. `VALUES` of working
/// memory serve the forecast (a quarter of the model's scratch words) and the
/// plan in turn: 640 are enough for the shipped network, and for a plan with up
/// to five pauses or with any number of them.
#[derive(Debug)]
pub struct Memory<const VALUES: usize> {
    hours: [Reading; KEPT],
    told: [Quantiles; HORIZON],
    values: [u64; VALUES],
}

impl<const VALUES: usize> Memory<VALUES> {
    /// Empty.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            hours: [Reading::MISSING; KEPT],
            told: [Quantiles::ZERO; HORIZON],
            values: [0; VALUES],
        }
    }
}

impl<const VALUES: usize> Default for Memory<VALUES> {
    fn default() -> Self {
        Self::new()
    }
}

/// Forecasts each hour with a network, or with simple rules where there is
/// none or too little is known, and plans the job with
/// [`pocket`](wattcast_core::plan::pocket()), or, where the memory lent is too
/// small for the pauses asked for, without a break.
pub struct Planner<'a> {
    model: Option<&'a Model<'a>>,
    hours: &'a mut [Reading; KEPT],
    /// The hour after the last one held; hour h lies at h modulo [`KEPT`].
    end: Option<Hour>,
    told: &'a mut [Quantiles; HORIZON],
    issue: Option<Hour>,
    method: &'static str,
    job: Option<SetJob>,
    done_s: u32,
    /// When the load was last seen running.
    running_since: Option<Utc>,
    /// When it was last switched on, and how often after a pause.
    started: Option<Utc>,
    pauses: u16,
    plan: Result<Vec<Stretch, STRETCHES>, PlanError>,
    has_plan: bool,
    learned: bool,
    job_is_new: bool,
    values: &'a mut [u64],
}

impl<'a> Planner<'a> {
    /// In the memory that is lent, with a network or without.
    pub fn new<const VALUES: usize>(
        memory: &'a mut Memory<VALUES>,
        model: Option<&'a Model<'a>>,
    ) -> Self {
        Self {
            model,
            hours: &mut memory.hours,
            end: None,
            told: &mut memory.told,
            issue: None,
            method: "",
            job: None,
            done_s: 0,
            running_since: None,
            started: None,
            pauses: 0,
            plan: Err(Flaw::Stale.into()),
            has_plan: false,
            learned: false,
            job_is_new: false,
            values: &mut memory.values,
        }
    }

    fn enter(&mut self, hour: Hour, reading: Reading) {
        let end = self.end.unwrap_or(hour);
        // Hours left out are holes.
        let next = hour.later(1);
        let mut fresh = end;
        for _ in 0..KEPT {
            if fresh >= next {
                break;
            }
            self.put(fresh, Reading::MISSING);
            fresh = fresh.later(1);
        }
        if usize::try_from(end.as_hours().saturating_sub(hour.as_hours())).unwrap_or(0) <= KEPT {
            self.put(hour, reading);
        }
        self.end = Some(end.max(next));
    }

    fn put(&mut self, hour: Hour, reading: Reading) {
        let place = usize::try_from(hour.as_hours()).unwrap_or(0) % KEPT;
        if let Some(slot) = self.hours.get_mut(place) {
            *slot = reading;
        }
    }

    /// # Errors
    /// Where nothing can be told.
    fn forecast(&mut self, hour: Hour, site: &Site) -> Option<()> {
        let end = self.end?;
        let place = usize::try_from(end.as_hours()).ok()? % KEPT;
        let (newer, older) = self.hours.split_at_checked(place)?;
        let history = History::from_ring(end, older, newer);
        let issue = Issue::new(hour, site.offset_hours())?;
        let scratch = bytemuck::cast_slice_mut(self.values);
        let network = self.model.and_then(|model| NetworkForecaster::new(model, scratch).ok());
        let forecast = match network {
            Some(mut network) => network.forecast(&history, issue, self.told),
            None => BestSimple.forecast(&history, issue, self.told),
        };
        self.method = match forecast.ok()?.method {
            Method::Network | Method::WeatherNetwork | Method::DayAheadNetwork => "network",
            Method::BestSimple(_) => "best simple",
            Method::Simple(_) => "simple",
            Method::TypicalDay(_) => "typical day",
        };
        self.issue = Some(hour);
        Some(())
    }

    /// What is left of the job.
    fn errand(&self, job: &SetJob, now: Utc) -> Errand {
        let since = |moment: Utc| now.as_us().saturating_sub(moment.as_us()) / 1_000_000;
        let standing = match (self.running_since, self.started) {
            (_, None) => Standing::Fresh { home: None },
            (None, Some(_)) => Standing::Paused { zone: 0 },
            (Some(_), Some(started)) => {
                Standing::Running { zone: 0, since_s: u32::try_from(since(started)).unwrap_or(0) }
            }
        };
        Errand {
            work_s: job.run_s.saturating_sub(self.done_s),
            not_before: job.not_before,
            deadline: job.deadline,
            standing,
            min_run_s: job.min_run_s,
            max_pauses: job.max_pauses.map(|most| most.saturating_sub(self.pauses)),
        }
    }

    /// Plans the job for the hours from the issue on, and decides for now.
    fn plan(&mut self, now: Utc, is_new: bool) -> Option<bool> {
        let job = self.job?;
        let errand = self.errand(&job, now);
        if is_new {
            let first = Hour::containing(now);
            let ahead = first.as_hours().saturating_sub(self.issue?.as_hours());
            let told = self.told.get(usize::try_from(ahead).ok()?..)?;
            let mut planned = [None; PLANNED];
            for (told, planned) in told.iter().zip(&mut planned) {
                let cautious = told.toward_p90(job.caution_permille);
                *planned =
                    Some(cautious).filter(|mg| job.max_intensity.is_none_or(|most| *mg <= most));
            }
            let known = told.len().min(PLANNED);
            let planned = planned.get(..known)?;
            let slots = Slots { start: first.start(), slot_s: SLOT_S, planned };
            self.plan = match pocket(&slots, &errand, now, self.values) {
                // Without a break it keeps to any number of pauses.
                Err(PlanError::Memory(_)) => {
                    let errand = Errand { max_pauses: Some(0), ..errand };
                    pocket(&slots, &errand, now, self.values)
                }
                planned => planned,
            };
            self.has_plan = true;
        }
        Some(runs_now(self.plan.as_deref(), &errand, now))
    }

    /// Takes note of what the load does from now on.
    fn switch(&mut self, now: Utc, is_on: bool) {
        if !is_on {
            self.running_since = None;
        } else if self.running_since.is_none() {
            self.pauses = self.pauses.saturating_add(u16::from(self.started.is_some()));
            self.running_since = Some(now);
            self.started = Some(now);
        }
    }

    /// Counts the time that the load ran.
    fn progress(&mut self, now: Utc) {
        if let Some(since) = self.running_since.take() {
            let seconds = now.as_us().saturating_sub(since.as_us()) / 1_000_000;
            let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
            self.done_s = self.done_s.saturating_add(seconds);
            // What is left of a second counts with the next.
            let counted_us = u64::from(seconds) * 1_000_000;
            self.running_since = Some(Utc::from_us(since.as_us().saturating_add(counted_us)));
        }
    }

    fn tell_forecast(&self, site: &Site, log: &mut Log, line: &mut impl Write) {
        let Some(issue) = self.issue else { return };
        for quantile_ppm in [100_000, 500_000, 900_000] {
            let mut values = [0; 4 * HORIZON];
            let (slots, _) = values.as_chunks_mut();
            for (slot, told) in slots.iter_mut().zip(self.told.iter()) {
                let value = match quantile_ppm {
                    100_000 => told.p10(),
                    900_000 => told.p90(),
                    _ => told.p50(),
                };
                *slot = value.as_mg_per_kwh().to_le_bytes();
            }
            let forecast = Forecast {
                zone: site.zone(),
                from: issue.start(),
                slot_s: SLOT_S,
                quantile_ppm,
                method: self.method,
                values: &values,
            };
            log.write(&Record::Forecast(forecast), line);
        }
    }

    fn tell_plan(&self, site: &Site, log: &mut Log, line: &mut impl Write) {
        let Some(Ok(plan)) = self.has_plan.then_some(&self.plan) else { return };
        let of = u16::try_from(plan.len()).unwrap_or(u16::MAX);
        for (index, stretch) in (0..of).zip(plan) {
            let Stretch { start, end } = *stretch;
            let expected = self.mean(start, end);
            let plan = Plan { zone: site.zone(), start, end, expected, index, of };
            log.write(&Record::Plan(plan), line);
        }
    }

    /// The expected intensity from one moment to another, rounded down.
    fn mean(&self, start: Utc, end: Utc) -> CarbonIntensity {
        let first = self.issue.map_or(0, |issue| issue.start().as_us());
        let (mut sum, mut seconds) = (0_u64, 0_u64);
        for (hour, told) in (0_u64..).zip(self.told.iter()) {
            let begin_us = first.saturating_add(hour * US_PER_HOUR);
            let from_us = begin_us.max(start.as_us());
            let to_us = begin_us.saturating_add(US_PER_HOUR).min(end.as_us());
            let covered_s = to_us.saturating_sub(from_us) / 1_000_000;
            sum += covered_s * u64::from(told.p50().as_mg_per_kwh());
            seconds += covered_s;
        }
        let mean = sum.checked_div(seconds).unwrap_or(0);
        CarbonIntensity::from_mg_per_kwh(u32::try_from(mean).unwrap_or(u32::MAX))
    }
}

impl Planning for Planner<'_> {
    fn forget(&mut self) {
        self.hours.fill(Reading::MISSING);
        (self.end, self.issue, self.has_plan) = (None, None, false);
    }

    fn history(&mut self, history: &SetHistory<'_>) -> Result<(), &'static str> {
        if !history.from.as_us().is_multiple_of(US_PER_HOUR) {
            return Err("a history begins at a whole hour");
        }
        for (ahead, hour) in (0..).zip(history.hours()) {
            self.enter(Hour::containing(history.from).later(ahead), hour.into());
        }
        self.learned = true;
        Ok(())
    }

    fn job(&mut self, job: SetJob) -> Result<(), &'static str> {
        if job.power.as_uw() < 0 {
            return Err("the power of a job must not be negative");
        }
        if job.caution_permille > 1_000 {
            return Err("the caution is a share of 0 to 1000 thousandths");
        }
        self.job = (job.run_s > 0).then_some(job);
        (self.done_s, self.running_since, self.has_plan) = (0, None, false);
        (self.started, self.pauses) = (None, 0);
        self.job_is_new = true;
        Ok(())
    }

    fn done_s(&self) -> Option<u32> {
        self.job.map(|_| self.done_s)
    }

    fn resume(&mut self, done_s: u32) {
        self.done_s = done_s;
    }

    fn advise(&mut self, now: Utc, site: &Site, log: &mut Log, line: &mut impl Write) -> Advice {
        let hour = Hour::containing(now);
        let is_due = self.learned || self.issue != Some(hour);
        let is_new = is_due && self.forecast(hour, site).is_some();
        self.learned = false;
        if is_new {
            self.tell_forecast(site, log, line);
        }
        self.progress(now);
        let replan = is_new || core::mem::take(&mut self.job_is_new);
        let load = self.plan(now, replan);
        if replan {
            self.tell_plan(site, log, line);
        }
        self.switch(now, load == Some(true));
        Advice { load, is_new }
    }

    fn tell(&self, site: &Site, log: &mut Log, line: &mut impl Write) {
        self.tell_forecast(site, log, line);
        self.tell_plan(site, log, line);
    }

    fn ahead(&self) -> Option<(Hour, &[Quantiles])> {
        Some((self.issue?, self.told.as_slice()))
    }

    fn expected(&self, at: Utc) -> Option<(CarbonIntensity, &'static str)> {
        let ahead = Hour::containing(at).as_hours().checked_sub(self.issue?.as_hours())?;
        let told = self.told.get(usize::try_from(ahead).ok()?)?;
        Some((told.p50(), self.method))
    }
}
