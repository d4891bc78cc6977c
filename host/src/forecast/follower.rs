//! One grid asked hour after hour, as somebody would have who lived there.

use wattcast_core::forecast::{
    Forecast, ForecastError, Forecaster, HORIZON, Hour, Issue, Method, Model, ModelKind,
    NetworkForecaster, Notes, Quantiles, Response, Tracker, WeatherForecaster,
};

use super::Series;
use crate::weather::Told;

/// Days before the first issue whose forecasts are made again and held against
/// what came, so that the record of this grid counts.
const RECORD_DAYS: u32 = 60;
/// Hours that a forecast looks back, at most.
const MEMORY_HOURS: usize = 672;

/// Asks the network about a grid at one hour after the other. At every 00 UTC
/// on the way it is asked as well and held against the day that has ended:
/// what it learns comes from hours before the one that is asked about.
pub(crate) struct Follower<'a> {
    model: &'a Model<'a>,
    series: &'a Series,
    zone: &'a str,
    offset_hours: i8,
    scratch: Vec<i16>,
    tracker: Tracker,
    /// What a network that is told more than the history learns of the grid.
    response: Response,
    told: Option<Told<'a>>,
    next_midnight: Hour,
}

impl<'a> Follower<'a> {
    /// Ready to be asked about `first` or any later hour.
    pub(crate) fn new(
        model: &'a Model<'a>,
        series: &'a Series,
        zone: &'a str,
        offset_hours: i8,
        first: Hour,
    ) -> Self {
        let day = first.as_hours() / 24;
        let oldest = series.start().as_hours() / 24 + 1;
        let next_midnight = Hour::from_hours(day.saturating_sub(RECORD_DAYS).max(oldest) * 24);
        Self {
            model,
            series,
            zone,
            offset_hours,
            scratch: vec![0; model.scratch_words()],
            tracker: Tracker::new(),
            response: Response::new(),
            told: None,
            next_midnight,
        }
    }

    /// Tells a network of the kind that asks for it the weather, or the solar
    /// and wind that are expected; all the past counts.
    pub(crate) fn with_told(mut self, told: Told<'a>) -> Self {
        let first = self.next_midnight;
        let held = self.series.before(first, usize::MAX);
        if let Some(issue) = Issue::new(first, self.offset_hours) {
            self.response.learn(&held, &told.at(first), issue);
        }
        self.told = Some(told);
        self
    }

    /// Forecasts the hours from `hour` on, which lies not before one that was
    /// asked about.
    pub(crate) fn ask(
        &mut self,
        hour: Hour,
        out: &mut [Quantiles],
    ) -> Result<(Method, Notes), ForecastError> {
        let mut unused = [Quantiles::default(); HORIZON];
        while self.next_midnight < hour {
            let midnight = self.next_midnight;
            self.next_midnight = midnight.later(24);
            self.forecast(midnight, &mut unused)?;
        }
        self.forecast(hour, out)
    }

    fn forecast(
        &mut self,
        hour: Hour,
        out: &mut [Quantiles],
    ) -> Result<(Method, Notes), ForecastError> {
        // Every offset of the table lies in range.
        let issue = Issue::new(hour, self.offset_hours).ok_or(ForecastError::NoHistory)?;
        let before = self.series.before(hour, MEMORY_HOURS);
        let Forecast { method, notes, .. } = match self.model.kind() {
            ModelKind::History => NetworkForecaster::new(self.model, &mut self.scratch)?
                .with_zone(self.zone)
                .with_tracker(&mut self.tracker)
                .forecast(&before, issue, out)?,
            ModelKind::Weather | ModelKind::DayAhead => {
                let mut asked =
                    WeatherForecaster::new(self.model, &mut self.scratch, &mut self.response)?
                        .with_zone(self.zone)
                        .with_tracker(&mut self.tracker);
                match self.told {
                    Some(told) => {
                        asked.with_weather(told.at(hour)).forecast(&before, issue, out)?
                    }
                    None => asked.forecast(&before, issue, out)?,
                }
            }
        };
        Ok((method, notes))
    }
}

/// Asks a rule that keeps nothing from one question to the next.
pub(crate) fn ask_rule(
    rule: &mut impl Forecaster,
    series: &Series,
    offset_hours: i8,
    hour: Hour,
    out: &mut [Quantiles],
) -> Result<(), ForecastError> {
    let issue = Issue::new(hour, offset_hours).ok_or(ForecastError::NoHistory)?;
    rule.forecast(&series.before(hour, MEMORY_HOURS), issue, out).map(|_| ())
}
