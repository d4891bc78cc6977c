//! A plan as programs and people read it. Its serialised names are a contract:
//! they are only ever added to.

use serde::{Serialize, Serializer};
use wattcast_core::plan::{Job, Method, Objective, Proof, Schedule, Stay};
use wattcast_core::units::{Basis, Utc};

use super::reason::Reasons;
use super::{Forecasts, Origin, Request, SLOTS};
use crate::intensity::timestamp;

/// Version of the names below.
pub const SCHEMA: &str = "wattcast-plan-1";

/// When and where a job is to run. Carbon, in micrograms of CO2e, includes the
/// PUE; energies, in microjoules (µJ), are those of the machine, before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// In order of time.
    pub intervals: Vec<PlannedInterval>,
    /// The energy, overheads included.
    pub energy_uj: u64,
    /// The carbon by the expected intensity.
    pub expected_ug: u64,
    /// The carbon if each slot were as clean as its lower quantile.
    pub expected_low_ug: Option<u64>,
    /// The carbon if each slot were as dirty as its upper quantile.
    pub expected_high_ug: Option<u64>,
    /// Run at once and in one go where the job is, or in the first zone.
    pub run_now_ug: Option<u64>,
    /// Spread evenly over the time until the deadline and all zones.
    pub mean_ug: Option<u64>,
    /// Spread evenly over that time in the zone of the lowest mean.
    pub best_zone_ug: Option<u64>,
    /// That zone.
    pub best_zone: Option<String>,
    /// The cost of the energy before the PUE in millionths of `currency`.
    pub cost_micro: Option<i64>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// How often the job resumes after a pause.
    pub pauses: u16,
    /// How often it starts in another zone.
    pub moves: u16,
    /// Who planned: `optimal`, `window`, `greedy`.
    pub method: &'static str,
    /// What is known of its quality.
    pub claim: Claim,
    /// With [`Claim::NotProven`] how much less than this plan any other emits
    /// at most; in millionths of the currency where the price alone counts.
    pub off_by: Option<u64>,
    /// What the intensity counts: `life-cycle`, `direct`, `marginal`.
    pub basis: Basis,
    /// Where the forecast of each zone comes from.
    pub forecasts: Vec<ZoneNote>,
    /// When the plan was made.
    #[serde(serialize_with = "moment")]
    pub made_at: Utc,
    /// When the work must be done, where somebody said.
    #[serde(serialize_with = "maybe_moment")]
    pub deadline: Option<Utc>,
    /// Power usage effectiveness in millionths.
    pub pue_millionths: u32,
    /// The price alone is made least.
    pub by_price: bool,
    /// Nobody said what the job draws: masses are those of 1 kW.
    pub is_power_assumed: bool,
}

/// A stretch in one zone without a break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedInterval {
    /// The zone.
    pub zone: String,
    /// When it begins.
    #[serde(serialize_with = "moment")]
    pub start: Utc,
    /// When it ends.
    #[serde(serialize_with = "moment")]
    pub end: Utc,
    /// The expected intensity, a mean over its time.
    pub intensity_mg_per_kwh: u32,
    /// The energy, overhead included.
    pub energy_uj: u64,
    /// The carbon.
    pub carbon_ug: u64,
    /// The seconds at its start that a pause or a move takes.
    pub overhead_s: u32,
    /// Its part of what the plan saves against running at once, by energy.
    pub saves_ug: Option<i64>,
    /// Why it was chosen.
    pub reason: String,
}

/// How good a plan is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// It came from a rule that claims nothing.
    Rule,
    /// No plan within the limits is better on this forecast.
    Proven,
    /// A better one may exist.
    NotProven,
}

/// Where a zone's forecast comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZoneNote {
    /// The zone.
    pub zone: String,
    /// `file`, `network`, `day-ahead-network`, `simple-rules`, `typical-day`,
    /// `typical-day-of-country`, `yearly-factor`, `given`.
    pub source: &'static str,
    /// The file or table.
    pub from: String,
}

impl Planned {
    pub(super) fn of(
        request: &Request,
        forecasts: &Forecasts,
        job: &Job<'_>,
        schedule: &Schedule<SLOTS>,
        now: Utc,
    ) -> Self {
        let name = |zone: u8| {
            forecasts
                .zones()
                .get(usize::from(zone))
                .map(|zone| zone.zone.clone())
                .unwrap_or_default()
        };
        let pue = request.pue.as_millionths();
        let reasons = Reasons::of(request, forecasts, job, now);
        let total_uj = i128::from(schedule.energy.as_uj());
        let figures = schedule.figures;
        let run_now = figures.run_now.map(|mass| mass.as_ug());
        let interval = |stay: &Stay| {
            let carbon_ug = stay.carbon.as_ug();
            let saves = run_now.and_then(|now_ug| {
                let share = i128::from(now_ug) * i128::from(stay.energy.as_uj());
                let at_once = share.checked_div(total_uj)?;
                i64::try_from(at_once - i128::from(carbon_ug)).ok()
            });
            PlannedInterval {
                zone: name(stay.zone),
                start: stay.start,
                end: stay.end,
                intensity_mg_per_kwh: stay.intensity.as_mg_per_kwh(),
                energy_uj: before_pue(stay.energy.as_uj(), pue),
                carbon_ug,
                overhead_s: stay.overhead.seconds,
                saves_ug: saves,
                reason: reasons.tell(stay),
            }
        };
        let (claim, off_by) = match schedule.proof {
            Proof::Rule => (Claim::Rule, None),
            Proof::Proven => (Claim::Proven, None),
            Proof::NotProven { off_by } => (Claim::NotProven, Some(off_by)),
        };
        let cost = schedule.cost.map(|cost| {
            let micro = i128::from(cost.as_micro()) * 1_000_000 / i128::from(pue.max(1));
            i64::try_from(micro).unwrap_or(i64::MAX)
        });
        Self {
            schema: SCHEMA,
            intervals: schedule.intervals.iter().map(interval).collect(),
            energy_uj: before_pue(schedule.energy.as_uj(), pue),
            expected_ug: schedule.expected.as_ug(),
            expected_low_ug: schedule.range.map(|(low, _)| low.as_ug()),
            expected_high_ug: schedule.range.map(|(_, high)| high.as_ug()),
            run_now_ug: run_now,
            mean_ug: figures.mean.map(|mass| mass.as_ug()),
            best_zone_ug: figures.best_zone.map(|(_, mass)| mass.as_ug()),
            best_zone: figures.best_zone.map(|(zone, _)| name(zone)),
            cost_micro: cost,
            currency: cost.and(request.tariff.as_ref()).map(|tariff| tariff.currency.clone()),
            pauses: schedule.pauses,
            moves: schedule.moves,
            method: match schedule.method {
                Method::Greedy => "greedy",
                Method::Window => "window",
                Method::Optimal => "optimal",
            },
            claim,
            off_by,
            basis: forecasts.basis(),
            forecasts: forecasts
                .zones()
                .iter()
                .map(|zone| note(&zone.zone, &zone.origin))
                .collect(),
            made_at: now,
            deadline: request.deadline,
            pue_millionths: pue,
            by_price: request.objective == Objective::Price,
            is_power_assumed: request.is_power_assumed,
        }
    }
}

fn note(zone: &str, origin: &Origin) -> ZoneNote {
    let (source, from) = match origin {
        Origin::File(file) => ("file", file.clone()),
        Origin::History { file, network: Some("day-ahead") } => ("day-ahead-network", file.clone()),
        Origin::History { file, network: Some(_) } => ("network", file.clone()),
        Origin::History { file, network: None } => ("simple-rules", file.clone()),
        Origin::Typical { is_of_country: false, sources } => ("typical-day", (*sources).to_owned()),
        Origin::Typical { is_of_country: true, sources } => {
            ("typical-day-of-country", (*sources).to_owned())
        }
        Origin::Yearly { source, year } => ("yearly-factor", format!("{source} {year}")),
        Origin::Given => ("given", String::new()),
    };
    ZoneNote { zone: zone.to_owned(), source, from }
}

/// Energy at the meter as energy at the machine, rounded to the nearest.
fn before_pue(energy_uj: i64, pue_millionths: u32) -> u64 {
    let pue = i128::from(pue_millionths.max(1));
    let energy = (i128::from(energy_uj) * 1_000_000 + pue / 2).div_euclid(pue);
    u64::try_from(energy).unwrap_or(0)
}

fn moment<S: Serializer>(at: &Utc, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&timestamp(*at))
}

fn maybe_moment<S: Serializer>(at: &Option<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => moment(at, serializer),
        None => serializer.serialize_none(),
    }
}
