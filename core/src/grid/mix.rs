//! A factor from how electricity is generated: γ = Σ share × source factor.

use crate::units::CarbonIntensity;

/// A kind of power plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Generation {
    /// Coal.
    Coal,
    /// Natural gas.
    Gas,
    /// Oil.
    Oil,
    /// Biomass.
    Biomass,
    /// Photovoltaics.
    Solar,
    /// Geothermal.
    Geothermal,
    /// Hydropower.
    Hydro,
    /// Nuclear.
    Nuclear,
    /// Wind.
    Wind,
}

impl Generation {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Coal,
        Self::Gas,
        Self::Oil,
        Self::Biomass,
        Self::Solar,
        Self::Geothermal,
        Self::Hydro,
        Self::Nuclear,
        Self::Wind,
    ];

    /// Its English name, lower-case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Coal => "coal",
            Self::Gas => "gas",
            Self::Oil => "oil",
            Self::Biomass => "biomass",
            Self::Solar => "solar",
            Self::Geothermal => "geothermal",
            Self::Hydro => "hydro",
            Self::Nuclear => "nuclear",
            Self::Wind => "wind",
        }
    }

    /// The kind of that name, in any case of letters.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// Its median life-cycle emissions: IPCC 2014, AR5 WG3 annex III, table
    /// A.III.2; for oil, which that table leaves out, Electricity Maps' 650.
    #[must_use]
    pub const fn life_cycle(self) -> CarbonIntensity {
        CarbonIntensity::from_mg_per_kwh(match self {
            Self::Coal => 820_000,
            Self::Gas => 490_000,
            Self::Oil => 650_000,
            Self::Biomass => 230_000,
            Self::Solar => 45_000,
            Self::Geothermal => 38_000,
            Self::Hydro => 24_000,
            Self::Nuclear => 12_000,
            Self::Wind => 11_000,
        })
    }
}

/// Shares that do not add up to 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixOutOfRange {
    /// What they add up to, in millionths.
    pub total_ppm: u64,
}

impl core::fmt::Display for MixOutOfRange {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (percent, rest) = (self.total_ppm / 10_000, self.total_ppm % 10_000);
        write!(f, "the shares add up to {percent}.{rest:04} %, not to 100 %")
    }
}

impl core::error::Error for MixOutOfRange {}

/// The life-cycle factor of a generation mix of kinds and their shares in
/// millionths, rounded half up to the milligram.
///
/// Published mixes are rounded, so a total of 99 to 101 % is scaled to 100 %.
///
/// # Errors
///
/// [`MixOutOfRange`] where the total lies outside of that.
///
/// ```
/// use wattcast_core::grid::{Generation, mix};
///
/// let factor = mix(&[(Generation::Hydro, 900_000), (Generation::Gas, 100_000)])?;
/// assert_eq!(factor.as_mg_per_kwh(), 70_600);
/// assert!(mix(&[(Generation::Hydro, 900_000)]).is_err());
/// # Ok::<(), wattcast_core::grid::MixOutOfRange>(())
/// ```
pub fn mix(shares: &[(Generation, u32)]) -> Result<CarbonIntensity, MixOutOfRange> {
    let mut total_ppm = 0_u64;
    let mut weighted = 0_u128;
    for (kind, share_ppm) in shares {
        total_ppm = total_ppm.saturating_add(u64::from(*share_ppm));
        weighted += u128::from(*share_ppm) * u128::from(kind.life_cycle().as_mg_per_kwh());
    }
    if !(990_000..=1_010_000).contains(&total_ppm) {
        return Err(MixOutOfRange { total_ppm });
    }
    let total = u128::from(total_ppm);
    // A mean of source factors is no larger than the largest of them.
    u32::try_from((weighted + total / 2) / total)
        .map(CarbonIntensity::from_mg_per_kwh)
        .map_err(|_| MixOutOfRange { total_ppm })
}
