//! What measures power, over embedded-hal.
//!
//! | module | sensor | driver | own energy counter |
//! | --- | --- | --- | --- |
//! | [`ina219`] | TI INA219 | crate `ina219` | no |
//! | [`ina226`] | TI INA226 | crate `ina226` | no |
//! | [`ina228`] | TI INA228 | crate `ina228` | yes, 40 bits |
//! | [`ina260`] | TI INA260 | here | no |
//! | [`ina3221`] | TI INA3221, three channels | here | no |
//! | [`pmbus`] | hot-swap and power monitors with PMBus | here | `READ_EIN`, where present |
//! | [`pulse`] | meters with an S0 output | here | each pulse |
//! | [`shunt`] | an amplified shunt on an analogue input | here | no |
//!
//! A driver turns registers into integers of microwatts and says when its
//! sensor has left its scale. It invents nothing: a failed transfer is an error.

pub mod ina219;
pub mod ina226;
pub mod ina228;
pub mod ina260;
pub mod ina3221;
pub mod pmbus;
pub mod pulse;
pub mod shunt;

#[cfg(test)]
mod tests;

use wattcast_core::meter::{CounterLimits, CounterSpec};
use wattcast_core::units::{Power, Uptime};

/// Something that measures the power of one channel.
pub trait Sensor {
    /// What it is.
    fn about(&self) -> About;

    /// Sets the sensor up; again after it did not answer, as it may have lost
    /// its supply and with it its settings.
    ///
    /// # Errors
    /// [`Fault`].
    fn start(&mut self) -> Result<(), Fault>;

    /// Takes a reading.
    ///
    /// # Errors
    /// [`Fault`]; there is then no reading, which is not a reading of zero.
    fn read(&mut self, now: Uptime) -> Result<Reading, Fault>;
}

/// What a sensor is.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its kind and settings, in words.
    pub method: &'static str,
    /// Smallest step of its power.
    pub step: Power,
    /// The true energy is at least this share of the stated, in millionths.
    pub low_ppm: u32,
    /// The true energy is at most this share of the stated, in millionths.
    pub high_ppm: u32,
    /// How its own energy counter counts, where it has one; energy then comes
    /// from that, and power is for show.
    pub counter: Option<(CounterSpec, CounterLimits)>,
}

/// One reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The power now.
    pub power: Power,
    /// The energy counter, where there is one.
    pub counter: Option<u64>,
    /// The registers that it was computed from: a sensor that stands still
    /// repeats them to the bit.
    pub raw: u32,
    /// Whether the sensor is at the end of its scale.
    pub saturated: bool,
}

/// Why there is no reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bus failed, or nothing answered.
    NoAnswer,
    /// What answered is not this kind of sensor, or is not set up.
    Unexpected,
}

impl Fault {
    /// In words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::NoAnswer => "the sensor does not answer",
            Self::Unexpected => "what answers is not the sensor expected here",
        }
    }
}

/// The power of a shunt: current times voltage, both in steps of the sensor.
/// `scale / shunt_uohm` is the µW of one step of each. Rounded down.
fn shunt_power(current: i64, voltage: i64, scale: i64, shunt_uohm: u32) -> Power {
    let shunt = i64::from(shunt_uohm).max(1);
    let uw = current.saturating_mul(voltage).saturating_mul(scale).div_euclid(shunt);
    Power::from_uw(uw)
}

/// Two 16-bit registers as one number.
fn join(high: u16, low: u16) -> u32 {
    u32::from(high) << 16 | u32::from(low)
}
