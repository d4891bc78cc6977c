//! Emission factors and the tables that they come from.

use crate::units::{Basis, CarbonIntensity};

/// The emission factor of a zone in one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Code of the zone: `FR`, `US-CA`, `SE-SE3`.
    pub zone: &'static str,
    /// Its English name.
    pub name: &'static str,
    /// The year that the value is the mean of; 0 where its source names none.
    pub year: u16,
    /// What it counts.
    pub basis: Basis,
    /// The value.
    pub intensity: CarbonIntensity,
    /// Where it comes from.
    pub source: FactorSource,
}

/// A public source of emission factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FactorSource {
    /// Ember, yearly electricity data.
    Ember,
    /// Our World in Data, from Ember and the Energy Institute.
    Owid,
    /// Our World in Data's generation × IPCC 2014, where its intensity is 0.
    OwidMix,
    /// Electricity Maps, yearly means. Not in this crate's tables.
    ElectricityMaps,
    /// Canada Energy Regulator's generation mixes × IPCC 2014.
    CanadaMix,
    /// ENTSO-E's generation by bidding zone × CodeCarbon's source factors.
    Entsoe,
    /// China's Ministry of Ecology and Environment.
    ChinaMee,
    /// The United States' EPA, eGRID.
    Egrid,
    /// eCO2AI's table, which names no years.
    Eco2Ai,
}

impl FactorSource {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ember => "Ember",
            Self::Owid => "Our World in Data",
            Self::OwidMix => "Our World in Data mix × IPCC 2014",
            Self::ElectricityMaps => "Electricity Maps",
            Self::CanadaMix => "Canada Energy Regulator mix × IPCC 2014",
            Self::Entsoe => "ENTSO-E mix × CodeCarbon",
            Self::ChinaMee => "China MEE",
            Self::Egrid => "EPA eGRID",
            Self::Eco2Ai => "eco2AI",
        }
    }

    /// The terms under which its data may be passed on.
    #[must_use]
    pub const fn license(self) -> &'static str {
        match self {
            Self::Ember | Self::Owid | Self::OwidMix | Self::Entsoe => "CC-BY-4.0",
            Self::ElectricityMaps => "ODbL-1.0",
            Self::CanadaMix => "OGL-Canada-2.0",
            Self::ChinaMee => "public announcement 2025 No. 47",
            Self::Egrid => "public domain",
            Self::Eco2Ai => "Apache-2.0",
        }
    }
}
