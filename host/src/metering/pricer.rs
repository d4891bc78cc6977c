//! What prices the energy of a run: place, hour, tariff.

use wattcast_core::grid::{Factor, WORLD};
use wattcast_core::ledger::{
    Account, Constant, DailyTariff, Entry, IntensitySeries, LedgerError, Pricing, Rate, StepSeries,
};
use wattcast_core::meter::Flow;
use wattcast_core::units::{
    Anchor, Basis, CarbonIntensity, Energy, Interval, Price, Pue, Uptime, Utc,
};
use wattcast_core::wire::Record;
use wattcast_core::wire::record::{self, IntensitySource};

use crate::grid::{self, UnknownPlace};
use crate::intensity::History;
use crate::report::Recorder;

/// The carbon intensity of the place where the energy is used.
#[derive(Clone, Debug)]
pub struct Intensity {
    /// The zone, as it stands in the factor table or in the user's words.
    pub zone: String,
    /// What it counts.
    pub basis: Basis,
    /// Table, series or provider, in words.
    pub name: String,
    /// The year of a yearly factor, 0 where it has none.
    pub year: u16,
    /// Which kind of source `series` is.
    pub source: IntensitySource,
    /// The value that holds where `series` has none.
    pub value: CarbonIntensity,
    /// Which kind of source `value` is.
    pub fallback: IntensitySource,
    /// Values by time, in order; empty where only `value` is known.
    pub series: Vec<(Utc, CarbonIntensity)>,
    /// Where the last value of `series` stops to hold.
    pub series_end: Option<Utc>,
}

impl Intensity {
    /// The yearly factor of a place. Where only direct factors are known one of
    /// them stands in for a life-cycle one, as its basis then says; nothing
    /// stands in for a direct one.
    ///
    /// # Errors
    /// [`PlaceError`] names the nearest codes.
    pub fn of_zone(code: &str, basis: Basis) -> Result<Self, PlaceError> {
        let place = grid::find(code)?;
        let stand_in = Some(place.best()).filter(|_| basis == Basis::LifeCycle);
        let factor = place.factor(basis).or(stand_in);
        let factor = factor.ok_or_else(|| PlaceError::NoDirectFactor {
            code: place.code().to_owned(),
            name: place.name().to_owned(),
        })?;
        Ok(Self::yearly(place.code(), &factor, IntensitySource::Yearly))
    }

    /// The world's mean, for those who name no place.
    #[must_use]
    pub fn world() -> Self {
        Self::yearly("", &WORLD, IntensitySource::World)
    }

    fn yearly(zone: &str, factor: &Factor, source: IntensitySource) -> Self {
        Self {
            zone: zone.to_owned(),
            basis: factor.basis,
            name: factor.source.name().to_owned(),
            year: factor.year,
            source,
            value: factor.intensity,
            fallback: source,
            series: Vec::new(),
            series_end: None,
        }
    }

    /// The same place with an intensity that somebody gave.
    #[must_use]
    pub fn given(self, value: CarbonIntensity, basis: Basis) -> Self {
        let source = IntensitySource::Given;
        let name = "given by hand".to_owned();
        Self { basis, name, year: 0, source, value, fallback: source, ..self }
    }

    /// Prices by a history where it holds, by `self.value` elsewhere.
    #[must_use]
    pub fn with_history(mut self, history: &History, name: String) -> Self {
        let points = history.points();
        let slot_us = history.slot_us();
        self.series.clear();
        let mut covered = None;
        for point in points {
            if let Some(end) = covered
                && end < point.start
            {
                self.series.push((end, self.value));
            }
            self.series.push((point.start, point.intensity));
            covered = Some(Utc::from_us(point.start.as_us().saturating_add(slot_us)));
        }
        self.series_end = covered;
        self.basis = history.basis();
        self.source = IntensitySource::Measured;
        self.name = name;
        self
    }

    /// The step that holds at a moment: from when, its value, its source.
    pub(crate) fn at(&self, now: Utc) -> (Utc, CarbonIntensity, IntensitySource) {
        let next = self.series.partition_point(|step| step.0 <= now);
        let step = next.checked_sub(1).and_then(|index| self.series.get(index));
        match (step, self.series_end) {
            (_, Some(end)) if now >= end => (end, self.value, self.fallback),
            (Some((from, value)), _) => (*from, *value, self.source),
            (None, _) => (Utc::ZERO, self.value, self.fallback),
        }
    }
}

/// Why a place has no factor.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PlaceError {
    /// It is not known.
    #[error(transparent)]
    Unknown(#[from] UnknownPlace),
    /// Only life-cycle factors are known there.
    #[error("no direct factor is known for {code} ({name}); take the life-cycle one")]
    NoDirectFactor {
        /// Its code.
        code: String,
        /// Its name.
        name: String,
    },
}

/// A price of energy that may change by time of day.
#[derive(Clone, Debug)]
pub struct Tariff {
    /// Prices by local time of day.
    pub rates: Vec<Rate>,
    /// Minutes by which local time is ahead of UTC.
    pub offset_min: i16,
    /// Currency code (ISO 4217).
    pub currency: String,
}

/// All that prices a run, owned.
#[derive(Clone, Debug)]
pub struct Pricer {
    /// The carbon intensity.
    pub intensity: Intensity,
    /// The overhead of the site.
    pub pue: Pue,
    /// The tariff, where there is one.
    pub tariff: Option<Tariff>,
}

impl Pricer {
    /// Records how energy is priced from the start on.
    pub fn describe(&self, recorder: &mut Recorder) {
        recorder.push(&Record::Pricing(record::Pricing {
            from: Uptime::ZERO,
            pue: self.pue,
            currency: self.tariff.as_ref().map_or("", |tariff| &tariff.currency),
        }));
    }

    /// Records the intensity whenever another one begins to hold; `told` is
    /// the start of the one that was recorded last.
    pub fn tell_intensity(
        &self,
        told: &mut Option<Utc>,
        anchor: Anchor,
        uptime: Uptime,
        recorder: &mut Recorder,
    ) {
        let now = anchor.utc_at(uptime).unwrap_or(anchor.utc);
        let (from, intensity, source) = self.intensity.at(now);
        if told.replace(from) == Some(from) {
            return;
        }
        recorder.push(&Record::Intensity(record::Intensity {
            from: from.max(anchor.utc),
            zone: &self.intensity.zone,
            intensity,
            basis: self.intensity.basis,
            source,
            year: self.intensity.year,
            name: &self.intensity.name,
        }));
    }

    /// What energy comes to that is drawn evenly from `start` on.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] where a sum does not fit.
    pub fn price(
        &self,
        energy: Energy,
        duration_us: u64,
        start: Utc,
    ) -> Result<Entry, LedgerError> {
        let anchor = Anchor { uptime: Uptime::ZERO, utc: start, uncertainty_us: 0 };
        let flow = Interval::new(Uptime::ZERO, Uptime::from_us(duration_us))
            .and_then(|span| Flow::new(span, energy, Energy::ZERO))
            .ok_or(LedgerError::Overflow)?;
        self.with_pricing(anchor, |pricing| Account::new().add(flow, pricing))
    }

    /// Gives `use_pricing` a view that prices intervals anchored by `anchor`.
    pub(crate) fn with_pricing<R>(
        &self,
        anchor: Anchor,
        use_pricing: impl FnOnce(&Pricing<'_>) -> R,
    ) -> R {
        let constant = Constant(self.intensity.value);
        let series = WithFallback {
            series: IntensitySeries::new(&self.intensity.series, self.intensity.series_end)
                .ok()
                .filter(|_| !self.intensity.series.is_empty()),
            fallback: self.intensity.value,
        };
        let intensity: &dyn StepSeries<CarbonIntensity> =
            if series.series.is_some() { &series } else { &constant };
        let pricing = Pricing::new(self.pue)
            .with_anchor(anchor)
            .with_intensity(self.intensity.basis, intensity);
        let tariff =
            self.tariff.as_ref().and_then(|t| DailyTariff::new(&t.rates, t.offset_min).ok());
        match &tariff {
            Some(tariff) => use_pricing(&pricing.with_tariff(tariff as &dyn StepSeries<Price>)),
            None => use_pricing(&pricing),
        }
    }
}

/// A series whose holes and ends are filled with one value.
struct WithFallback<'a> {
    series: Option<IntensitySeries<'a>>,
    fallback: CarbonIntensity,
}

impl StepSeries<CarbonIntensity> for WithFallback<'_> {
    fn step_at(&self, at: Utc) -> wattcast_core::ledger::Step<CarbonIntensity> {
        match &self.series {
            Some(series) => {
                let mut step = series.step_at(at);
                step.value = step.value.or(Some(self.fallback));
                step
            }
            None => wattcast_core::ledger::Step { value: Some(self.fallback), until: None },
        }
    }
}
