//! TI INA226, 36 V, 16 bits (datasheet SBOS547A).

use embedded_hal::i2c::I2c;
use ina226::{AVG, Config, INA226, MODE, VBUSCT, VSHCT};
use wattcast_core::units::{Power, Uptime};

use super::{About, Fault, Reading, Sensor, join, shunt_power};

/// µW of one step of shunt voltage (2.5 µV) and one of bus voltage (1.25 mV)
/// across a shunt of 1 µΩ.
const SCALE: i64 = 3_125;

/// Its settings: both voltages in turn without pause, each a mean of 16
/// conversions of 1.1 ms, so that a reading a second misses little.
const CONFIG: Config = Config {
    avg: AVG::_16,
    vbusct: VBUSCT::_1100us,
    vshct: VSHCT::_1100us,
    mode: MODE::ShuntBusVoltageContinuous,
};

/// An INA226 with its shunt. Power is computed here from both voltages: finer
/// than its own power register, with its sign, and without its calibration.
pub struct Ina226<I2C> {
    device: INA226<I2C>,
    shunt_uohm: u32,
}

impl<I2C: I2c> Ina226<I2C> {
    /// With its address, 0x40 to 0x4F, and its shunt in µΩ.
    #[must_use]
    pub fn new(i2c: I2C, address: u8, shunt_uohm: u32) -> Self {
        Self { device: INA226::new(i2c, address), shunt_uohm }
    }
}

impl<I2C: I2c> Sensor for Ina226<I2C> {
    fn about(&self) -> About {
        About {
            method: "INA226, shunt × bus voltage",
            // A tenth of a percent of the offset at full scale: 10 µV, 12 V.
            step: Power::from_uw(1_000),
            low_ppm: 990_000,
            high_ppm: 1_010_000,
            counter: None,
        }
    }

    fn start(&mut self) -> Result<(), Fault> {
        self.device.set_configuration(&CONFIG).map_err(|_| Fault::NoAnswer)
    }

    fn read(&mut self, _: Uptime) -> Result<Reading, Fault> {
        let shunt = self.device.shunt_voltage_raw().map_err(|_| Fault::NoAnswer)?;
        let bus = self.device.bus_voltage_raw().map_err(|_| Fault::NoAnswer)?;
        Ok(Reading {
            power: shunt_power(shunt.into(), bus.into(), SCALE, self.shunt_uohm),
            counter: None,
            raw: join(shunt.cast_unsigned(), bus),
            saturated: shunt == i16::MAX || shunt == i16::MIN || bus >= 0x7FFF,
        })
    }
}
