//! TI INA228, 85 V, 20 bits, with an energy counter (datasheet SLYS021A).

use embedded_hal::i2c::I2c;
use ina228::{AdcRange, AveragingCount, ConversionTime, Ina228 as Device, OperatingMode};
use wattcast_core::meter::{CounterLimits, CounterSpec};
use wattcast_core::units::{Power, Uptime};

use super::{About, Fault, Reading, Sensor};

/// An INA228 with its shunt. Its counter adds up energy between readings, so
/// nothing is missed; it counts both directions as taken in.
pub struct Ina228<I2C> {
    device: Device<I2C>,
    shunt_ohm: f32,
    /// One step of current is 2^-this amperes, which floats hold exactly.
    lsb_shift: u8,
    counter: Option<(CounterSpec, CounterLimits)>,
}

/// Steps of current of its full scale.
const FULL_CURRENT: f32 = 524_288.0;

impl<I2C: I2c> Ina228<I2C> {
    /// With its address, 0x40 to 0x4F, its shunt in µΩ and the largest current
    /// to be measured, 1 to 500 A. `None` where one is out of range, or the
    /// shunt would drop more than the 163 mV that the sensor measures.
    #[must_use]
    pub fn new(i2c: I2C, address: u8, shunt_uohm: u32, max_a: u16) -> Option<Self> {
        let drop_uv = u64::from(shunt_uohm) * u64::from(max_a.checked_next_power_of_two()?);
        let in_range = (0x40..=0x4F).contains(&address) && (1..=500).contains(&max_a);
        if !in_range || shunt_uohm == 0 || drop_uv > 163_840 {
            return None;
        }
        // 2^19 steps hold the next power of two above the largest current.
        let range_a = max_a.checked_next_power_of_two()?;
        let lsb_shift = 19 - u8::try_from(range_a.trailing_zeros()).ok()?;
        // 16 × 3.2 steps of power, each 2^-shift watts, for a second.
        let spec = CounterSpec::new(51_200_000, 1 << lsb_shift, Some(1 << 40));
        // It cannot show more than its full scale at 102.4 V.
        let limits = CounterLimits::new(Power::from_uw(i64::from(range_a) * 102_400_000));
        Some(Self {
            device: Device::new(i2c, address),
            shunt_ohm: micro(shunt_uohm),
            lsb_shift,
            counter: spec.zip(limits),
        })
    }
}

/// From millionths; a shunt is not known to more digits than a float has.
#[expect(clippy::cast_precision_loss, reason = "a shunt has four digits")]
fn micro(millionths: u32) -> f32 {
    millionths as f32 / 1_000_000.0
}

/// The nearest integer, in the range of both.
#[expect(clippy::cast_possible_truncation, reason = "registers of at most 40 bits")]
fn nearest(value: f64) -> i64 {
    (value + 0.5) as i64
}

impl<I2C: I2c> Sensor for Ina228<I2C> {
    fn about(&self) -> About {
        About {
            method: "INA228, its energy counter",
            step: Power::from_uw(1_000),
            low_ppm: 995_000,
            high_ppm: 1_005_000,
            counter: self.counter,
        }
    }

    fn start(&mut self) -> Result<(), Fault> {
        let full_a = FULL_CURRENT
            / f32::from(1_u16 << self.lsb_shift.min(15))
            / f32::from(1_u16 << self.lsb_shift.saturating_sub(15));
        let shunt_ohm = self.shunt_ohm;
        let device = &mut self.device;
        let ready = device
            .set_adc_range(AdcRange::Range163mV)
            .and_then(|()| device.calibrate(full_a, shunt_ohm))
            .and_then(|()| {
                device.configure(
                    OperatingMode::ContinuousAll,
                    ConversionTime::Us1052,
                    ConversionTime::Us1052,
                    ConversionTime::Us1052,
                    AveragingCount::N16,
                )
            });
        ready.map_err(|_| Fault::NoAnswer)
    }

    fn read(&mut self, _: Uptime) -> Result<Reading, Fault> {
        let watts = self.device.power().map_err(|_| Fault::NoAnswer)?;
        let joules = self.device.energy().map_err(|_| Fault::NoAnswer)?;
        let flags = self.device.diagnostic_flags().map_err(|_| Fault::NoAnswer)?;
        let steps_per_a = f64::from(1_u32 << self.lsb_shift);
        let counts = nearest(joules * steps_per_a / 51.2);
        let power = Power::from_uw(nearest(f64::from(watts) * 1_000_000.0));
        Ok(Reading {
            power,
            counter: u64::try_from(counts).ok(),
            raw: u32::try_from(counts & 0xFFFF_FFFF).unwrap_or(0),
            saturated: flags.math_overflow,
        })
    }
}
