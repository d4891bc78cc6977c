//! The carbon intensity that prices a run.

use wattcast_core::units::{Basis, Pue, Utc};
use wattcast_core::wire::record::{Intensity, IntensitySource};

use super::run::Factor;
use crate::pricing::{Intensity as SiteIntensity, Pricer};

/// How energy is priced anew, in place of the recorded intensities.
#[derive(Clone, Debug)]
pub struct Reprice {
    /// The intensity.
    pub intensity: SiteIntensity,
    /// The PUE in place of the recorded one.
    pub pue: Option<Pue>,
}

/// What is known of the intensity that holds now.
#[derive(Clone, Debug)]
struct Now {
    zone: String,
    mg_per_kwh: u32,
    basis: Basis,
    source: IntensitySource,
    year: u16,
}

/// The intensities of a run so far.
#[derive(Clone, Debug, Default)]
pub(super) struct FactorState {
    now: Option<Now>,
    reprice: Option<Pricer>,
    keeps_pue: bool,
    names: Vec<String>,
    least: u32,
    most: u32,
    energy_uj: u128,
    weighted: u128,
}

impl FactorState {
    pub(super) fn repriced(reprice: Reprice) -> Self {
        let keeps_pue = reprice.pue.is_none();
        let pue = reprice.pue.unwrap_or_default();
        let pricer = Pricer { intensity: reprice.intensity, pue, tariff: None };
        let mut state = Self { reprice: Some(pricer), keeps_pue, ..Self::default() };
        state.holds_at(Utc::ZERO);
        state
    }

    /// Moves the intensity that prices anew to a moment.
    fn holds_at(&mut self, at: Utc) {
        let Some(pricer) = &self.reprice else { return };
        let SiteIntensity { zone, basis, year, name, .. } = &pricer.intensity;
        let (_, value, source) = pricer.intensity.at(at);
        let now = Now {
            zone: zone.clone(),
            mg_per_kwh: value.as_mg_per_kwh(),
            basis: *basis,
            source,
            year: *year,
        };
        let name = name.clone();
        self.take(now, &name);
    }

    /// Takes the intensity from here on; a warning where its basis is another.
    pub(super) fn intensity(&mut self, record: &Intensity<'_>) -> Option<&'static str> {
        if self.reprice.is_some() {
            return None;
        }
        let mixed = self.now.as_ref().is_some_and(|now| now.basis != record.basis);
        let now = Now {
            zone: record.zone.to_owned(),
            mg_per_kwh: record.intensity.as_mg_per_kwh(),
            basis: record.basis,
            source: record.source,
            year: record.year,
        };
        self.take(now, record.name);
        mixed.then_some(
            "intensities of two bases are mixed in this run: its carbon has no one meaning",
        )
    }

    fn take(&mut self, next: Now, name: &str) {
        let value = next.mg_per_kwh;
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
        self.now = Some(next);
        if self.energy_uj == 0 {
            (self.least, self.most) = (value, value);
        }
    }

    /// Weighs the intensity of now by energy.
    pub(super) fn used(&mut self, added_uj: u128) {
        let Some(now) = &self.now else { return };
        if added_uj > 0 {
            self.least = self.least.min(now.mg_per_kwh);
            self.most = self.most.max(now.mg_per_kwh);
        }
        let more = added_uj.checked_mul(u128::from(now.mg_per_kwh));
        let weighted = more.and_then(|more| self.weighted.checked_add(more));
        if let (Some(weighted), Some(energy)) = (weighted, self.energy_uj.checked_add(added_uj)) {
            (self.weighted, self.energy_uj) = (weighted, energy);
        }
    }

    /// Whether the energy is priced anew.
    pub(super) fn reprices(&self) -> bool {
        self.reprice.is_some()
    }

    /// What prices a flow anew, for the moment at which it ends.
    pub(super) fn repricer(&mut self, ends: Option<Utc>) -> Option<&Pricer> {
        if let Some(ends) = ends {
            // A step that begins at the end of a flow does not price it.
            self.holds_at(Utc::from_us(ends.as_us().saturating_sub(1)));
        }
        self.reprice.as_ref()
    }

    /// Takes the recorded PUE, where it is not replaced.
    pub(super) fn record_pue(&mut self, pue: Pue) {
        if let Some(pricer) = self.reprice.as_mut().filter(|_| self.keeps_pue) {
            pricer.pue = pue;
        }
    }

    /// The PUE that prices anew.
    pub(super) fn pue(&self) -> Option<Pue> {
        Some(self.reprice.as_ref()?.pue)
    }

    pub(super) fn zone(&self) -> &str {
        self.now.as_ref().map_or("", |now| now.zone.as_str())
    }

    pub(super) fn report(&self) -> Option<Factor> {
        let now = self.now.as_ref()?;
        let mean = self.weighted.checked_div(self.energy_uj).and_then(|it| u32::try_from(it).ok());
        let last = now.mg_per_kwh;
        Some(Factor {
            value: if self.least == self.most { last } else { mean.unwrap_or(last) },
            unit: "mg/kWh",
            least: self.least,
            most: self.most,
            year: Some(now.year).filter(|year| *year > 0),
            basis: now.basis,
            source: self.names.join("; "),
            kind: now.source,
        })
    }
}
