//! What prices the energy of a run: place, hour, tariff.

use jiff::Timestamp;
/// Where a tariff's hours are meant.
pub use jiff::tz::TimeZone;
use wattcast_core::grid::{Factor, WORLD};
use wattcast_core::ledger::{
    Account, Constant, DailyTariff, Entry, IntensitySeries, LedgerError, Pricing, Rate, Step,
    StepSeries,
};
use wattcast_core::meter::Flow;
use wattcast_core::units::{
    Anchor, Basis, CarbonIntensity, Energy, Interval, Price, Pue, Uptime, Utc,
};
use wattcast_core::wire::record::IntensitySource;

use crate::grid::{self, UnknownPlace};
use crate::intensity::History;

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
    /// Where its local time holds, summer time included.
    pub time_zone: TimeZone,
    /// Currency code (ISO 4217).
    pub currency: String,
}

impl StepSeries<Price> for Tariff {
    fn step_at(&self, at: Utc) -> Step<Price> {
        let Some(time) = timestamp(at) else { return Step { value: None, until: None } };
        let offset_min = self.time_zone.to_offset(time).seconds() / 60;
        let daily = DailyTariff::new(&self.rates, i16::try_from(offset_min).unwrap_or(0));
        let mut step = daily.map_or(Step { value: None, until: None }, |daily| daily.step_at(at));
        // The clocks change before the rate does.
        let shift = self.time_zone.following(time).next();
        let shift = shift.and_then(|shift| u64::try_from(shift.timestamp().as_microsecond()).ok());
        if let (Some(until), Some(shift)) = (step.until, shift) {
            step.until = Some(until.min(Utc::from_us(shift)));
        }
        step
    }
}

fn timestamp(at: Utc) -> Option<Timestamp> {
    Timestamp::from_microsecond(i64::try_from(at.as_us()).ok()?).ok()
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
        match &self.tariff {
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
    fn step_at(&self, at: Utc) -> Step<CarbonIntensity> {
        match &self.series {
            Some(series) => {
                let mut step = series.step_at(at);
                step.value = step.value.or(Some(self.fallback));
                step
            }
            None => Step { value: Some(self.fallback), until: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On the last Sunday of March the hour from two to three is left out.
    #[test]
    fn a_rate_holds_by_the_clocks_of_the_day() {
        let rate = |from_h: u16, to_h: u16, micro| Rate {
            from_min: from_h * 60,
            to_min: to_h * 60,
            price: Price::from_micro_per_kwh(micro),
        };
        let pricer = Pricer {
            intensity: Intensity::world(),
            pue: Pue::ONE,
            tariff: Some(Tariff {
                rates: vec![rate(0, 3, 1_000_000), rate(3, 24, 0)],
                time_zone: TimeZone::get("Europe/Berlin").unwrap(),
                currency: "EUR".to_owned(),
            }),
        };
        let midnight: Timestamp = "2026-03-29T00:00+01:00".parse().unwrap();
        let start = Utc::from_us(midnight.as_microsecond().try_into().unwrap());
        let kwh = |count: i64| Energy::from_uj(count * 3_600_000_000_000);
        let cost = |hours: u64| {
            let kwh = kwh(hours.try_into().unwrap());
            pricer.price(kwh, hours * 3_600_000_000, start).unwrap().cost.as_micro()
        };
        let expected = [1, 2, 2, 2].map(|count| count * 1_000_000);
        assert_eq!([cost(1), cost(2), cost(3), cost(23)], expected);
    }
}
