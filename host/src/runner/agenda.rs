//! The stretches in which a job is to run.

use std::path::Path;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use wattcast_core::units::{CarbonIntensity, Utc};
use wattcast_core::wire::record::Plan;

use crate::planning::Planned;

/// One stretch in one zone without a break.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Stretch {
    /// The zone, empty where there is only one.
    #[serde(default)]
    pub zone: String,
    /// When it begins.
    #[serde(deserialize_with = "moment")]
    pub start: Utc,
    /// When it ends.
    #[serde(deserialize_with = "moment")]
    pub end: Utc,
    /// The intensity expected there, a mean over its time.
    #[serde(default, rename = "intensity_mg_per_kwh", deserialize_with = "intensity")]
    pub intensity: CarbonIntensity,
}

/// All stretches of a plan, in order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agenda {
    stretches: Vec<Stretch>,
    /// The plan as its maker wrote it, for the report.
    pub plan: Value,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due<'a> {
    /// Run, in this stretch.
    Run(&'a Stretch),
    /// Do not run until this moment.
    Wait(Utc),
    /// The plan is over: what is not done yet runs on.
    Over,
}

/// Why a plan makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum AgendaError {
    /// The file cannot be read.
    #[error("{file}: {error}; name a file that `wattcast plan --json` has written")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        error: std::io::Error,
    },
    /// It holds something else.
    #[error("{file}: {error}; write it with `wattcast plan --json`")]
    Shape {
        /// The file.
        file: String,
        /// What is wrong, and where.
        error: serde_json::Error,
    },
    /// Its intervals cannot be kept to.
    #[error("{what}; intervals must end after they begin and follow one another")]
    Order {
        /// Which one.
        what: String,
    },
}

impl Agenda {
    /// From stretches in order of time; touching ones of one zone are joined.
    ///
    /// # Errors
    /// [`AgendaError::Order`] where one ends before it begins, or begins before
    /// the last has ended.
    pub fn new(stretches: Vec<Stretch>, plan: Value) -> Result<Self, AgendaError> {
        let mut joined: Vec<Stretch> = Vec::with_capacity(stretches.len());
        for (index, stretch) in stretches.into_iter().enumerate() {
            let before = joined.last().map_or(Utc::ZERO, |last| last.end);
            if stretch.start >= stretch.end || stretch.start < before {
                return Err(AgendaError::Order { what: format!("intervals[{index}]") });
            }
            match joined.last_mut() {
                Some(last) if last.end == stretch.start && last.zone == stretch.zone => {
                    let mean = mean(last, &stretch);
                    (last.end, last.intensity) = (stretch.end, mean);
                }
                _ => joined.push(stretch),
            }
        }
        Ok(Self { stretches: joined, plan })
    }

    /// The intervals of a plan.
    ///
    /// # Errors
    /// As [`Agenda::new`].
    pub fn of(planned: &Planned) -> Result<Self, AgendaError> {
        let stretches = planned.intervals.iter().map(|interval| Stretch {
            zone: interval.zone.clone(),
            start: interval.start,
            end: interval.end,
            intensity: CarbonIntensity::from_mg_per_kwh(interval.intensity_mg_per_kwh),
        });
        Self::new(stretches.collect(), serde_json::to_value(planned).unwrap_or_default())
    }

    /// No stretch at all: what is left runs on.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { stretches: Vec::new(), plan: Value::Null }
    }

    /// From what `wattcast plan --json` printed.
    ///
    /// # Errors
    /// [`AgendaError`] names the file and the place.
    pub fn read(path: &Path) -> Result<Self, AgendaError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| AgendaError::Unreadable { file: file.clone(), error })?;
        Self::parse(&file, &text)
    }

    /// The same from text; `file` is what errors call it.
    ///
    /// ```
    /// use wattcast::runner::{Agenda, Due};
    ///
    /// let plan = r#"{"intervals": [
    ///     {"zone": "DE", "start": "2026-05-01T01:00:00Z", "end": "2026-05-01T03:00:00Z"}]}"#;
    /// let agenda = Agenda::parse("plan.json", plan)?;
    /// let start = agenda.stretches()[0].start;
    /// assert_eq!(agenda.due(wattcast_core::units::Utc::ZERO), Due::Wait(start));
    /// # Ok::<(), wattcast::runner::AgendaError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Agenda::read`].
    pub fn parse(file: &str, text: &str) -> Result<Self, AgendaError> {
        #[derive(Deserialize)]
        struct Written {
            intervals: Vec<Stretch>,
        }
        let shape = |error| AgendaError::Shape { file: file.to_owned(), error };
        let written: Written = serde_json::from_str(text).map_err(shape)?;
        let plan = serde_json::from_str(text).map_err(shape)?;
        Self::new(written.intervals, plan).map_err(|error| match error {
            AgendaError::Order { what } => AgendaError::Order { what: format!("{file}: {what}") },
            other => other,
        })
    }

    /// The stretches, in order of time.
    #[must_use]
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// What is to be done at a moment.
    #[must_use]
    pub fn due(&self, now: Utc) -> Due<'_> {
        match self.stretches.iter().find(|stretch| stretch.end > now) {
            Some(stretch) if stretch.start <= now => Due::Run(stretch),
            Some(stretch) => Due::Wait(stretch.start),
            None => Due::Over,
        }
    }

    /// The stretches as records.
    pub fn records(&self) -> impl Iterator<Item = Plan<'_>> {
        let of = u16::try_from(self.stretches.len()).unwrap_or(u16::MAX);
        (0..of).zip(&self.stretches).map(move |(index, stretch)| Plan {
            zone: &stretch.zone,
            start: stretch.start,
            end: stretch.end,
            expected: stretch.intensity,
            index,
            of,
        })
    }
}

/// The mean intensity of two stretches by their lengths.
fn mean(one: &Stretch, other: &Stretch) -> CarbonIntensity {
    let part = |stretch: &Stretch| {
        let length = u128::from(stretch.end.as_us() - stretch.start.as_us());
        (length, length * u128::from(stretch.intensity.as_mg_per_kwh()))
    };
    let ((length, sum), (more, added)) = (part(one), part(other));
    let mean = (sum + added) / (length + more).max(1);
    CarbonIntensity::from_mg_per_kwh(u32::try_from(mean).unwrap_or(u32::MAX))
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Utc, D::Error> {
    let text = String::deserialize(deserializer)?;
    let moment: Option<jiff::Timestamp> = text.parse().ok();
    moment.and_then(|at| u64::try_from(at.as_microsecond()).ok()).map(Utc::from_us).ok_or_else(
        || serde::de::Error::custom(format!("`{text}` is no moment such as 2026-05-01T01:00:00Z")),
    )
}

fn intensity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CarbonIntensity, D::Error> {
    u32::deserialize(deserializer).map(CarbonIntensity::from_mg_per_kwh)
}
