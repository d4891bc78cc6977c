//! Power monitors that speak PMBus in direct format (PMBus 1.3, part II), such
//! as the hot-swap controllers of Analog Devices.

use embedded_hal::i2c::I2c;
use wattcast_core::meter::{CounterLimits, CounterSpec};
use wattcast_core::units::{Power, Uptime};

use super::{About, Fault, Reading, Sensor, join};

const READ_EIN: u8 = 0x86;
const READ_VIN: u8 = 0x88;
const READ_IOUT: u8 = 0x8C;
const MFR_ID: u8 = 0x99;
const PMON_CONFIG: u8 = 0xD4;

/// Longest block that is read, its length included.
const MAX_BLOCK: usize = 8;

/// A quantity in direct format: value = (register × 10^-R − b) / m, in volts,
/// amperes or watts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direct {
    /// Slope, in thousandths, as that of a current holds the shunt.
    pub m_thousandths: i64,
    /// Offset.
    pub b: i64,
    /// Ten to the minus R.
    pub ten_to_minus_r: i64,
}

/// A kind of monitor.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Its name.
    pub method: &'static str,
    /// Its maker, as `MFR_ID` tells it.
    pub maker: [u8; 3],
    /// `READ_VIN`.
    pub voltage: Direct,
    /// `READ_IOUT`, across a shunt of 1 mΩ.
    pub current: Direct,
    /// The power in `READ_EIN`, across a shunt of 1 mΩ.
    pub power: Direct,
    /// What `PMON_CONFIG` is set to.
    pub settings: u16,
    /// The registers of voltage and current at the end of their scale.
    pub full: u16,
}

/// Analog Devices ADM1272 in its ranges of 100 V and 30 mV, means of 128 samples
/// (datasheet ADM1272: direct format, `PMON_CONFIG`).
pub const ADM1272: Model = Model {
    method: "ADM1272, input voltage × output current",
    maker: *b"ADI",
    voltage: Direct { m_thousandths: 4_062_000, b: 0, ten_to_minus_r: 100 },
    current: Direct { m_thousandths: 663_000, b: 20_480, ten_to_minus_r: 10 },
    power: Direct { m_thousandths: 10_535_000, b: 0, ten_to_minus_r: 1_000 },
    settings: 0x3F37,
    full: 4_095,
};

/// A PMBus monitor with its shunt.
#[derive(Debug)]
pub struct Pmbus<I2C> {
    i2c: I2C,
    address: u8,
    model: Model,
    /// µW of one step of voltage times one of current, as a fraction.
    scale: (i64, i64),
    energy: Option<Energy>,
}

/// What the accumulator of a monitor with `READ_EIN` has come to.
#[derive(Debug)]
struct Energy {
    limits: CounterLimits,
    /// µW of one step of the accumulator, as a fraction.
    scale: (i64, i64),
    last: Option<(Uptime, u32, u32)>,
    /// µJ since the start, and µW·µs beyond them.
    total_uj: u64,
    rest: i128,
}

impl<I2C: I2c> Pmbus<I2C> {
    /// With its address and its shunt in µΩ; `None` where the shunt is 0.
    #[must_use]
    pub fn new(i2c: I2C, address: u8, model: Model, shunt_uohm: u32) -> Option<Self> {
        // (Yv·10^r / mv) × (Yi·10^r / mi·shunt): thousandths of m twice and
        // thousandths of the shunt are 10^9; in µW another 10^6.
        let slopes = i128::from(model.voltage.m_thousandths)
            * i128::from(model.current.m_thousandths)
            * i128::from(shunt_uohm);
        let scale = reduce(1_000_000_000_000_000, slopes)?;
        Some(Self { i2c, address, model, scale, energy: None })
    }

    /// Takes energy from the monitor's own accumulator, for a load that never
    /// draws more than `max_power`.
    #[must_use]
    pub fn with_energy(self, shunt_uohm: u32, max_power: Power) -> Option<Self> {
        let slope = i128::from(self.model.power.m_thousandths) * i128::from(shunt_uohm);
        let scale = reduce(1_000_000_000_000 * i128::from(self.model.power.ten_to_minus_r), slope)?;
        let limits = CounterLimits::new(max_power)?;
        let energy = Energy { limits, scale, last: None, total_uj: 0, rest: 0 };
        Some(Self { energy: Some(energy), ..self })
    }

    fn word(&mut self, command: u8) -> Result<u16, Fault> {
        let mut bytes = [0; 2];
        let read = self.i2c.write_read(self.address, &[command], &mut bytes);
        read.map_err(|_| Fault::NoAnswer)?;
        Ok(u16::from_le_bytes(bytes))
    }

    /// Reads a whole block of `N` bytes: what is left unread of one would be
    /// the answer to the next command.
    fn block<const N: usize>(&mut self, command: u8) -> Result<[u8; N], Fault> {
        let mut bytes = [0; MAX_BLOCK];
        let room = bytes.get_mut(..=N).ok_or(Fault::Unexpected)?;
        self.i2c.write_read(self.address, &[command], room).map_err(|_| Fault::NoAnswer)?;
        match room.split_first() {
            Some((&length, block)) if usize::from(length) == N => {
                block.try_into().map_err(|_| Fault::Unexpected)
            }
            _ => Err(Fault::Unexpected),
        }
    }
}

impl Energy {
    /// Takes `READ_EIN`: 15 bits of sum, 8 of its overflows, 24 of samples.
    /// The mean power between two of them holds for the time between.
    fn take(&mut self, now: Uptime, block: [u8; 6]) -> Option<Power> {
        let [s0, s1, over, n0, n1, n2] = block;
        let sum = u32::from(over) << 15 | u32::from(u16::from_le_bytes([s0, s1]) & 0x7FFF);
        let samples = u32::from_le_bytes([n0, n1, n2, 0]);
        let (since, sum_before, samples_before) = self.last.replace((now, sum, samples))?;
        let steps = sum.wrapping_sub(sum_before) & 0x7F_FFFF;
        let taken = samples.wrapping_sub(samples_before) & 0xFF_FFFF;
        if taken == 0 {
            return None;
        }
        let (numerator, denominator) = self.scale;
        let mean_uw = (i64::from(steps) * numerator / denominator) / i64::from(taken);
        let elapsed_us = now.as_us().saturating_sub(since.as_us());
        let amount = i128::from(mean_uw) * i128::from(elapsed_us) + self.rest;
        self.total_uj = self.total_uj.saturating_add(u64::try_from(amount / 1_000_000).ok()?);
        self.rest = amount % 1_000_000;
        Some(Power::from_uw(mean_uw))
    }
}

impl<I2C: I2c> Sensor for Pmbus<I2C> {
    fn about(&self) -> About {
        About {
            method: self.model.method,
            step: Power::from_uw(1_000),
            low_ppm: 985_000,
            high_ppm: 1_015_000,
            counter: self.energy.as_ref().map(|own| (CounterSpec::microjoules(), own.limits)),
        }
    }

    fn start(&mut self) -> Result<(), Fault> {
        if self.block(MFR_ID)? != self.model.maker {
            return Err(Fault::Unexpected);
        }
        let [low, high] = self.model.settings.to_le_bytes();
        self.i2c.write(self.address, &[PMON_CONFIG, low, high]).map_err(|_| Fault::NoAnswer)
    }

    fn read(&mut self, now: Uptime) -> Result<Reading, Fault> {
        let voltage = self.word(READ_VIN)?;
        let current = self.word(READ_IOUT)?;
        let above = |y: u16, of: Direct| i64::from(y) * of.ten_to_minus_r - of.b;
        let product = above(voltage, self.model.voltage) * above(current, self.model.current);
        let (numerator, denominator) = self.scale;
        let uw = product.checked_mul(numerator).ok_or(Fault::Unexpected)?.div_euclid(denominator);
        let mut reading = Reading {
            power: Power::from_uw(uw),
            counter: None,
            raw: join(voltage, current),
            saturated: voltage >= self.model.full || current >= self.model.full,
        };
        if self.energy.is_some() {
            let block = self.block(READ_EIN)?;
            if let Some(energy) = &mut self.energy {
                reading.power = energy.take(now, block).unwrap_or(reading.power);
                reading.counter = Some(energy.total_uj);
            }
        }
        Ok(reading)
    }
}

/// A fraction in its smallest terms; `None` where they are not above 0 or do
/// not fit.
fn reduce(numerator: i128, denominator: i128) -> Option<(i64, i64)> {
    let (mut a, mut b) = (numerator, denominator);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    let numerator = i64::try_from(numerator.checked_div(a)?).ok()?;
    let denominator = i64::try_from(denominator.checked_div(a)?).ok()?;
    (numerator > 0 && denominator > 0).then_some((numerator, denominator))
}
