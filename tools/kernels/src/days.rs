//! Forecasts of a grid that never was.

use core::fmt;

use wattcast_core::forecast::{
    Forecaster, HORIZON, History, Hour, Issue, Model, NetworkForecaster, Quantiles, Reading,
    Tracker,
};
use wattcast_core::units::CarbonIntensity;

const FIRST: u32 = 480_000;
/// Words that the shipped network needs.
const SCRATCH: usize = 1_900;

/// Days, weeks and a hash, in mg/kWh; some holes.
#[must_use]
pub fn made_up(hour: u32) -> Reading {
    let noise = hour.wrapping_mul(2_654_435_761) >> 16;
    let day = (hour % 24).abs_diff(12) * 9_000;
    let week = if hour / 24 % 7 >= 5 { 30_000 } else { 80_000 };
    if hour % 97 == 13 {
        return Reading::MISSING;
    }
    CarbonIntensity::from_mg_per_kwh(150_000 + day + week + noise).into()
}

/// Writes the forecasts of three hours, one line of hexadecimal digits each, in
/// some 9 KB of stack; `None` where one fails.
#[inline(never)]
pub fn alone(file: &[u8], out: &mut dyn fmt::Write) -> Option<()> {
    let model = Model::load(file).ok()?;
    [0, 31, 142].into_iter().try_for_each(|ahead| forecast(&model, FIRST + ahead, None, out))
}

/// Writes the forecasts of six midnights by a network that learns from its
/// record, in some 16 KB of stack.
#[inline(never)]
pub fn recorded(file: &[u8], out: &mut dyn fmt::Write) -> Option<()> {
    let model = Model::load(file).ok()?;
    let mut tracker = Tracker::new();
    (0..6).try_for_each(|day| forecast(&model, FIRST + 24 * day, Some(&mut tracker), out))
}

fn forecast(
    model: &Model<'_>,
    hour: u32,
    tracker: Option<&mut Tracker>,
    out: &mut dyn fmt::Write,
) -> Option<()> {
    let mut scratch = [0; SCRATCH];
    let mut readings = [Reading::MISSING; 672];
    for (slot, at) in readings.iter_mut().zip(hour - 672..) {
        *slot = made_up(at);
    }
    let issue = Issue::new(Hour::from_hours(hour), 1)?;
    let mut values = [Quantiles::default(); HORIZON];
    let history = History::new(issue.hour(), &readings);
    let mut forecaster = NetworkForecaster::new(model, &mut scratch).ok()?;
    if let Some(tracker) = tracker {
        forecaster = forecaster.with_tracker(tracker);
    }
    let answer = forecaster.forecast(&history, issue, &mut values).ok()?;
    write!(out, "{hour} {:?} ", answer.notes.toward_profile).ok()?;
    for q in answer.values {
        for part in [q.p10(), q.p50(), q.p90()] {
            write!(out, "{:06x}", part.as_mg_per_kwh()).ok()?;
        }
    }
    writeln!(out).ok()
}
