//! The network as a forecaster.

#[cfg(test)]
mod tests;

use super::answer::within_horizon;
use super::features::{HistoryInputs, Normal};
use super::history::{MEMORY, View};
use super::net::{self, Inputs};
use super::{
    BestSimple, Forecast, ForecastError, Forecaster, HORIZON, History, Issue, Method, Model,
    ModelKind, Notes, Quantiles, Tracker,
};

/// The network needs a week of history, and of the last week no more than two
/// days missing or not believed; with less the simple forecasters answer.
const WEEK: u32 = 168;
const MOST_FILLED: u32 = 48;

/// The methods by which either network is told whose grid it forecasts.
macro_rules! about_the_grid {
    () => {
        /// Learns from and puts right by the record of this grid.
        #[must_use]
        pub fn with_tracker(mut self, tracker: &'a mut Tracker) -> Self {
            self.tracker = Some(tracker);
            self
        }

        /// Says in the notes whether the model was trained on this grid. The
        /// forecast is the same.
        #[must_use]
        pub fn with_zone(mut self, zone: &'a str) -> Self {
            self.zone = Some(zone);
            self
        }
    };
}
pub(super) use about_the_grid;

/// Asks a network of kind [`ModelKind::History`], and [`BestSimple`] where the
/// history is too poor for it.
///
/// Everything it knows lies in the model and in the history: forecasts may be
/// asked for in any order and at any time. Lent a [`Tracker`], it also learns
/// from its own record on this grid.
#[derive(Debug)]
pub struct NetworkForecaster<'a> {
    model: &'a Model<'a>,
    scratch: &'a mut [i16],
    tracker: Option<&'a mut Tracker>,
    zone: Option<&'a str>,
}

impl<'a> NetworkForecaster<'a> {
    /// With a model and scratch memory of [`Model::scratch_words`] words.
    ///
    /// # Errors
    /// [`ForecastError::ScratchTooSmall`]; [`ForecastError::WrongModel`] for a
    /// model that must be told the weather.
    pub fn new(model: &'a Model<'a>, scratch: &'a mut [i16]) -> Result<Self, ForecastError> {
        fits(model, ModelKind::History, scratch)?;
        Ok(Self { model, scratch, tracker: None, zone: None })
    }

    about_the_grid!();
}

impl Forecaster for NetworkForecaster<'_> {
    fn forecast<'o>(
        &mut self,
        history: &History<'_>,
        issue: Issue,
        out: &'o mut [Quantiles],
    ) -> Result<Forecast<'o>, ForecastError> {
        within_horizon(out.len())?;
        let view = View::new(history, issue)?;
        let mut notes = view.notes();
        if !serves(&notes) {
            let (method, notes) = BestSimple::fill(&view, out);
            return Ok(Forecast { values: out, method, notes });
        }
        let too_small = ForecastError::ScratchTooSmall { words: self.model.scratch_words() };
        let (memory, scratch) = self.scratch.split_first_chunk_mut::<MEMORY>().ok_or(too_small)?;
        let inputs = HistoryInputs::new(&view, issue, memory);
        let normal = inputs.normal();
        let record = self.tracker.as_deref_mut();
        Question { model: self.model, view: &view, issue, normal }
            .answer(&inputs, scratch, record, out, &mut notes)?;
        notes.zone_seen = self.zone.and_then(|zone| self.model.has_seen(zone));
        Ok(Forecast { values: out, method: Method::Network, notes })
    }
}

/// # Errors
/// Where a forecaster cannot feed the model or has too little scratch memory.
pub(super) fn fits(
    model: &Model<'_>,
    kind: ModelKind,
    scratch: &[i16],
) -> Result<(), ForecastError> {
    if model.kind() != kind {
        return Err(ForecastError::WrongModel);
    }
    let words = model.scratch_words();
    if scratch.len() < words {
        return Err(ForecastError::ScratchTooSmall { words });
    }
    Ok(())
}

/// Whether the history is good enough for a network.
pub(super) fn serves(notes: &Notes) -> bool {
    notes.history_hours >= WEEK && notes.filled_hours <= MOST_FILLED
}

/// What a network is asked.
#[derive(Debug)]
pub(super) struct Question<'q> {
    pub(super) model: &'q Model<'q>,
    pub(super) view: &'q View<'q>,
    pub(super) issue: Issue,
    pub(super) normal: Normal,
}

impl Question<'_> {
    /// Fills `out`, put right by the record where there is one.
    pub(super) fn answer(
        &self,
        inputs: &dyn Inputs,
        scratch: &mut [i16],
        mut record: Option<&mut Tracker>,
        out: &mut [Quantiles],
        notes: &mut Notes,
    ) -> Result<(), ForecastError> {
        let at = self.issue.hour();
        let day = core::array::from_fn(|hour| self.view.known(24 - hour));
        let learns = at.is_midnight() && record.as_mut().is_some_and(|r| r.learn(at, &day));
        if learns && let Some(record) = record.as_mut() {
            record.begin(at, self.normal);
        }
        let hours = if learns { HORIZON } else { out.len() };
        net::run(self.model, inputs, hours, scratch, &mut |hour, raw| {
            let corrected =
                record.as_deref().map_or_else(|| raw.range(), |record| record.correct(hour, raw));
            if learns && let Some(record) = record.as_mut() {
                record.remember(hour, raw, corrected);
            }
            if let Some(slot) = out.get_mut(hour) {
                *slot = Quantiles::from_mg(corrected.map(|q11| self.normal.absolute(q11)));
            }
        })?;
        if let Some(record) = record {
            notes.toward_profile = record.toward_profile();
        }
        Ok(())
    }
}
