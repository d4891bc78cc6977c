//! The network that is told the weather.

#[cfg(test)]
mod tests;

use super::answer::within_horizon;
use super::features::{HistoryInputs, Known, WeatherInputs};
use super::history::{MEMORY, View};
use super::network::{Question, about_the_grid, fits, serves};
use super::{
    BestSimple, Forecast, ForecastError, Forecaster, History, Issue, Method, Model, ModelKind,
    NetworkForecaster, Quantiles, Response, Tracker, WeatherSeries, WeatherUse,
};

/// Asks a network of kind [`ModelKind::Weather`], or one of kind
/// [`ModelKind::DayAhead`], to which the solar and wind that the operator
/// expects are what the weather is to the other.
///
/// Where more than two days of the last week's weather or of that to come are
/// missing, the network lent by [`WeatherForecaster::with_fallback`] answers,
/// or this one with the weather unknown, for which it was trained as well;
/// [`BestSimple`] where the history itself is too poor. The answer says which.
///
/// ```no_run
/// use wattcast_core::forecast::{
///     Forecaster, History, Issue, Model, Quantiles, Response, Tracker, WeatherForecaster,
///     WeatherSeries,
/// };
/// # fn example(
/// #     file: &[u8], history: &History<'_>, weather: WeatherSeries<'_>, issue: Issue,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// # extern crate std;
/// // One record and one response per grid, kept from forecast to forecast.
/// let (mut tracker, mut response) = (Tracker::new(), Response::new());
///
/// let model = Model::load(file)?;
/// let mut scratch = vec![0; model.scratch_words()];
/// let mut four_days = [Quantiles::default(); 96];
/// let forecast = WeatherForecaster::new(&model, &mut scratch, &mut response)?
///     .with_weather(weather)
///     .with_tracker(&mut tracker)
///     .forecast(history, issue, &mut four_days)?;
/// println!("{:?} {:?}", forecast.method, forecast.notes.weather);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct WeatherForecaster<'a> {
    model: &'a Model<'a>,
    scratch: &'a mut [i16],
    response: &'a mut Response,
    weather: Option<WeatherSeries<'a>>,
    fallback: Option<&'a Model<'a>>,
    tracker: Option<&'a mut Tracker>,
    zone: Option<&'a str>,
}

impl<'a> WeatherForecaster<'a> {
    /// With a model, scratch memory of [`Model::scratch_words`] words and what
    /// was learned of the grid's answer to the weather. It goes on learning,
    /// from every day that has ended.
    ///
    /// # Errors
    /// [`ForecastError::ScratchTooSmall`]; [`ForecastError::WrongModel`] for a
    /// model that is not told the weather.
    pub fn new(
        model: &'a Model<'a>,
        scratch: &'a mut [i16],
        response: &'a mut Response,
    ) -> Result<Self, ForecastError> {
        let kind = match model.kind() {
            ModelKind::DayAhead => ModelKind::DayAhead,
            _ => ModelKind::Weather,
        };
        fits(model, kind, scratch)?;
        Ok(Self {
            model,
            scratch,
            response,
            weather: None,
            fallback: None,
            tracker: None,
            zone: None,
        })
    }

    /// Uses this weather. Without it the weather is unknown.
    #[must_use]
    pub const fn with_weather(mut self, weather: WeatherSeries<'a>) -> Self {
        self.weather = Some(weather);
        self
    }

    /// Leaves it to a network of kind [`ModelKind::History`] to answer where
    /// the weather is unknown. The record stays this network's: it neither
    /// corrects nor judges the other one.
    ///
    /// # Errors
    /// As [`NetworkForecaster::new`].
    pub fn with_fallback(mut self, model: &'a Model<'a>) -> Result<Self, ForecastError> {
        fits(model, ModelKind::History, self.scratch)?;
        self.fallback = Some(model);
        Ok(self)
    }

    about_the_grid!();
}

impl Forecaster for WeatherForecaster<'_> {
    fn forecast<'o>(
        &mut self,
        history: &History<'_>,
        issue: Issue,
        out: &'o mut [Quantiles],
    ) -> Result<Forecast<'o>, ForecastError> {
        within_horizon(out.len())?;
        if self.weather.is_some_and(|weather| weather.kind() != self.model.kind()) {
            return Err(ForecastError::WrongModel);
        }
        let view = View::new(history, issue)?;
        let mut notes = view.notes();
        if let Some(weather) = &self.weather {
            self.response.learn(history, weather, issue);
        }
        let known = self.weather.as_ref().filter(|weather| weather.serves(issue.hour()));
        notes.response_days = self.response.days();
        notes.weather_filled_hours =
            self.weather.as_ref().map_or(0, |weather| weather.filled(issue.hour()));
        notes.weather = match (&self.weather, known) {
            (_, Some(_)) => WeatherUse::Used,
            (Some(_), None) => WeatherUse::Unknown,
            (None, None) => WeatherUse::NotAsked,
        };
        let told = notes;
        if !serves(&notes) {
            let weather = match notes.weather {
                WeatherUse::Used => WeatherUse::NotAsked,
                other => other,
            };
            let (method, notes) = BestSimple::fill(&view, out);
            let notes = super::Notes { weather, ..notes };
            return Ok(Forecast { values: out, method, notes });
        }
        if known.is_none()
            && let Some(model) = self.fallback
        {
            let mut other = NetworkForecaster::new(model, self.scratch)?;
            if let Some(zone) = self.zone {
                other = other.with_zone(zone);
            }
            let Forecast { values, method, notes } = other.forecast(history, issue, out)?;
            let notes = super::Notes {
                weather: told.weather,
                weather_filled_hours: told.weather_filled_hours,
                response_days: told.response_days,
                ..notes
            };
            return Ok(Forecast { values, method, notes });
        }
        let too_small = ForecastError::ScratchTooSmall { words: self.model.scratch_words() };
        let prepared = super::features::Counts::of(self.model.kind()).scratch;
        let (prepared, scratch) = self.scratch.split_at_mut_checked(prepared).ok_or(too_small)?;
        let (memory, calm) = prepared.split_first_chunk_mut::<MEMORY>().ok_or(too_small)?;
        let plain = HistoryInputs::new(&view, issue, memory);
        let response = self.response.coefficients();
        let known = known.map(|series| Known { series, response });
        let inputs = WeatherInputs::new(plain, known, calm).ok_or(too_small)?;
        let normal = inputs.normal();
        let record = self.tracker.as_deref_mut();
        Question { model: self.model, view: &view, issue, normal }
            .answer(&inputs, scratch, record, out, &mut notes)?;
        notes.zone_seen = self.zone.and_then(|zone| self.model.has_seen(zone));
        let method = match self.model.kind() {
            ModelKind::DayAhead => Method::DayAheadNetwork,
            _ => Method::WeatherNetwork,
        };
        Ok(Forecast { values: out, method, notes })
    }
}
