//! The features for others than a forecaster: to train, to calibrate, to
//! compare.

use super::{Counts, HistoryInputs, Known, MEMORY, Normal, WINDOW, WeatherInputs, copy};
use crate::forecast::history::View;
use crate::forecast::net::{self, Inputs};
use crate::forecast::{
    ForecastError, HORIZON, History, Issue, Model, ModelKind, Quantiles, Response, WeatherSeries,
};
use crate::units::CarbonIntensity;

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
    Rows(Rows<'a>),
}

/// The most values of a row.
const MOST: usize = Counts::of(ModelKind::Weather).hours;

/// As they were given.
#[derive(Debug)]
struct Rows<'a> {
    kind: ModelKind,
    past: &'a [i16],
    context: &'a [i16],
    hours: &'a [i16],
    /// Nowhere is -32 768, which a network has no room for.
    is_bounded: bool,
}

impl Rows<'_> {
    fn copy(&self, rows: &mut [i16], values: Option<&[i16]>) {
        let values = values.unwrap_or_default();
        match values.get(..rows.len()) {
            Some(values) if self.is_bounded => rows.copy_from_slice(values),
            _ => copy(rows, values.iter().map(|value| (*value).max(-i16::MAX))),
        }
    }
}

impl Inputs for Rows<'_> {
    fn past(&self, back: usize, rows: &mut [i16]) {
        let [past, ..] = Features::counts(self.kind);
        self.copy(rows, self.past.get(back * past..));
    }

    fn context(&self, row: &mut [i16]) {
        self.copy(row, Some(self.context));
    }

    fn hours(&self, ahead: usize, rows: &mut [i16]) {
        let [.., hours] = Features::counts(self.kind);
        self.copy(rows, self.hours.get(ahead * hours..));
    }
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

    /// What a network of kind [`ModelKind::Weather`] or
    /// [`ModelKind::DayAhead`] is told; the weather is unknown where it is
    /// missing or has too many holes.
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

    /// What was built before, or elsewhere: rows of 168 past hours, the newest
    /// first, the context, and rows of [`HORIZON`] hours to come, with as many
    /// values as [`Features::counts`] has; the mean of the last week, and by how
    /// much a value of 1.0 lies above it.
    ///
    /// ```
    /// use wattcast_core::forecast::{Features, ForecastError, ModelKind};
    /// use wattcast_core::units::CarbonIntensity;
    ///
    /// let [past, context, _, hours] = Features::counts(ModelKind::History);
    /// let (past, context, hours) = (vec![0; 168 * past], vec![0; context], vec![0; 96 * hours]);
    /// let [level, scale] = [300_000, 60_000].map(CarbonIntensity::from_mg_per_kwh);
    /// let rows = [past.as_slice(), &context, &hours];
    /// assert!(Features::of_rows(ModelKind::History, rows, level, scale).is_ok());
    /// let found = Features::of_rows(ModelKind::Weather, rows, level, scale).err();
    /// assert_eq!(found, Some(ForecastError::WrongLength { found: 672, words: 840 }));
    /// ```
    ///
    /// # Errors
    /// [`ForecastError::WrongLength`].
    pub fn of_rows(
        kind: ModelKind,
        [past, context, hours]: [&'a [i16]; 3],
        level: CarbonIntensity,
        scale: CarbonIntensity,
    ) -> Result<Self, ForecastError> {
        let counts = Counts::of(kind);
        for (row, words) in [
            (past, WINDOW * counts.past),
            (context, counts.context),
            (hours, HORIZON * counts.hours),
        ] {
            if row.len() != words {
                return Err(ForecastError::WrongLength { found: row.len(), words });
            }
        }
        let [mean, scale] = [level, scale].map(|mg| i64::from(mg.as_mg_per_kwh()));
        let is_bounded = ![past, context, hours].into_iter().flatten().any(|&v| v == i16::MIN);
        let told = Told::Rows(Rows { kind, past, context, hours, is_bounded });
        Ok(Self { told, normal: Normal { mean, scale }, serves: true })
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
        let mut values = [0; MOST];
        let [past, ..] = Self::counts(self.kind());
        self.inputs().past(back, values.get_mut(..past).unwrap_or_default());
        copy(row, values.into_iter().take(past));
    }

    /// The values that hold for the whole forecast.
    pub fn context(&self, row: &mut [i16]) {
        self.inputs().context(row);
    }

    /// The values of an hour to come, 0 the first, of [`HORIZON`]: five of the
    /// calendar, the simple forecasts, and what else there is.
    pub fn hour(&self, ahead: usize, row: &mut [i16]) {
        let mut values = [0; MOST];
        let [.., hours] = Self::counts(self.kind());
        self.inputs().hours(ahead, values.get_mut(..hours).unwrap_or_default());
        copy(row, values.into_iter().take(hours));
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
        // Day-ahead solar and wind are as many values as the weather.
        if Self::counts(model.kind()) != Self::counts(self.kind()) {
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

    fn kind(&self) -> ModelKind {
        match &self.told {
            Told::History(_) => ModelKind::History,
            Told::Weather(_) => ModelKind::Weather,
            Told::Rows(rows) => rows.kind,
        }
    }

    fn inputs(&self) -> &dyn Inputs {
        match &self.told {
            Told::History(inputs) => inputs,
            Told::Weather(inputs) => inputs,
            Told::Rows(rows) => rows,
        }
    }
}
