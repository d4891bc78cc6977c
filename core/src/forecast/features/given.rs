//! The features for others than a forecaster: to train, to calibrate, to
//! compare.

use super::{Counts, HistoryInputs, Known, MEMORY, Normal, WeatherInputs};
use crate::forecast::history::View;
use crate::forecast::net::{self, Inputs};
use crate::forecast::{
    ForecastError, HORIZON, History, Issue, Model, ModelKind, Quantiles, Response, WeatherSeries,
};

/// What a network is told at one issue, built in memory that the caller lends.
/// 2048 is 1.0 in every value.
///
/// A forecaster does this by itself; a program that trains, calibrates or
/// compares networks sees here what they will see on a device.
///
/// ```
/// use wattcast_core::forecast::{Features, History, Hour, Issue, ModelKind, Reading};
/// use wattcast_core::units::CarbonIntensity;
///
/// let hours: Vec<Reading> = (0..336)
///     .map(|hour| CarbonIntensity::from_mg_per_kwh(200_000 + hour % 24 * 5_000).into())
///     .collect();
/// let midnight = Hour::from_hours(480_000);
/// let history = History::new(midnight, &hours);
///
/// let mut scratch = vec![0; Features::scratch_words(ModelKind::History)];
/// let issue = Issue::new(midnight, 1).unwrap();
/// let features = Features::of_history(&history, issue, &mut scratch)?;
/// let mut newest = [0; 4];
/// features.past(0, &mut newest);
/// assert!(newest[0] > 2048, "the last hour lies above the mean of the week");
/// # Ok::<(), wattcast_core::forecast::ForecastError>(())
/// ```
#[derive(Debug)]
pub struct Features<'a> {
    told: Told<'a>,
    normal: Normal,
    serves: bool,
}

#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is no heap to put the larger one on")]
enum Told<'a> {
    History(HistoryInputs<'a>),
    Weather(WeatherInputs<'a>),
}

impl<'a> Features<'a> {
    /// The memory that the features of a kind are built in, in 16-bit words.
    #[must_use]
    pub const fn scratch_words(kind: ModelKind) -> usize {
        Counts::of(kind).scratch
    }

    /// Values per past hour, of context, of simple forecasts, and per hour to
    /// come.
    #[must_use]
    pub const fn counts(kind: ModelKind) -> [usize; 4] {
        let Counts { past, context, bases, hours, .. } = Counts::of(kind);
        [past, context, bases, hours]
    }

    /// What a network of kind [`ModelKind::History`] is told.
    ///
    /// # Errors
    /// [`ForecastError::NoHistory`]; [`ForecastError::ScratchTooSmall`].
    pub fn of_history(
        history: &History<'_>,
        issue: Issue,
        scratch: &'a mut [i16],
    ) -> Result<Self, ForecastError> {
        let view = View::new(history, issue)?;
        let words = Self::scratch_words(ModelKind::History);
        let memory = scratch.first_chunk_mut::<MEMORY>();
        let memory = memory.ok_or(ForecastError::ScratchTooSmall { words })?;
        let inputs = HistoryInputs::new(&view, issue, memory);
        let serves = crate::forecast::network::serves(&view.notes());
        Ok(Self { normal: inputs.normal(), told: Told::History(inputs), serves })
    }

    /// What a network of kind [`ModelKind::Weather`] is told; the weather is
    /// unknown where it is missing or has too many holes.
    ///
    /// # Errors
    /// As [`Features::of_history`].
    pub fn of_weather(
        history: &History<'_>,
        weather: Option<(&'a WeatherSeries<'a>, &Response)>,
        issue: Issue,
        scratch: &'a mut [i16],
    ) -> Result<Self, ForecastError> {
        let view = View::new(history, issue)?;
        let words = Self::scratch_words(ModelKind::Weather);
        let too_small = ForecastError::ScratchTooSmall { words };
        let (memory, calm) = scratch.split_first_chunk_mut::<MEMORY>().ok_or(too_small)?;
        let plain = HistoryInputs::new(&view, issue, memory);
        let known = weather.filter(|(series, _)| series.serves(issue.hour()));
        let known =
            known.map(|(series, response)| Known { series, response: response.coefficients() });
        let inputs = WeatherInputs::new(plain, known, calm).ok_or(too_small)?;
        let serves = crate::forecast::network::serves(&view.notes());
        Ok(Self { normal: inputs.normal(), told: Told::Weather(inputs), serves })
    }

    /// Whether a forecaster asks its network here: a history of a week or
    /// more, and of the last week no more than two days missing.
    #[must_use]
    pub const fn serves(&self) -> bool {
        self.serves
    }

    /// The mean of the last week, and by how much a value of 1.0 lies above it;
    /// mg/kWh.
    #[must_use]
    pub const fn level_and_scale_mg(&self) -> [i64; 2] {
        self.normal.parts()
    }

    /// The values of a past hour, 0 the newest, of 168; as many as `row` has
    /// room for.
    pub fn past(&self, back: usize, row: &mut [i16]) {
        self.inputs().past(back, row);
    }

    /// The values that hold for the whole forecast.
    pub fn context(&self, row: &mut [i16]) {
        self.inputs().context(row);
    }

    /// The values of an hour to come, 0 the first, of [`HORIZON`]: five of the
    /// calendar, the simple forecasts, and what else there is.
    pub fn hour(&self, ahead: usize, row: &mut [i16]) {
        self.inputs().hour(ahead, row);
    }

    /// What a model makes of them, without the record of a grid.
    ///
    /// # Errors
    /// [`ForecastError::WrongModel`] where the model is of the other kind;
    /// [`ForecastError::ScratchTooSmall`] where `scratch` has fewer than
    /// [`Model::scratch_words`]; [`ForecastError::TooFarAhead`].
    pub fn ask(
        &self,
        model: &Model<'_>,
        scratch: &mut [i16],
        out: &mut [Quantiles],
    ) -> Result<(), ForecastError> {
        let kind = match self.told {
            Told::History(_) => ModelKind::History,
            Told::Weather(_) => ModelKind::Weather,
        };
        if model.kind() != kind {
            return Err(ForecastError::WrongModel);
        }
        if out.len() > HORIZON {
            return Err(ForecastError::TooFarAhead { hours: out.len() });
        }
        net::run(model, self.inputs(), out.len(), scratch, &mut |hour, raw| {
            if let Some(slot) = out.get_mut(hour) {
                *slot = Quantiles::from_mg(raw.range().map(|q11| self.normal.absolute(q11)));
            }
        })
    }

    fn inputs(&self) -> &dyn Inputs {
        match &self.told {
            Told::History(inputs) => inputs,
            Told::Weather(inputs) => inputs,
        }
    }
}
