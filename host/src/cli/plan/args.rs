//! Options that say what is to be planned: shared by the verbs that plan.

use std::path::{Path, PathBuf};

use clap::Args;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use wattcast_core::plan::{Greedy, Limits, LoadStep, Objective, Overhead, Standing};
use wattcast_core::units::{CarbonIntensity, CarbonMass, Power, Utc};

use super::super::place::PlaceArgs;
use super::super::{CliError, report};
use super::when;
use crate::grid::intensity_from_grams;
use crate::planning::{By, Forecasts, Request, Source, Work};

/// What a job draws of which nobody said it.
const ASSUMED_POWER: Power = Power::from_uw(1_000_000_000);

/// What is to be planned.
#[derive(Args)]
pub(in crate::cli) struct PlanArgs {
    /// How long the job runs: `6h`, `90min`, or a number of hours
    #[arg(
        long,
        visible_alias = "green",
        value_name = "TIME",
        help_heading = "Plan",
        allow_negative_numbers = true
    )]
    hours: Option<String>,

    /// How much energy the job uses, in place of how long it runs: 5kWh
    #[arg(
        long,
        value_name = "ENERGY",
        conflicts_with = "hours",
        help_heading = "Plan",
        allow_negative_numbers = true
    )]
    energy: Option<String>,

    /// What the job draws: 300W, 1.2kW [default: 1 kW, and that nobody said so is told]
    #[arg(long, value_name = "POWER", help_heading = "Plan", allow_negative_numbers = true)]
    power: Option<String>,

    /// Take the power that an earlier run drew as it got on with its work, pauses left out, and its
    /// length unless another is given: the beginning of its id, `last`, or a ledger file
    #[arg(long, value_name = "RUN", conflicts_with = "power", help_heading = "Plan")]
    like: Option<String>,

    /// History of the carbon intensity to forecast from, as `de.csv`, or of several zones as
    /// `DE=de.csv`, repeated
    #[arg(long, value_name = "FILE", help_heading = "Plan")]
    history: Vec<String>,

    /// Solar and wind as the operators of the grids expect them a day ahead, past and to come, to
    /// forecast with (CSV: timestamp_utc,solar_mw,wind_mw, of several with `zone`; or a folder)
    #[arg(long, value_name = "PATH", requires = "history", help_heading = "Plan")]
    day_ahead: Option<PathBuf>,

    /// A forecast made elsewhere (CSV: timestamp_utc,zone,gco2_per_kwh)
    #[arg(long, value_name = "FILE", conflicts_with = "history", help_heading = "Plan")]
    forecast: Option<PathBuf>,

    /// Zones of the forecast file to leave out
    #[arg(long, value_name = "CODE", value_delimiter = ',', help_heading = "Plan")]
    exclude: Vec<String>,

    /// Where the job is now: to start elsewhere is a move [default: it may start anywhere]
    #[arg(long, value_name = "CODE", help_heading = "Plan")]
    home: Option<String>,

    /// Earliest start: a time or a length from now
    #[arg(long, value_name = "WHEN", help_heading = "Plan", allow_hyphen_values = true)]
    from: Option<String>,

    /// When it must have ended [default: where the forecast ends]
    #[arg(long, value_name = "WHEN", help_heading = "Plan", allow_hyphen_values = true)]
    deadline: Option<String>,

    /// Use no hour above this intensity
    #[arg(long, value_name = "G_PER_KWH", help_heading = "Plan", allow_negative_numbers = true)]
    threshold: Option<String>,

    /// Emit no more than this in all, in grams of CO2e
    #[arg(long, value_name = "GRAMS", help_heading = "Plan", allow_negative_numbers = true)]
    carbon_budget: Option<String>,

    /// Shortest time between two interruptions
    #[arg(long, value_name = "TIME", help_heading = "Plan", allow_negative_numbers = true)]
    min_run: Option<String>,

    /// How often it may pause
    #[arg(long, value_name = "N", help_heading = "Plan")]
    max_pauses: Option<u16>,

    /// How often it may move to another zone
    #[arg(long, value_name = "N", help_heading = "Plan")]
    max_moves: Option<u16>,

    /// What a pause costs in time and energy, as `90s,20Wh`
    #[arg(long, value_name = "COST", help_heading = "Plan", allow_hyphen_values = true)]
    pause_cost: Option<String>,

    /// What a move to another zone costs, as `10min,50Wh`
    #[arg(long, value_name = "COST", help_heading = "Plan", allow_hyphen_values = true)]
    move_cost: Option<String>,

    /// Weigh the tariff too, at this price of a tonne of CO2e; 0 for the cheapest plan
    #[arg(
        long,
        value_name = "PRICE",
        requires = "tariff",
        help_heading = "Plan",
        allow_negative_numbers = true
    )]
    carbon_price: Option<String>,

    /// Plan for hours dirtier than expected: 100 for the upper end of the forecast's range
    #[arg(long, value_name = "PERCENT", default_value_t = 0, help_heading = "Plan", hide_default_value = true, value_parser = clap::value_parser!(u16).range(0..=100))]
    caution: u16,

    /// Who plans
    #[arg(long, value_enum, default_value = "optimal", help_heading = "Plan")]
    method: MethodArg,

    /// With --method greedy, how much cleaner another zone must be, in g/kWh
    #[arg(long, value_name = "G_PER_KWH", default_value = "30", help_heading = "Plan")]
    move_delta: String,

    /// With --method greedy, the shortest interval in hours (slots of the forecast)
    #[arg(long, value_name = "HOURS", default_value_t = 1, help_heading = "Plan")]
    min_interval: u16,

    /// With --method greedy, how many lengths of window are tried
    #[arg(long, value_name = "N", default_value_t = 3, help_heading = "Plan")]
    max_window: u16,
}

/// Who plans.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum MethodArg {
    /// The best hours and zones within all limits, proven
    Optimal,
    /// The best start of one unbroken run
    Window,
    /// The rule of eco4cast, mended
    Greedy,
}

/// What was asked, validated.
pub(in crate::cli) struct Asked {
    /// The job.
    pub(in crate::cli) request: Request,
    /// Where forecasts come from.
    pub(in crate::cli) source: Source,
    /// Where the job is now.
    pub(in crate::cli) home: Option<String>,
}

impl Asked {
    /// A job that has not started.
    pub(in crate::cli) fn standing(&self, forecasts: &Forecasts) -> Result<Standing, CliError> {
        let Some(home) = &self.home else { return Ok(Standing::Fresh { home: None }) };
        let code = crate::grid::find(home).map_or(home.as_str(), |place| place.code());
        let place = forecasts.place(code).or_else(|| forecasts.place(home));
        let home = place.ok_or_else(|| {
            CliError::input(format!(
                "--home {home} is none of the zones of the plan; add it to --zone"
            ))
        })?;
        Ok(Standing::Fresh { home: Some(home) })
    }
}

impl PlanArgs {
    /// Whether it says how much is to be done.
    pub(in crate::cli) fn is_given(&self) -> bool {
        self.hours.is_some() || self.energy.is_some() || self.like.is_some()
    }

    /// When it must have ended, or begun where that is all that is planned.
    pub(in crate::cli) fn deadline(
        &self,
        place: &PlaceArgs,
        now: Utc,
    ) -> Result<Option<Utc>, CliError> {
        let zone = place.local_zone()?;
        let deadline = self.deadline.as_deref();
        deadline.map(|text| when::moment("--deadline", text, now, &zone)).transpose()
    }

    /// Validates all of it. `ledger` is where earlier runs are looked for, and
    /// `now` the moment from which times count.
    pub(in crate::cli) fn asked(
        &self,
        place: &PlaceArgs,
        ledger: Option<&Path>,
        now: Utc,
    ) -> Result<Asked, CliError> {
        let zone = place.local_zone()?;
        let from = self.from.as_deref();
        let from = from.map(|text| when::moment("--from", text, now, &zone)).transpose()?;
        let start = from.unwrap_or(now);
        let deadline = self.deadline.as_deref();
        let deadline =
            deadline.map(|text| when::moment("--deadline", text, start, &zone)).transpose()?;
        if deadline.is_some_and(|deadline| deadline <= start) {
            return Err(CliError::input("--deadline lies before the plan begins; set a later one"));
        }
        let like = self.like.as_deref().map(|name| Like::find(name, ledger)).transpose()?;
        let request = Request {
            is_power_assumed: self.power.is_none() && like.is_none(),
            pue: place.site_pue()?,
            not_before: from,
            deadline,
            limits: self.limits()?,
            pause: cost("--pause-cost", self.pause_cost.as_deref())?,
            moving: cost("--move-cost", self.move_cost.as_deref())?,
            tariff: place.tariff()?,
            objective: self.objective()?,
            caution_permille: self.caution * 10,
            by: self.by()?,
            power: self.power(like.as_ref())?,
            ..Request::new(self.work(like.as_ref())?, ASSUMED_POWER)
        };
        request.run_s().map_err(CliError::input)?;
        Ok(Asked { request, source: self.source(place)?, home: self.home.clone() })
    }

    fn work(&self, like: Option<&Like>) -> Result<Work, CliError> {
        match (&self.hours, &self.energy, like) {
            (Some(hours), _, _) => when::seconds("--hours", hours).map(Work::Seconds),
            (None, Some(energy), _) => when::energy("--energy", energy).map(Work::Energy),
            (None, None, Some(like)) => Ok(Work::Seconds(like.seconds)),
            (None, None, None) => Err(CliError::input(
                "how long does the job run? give --hours 6h, --energy 5kWh, or --like an earlier run",
            )),
        }
    }

    fn power(&self, like: Option<&Like>) -> Result<Vec<LoadStep>, CliError> {
        let power = match (&self.power, like) {
            (Some(power), _) => when::power("--power", power)?,
            (None, Some(like)) => return Ok(like.power.clone()),
            (None, None) => ASSUMED_POWER,
        };
        Ok(vec![LoadStep { seconds: u32::MAX, power }])
    }

    fn limits(&self) -> Result<Limits, CliError> {
        let threshold = self.threshold()?;
        // The rule has a threshold of its own, which may bridge short peaks.
        let max_intensity = threshold.filter(|_| self.method != MethodArg::Greedy);
        let budget = self.carbon_budget.as_deref().map(|text| {
            let milligrams = intensity_from_grams(text).map_err(|_| {
                CliError::input(format!("--carbon-budget `{text}` is no mass in grams; write 2500"))
            })?;
            let ug = u64::from(milligrams.as_mg_per_kwh()) * 1_000;
            Ok(CarbonMass::from_ug(ug))
        });
        let min_run = self.min_run.as_deref().map(|text| when::seconds("--min-run", text));
        Ok(Limits {
            max_intensity,
            budget: budget.transpose()?,
            min_run_s: min_run.transpose()?.unwrap_or(0),
            max_pauses: self.max_pauses,
            max_moves: self.max_moves,
        })
    }

    fn threshold(&self) -> Result<Option<CarbonIntensity>, CliError> {
        let value = self.threshold.as_deref().map(intensity_from_grams);
        value.transpose().map_err(|error| CliError::input(format!("--threshold {error}")))
    }

    fn objective(&self) -> Result<Objective, CliError> {
        let Some(text) = self.carbon_price.as_deref() else { return Ok(Objective::Carbon) };
        let price: Option<Decimal> = text.trim().parse().ok();
        let (least, most) = (Decimal::new(1, 2), Decimal::from(1_000_000));
        match price {
            Some(price) if price.is_zero() => Ok(Objective::Price),
            Some(price) if (least..=most).contains(&price) => {
                // At 100 a tonne one unit of the currency is worth 10 kg.
                let grams = most.checked_div(price).and_then(|grams| grams.round().to_u32());
                Ok(Objective::CarbonAndPrice { g_per_unit: grams.unwrap_or(1) })
            }
            _ => Err(CliError::input(format!(
                "--carbon-price `{text}` is no price of a tonne of CO2e from 0.01 to a million; write 100, or 0 for the cheapest plan"
            ))),
        }
    }

    fn by(&self) -> Result<By, CliError> {
        Ok(match self.method {
            MethodArg::Optimal => By::Optimal,
            MethodArg::Window => By::Window,
            MethodArg::Greedy => {
                let rule = Greedy::default();
                let delta = intensity_from_grams(&self.move_delta)
                    .map_err(|error| CliError::input(format!("--move-delta {error}")))?;
                By::Greedy(Greedy {
                    max_emission_value: self.threshold()?.unwrap_or(rule.max_emission_value),
                    co2_delta_to_move: delta,
                    min_interval_size: self.min_interval,
                    max_window_size: self.max_window,
                    ..rule
                })
            }
        })
    }

    /// Where its forecasts come from.
    pub(in crate::cli) fn source(&self, place: &PlaceArgs) -> Result<Source, CliError> {
        let histories = self.history.iter().map(|text| match text.split_once('=') {
            Some((zone, file)) if !Path::new(text).exists() => {
                (Some(zone.to_owned()), PathBuf::from(file))
            }
            _ => (None, PathBuf::from(text)),
        });
        let histories: Vec<_> = histories.collect();
        let forecast = self.forecast.clone();
        // What prices the run serves the plan too, where nothing else does.
        let known = place.file().filter(|_| histories.is_empty()).map(Path::to_owned);
        let mut source = Source::zones(&place.zones());
        source.exclude.clone_from(&self.exclude);
        source.forecast = forecast.or(known);
        source.histories = histories;
        source.day_ahead.clone_from(&self.day_ahead);
        source.given = place.given()?;
        source.basis = place.basis();
        source.time_zone = place.file_zone()?;
        Ok(source)
    }
}

fn cost(option: &str, text: Option<&str>) -> Result<Overhead, CliError> {
    text.map_or(Ok(Overhead::NONE), |text| when::overhead(option, text))
}

/// The most steps that the load of an earlier run is told in, and how short
/// they are at least.
const LIKE_STEPS: u64 = 24;
const LIKE_STEP_US: u64 = 60_000_000;

/// What an earlier run drew as it got on with its work, and for how long.
struct Like {
    power: Vec<LoadStep>,
    seconds: u32,
}

impl Like {
    fn find(name: &str, ledger: Option<&Path>) -> Result<Self, CliError> {
        let run = report::find(name, ledger)?;
        let unknown = || {
            CliError::input(format!(
                "--like {name}: that run holds no energy over time; give --power"
            ))
        };
        let mean = mean_uw(run.energy_uj, run.running_us).filter(|uw| *uw > 0);
        let mean = mean.ok_or_else(unknown)?;
        let seconds = u32::try_from(run.running_us.div_ceil(1_000_000)).map_err(|_| unknown())?;
        // Four digits are more than a meter knows, and keep the sums small.
        let unit = 10_i64.pow(mean.ilog10().saturating_sub(3));
        let round = |uw: i64| (uw + unit / 2) / unit * unit;
        let parts = (run.running_us / LIKE_STEP_US).clamp(1, LIKE_STEPS);
        let steps = run.drawn(parts).into_iter().map(|(us, uj)| {
            let seconds = u32::try_from(us.div_ceil(1_000_000)).ok()?;
            Some(LoadStep { seconds, power: Power::from_uw(round(mean_uw(uj, us)?)) })
        });
        let steps: Option<Vec<LoadStep>> = steps.collect();
        let mean = LoadStep { seconds: u32::MAX, power: Power::from_uw(round(mean)) };
        let power = steps.filter(|steps| steps.len() > 1).unwrap_or_else(|| vec![mean]);
        Ok(Self { power, seconds })
    }
}

fn mean_uw(energy_uj: u128, time_us: u64) -> Option<i64> {
    let picowatts = energy_uj.checked_mul(1_000_000)?;
    i64::try_from(picowatts.checked_div(u128::from(time_us))?).ok()
}
