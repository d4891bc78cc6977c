//! Numbers and moments as files write them, exactly.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
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

/// Tells apart the two hours of autumn that have the same name: where a local
/// time occurs twice, the second one is the later.
pub(crate) struct Clock<'z> {
    zone: &'z TimeZone,
    seen: BTreeSet<(String, Timestamp)>,
}

impl<'z> Clock<'z> {
    /// For times in `zone` that state no offset.
    pub(crate) fn new(zone: &'z TimeZone) -> Self {
        Self { zone, seen: BTreeSet::new() }
    }

    /// A moment: with an offset as it stands. `series` names what the row
    /// belongs to, in which no time occurs more often than it was lived.
    pub(crate) fn moment(&mut self, text: &str, series: &str) -> Result<Utc, String> {
        match text.parse::<DateTime>() {
            Ok(civil) if text.parse::<Timestamp>().is_err() => {
                self.resolve(civil, series).ok_or_else(|| no_time(text))
            }
            _ => moment(text, self.zone),
        }
    }

    /// The moment of a local time.
    pub(crate) fn resolve(&mut self, civil: DateTime, series: &str) -> Option<Utc> {
        let ambiguous = self.zone.to_ambiguous_timestamp(civil);
        let is_fold = matches!(ambiguous.offset(), AmbiguousOffset::Fold { .. });
        let earlier = ambiguous.compatible().ok()?;
        let stamp = if is_fold && !self.seen.insert((series.to_owned(), earlier)) {
            ambiguous.later().ok()?
        } else {
            earlier
        };
        u64::try_from(stamp.as_microsecond()).map(Utc::from_us).ok()
    }
}

fn no_time(text: &str) -> String {
    format!("`{text}` is no time; write 2026-01-31T14:00Z")
}

/// A moment: with an offset as it stands, without one in `zone`.
pub(crate) fn moment(text: &str, zone: &TimeZone) -> Result<Utc, String> {
    let bad = || no_time(text);
    let stamp = match text.parse::<Timestamp>() {
        Ok(stamp) => stamp,
        Err(_) => {
            let civil: DateTime = text.parse().map_err(|_| bad())?;
            zone.to_timestamp(civil).map_err(|_| bad())?
        }
    };
    u64::try_from(stamp.as_microsecond()).map(Utc::from_us).map_err(|_| bad())
}
