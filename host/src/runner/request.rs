//! Plans made and made again from forecasts, with what the job has shown.

use wattcast_core::plan::{self, Conflict, LoadStep, PlanError};
use wattcast_core::units::{Power, US_PER_HOUR, Utc};

use super::planner::{Hindsight, Planner, Progress, Standing, Trouble};
use super::{Agenda, Stretch};
use crate::intensity::{History, ReadOptions};
use crate::metering::{Intensity, Pricer};
use crate::planning::{
    At, Forecasts, Origin, Planned, PlanningError, Request, Source, Work, ZoneForecast,
};
use wattcast_core::wire::record::IntensitySource;

/// Work as short as this at the end is not planned for: the job runs on to its
/// end anyway, and pauses and resumes come a moment late.
const GRACE_US: u64 = 60_000_000;
/// The same of the machine's own time, where a test clock is quicker.
const REAL_GRACE_US: u64 = 250_000;

/// Plans a request whenever it is asked.
pub struct RequestPlanner {
    /// What is to be done.
    pub request: Request,
    /// Where forecasts come from.
    pub source: Source,
    /// The zone where the job's data are.
    pub home: Option<String>,
    /// What prices the energy of each zone where no forecast does.
    pub pricers: Vec<(String, Pricer)>,
    /// Whether those prices are the user's own hours, better than a forecast.
    pub is_priced: bool,
    /// How fast the clock runs.
    pub speed: u32,
    forecasts: Option<Forecasts>,
}

impl RequestPlanner {
    /// Plans `request` from `source`.
    #[must_use]
    pub fn new(request: Request, source: Source, home: Option<String>) -> Self {
        let (pricers, forecasts) = (Vec::new(), None);
        Self { request, source, home, pricers, is_priced: false, speed: 1, forecasts }
    }

    fn planned(&mut self, progress: &Progress) -> Result<Planned, PlanningError> {
        let forecasts = self.source.forecasts(progress.now, self.request.deadline)?;
        let place = |zone: &str| forecasts.place(zone);
        let standing = match &progress.standing {
            Standing::Fresh => {
                let home = self.home.as_deref().and_then(place);
                plan::Standing::Fresh { home }
            }
            Standing::Running { zone, since } => {
                let since_s = progress.now.as_us().saturating_sub(since.as_us()) / 1_000_000;
                let since_s = u32::try_from(since_s).unwrap_or(u32::MAX);
                plan::Standing::Running { zone: place(zone).unwrap_or(0), since_s }
            }
            Standing::Paused { zone } => plan::Standing::Paused { zone: place(zone).unwrap_or(0) },
        };
        let grace_us = GRACE_US.max(REAL_GRACE_US.saturating_mul(self.speed.into()));
        let counted_us = match progress.done_us {
            0 => 0,
            done_us => done_us.saturating_add(grace_us),
        };
        let done_s = u32::try_from(counted_us / 1_000_000).unwrap_or(u32::MAX);
        let mut request = self.request.clone();
        // A load that is known to vary stays as it is.
        if let (Some(power), [_]) = (progress.power, request.power.as_slice()) {
            request.power = constant(power);
            request.is_power_assumed = false;
        }
        if request.run_s()? <= done_s {
            return Err(PlanningError::Work);
        }
        let planned = request.plan(&forecasts, &At { now: progress.now, done_s, standing })?;
        self.forecasts = Some(forecasts);
        Ok(planned)
    }
}

fn constant(power: Power) -> Vec<LoadStep> {
    vec![LoadStep { seconds: u32::MAX, power }]
}

impl Planner for RequestPlanner {
    fn plan(&mut self, progress: &Progress) -> Result<Agenda, Trouble> {
        let is_over = self
            .request
            .run_s()
            .is_ok_and(|run_s| progress.done_us >= u64::from(run_s) * 1_000_000);
        let is_past = self.request.deadline.is_some_and(|deadline| deadline <= progress.now);
        if is_over || is_past && progress.done_us > 0 {
            return Ok(Agenda::nothing());
        }
        match self.planned(progress) {
            Ok(planned) => Agenda::of(&planned)
                .map_err(|error| Trouble { text: error.to_string(), is_late: false }),
            // Nothing is left but a moment.
            Err(PlanningError::Work) if progress.done_us > 0 => Ok(Agenda::nothing()),
            Err(error) => {
                Err(Trouble { is_late: is_late(&error) || is_past, text: error.to_string() })
            }
        }
    }

    fn learns(&self) -> bool {
        true
    }

    fn intensity(&self, zone: &str) -> Option<Intensity> {
        let named = |(code, _): &&(String, Pricer)| {
            code.eq_ignore_ascii_case(zone)
                || crate::grid::find(code).is_ok_and(|place| place.code() == zone)
        };
        let own = self.pricers.iter().find(named).or_else(|| self.pricers.first());
        let own = own.map(|(_, pricer)| pricer.intensity.clone())?;
        if self.is_priced {
            return Some(own);
        }
        let forecasts = self.forecasts.as_ref()?;
        let place = forecasts.place(zone).unwrap_or(0);
        let forecast = forecasts.zones().get(usize::from(place))?;
        Some(forecast_prices(own, forecast))
    }

    fn hindsight(&mut self, start: Utc, running_us: u64, power: Power) -> Option<Hindsight> {
        let mut zones = Vec::new();
        for zone in &self.source.zones {
            zones.push(self.known(zone, start)?);
        }
        let known_until = zones.iter().map(end_of).min()?;
        let until = self.request.deadline.map_or(known_until, |end| end.min(known_until));
        let forecasts = Forecasts::new(zones, start, Some(until)).ok()?;
        let running_s = u32::try_from(running_us.div_ceil(1_000_000)).ok()?;
        let request = Request {
            work: Work::Seconds(running_s),
            power: constant(power),
            deadline: Some(until),
            ..self.request.clone()
        };
        let home = self.home.as_deref().and_then(|home| forecasts.place(home));
        let standing = plan::Standing::Fresh { home };
        let best = request.plan(&forecasts, &At { standing, ..At::fresh(start) }).ok()?;
        Some(Hindsight {
            best_ug: Some(best.expected_ug),
            run_now_ug: best.run_now_ug,
            mean_ug: best.mean_ug,
            plan: serde_json::to_value(&best.intervals).unwrap_or_default(),
        })
    }
}

impl RequestPlanner {
    /// What the history of a zone, read again, tells of the time from `start`
    /// on.
    fn known(&self, zone: &str, start: Utc) -> Option<ZoneForecast> {
        let of_zone = |named: &&(Option<String>, std::path::PathBuf)| {
            named.0.as_ref().is_none_or(|named| named.eq_ignore_ascii_case(zone))
        };
        let path = self.source.histories.iter().find(of_zone).map(|(_, path)| path.as_path());
        let path = path.or(self.source.forecast.as_deref().filter(|_| self.is_priced))?;
        let options = ReadOptions {
            zone: Some(zone.to_owned()),
            basis: self.source.basis,
            time_zone: self.source.time_zone.clone(),
        };
        let history = History::read(path, &options).ok()?;
        let slot_us = history.slot_us();
        let first = Utc::from_us(start.as_us() / slot_us * slot_us);
        let mut expected = Vec::new();
        for point in history.points().iter().filter(|point| point.start >= first) {
            let slot = (point.start.as_us() - first.as_us()) / slot_us;
            let slot = usize::try_from(slot).ok()?;
            if slot >= crate::planning::SLOTS {
                break;
            }
            expected.resize(slot, None);
            expected.push(Some(point.intensity));
        }
        if expected.is_empty() {
            return None;
        }
        Some(ZoneForecast {
            zone: crate::grid::find(zone)
                .map_or_else(|_| zone.to_owned(), |place| place.code().to_owned()),
            basis: history.basis(),
            origin: Origin::File(path.display().to_string()),
            start: first,
            slot_s: u32::try_from(slot_us / 1_000_000).ok()?,
            expected,
            low: Vec::new(),
            high: Vec::new(),
        })
    }
}

fn end_of(zone: &ZoneForecast) -> Utc {
    let slots = u64::try_from(zone.expected.len()).unwrap_or(u64::MAX);
    let length_us = slots.saturating_mul(u64::from(zone.slot_s)).saturating_mul(1_000_000);
    Utc::from_us(zone.start.as_us().saturating_add(length_us))
}

/// Prices by a forecast where it knows the hour.
pub(super) fn forecast_prices(own: Intensity, forecast: &ZoneForecast) -> Intensity {
    let (name, source) = match &forecast.origin {
        Origin::File(file) | Origin::History { file, .. } => {
            (format!("forecast, {file}"), IntensitySource::Forecast)
        }
        Origin::Typical { sources, .. } => {
            (format!("typical days, {sources}"), IntensitySource::TypicalDay)
        }
        // Every hour alike: what is known already prices as well.
        Origin::Yearly { .. } | Origin::Given => return own,
    };
    let slot_us = u64::from(forecast.slot_s) * 1_000_000;
    let starts = (0_u64..).map(|slot| {
        Utc::from_us(forecast.start.as_us().saturating_add(slot.saturating_mul(slot_us)))
    });
    let series =
        starts.zip(&forecast.expected).map(|(start, value)| (start, value.unwrap_or(own.value)));
    Intensity {
        zone: forecast.zone.clone(),
        basis: forecast.basis,
        name,
        source,
        series: series.collect(),
        series_end: Some(end_of(forecast)),
        ..own
    }
}

/// Whether waiting gains nothing any more.
fn is_late(error: &PlanningError) -> bool {
    matches!(
        error,
        PlanningError::Ended { .. }
            | PlanningError::Plan {
                error: PlanError::Conflict(
                    Conflict::Deadline { .. } | Conflict::Horizon { .. } | Conflict::Unknown { .. }
                ),
                ..
            }
    )
}

/// Waits until a zone is clean, then runs to the end.
pub struct CleanPlanner {
    /// Where forecasts come from; the first zone counts.
    pub source: Source,
    /// Clean is what is at most this.
    pub threshold: wattcast_core::units::CarbonIntensity,
    /// It starts by then, clean or not.
    pub deadline: Option<Utc>,
}

/// What a search for a clean hour found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clean {
    /// It is clean from this moment on.
    From(Utc),
    /// Nothing clean is known up to this moment.
    NotUntil(Utc),
}

impl CleanPlanner {
    /// Looks for the first clean hour from `now` on.
    ///
    /// # Errors
    /// [`PlanningError`] where there is no forecast.
    pub fn look(&self, now: Utc) -> Result<Clean, PlanningError> {
        let forecasts = self.source.forecasts(now, None)?;
        let zone = forecasts.zones().first().ok_or(PlanningError::NoZone)?;
        let slot_us = u64::from(zone.slot_s) * 1_000_000;
        let start = |slot: u64| {
            Utc::from_us(zone.start.as_us().saturating_add(slot.saturating_mul(slot_us)))
        };
        let clean = (0..).zip(&zone.expected).find(|(slot, value)| {
            start(slot + 1) > now && value.is_some_and(|value| value <= self.threshold)
        });
        Ok(match clean {
            Some((slot, _)) => Clean::From(start(slot).max(now)),
            None => Clean::NotUntil(end_of(zone)),
        })
    }
}

impl Planner for CleanPlanner {
    fn plan(&mut self, progress: &Progress) -> Result<Agenda, Trouble> {
        if progress.standing != Standing::Fresh {
            return Ok(Agenda::nothing());
        }
        let found = self.look(progress.now);
        let found = found.map_err(|error| Trouble { text: error.to_string(), is_late: false })?;
        let start = match found {
            Clean::From(start) => start,
            // Looked for again within the hour.
            Clean::NotUntil(end) => end.max(Utc::from_us(progress.now.as_us() + US_PER_HOUR)),
        };
        let start = self.deadline.map_or(start, |deadline| start.min(deadline));
        let end = Utc::from_us(start.as_us().max(progress.now.as_us()).saturating_add(US_PER_HOUR));
        let zone = self.source.zones.first().cloned().unwrap_or_default();
        let stretch =
            Stretch { zone, start, end, intensity: wattcast_core::units::CarbonIntensity::ZERO };
        Agenda::new(vec![stretch], serde_json::Value::Null)
            .map_err(|error| Trouble { text: error.to_string(), is_late: false })
    }

    fn learns(&self) -> bool {
        true
    }
}

/// No plan: the command runs to its end.
#[derive(Debug)]
pub struct NoPlan;

impl Planner for NoPlan {
    fn plan(&mut self, _progress: &Progress) -> Result<Agenda, Trouble> {
        Ok(Agenda::nothing())
    }

    fn learns(&self) -> bool {
        false
    }
}
