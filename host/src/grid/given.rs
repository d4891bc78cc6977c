//! Intensities and generation shares as people write them.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use wattcast_core::grid::Generation;
use wattcast_core::units::CarbonIntensity;

/// A number that cannot be taken as it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadIntensity {
    /// Not a decimal number.
    #[error("`{0}` is not a number of grams of CO2e per kWh: give one such as 250 or 43.5")]
    NotANumber(String),
    /// Negative, or more than four kilograms a watt-hour.
    #[error("`{0}` g/kWh is outside of 0 to 4294967: a coal plant emits about 820")]
    OutOfRange(String),
    /// More than three decimals.
    #[error("`{0}` g/kWh is finer than a milligram: give at most three decimals")]
    TooFine(String),
    /// A share that is not `kind=percent`.
    #[error("`{0}` is not a share of generation: give kind=percent with a kind out of {kinds}", kinds = kinds())]
    NotAShare(String),
}

/// An intensity in g/kWh with up to three decimals, exactly.
///
/// # Errors
///
/// [`BadIntensity`] for what is no number, negative, too large or too fine.
///
/// ```
/// use wattcast::grid::intensity_from_grams;
///
/// assert_eq!(intensity_from_grams("43.257")?.as_mg_per_kwh(), 43_257);
/// assert!(intensity_from_grams("-1").is_err());
/// assert!(intensity_from_grams("NaN").is_err());
/// # Ok::<(), wattcast::grid::BadIntensity>(())
/// ```
pub fn intensity_from_grams(text: &str) -> Result<CarbonIntensity, BadIntensity> {
    let given = text.trim();
    let Ok(grams) = Decimal::from_str_exact(given) else {
        return Err(BadIntensity::NotANumber(given.to_owned()));
    };
    let out_of_range = || BadIntensity::OutOfRange(given.to_owned());
    let milligrams = grams.checked_mul(Decimal::ONE_THOUSAND).ok_or_else(out_of_range)?;
    if !milligrams.fract().is_zero() {
        return Err(BadIntensity::TooFine(given.to_owned()));
    }
    milligrams.to_u32().map(CarbonIntensity::from_mg_per_kwh).ok_or_else(out_of_range)
}

/// Generation shares such as `nuclear=65.2`, in percent, as millionths for
/// [`mix`](wattcast_core::grid::mix()).
///
/// # Errors
///
/// [`BadIntensity::NotAShare`] for the first that is not one.
pub fn shares_from_percent<T: AsRef<str>>(
    shares: &[T],
) -> Result<Vec<(Generation, u32)>, BadIntensity> {
    shares.iter().map(|share| share_from_percent(share.as_ref())).collect()
}

fn share_from_percent(text: &str) -> Result<(Generation, u32), BadIntensity> {
    let read = || {
        let (kind, percent) = text.split_once('=')?;
        let percent = Decimal::from_str_exact(percent.trim().trim_end_matches('%')).ok()?;
        let millionths = percent.checked_mul(Decimal::from(10_000))?.round();
        Some((Generation::from_name(kind.trim())?, millionths.to_u32()?))
    };
    read().ok_or_else(|| BadIntensity::NotAShare(text.to_owned()))
}

fn kinds() -> String {
    Generation::ALL.map(Generation::name).join(", ")
}
