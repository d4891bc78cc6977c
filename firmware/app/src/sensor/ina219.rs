//! TI INA219, 26 V, 12 bits (datasheet SBOS448G).

use embedded_hal::i2c::I2c;
use ina219::SyncIna219;
use ina219::address::Address;
use ina219::calibration::UnCalibrated;
use ina219::configuration::{
    BusVoltageRange, Configuration, MeasuredSignals, OperatingMode, Reset, Resolution,
    ShuntVoltageRange,
};
use wattcast_core::units::{Power, Uptime};

use super::{About, Fault, Reading, Sensor, join, shunt_power};

/// µW of one step of shunt voltage (10 µV) and one of bus voltage (4 mV) across
/// a shunt of 1 µΩ.
const SCALE: i64 = 40_000;
/// Steps of the shunt's full scale, ±320 mV.
const FULL_SHUNT: u16 = 32_000;
/// Steps of 32 V, the end of the bus voltage's scale.
const FULL_BUS: u16 = 8_000;

/// An INA219 with its shunt, each voltage a mean of 32 samples.
pub struct Ina219<I2C> {
    device: SyncIna219<I2C, UnCalibrated>,
    shunt_uohm: u32,
}

impl<I2C: I2c> Ina219<I2C> {
    /// With its address and its shunt in µΩ.
    #[must_use]
    pub const fn new(i2c: I2C, address: Address, shunt_uohm: u32) -> Self {
        Self { device: SyncIna219::new_unchecked(i2c, address, UnCalibrated), shunt_uohm }
    }
}

impl<I2C: I2c> Sensor for Ina219<I2C> {
    fn about(&self) -> About {
        About {
            method: "INA219, shunt × bus voltage",
            step: Power::from_uw(1_000),
            low_ppm: 980_000,
            high_ppm: 1_020_000,
            counter: None,
        }
    }

    fn start(&mut self) -> Result<(), Fault> {
        let configuration = Configuration {
            reset: Reset::Run,
            bus_voltage_range: BusVoltageRange::Fsr32v,
            shunt_voltage_range: ShuntVoltageRange::Fsr320mv,
            bus_resolution: Resolution::Avg32,
            shunt_resolution: Resolution::Avg32,
            operating_mode: OperatingMode::Continous(MeasuredSignals::ShutAndBusVoltage),
        };
        self.device.set_configuration(configuration).map_err(|_| Fault::NoAnswer)
    }

    fn read(&mut self, _: Uptime) -> Result<Reading, Fault> {
        let bus = self.device.bus_voltage().map_err(|_| Fault::NoAnswer)?;
        let shunt = self.device.shunt_voltage().map_err(|_| Fault::NoAnswer)?;
        let (shunt, bus) = (shunt.shunt_voltage_10uv(), bus.voltage_4mv());
        Ok(Reading {
            power: shunt_power(shunt.into(), bus.into(), SCALE, self.shunt_uohm),
            counter: None,
            raw: join(shunt.cast_unsigned(), bus),
            saturated: shunt.unsigned_abs() >= FULL_SHUNT || bus >= FULL_BUS,
        })
    }
}
