//! TI INA260, 36 V, 15 A, 16 bits, with its shunt inside (datasheet SBOS656C).

use embedded_hal::i2c::I2c;
use wattcast_core::units::{Power, Uptime};

use super::{About, Fault, Reading, Sensor, join, shunt_power};

const CONFIGURATION: u8 = 0x00;
const CURRENT: u8 = 0x01;
const BUS_VOLTAGE: u8 = 0x02;
const MANUFACTURER: u8 = 0xFE;
const DIE: u8 = 0xFF;

/// Both in turn without pause, each a mean of 16 conversions of 1.1 ms.
const SETTINGS: u16 = 0x6527;
const TEXAS_INSTRUMENTS: u16 = 0x5449;
const INA260: u16 = 0x2270;

/// An INA260.
#[derive(Debug)]
pub struct Ina260<I2C> {
    i2c: I2C,
    address: u8,
}

impl<I2C: I2c> Ina260<I2C> {
    /// With its address, 0x40 to 0x4F.
    #[must_use]
    pub const fn new(i2c: I2C, address: u8) -> Self {
        Self { i2c, address }
    }

    fn register(&mut self, register: u8) -> Result<u16, Fault> {
        let mut bytes = [0; 2];
        let read = self.i2c.write_read(self.address, &[register], &mut bytes);
        read.map_err(|_| Fault::NoAnswer)?;
        Ok(u16::from_be_bytes(bytes))
    }
}

impl<I2C: I2c> Sensor for Ina260<I2C> {
    fn about(&self) -> About {
        About {
            method: "INA260, current × bus voltage",
            step: Power::from_uw(1_000),
            low_ppm: 993_000,
            high_ppm: 1_007_000,
            counter: None,
        }
    }

    fn start(&mut self) -> Result<(), Fault> {
        let [high, low] = SETTINGS.to_be_bytes();
        let who = (self.register(MANUFACTURER)?, self.register(DIE)?);
        if who != (TEXAS_INSTRUMENTS, INA260) {
            return Err(Fault::Unexpected);
        }
        self.i2c.write(self.address, &[CONFIGURATION, high, low]).map_err(|_| Fault::NoAnswer)
    }

    fn read(&mut self, _: Uptime) -> Result<Reading, Fault> {
        let current = self.register(CURRENT)?.cast_signed();
        let bus = self.register(BUS_VOLTAGE)?;
        Ok(Reading {
            // 1.25 mA × 1.25 mV are 25/16 µW.
            power: shunt_power(current.into(), bus.into(), 25, 16),
            counter: None,
            raw: join(current.cast_unsigned(), bus),
            saturated: current == i16::MAX || current == i16::MIN || bus >= 0x7FFF,
        })
    }
}
