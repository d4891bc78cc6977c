//! What the programs share: a made-up history.
#![no_std]

use wattcast_core::forecast::Reading;
use wattcast_core::units::CarbonIntensity;

/// A year that never was: days, weeks and a hash, in mg/kWh; some holes.
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
