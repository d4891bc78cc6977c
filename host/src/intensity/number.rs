//! Numbers and moments as files write them, exactly.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use wattcast_core::units::{CarbonIntensity, Utc};

/// What one unit of a column is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// gCO2e/kWh.
    GramPerKwh,
    /// Pounds per megawatt-hour; 1 lb is 453 592.37 mg by definition.
    PoundPerMwh,
}

/// An intensity from its decimal form, rounded half to even to a milligram.
pub(super) fn intensity(text: &str, unit: Unit) -> Result<CarbonIntensity, String> {
    let number: Decimal = text
        .parse()
        .or_else(|_| Decimal::from_scientific(text))
        .map_err(|_| format!("`{text}` is no number"))?;
    let mg_per_unit = match unit {
        Unit::GramPerKwh => Decimal::from(1000),
        Unit::PoundPerMwh => Decimal::new(45_359_237, 5),
    };
    number
        .checked_mul(mg_per_unit)
        .and_then(|mg| mg.round().to_u32())
        .map(CarbonIntensity::from_mg_per_kwh)
        .ok_or_else(|| format!("`{text}` is no carbon intensity (0 to 4 294 967 g/kWh)"))
}

/// A moment: with an offset as it stands, without one in `zone`.
pub(crate) fn moment(text: &str, zone: &TimeZone) -> Result<Utc, String> {
    let bad = || format!("`{text}` is no time; write 2026-01-31T14:00Z");
    let stamp = match text.parse::<jiff::Timestamp>() {
        Ok(stamp) => stamp,
        Err(_) => {
            let civil: DateTime = text.parse().map_err(|_| bad())?;
            zone.to_timestamp(civil).map_err(|_| bad())?
        }
    };
    u64::try_from(stamp.as_microsecond()).map(Utc::from_us).map_err(|_| bad())
}
