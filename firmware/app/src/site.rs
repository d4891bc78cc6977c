//! Where and when the board is, by which its energy is priced.

use core::str::FromStr;

use heapless::{String, Vec};
use wattcast_core::forecast::{Hour, Quantiles};
use wattcast_core::grid::Factor;
use wattcast_core::ledger::{Constant, DailyTariff, Pricing, Rate, Step, StepSeries};
use wattcast_core::units::{Anchor, Basis, CarbonIntensity, Pue, Uptime, Utc};
use wattcast_core::wire::command::{MAX_RATES, SetTariff, SetTime, SetZone};
use wattcast_core::wire::record::{self, Intensity, IntensitySource};

/// What is known of the place and the time.
#[derive(Debug)]
pub struct Site {
    factors: &'static [Factor],
    zone: String<16>,
    offset_min: i16,
    factor: Option<SiteFactor>,
    pue: Pue,
    currency: String<4>,
    rates: Vec<Rate, MAX_RATES>,
    anchor: Option<Anchor>,
}

/// The emission factor of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SiteFactor {
    intensity: CarbonIntensity,
    basis: Basis,
    source: IntensitySource,
    year: u16,
    name: &'static str,
}

impl Site {
    /// Nowhere yet. `factors` are those that the board knows by name.
    #[must_use]
    pub const fn new(factors: &'static [Factor]) -> Self {
        Self {
            factors,
            zone: String::new(),
            offset_min: 0,
            factor: None,
            pue: Pue::ONE,
            currency: String::new(),
            rates: Vec::new(),
            anchor: None,
        }
    }

    /// The code of the zone, empty where none is set.
    #[must_use]
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// Standard time less UTC, in whole hours.
    #[must_use]
    pub fn offset_hours(&self) -> i8 {
        i8::try_from(self.offset_min.div_euclid(60)).unwrap_or(0)
    }

    /// What the factor counts.
    #[must_use]
    pub fn basis(&self) -> Option<Basis> {
        self.factor.map(|factor| factor.basis)
    }

    /// The moment in UTC, where the time is known.
    #[must_use]
    pub fn utc(&self, now: Uptime) -> Option<Utc> {
        self.anchor?.utc_at(now)
    }

    /// Sets the zone; tells whether it is another one than before.
    ///
    /// # Errors
    /// In words, where the command cannot be kept; nothing has changed then.
    pub fn set_zone(&mut self, set: &SetZone<'_>) -> Result<bool, &'static str> {
        let zone = String::from_str(set.zone).map_err(|_| "the code of the zone is too long")?;
        if !(-720..=840).contains(&set.offset_min) {
            return Err("the offset must be within -720 to 840 minutes");
        }
        let factor = match set.factor {
            Some(given) => SiteFactor {
                intensity: given.intensity,
                basis: given.basis,
                source: IntensitySource::Given,
                year: 0,
                name: "given",
            },
            None => {
                let known = self.factors.iter().find(|factor| factor.zone == set.zone);
                let known = known.ok_or("no factor of this zone is known here; give one")?;
                SiteFactor {
                    intensity: known.intensity,
                    basis: known.basis,
                    source: IntensitySource::Yearly,
                    year: known.year,
                    name: known.source.name(),
                }
            }
        };
        let is_new = self.zone != zone;
        (self.zone, self.offset_min) = (zone, set.offset_min);
        (self.factor, self.pue) = (Some(factor), set.pue);
        Ok(is_new)
    }

    /// Sets the tariff.
    ///
    /// # Errors
    /// In words; nothing has changed then.
    pub fn set_tariff(&mut self, set: &SetTariff<'_>) -> Result<(), &'static str> {
        let currency =
            String::from_str(set.currency).map_err(|_| "a currency has three letters")?;
        let mut rates = Vec::new();
        for rate in set.rates() {
            rates.push(rate).map_err(|_| "more rates than a board keeps")?;
        }
        if !rates.is_empty() && DailyTariff::new(&rates, self.offset_min).is_err() {
            return Err("the rates must cover each minute of the day once");
        }
        (self.currency, self.rates) = (currency, rates);
        Ok(())
    }

    /// Sets the time, where it is not known better already. Gives the anchor
    /// that now counts.
    pub fn set_time(&mut self, set: &SetTime, now: Uptime) -> Anchor {
        let offered = Anchor { uptime: now, utc: set.utc, uncertainty_us: set.uncertainty_us };
        // Clocks drift: 100 ppm since the anchor that is held.
        let drift = |held: &Anchor| {
            let age_us = now.as_us().saturating_sub(held.uptime.as_us());
            u64::from(held.uncertainty_us).saturating_add(age_us / 10_000)
        };
        let better = self.anchor.filter(|held| drift(held) < u64::from(offered.uncertainty_us));
        let counts = better.unwrap_or(offered);
        self.anchor = Some(counts);
        counts
    }

    /// How energy is priced, with the hours that were forecast.
    #[must_use]
    pub fn prices<'a>(&'a self, ahead: Option<(Hour, &'a [Quantiles])>) -> Prices<'a> {
        let tariff = match *self.rates.as_slice() {
            [] => Tariff::None,
            [rate] => Tariff::Flat(Constant(rate.price)),
            _ => DailyTariff::new(&self.rates, self.offset_min).map_or(Tariff::None, Tariff::Daily),
        };
        let hours = ahead.filter(|(_, hours)| !hours.is_empty());
        Prices {
            anchor: self.anchor,
            pue: self.pue,
            basis: self.basis(),
            intensity: Ahead { factor: self.factor.map(|factor| factor.intensity), hours },
            tariff,
        }
    }

    /// The intensity from a moment on, as a record; `expected` where a forecast
    /// tells it.
    #[must_use]
    pub fn intensity(
        &self,
        from: Utc,
        expected: Option<(CarbonIntensity, &'static str)>,
    ) -> Option<Intensity<'_>> {
        let factor = self.factor?;
        let (intensity, source, year, name) = match expected {
            Some((intensity, name)) => (intensity, IntensitySource::Forecast, 0, name),
            None => (factor.intensity, factor.source, factor.year, factor.name),
        };
        let (zone, basis) = (self.zone(), factor.basis);
        Some(Intensity { from, zone, intensity, basis, source, year, name })
    }

    /// Overhead and currency, as a record.
    #[must_use]
    pub fn pricing(&self, from: Uptime) -> record::Pricing<'_> {
        record::Pricing { from, pue: self.pue, currency: &self.currency }
    }
}

enum Tariff<'a> {
    None,
    Flat(Constant<wattcast_core::units::Price>),
    Daily(DailyTariff<'a>),
}

/// How energy is priced at present.
pub struct Prices<'a> {
    anchor: Option<Anchor>,
    pue: Pue,
    basis: Option<Basis>,
    intensity: Ahead<'a>,
    tariff: Tariff<'a>,
}

impl Prices<'_> {
    /// Whether zone and, where it matters, time are known.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.basis.is_some() && (self.anchor.is_some() || !self.needs_time())
    }

    fn needs_time(&self) -> bool {
        self.intensity.hours.is_some() || matches!(self.tariff, Tariff::Daily(_))
    }

    /// The pricing.
    #[must_use]
    pub fn pricing(&self) -> Pricing<'_> {
        let mut pricing = self.none();
        if let Some(basis) = self.basis {
            pricing = pricing.with_intensity(basis, &self.intensity);
        }
        match &self.tariff {
            Tariff::None => {}
            Tariff::Flat(price) => pricing = pricing.with_tariff(price),
            Tariff::Daily(tariff) => pricing = pricing.with_tariff(tariff),
        }
        // What is the same at all times is priced at any.
        let any = Anchor { uptime: Uptime::ZERO, utc: Utc::ZERO, uncertainty_us: 0 };
        pricing.with_anchor(self.anchor.unwrap_or(any))
    }

    /// A pricing without prices.
    #[must_use]
    pub const fn none(&self) -> Pricing<'static> {
        Pricing::new(self.pue)
    }
}

/// The forecast of each hour, and the yearly factor for all others.
struct Ahead<'a> {
    factor: Option<CarbonIntensity>,
    hours: Option<(Hour, &'a [Quantiles])>,
}

impl StepSeries<CarbonIntensity> for Ahead<'_> {
    fn step_at(&self, at: Utc) -> Step<CarbonIntensity> {
        let Some((first, hours)) = self.hours else {
            return Step { value: self.factor, until: None };
        };
        let hour = Hour::containing(at);
        match hour.as_hours().checked_sub(first.as_hours()) {
            None => Step { value: self.factor, until: Some(first.start()) },
            Some(ahead) => match usize::try_from(ahead).ok().and_then(|at| hours.get(at)) {
                Some(told) => Step { value: Some(told.p50()), until: Some(hour.later(1).start()) },
                None => Step { value: self.factor, until: None },
            },
        }
    }

    fn constant(&self) -> Option<CarbonIntensity> {
        if self.hours.is_some() { None } else { self.factor }
    }
}
