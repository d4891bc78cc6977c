//! A shunt with an amplifier on an analogue input.

use wattcast_core::units::{Power, Uptime};

use super::{About, Fault, Reading, Sensor};

/// An analogue input, for which embedded-hal has no trait.
pub trait Analogue {
    /// One conversion, or the mean of some; `None` where it failed.
    fn convert(&mut self) -> Option<u16>;
}

/// How a conversion turns into power.
#[derive(Clone, Copy, Debug)]
pub struct Circuit {
    /// The conversion without current.
    pub zero: u16,
    /// The largest conversion: 4095 of 12 bits.
    pub full: u16,
    /// What the largest conversion stands for, in microvolts.
    pub reference_uv: u32,
    /// The gain of the amplifier.
    pub gain: u16,
    /// The shunt, in µΩ.
    pub shunt_uohm: u32,
    /// The supply of the load in millivolts, which is not measured.
    pub supply_mv: u32,
}

/// A shunt whose load has a supply of known voltage.
#[derive(Debug)]
pub struct AnalogueShunt<A> {
    input: A,
    circuit: Circuit,
}

impl<A: Analogue> AnalogueShunt<A> {
    /// `None` where a full scale, gain or shunt of 0 makes no sense.
    #[must_use]
    pub fn new(input: A, circuit: Circuit) -> Option<Self> {
        if circuit.full == 0 || circuit.gain == 0 || circuit.shunt_uohm == 0 {
            return None;
        }
        Some(Self { input, circuit })
    }
}

impl<A: Analogue> Sensor for AnalogueShunt<A> {
    fn about(&self) -> About {
        About {
            method: "analogue shunt × assumed supply",
            step: Power::from_uw(10_000),
            low_ppm: 900_000,
            high_ppm: 1_100_000,
            counter: None,
        }
    }

    fn start(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn read(&mut self, _: Uptime) -> Result<Reading, Fault> {
        let Circuit { zero, full, reference_uv, gain, shunt_uohm, supply_mv } = self.circuit;
        let conversion = self.input.convert().ok_or(Fault::NoAnswer)?;
        // µV across the shunt over µΩ are amperes; times mV, milliwatts.
        let steps = i128::from(conversion) - i128::from(zero);
        let numerator = steps * i128::from(reference_uv) * i128::from(supply_mv) * 1_000;
        let denominator = i128::from(full) * i128::from(gain) * i128::from(shunt_uohm);
        let uw = numerator.checked_div_euclid(denominator).ok_or(Fault::Unexpected)?;
        Ok(Reading {
            power: Power::from_uw(i64::try_from(uw).map_err(|_| Fault::Unexpected)?),
            counter: None,
            raw: conversion.into(),
            saturated: conversion >= full,
        })
    }
}
