//! Times, lengths and amounts as people write them.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp, Zoned};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use wattcast_core::plan::Overhead;
use wattcast_core::units::{Energy, Power, Utc};

use crate::cli::CliError;

/// A moment: with an offset or a zone as it stands, without one in
/// `time_zone`; a time of day is the next one, a length counts from `start`.
pub(super) fn moment(
    option: &str,
    text: &str,
    start: Utc,
    time_zone: &TimeZone,
) -> Result<Utc, CliError> {
    let bad = || {
        CliError::input(format!(
            "{option} `{text}` is no moment; write 24h, 06:00, 2026-11-22T06:00 or 2026-11-22T06:00Z"
        ))
    };
    let from =
        i64::try_from(start.as_us()).ok().and_then(|us| Timestamp::from_microsecond(us).ok());
    let from = from.ok_or_else(bad)?.to_zoned(time_zone.clone());
    let at = text
        .parse::<Timestamp>()
        .or_else(|_| text.parse::<Zoned>().map(|zoned| zoned.timestamp()))
        .or_else(|_| time_zone.to_timestamp(text.parse::<DateTime>()?))
        .or_else(|_| next(text.parse::<Time>()?, &from))
        .or_else(|_| {
            let span = text.parse::<Span>()?;
            from.checked_add(span).map(|later| later.timestamp())
        });
    let is_ago = text.parse::<Span>().is_ok_and(|span| span.is_negative());
    let at = at.ok().filter(|_| !is_ago).ok_or_else(bad)?;
    u64::try_from(at.as_microsecond()).map(Utc::from_us).map_err(|_| bad())
}

/// The next time that it is so late.
fn next(time: Time, from: &Zoned) -> Result<Timestamp, jiff::Error> {
    let today = from.with().time(time).build()?;
    let next = if today <= *from { today.tomorrow()? } else { today };
    Ok(next.timestamp())
}

/// A length of time in whole seconds, at least one; a bare number counts
/// hours.
pub(super) fn seconds(option: &str, text: &str) -> Result<u32, CliError> {
    let hours = || {
        let hours: Decimal = text.trim().parse().ok()?;
        hours.checked_mul(Decimal::from(3_600))?.round().to_u32()
    };
    let span = || {
        let span: Span = text.parse().ok()?;
        let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
        u32::try_from(length.as_secs()).ok()
    };
    hours().or_else(span).filter(|seconds| *seconds > 0).ok_or_else(|| {
        CliError::input(format!(
            "{option} `{text}` is no length of time; write 6h, 90min or 1.5 for hours"
        ))
    })
}

/// An energy, not negative.
pub(super) fn energy(option: &str, text: &str) -> Result<Energy, CliError> {
    const UNITS: [(&str, i64); 6] = [
        ("MWh", 3_600_000_000_000_000),
        ("kWh", 3_600_000_000_000),
        ("mWh", 3_600_000),
        ("Wh", 3_600_000_000),
        ("kJ", 1_000_000_000),
        ("J", 1_000_000),
    ];
    amount(text, &UNITS).map(Energy::from_uj).ok_or_else(|| {
        CliError::input(format!("{option} `{text}` is no energy; write 5kWh, 20Wh or 900kJ"))
    })
}

/// A power above zero.
pub(super) fn power(option: &str, text: &str) -> Result<Power, CliError> {
    const UNITS: [(&str, i64); 4] =
        [("kW", 1_000_000_000), ("MW", 1_000_000_000_000), ("mW", 1_000), ("W", 1_000_000)];
    amount(text, &UNITS).filter(|uw| *uw > 0).map(Power::from_uw).ok_or_else(|| {
        CliError::input(format!("{option} `{text}` is no power above zero; write 300W or 1.2kW"))
    })
}

/// What an interruption costs: a time, an energy, or both with a comma.
pub(super) fn overhead(option: &str, text: &str) -> Result<Overhead, CliError> {
    let mut overhead = Overhead::NONE;
    for part in text.split(',').map(str::trim) {
        if part.ends_with("Wh") || part.ends_with('J') {
            overhead.energy = energy(option, part)?;
        } else {
            let length = part.parse::<Span>().ok();
            let length = length
                .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok())
                .and_then(|length| u32::try_from(length.as_secs()).ok());
            overhead.seconds = length.ok_or_else(|| {
                CliError::input(format!(
                    "{option} `{text}`: write a time and an energy, as 90s,20Wh"
                ))
            })?;
        }
    }
    Ok(overhead)
}

fn amount(text: &str, units: &[(&str, i64)]) -> Option<i64> {
    let text = text.trim();
    let found = units.iter().find_map(|(unit, worth)| Some((text.strip_suffix(unit)?, *worth)));
    let (number, worth) = found?;
    let number: Decimal = number.trim().parse().ok()?;
    number.checked_mul(Decimal::from(worth))?.round().to_i64().filter(|amount| *amount >= 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_dates_times_of_day_and_lengths() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        // 2026-09-21T16:13:20 in Berlin.
        let start = Utc::from_us(1_790_000_000_000_000);
        let at = |text| moment("--deadline", text, start, &zone).unwrap().as_us() / 1_000_000;
        assert_eq!(at("24h"), 1_790_000_000 + 86_400);
        assert_eq!(at("2d"), 1_790_000_000 + 2 * 86_400);
        assert_eq!(at("2026-09-21T14:13:20Z"), 1_790_000_000);
        assert_eq!(at("2026-09-21T16:13:20"), 1_790_000_000);
        assert_eq!(at("2026-09-21T10:13:20[America/New_York]"), 1_790_000_000);
        assert_eq!(at("16:30"), 1_790_000_000 + 1_000);
        assert_eq!(at("16:00"), 1_790_000_000 + 86_400 - 800);
        for bad in ["", "soon", "-2h", "2026-13-01", "25:00"] {
            let error = moment("--deadline", bad, start, &zone).unwrap_err().to_string();
            assert!(error.contains("--deadline"), "{bad}: {error}");
        }
    }

    #[test]
    fn amounts_have_units() {
        assert_eq!(seconds("--hours", "1.5").unwrap(), 5_400);
        assert_eq!(seconds("--hours", "1h 30min").unwrap(), 5_400);
        assert_eq!(seconds("--hours", "1d").unwrap(), 86_400);
        assert_eq!(energy("--energy", "2.5 kWh").unwrap().as_uj(), 9_000_000_000_000);
        assert_eq!(power("--power", "1000W").unwrap().as_uw(), 1_000_000_000);
        let both = overhead("--pause-cost", "90s, 20Wh").unwrap();
        assert_eq!((both.seconds, both.energy.as_uj()), (90, 72_000_000_000));
        assert!(seconds("--hours", "0").is_err() && seconds("--hours", "-1").is_err());
        assert!(power("--power", "0W").is_err() && power("--power", "7").is_err());
        assert!(energy("--energy", "-1Wh").is_err() && energy("--energy", "1e99 Wh").is_err());
        assert!(overhead("--pause-cost", "-90s").is_err());
    }
}
