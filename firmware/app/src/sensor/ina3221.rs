//! TI INA3221, three channels of 26 V, 13 bits (datasheet SBOS576B).

use embedded_hal::i2c::I2c;
use wattcast_core::units::{Power, Uptime};

use super::{About, Fault, Reading, Sensor, join, shunt_power};

const CONFIGURATION: u8 = 0x00;
const MANUFACTURER: u8 = 0xFE;
const DIE: u8 = 0xFF;

/// All three channels, both voltages in turn without pause, each a mean of 16
/// conversions of 1.1 ms.
const SETTINGS: u16 = 0x7527;
const TEXAS_INSTRUMENTS: u16 = 0x5449;
const INA3221: u16 = 0x3220;
/// µW of one step of shunt voltage (40 µV) and one of bus voltage (8 mV) across
/// a shunt of 1 µΩ.
const SCALE: i64 = 320_000;
/// The largest of 13 bits with a sign.
const FULL: i16 = 4_095;

/// Which of the three inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Channel 1.
    One,
    /// Channel 2.
    Two,
    /// Channel 3.
    Three,
}

impl Input {
    /// Its registers of shunt and bus voltage.
    const fn registers(self) -> (u8, u8) {
        match self {
            Self::One => (0x01, 0x02),
            Self::Two => (0x03, 0x04),
            Self::Three => (0x05, 0x06),
        }
    }
}

/// One input of an INA3221 with its shunt. Several share the device through a
/// bus that can be shared.
#[derive(Debug)]
pub struct Ina3221<I2C> {
    i2c: I2C,
    address: u8,
    input: Input,
    shunt_uohm: u32,
}

impl<I2C: I2c> Ina3221<I2C> {
    /// With its address, 0x40 to 0x43, the input, and the shunt there in µΩ.
    #[must_use]
    pub const fn new(i2c: I2C, address: u8, input: Input, shunt_uohm: u32) -> Self {
        Self { i2c, address, input, shunt_uohm }
    }

    fn register(&mut self, register: u8) -> Result<u16, Fault> {
        let mut bytes = [0; 2];
        let read = self.i2c.write_read(self.address, &[register], &mut bytes);
        read.map_err(|_| Fault::NoAnswer)?;
        Ok(u16::from_be_bytes(bytes))
    }
}

impl<I2C: I2c> Sensor for Ina3221<I2C> {
    fn about(&self) -> About {
        About {
            method: "INA3221, shunt × bus voltage",
            step: Power::from_uw(1_000),
            low_ppm: 980_000,
            high_ppm: 1_020_000,
            counter: None,
        }
    }

    fn start(&mut self) -> Result<(), Fault> {
        let who = (self.register(MANUFACTURER)?, self.register(DIE)?);
        if who != (TEXAS_INSTRUMENTS, INA3221) {
            return Err(Fault::Unexpected);
        }
        let [high, low] = SETTINGS.to_be_bytes();
        self.i2c.write(self.address, &[CONFIGURATION, high, low]).map_err(|_| Fault::NoAnswer)
    }

    fn read(&mut self, _: Uptime) -> Result<Reading, Fault> {
        let (shunt, bus) = self.input.registers();
        // The low three bits are none.
        let shunt = self.register(shunt)?.cast_signed() >> 3;
        let bus = self.register(bus)? >> 3;
        Ok(Reading {
            power: shunt_power(shunt.into(), bus.into(), SCALE, self.shunt_uohm),
            counter: None,
            raw: join(shunt.cast_unsigned(), bus),
            saturated: !(-FULL..FULL).contains(&shunt) || bus >= FULL.unsigned_abs(),
        })
    }
}
