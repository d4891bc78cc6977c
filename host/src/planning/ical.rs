//! A plan as a calendar (RFC 5545).

use wattcast_core::units::Utc;

use super::{Planned, PlannedInterval};
use crate::report::carbon;

/// The longest line in bytes, without its end.
const FOLD: usize = 75;

/// The intervals as events of a calendar; `name` is what they are called.
#[must_use]
pub fn to_ical(planned: &Planned, name: &str) -> String {
    let mut out = String::new();
    for text in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//wattcast//plan//EN"] {
        line(&mut out, text);
    }
    for interval in &planned.intervals {
        event(&mut out, planned, interval, name);
    }
    line(&mut out, "END:VCALENDAR");
    out
}

fn event(out: &mut String, planned: &Planned, interval: &PlannedInterval, name: &str) {
    let grams = (u64::from(interval.intensity_mg_per_kwh) + 500) / 1_000;
    let summary = format!("{name} in {} at {grams} g/kWh", interval.zone);
    let told = format!("{}; {}", carbon(interval.carbon_ug.into()), interval.reason);
    line(out, "BEGIN:VEVENT");
    line(out, &format!("UID:{}-{}@wattcast", interval.start.as_us(), token(&interval.zone)));
    line(out, &format!("DTSTAMP:{}", stamp(planned.made_at)));
    line(out, &format!("DTSTART:{}", stamp(interval.start)));
    line(out, &format!("DTEND:{}", stamp(interval.end)));
    line(out, &format!("SUMMARY:{}", escaped(&summary)));
    line(out, &format!("DESCRIPTION:{}", escaped(&told)));
    line(out, "END:VEVENT");
}

/// A moment of UTC in the basic form.
fn stamp(at: Utc) -> String {
    let us = i64::try_from(at.as_us()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_microsecond(us)
        .map(|at| at.strftime("%Y%m%dT%H%M%SZ").to_string())
        .unwrap_or_default()
}

/// Letters, digits and dashes only.
fn token(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Lines end in CR and LF; what follows a fold begins with a space.
fn line(out: &mut String, text: &str) {
    let mut length = 0;
    for c in text.chars() {
        if length + c.len_utf8() > FOLD {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(c);
        length += c.len_utf8();
    }
    out.push_str("\r\n");
}
