//! What a person asks of a plan, and the planner's answer.

use wattcast_core::plan::{
    Greedy, Job, Label, Limits, Load, LoadStep, Objective, Outlook, Overhead, PlanError, Schedule,
    Scratch, Standing, ZoneSet, greedy, optimal, optimal_needs, window,
};
use wattcast_core::units::{Energy, Power, Pue, Utc};

use super::{Forecasts, Planned, PlanningError};
use crate::pricing::Tariff;

/// The most slots that a plan weighs: four weeks of hours, or a week of
/// quarters.
pub const SLOTS: usize = 672;

/// The most memory that the search for the best plan may take: 128 MiB of
/// sums, 32 MiB of choices.
const MOST_VALUES: usize = 1 << 24;
const MOST_CHOICES: usize = 1 << 25;
/// For a budget beside a price.
const LABELS: usize = 1 << 15;

/// How much is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// So much running time.
    Seconds(u32),
    /// Until so much energy is used at the machine, overheads not counted.
    Energy(Energy),
}

/// Who makes the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// [`optimal`](wattcast_core::plan::optimal()).
    Optimal,
    /// [`window`](wattcast_core::plan::window()).
    Window,
    /// [`greedy`](wattcast_core::plan::greedy()).
    Greedy(Greedy),
}

/// A job to be planned, and what its plan must keep to. Powers and energies
/// are those of the machine, before the PUE. Start from [`Request::new`].
#[derive(Clone, Debug)]
pub struct Request {
    /// How much is to be done in all.
    pub work: Work,
    /// What it draws: step by step, the last one to its end.
    pub power: Vec<LoadStep>,
    /// Whether nobody said what it draws.
    pub is_power_assumed: bool,
    /// The overhead of the site.
    pub pue: Pue,
    /// It does not start before.
    pub not_before: Option<Utc>,
    /// It ends by then; else by the end of the forecast.
    pub deadline: Option<Utc>,
    /// What the plan must keep to.
    pub limits: Limits,
    /// What a pause costs.
    pub pause: Overhead,
    /// What a move costs.
    pub moving: Overhead,
    /// The price of energy.
    pub tariff: Option<Tariff>,
    /// What is made least.
    pub objective: Objective,
    /// How far to plan with the upper quantile, in thousandths.
    pub caution_permille: u16,
    /// Who plans.
    pub by: By,
}

/// How far the job is when it is planned.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// The moment of planning.
    pub now: Utc,
    /// The seconds of work that are done.
    pub done_s: u32,
    /// What the job is doing. Zones are numbered as in [`Forecasts::zones`].
    pub standing: Standing,
}

impl At {
    /// A job that has not started and may start in any of its zones for free.
    #[must_use]
    pub const fn fresh(now: Utc) -> Self {
        Self { now, done_s: 0, standing: Standing::Fresh { home: None } }
    }
}

impl Request {
    /// A job of one power without limits, in the hours that emit least.
    #[must_use]
    pub fn new(work: Work, power: Power) -> Self {
        Self {
            work,
            power: vec![LoadStep { seconds: u32::MAX, power }],
            is_power_assumed: false,
            pue: Pue::ONE,
            not_before: None,
            deadline: None,
            limits: Limits::NONE,
            pause: Overhead::NONE,
            moving: Overhead::NONE,
            tariff: None,
            objective: Objective::Carbon,
            caution_permille: 0,
            by: By::Optimal,
        }
    }

    /// The running time of the whole work.
    ///
    /// # Errors
    /// [`PlanningError::Work`] where it is none, or more than fits.
    pub fn run_s(&self) -> Result<u32, PlanningError> {
        let seconds = match self.work {
            Work::Seconds(seconds) => Some(seconds),
            Work::Energy(energy) => self.time_for(i128::from(energy.as_uj())),
        };
        seconds.filter(|seconds| *seconds > 0).ok_or(PlanningError::Work)
    }

    /// The whole seconds after which so much energy is used.
    fn time_for(&self, energy_uj: i128) -> Option<u32> {
        let (mut left, mut seconds) = (energy_uj, 0_i128);
        let last = self.power.len().checked_sub(1)?;
        for (at, step) in self.power.iter().enumerate() {
            let power = i128::from(step.power.as_uw());
            let energy = power * i128::from(step.seconds);
            if at == last || energy >= left {
                seconds += left.checked_add(power - 1)?.checked_div(power)?;
                return u32::try_from(seconds).ok();
            }
            left -= energy;
            seconds += i128::from(step.seconds);
        }
        None
    }

    /// Plans what is left of the job.
    ///
    /// # Errors
    /// [`PlanningError::Plan`] where no plan keeps to everything.
    pub fn plan(&self, forecasts: &Forecasts, at: &At) -> Result<Planned, PlanningError> {
        let run_s = self.run_s()?;
        let with_pue = |energy: i128| -> Option<i64> {
            let pue = i128::from(self.pue.as_millionths());
            i64::try_from((energy * pue + 500_000).div_euclid(1_000_000)).ok()
        };
        let steps = self.power.iter().map(|step| {
            let power = Power::from_uw(with_pue(i128::from(step.power.as_uw()))?);
            Some(LoadStep { power, ..*step })
        });
        let steps: Vec<LoadStep> = steps.collect::<Option<_>>().ok_or(PlanningError::Work)?;
        let at_meter = |overhead: Overhead| -> Result<Overhead, PlanningError> {
            let energy = with_pue(i128::from(overhead.energy.as_uj()));
            let energy = energy.ok_or(PlanningError::Work)?;
            Ok(Overhead { energy: Energy::from_uj(energy), ..overhead })
        };
        let prices = self.tariff.as_ref().map(|tariff| forecasts.prices(tariff)).transpose()?;
        let prices = prices.unwrap_or_default();
        let zones = forecasts.outlooks(&prices);
        let outlook =
            Outlook { start: forecasts.start(), slot_s: forecasts.slot_s(), zones: &zones };
        let job = Job {
            run_s,
            done_s: at.done_s,
            load: Load::Steps(&steps),
            zones: ZoneSet::ALL,
            not_before: self.not_before,
            deadline: self.deadline,
            standing: at.standing,
            limits: self.limits,
            pause: at_meter(self.pause)?,
            moving: at_meter(self.moving)?,
            objective: self.objective,
            caution_permille: self.caution_permille,
        };
        let schedule = self.schedule(&outlook, &job, at.now).map_err(|error| {
            let names: Vec<&str> =
                forecasts.zones().iter().map(|zone| zone.zone.as_str()).collect();
            PlanningError::of(error, &names)
        })?;
        Ok(Planned::of(self, forecasts, &job, &schedule, at.now))
    }

    fn schedule(
        &self,
        outlook: &Outlook<'_>,
        job: &Job<'_>,
        now: Utc,
    ) -> Result<Box<Schedule<SLOTS>>, PlanError> {
        match &self.by {
            By::Window => window(outlook, job, now).map(Box::new),
            By::Greedy(rule) => greedy(outlook, job, now, rule).map(Box::new),
            By::Optimal => {
                let needs = optimal_needs(outlook, job, now)?;
                let mut values = vec![0; needs.values.min(MOST_VALUES)];
                let mut choices = vec![0; needs.choices.min(MOST_CHOICES)];
                let searches = job.limits.budget.is_some() && job.objective != Objective::Carbon;
                let mut labels = vec![Label::EMPTY; if searches { LABELS } else { 0 }];
                let scratch =
                    Scratch { values: &mut values, choices: &mut choices, labels: &mut labels };
                optimal(outlook, job, now, scratch).map(Box::new)
            }
        }
    }
}
