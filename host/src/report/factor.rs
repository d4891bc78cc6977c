//! The carbon intensity that prices a run.

use wattcast_core::units::{Basis, CarbonIntensity};
use wattcast_core::wire::record::{Intensity, IntensitySource};

use super::run::Factor;

/// One intensity in place of the recorded ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reprice {
    /// The zone, empty where the intensity is given by hand.
    pub zone: String,
    /// The intensity.
    pub intensity: CarbonIntensity,
    /// What it counts.
    pub basis: Basis,
    /// Where it came from.
    pub source: IntensitySource,
    /// Year of a yearly factor, or 0.
    pub year: u16,
    /// Name of the table or series.
    pub name: String,
    /// PUE in millionths in place of the recorded one.
    pub pue_millionths: Option<u32>,
}

/// The intensities of a run so far.
#[derive(Clone, Debug, Default)]
pub(super) struct FactorState {
    now: Option<Reprice>,
    fixed: bool,
    names: Vec<String>,
    least: u32,
    most: u32,
    energy_uj: u128,
    weighted: u128,
}

impl FactorState {
    pub(super) fn repriced(reprice: Reprice) -> Self {
        let mut state = Self::default();
        state.take(reprice);
        state.fixed = true;
        state
    }

    /// Takes the intensity from here on; a warning where its basis is another.
    pub(super) fn intensity(&mut self, record: &Intensity<'_>) -> Option<String> {
        if self.fixed {
            return None;
        }
        let mixed = self.now.as_ref().is_some_and(|now| now.basis != record.basis);
        self.take(Reprice {
            zone: record.zone.to_owned(),
            intensity: record.intensity,
            basis: record.basis,
            source: record.source,
            year: record.year,
            name: record.name.to_owned(),
            pue_millionths: None,
        });
        mixed.then(|| {
            "life-cycle and direct intensities are mixed in this run: its carbon has no one meaning"
                .to_owned()
        })
    }

    fn take(&mut self, next: Reprice) {
        let value = next.intensity.as_mg_per_kwh();
        self.least = if self.now.is_none() { value } else { self.least.min(value) };
        self.most = self.most.max(value);
        if !self.names.contains(&next.name) {
            self.names.push(next.name.clone());
        }
        self.now = Some(next);
    }

    /// Weighs the intensity of now by energy.
    pub(super) fn used(&mut self, added_uj: u128) {
        let Some(now) = &self.now else { return };
        let more = added_uj.checked_mul(u128::from(now.intensity.as_mg_per_kwh()));
        let weighted = more.and_then(|more| self.weighted.checked_add(more));
        if let (Some(weighted), Some(energy)) = (weighted, self.energy_uj.checked_add(added_uj)) {
            (self.weighted, self.energy_uj) = (weighted, energy);
        }
    }

    /// Whether the energy is priced anew.
    pub(super) fn reprices(&self) -> bool {
        self.fixed
    }

    /// The intensity in mg/kWh that prices anew.
    pub(super) fn price(&self) -> Option<u32> {
        let now = self.now.as_ref().filter(|_| self.fixed)?;
        Some(now.intensity.as_mg_per_kwh())
    }

    /// The PUE that prices anew.
    pub(super) fn pue(&self) -> Option<u32> {
        self.now.as_ref()?.pue_millionths
    }

    pub(super) fn zone(&self) -> &str {
        self.now.as_ref().map_or("", |now| now.zone.as_str())
    }

    pub(super) fn report(&self) -> Option<Factor> {
        let now = self.now.as_ref()?;
        let mean = self.weighted.checked_div(self.energy_uj).and_then(|it| u32::try_from(it).ok());
        let last = now.intensity.as_mg_per_kwh();
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
