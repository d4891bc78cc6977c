//! Spans of hours and hours of UTC as a person writes them.

use jiff::tz::TimeZone;
use wattcast_core::forecast::{HORIZON, Hour};

use super::CliError;
use crate::intensity::moment;

/// `24h` or `2d`, in hours.
fn span(text: &str) -> Option<usize> {
    let number = |digits: &str, unit: usize| digits.parse::<usize>().ok()?.checked_mul(unit);
    match (text.strip_suffix('h'), text.strip_suffix('d')) {
        (Some(digits), _) => number(digits, 1),
        (_, Some(digits)) => number(digits, 24),
        _ => None,
    }
}

/// How far a forecast reaches.
pub(super) fn horizon(text: &str) -> Result<usize, CliError> {
    span(text).filter(|hours| (1..=HORIZON).contains(hours)).ok_or_else(|| {
        CliError::input(format!("--horizon `{text}` is not between 1h and 96h; write 24h or 2d"))
    })
}

/// How often forecasts are made.
pub(super) fn step(text: &str) -> Result<u32, CliError> {
    let hours = span(text).and_then(|hours| u32::try_from(hours).ok());
    hours.filter(|hours| (1..=8760).contains(hours)).ok_or_else(|| {
        CliError::input(format!("--every `{text}` is not between 1h and 365d; write 24h or 7d"))
    })
}

/// An age, of at most sixteen days.
pub(super) fn age(option: &str, text: &str) -> Result<u32, CliError> {
    let hours = span(text).and_then(|hours| u32::try_from(hours).ok());
    hours.filter(|hours| *hours <= 384).ok_or_else(|| {
        CliError::input(format!("{option} `{text}` is not between 0h and 16d; write 6h or 3d"))
    })
}

/// A whole hour of UTC.
pub(super) fn hour(option: &str, text: &str) -> Result<Hour, CliError> {
    let bad = || {
        let mend = "is no whole hour of UTC; write 2026-01-31 or 2026-01-31T14:00Z";
        CliError::input(format!("{option} `{text}` {mend}"))
    };
    let at = moment(text, &TimeZone::UTC).map_err(|_| bad())?;
    let hour = Hour::containing(at);
    if hour.start() == at { Ok(hour) } else { Err(bad()) }
}
