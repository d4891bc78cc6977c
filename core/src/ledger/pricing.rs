//! What energy costs, in carbon and in money.

use core::fmt;

use super::{LedgerError, Splitter, Step, StepSeries};
use crate::meter::Flow;
use crate::units::{Anchor, Basis, CarbonIntensity, Energy, Price, Pue, Utc};

/// How the energy of a channel is priced: borrowed, made anew whenever
/// something in it changes.
///
/// ```
/// use wattcast_core::ledger::{Constant, Pricing};
/// use wattcast_core::units::{Basis, CarbonIntensity, Price, Pue};
///
/// let factor = Constant(CarbonIntensity::from_mg_per_kwh(56_000));
/// let flat = Constant(Price::from_micro_per_kwh(250_000));
/// let pricing = Pricing::new(Pue::ONE)
///     .with_intensity(Basis::LifeCycle, &factor)
///     .with_tariff(&flat);
/// assert_eq!(pricing.basis(), Some(Basis::LifeCycle));
/// ```
#[derive(Clone, Copy)]
pub struct Pricing<'a> {
    anchor: Option<Anchor>,
    pue: Pue,
    intensity: Option<(Basis, &'a dyn StepSeries<CarbonIntensity>)>,
    tariff: Option<&'a dyn StepSeries<Price>>,
}

impl<'a> Pricing<'a> {
    /// Into how many pieces one interval is cut at most: over seven years of
    /// hours. It bounds the work that a hostile record can cause.
    pub const MAX_PIECES: u32 = 65_536;

    /// Prices nothing yet.
    #[must_use]
    pub const fn new(pue: Pue) -> Self {
        Self { anchor: None, pue, intensity: None, tariff: None }
    }

    /// Ties uptime to UTC. Without it only constant values price.
    #[must_use]
    pub const fn with_anchor(self, anchor: Anchor) -> Self {
        Self { anchor: Some(anchor), ..self }
    }

    /// Sets the carbon intensity and what it counts.
    #[must_use]
    pub const fn with_intensity(
        self,
        basis: Basis,
        intensity: &'a dyn StepSeries<CarbonIntensity>,
    ) -> Self {
        Self { intensity: Some((basis, intensity)), ..self }
    }

    /// Sets the tariff.
    #[must_use]
    pub const fn with_tariff(self, tariff: &'a dyn StepSeries<Price>) -> Self {
        Self { tariff: Some(tariff), ..self }
    }

    /// What ties uptime to UTC.
    #[must_use]
    pub const fn anchor(&self) -> Option<Anchor> {
        self.anchor
    }

    /// The overhead of the site.
    #[must_use]
    pub const fn pue(&self) -> Pue {
        self.pue
    }

    /// What the intensity counts, where there is one.
    #[must_use]
    pub fn basis(&self) -> Option<Basis> {
        self.intensity.map(|(basis, _)| basis)
    }

    pub(super) fn intensity(&self) -> Option<(Basis, &'a dyn StepSeries<CarbonIntensity>)> {
        self.intensity
    }

    pub(super) fn tariff(&self) -> Option<&'a dyn StepSeries<Price>> {
        self.tariff
    }

    /// What `flow` took in, piece by piece times what `weight` makes of the
    /// value of `series` there.
    pub(super) fn weigh<V>(
        &self,
        flow: Flow,
        series: &dyn StepSeries<V>,
        weight: impl Fn(V) -> i64,
    ) -> Result<Weighed, LedgerError> {
        let step_at = |at| {
            let step = series.step_at(at);
            Step { value: step.value.map(&weight), until: step.until }
        };
        self.walk(flow, series.constant().map(&weight), &step_at)
    }

    /// Cuts what `flow` took in where the steps change.
    fn walk(
        &self,
        flow: Flow,
        constant: Option<i64>,
        step_at: &dyn Fn(Utc) -> Step<i64>,
    ) -> Result<Weighed, LedgerError> {
        let mut weighed = Weighed { amount: 0, without: Energy::ZERO, is_known: false };
        if let Some(weight) = constant {
            weighed.add(flow.import(), weight).ok_or(LedgerError::Overflow)?;
            return Ok(weighed);
        }
        let interval = flow.interval();
        let utc_at = |uptime| self.anchor.and_then(|anchor| anchor.utc_at(uptime));
        let (Some(mut at), Some(end)) = (utc_at(interval.start()), utc_at(interval.end())) else {
            return Ok(Weighed { without: flow.import(), ..weighed });
        };
        let mut pieces = Splitter::new(interval, flow.import());
        for _ in 0..Self::MAX_PIECES {
            let step = step_at(at);
            let cut = step.until.filter(|until| *until < end);
            let piece = match cut.and_then(|until| self.anchor?.uptime_at(until)) {
                Some(moment) => pieces.take_until(moment),
                None => pieces.rest(),
            };
            let added = match step.value {
                Some(weight) => weighed.add(piece, weight),
                None => weighed.leave(piece),
            };
            added.ok_or(LedgerError::Overflow)?;
            match cut {
                Some(until) => at = until,
                None => return Ok(weighed),
            }
        }
        Err(LedgerError::TooManyPieces)
    }
}

/// Energy times a value.
pub(super) struct Weighed {
    /// Microjoules times the value, summed.
    pub(super) amount: i128,
    /// The energy for which no value was known.
    pub(super) without: Energy,
    /// Whether a value was known at all.
    pub(super) is_known: bool,
}

impl Weighed {
    fn add(&mut self, energy: Energy, weight: i64) -> Option<()> {
        let product = i128::from(energy.as_uj()) * i128::from(weight);
        self.amount = self.amount.checked_add(product)?;
        self.is_known = true;
        Some(())
    }

    fn leave(&mut self, energy: Energy) -> Option<()> {
        self.without = self.without.checked_add(energy)?;
        Some(())
    }
}

impl fmt::Debug for Pricing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pricing")
            .field("anchor", &self.anchor)
            .field("pue", &self.pue)
            .field("basis", &self.basis())
            .field("has_tariff", &self.tariff.is_some())
            .finish()
    }
}
