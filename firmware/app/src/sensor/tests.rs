//! Each driver against its sensor's datasheet, transfer by transfer.

extern crate std;

use embedded_hal::i2c::{ErrorKind, NoAcknowledgeSource};
use embedded_hal_mock::eh1::i2c::{Mock, Transaction as T};
use std::vec;
use std::vec::Vec;
use wattcast_core::units::{Power, Uptime};

use super::ina219::Ina219;
use super::ina226::Ina226;
use super::ina228::Ina228;
use super::ina260::Ina260;
use super::ina3221::{Ina3221, Input};
use super::pmbus::{ADM1272, Pmbus};
use super::pulse::{PulseMeter, Pulses};
use super::shunt::{Analogue, AnalogueShunt, Circuit};
use super::*;

const NOW: Uptime = Uptime::ZERO;

fn ask(address: u8, register: u8, answer: &[u8]) -> T {
    T::write_read(address, vec![register], answer.to_vec())
}

/// Runs `use_it` on a bus that expects these transfers and no others.
fn on_bus<R>(transfers: &[T], use_it: impl FnOnce(Mock) -> R) -> R {
    let mut bus = Mock::new(transfers);
    let result = use_it(bus.clone());
    bus.done();
    result
}

#[test]
fn ina226_multiplies_shunt_and_bus_voltage() {
    // Table 4 of the datasheet: 20 mV across 2 mΩ are 10 A, at 11.98 V.
    let mut transfers = vec![T::write(0x40, vec![0x00, 0x45, 0x27])];
    for shunt in [[0x1F, 0x40], [0xE0, 0xC0], [0x7F, 0xFF]] {
        // The crate points at a register and reads it, in two transfers.
        for (register, answer) in [(0x01, shunt), (0x02, [0x25, 0x70])] {
            transfers.push(T::write(0x40, vec![register]));
            transfers.push(T::read(0x40, answer.to_vec()));
        }
    }
    let [import, export, short] = on_bus(&transfers, |bus| {
        let mut sensor = Ina226::new(bus, 0x40, 2_000);
        sensor.start().unwrap();
        [(); 3].map(|()| sensor.read(NOW).unwrap())
    });
    assert_eq!(import.power, Power::from_uw(119_800_000));
    assert_eq!(export.power, Power::from_uw(-119_800_000));
    assert!(!import.saturated && short.saturated);
}

#[test]
fn ina219_multiplies_shunt_and_bus_voltage() {
    // Table 7 of the datasheet: 20 mV across 2 mΩ, 11.98 V.
    let transfers = [
        T::write(0x40, vec![0x00, 0x3E, 0xEF]),
        ask(0x40, 0x02, &[0x5D, 0x98]),
        ask(0x40, 0x01, &[0x07, 0xD0]),
    ];
    let reading = on_bus(&transfers, |bus| {
        let address = ::ina219::address::Address::from_byte(0x40).unwrap();
        let mut sensor = Ina219::new(bus, address, 2_000);
        sensor.start().unwrap();
        sensor.read(NOW).unwrap()
    });
    // 2995 steps of 4 mV are 11.98 V.
    assert_eq!(reading.power, Power::from_uw(119_800_000));
    assert!(!reading.saturated);
}

#[test]
fn ina228_gives_the_very_counts_of_its_energy_register() {
    for counts in [0_u64, 1, 1_000_003, (1 << 40) - 1] {
        let energy = counts.to_be_bytes();
        let transfers = [
            // SHUNT_CAL = 13107.2e6 × 2^-15 A × 2 mΩ = 800.
            ask(0x40, 0x00, &[0x00, 0x00]),
            T::write(0x40, vec![0x00, 0x00, 0x00]),
            T::write(0x40, vec![0x02, 0x03, 0x20]),
            T::write(0x40, vec![0x01, 0xFB, 0x6A]),
            ask(0x40, 0x08, &[0x01, 0x00, 0x00]),
            ask(0x40, 0x09, &energy[3..]),
            ask(0x40, 0x0B, &[0x00, 0x02]),
        ];
        let (about, reading) = on_bus(&transfers, |bus| {
            let mut sensor = Ina228::new(bus, 0x40, 2_000, 10).unwrap();
            sensor.start().unwrap();
            (sensor.about(), sensor.read(NOW).unwrap())
        });
        assert_eq!(reading.counter, Some(counts));
        // 16 A in 2^19 steps: 2^-15 A. 65536 × 3.2 × 2^-15 are 6.4 W.
        assert_eq!(reading.power, Power::from_uw(6_400_000));
        let (spec, _) = about.counter.unwrap();
        assert_eq!((spec.uj_per_count(), spec.range()), ((51_200_000, 1 << 15), Some(1 << 40)));
    }
    let bus = || Mock::new(&[]);
    for (address, shunt, most) in [(0x20, 2_000, 10), (0x40, 0, 10), (0x40, 20_000, 10)] {
        let mut unused = bus();
        assert!(Ina228::new(unused.clone(), address, shunt, most).is_none());
        unused.done();
    }
}

#[test]
fn ina260_knows_its_own_kind_and_its_shunt() {
    let transfers = [
        ask(0x40, 0xFE, &[0x54, 0x49]),
        ask(0x40, 0xFF, &[0x22, 0x70]),
        T::write(0x40, vec![0x00, 0x65, 0x27]),
        // Section 8.6: 1.25 mA and 1.25 mV a step: 10 A at 12 V.
        ask(0x40, 0x01, &[0x1F, 0x40]),
        ask(0x40, 0x02, &[0x25, 0x80]),
        // Something else at its address.
        ask(0x40, 0xFE, &[0x54, 0x49]),
        ask(0x40, 0xFF, &[0x22, 0x60]),
    ];
    on_bus(&transfers, |bus| {
        let mut sensor = Ina260::new(bus, 0x40);
        sensor.start().unwrap();
        assert_eq!(sensor.read(NOW).unwrap().power, Power::from_uw(120_000_000));
        assert_eq!(sensor.start(), Err(Fault::Unexpected));
    });
}

#[test]
fn ina3221_reads_the_input_asked_for() {
    // Section 8.6: 40 µV and 8 mV a step, three bits to the left. 80 mV across
    // 10 mΩ are 8 A, at 10 V.
    let shunt = (2_000_u16 << 3).to_be_bytes();
    let bus_voltage = (1_250_u16 << 3).to_be_bytes();
    let mut transfers = vec![
        ask(0x41, 0xFE, &[0x54, 0x49]),
        ask(0x41, 0xFF, &[0x32, 0x20]),
        T::write(0x41, vec![0x00, 0x75, 0x27]),
    ];
    for (shunt_at, bus_at) in [(1, 2), (3, 4), (5, 6)] {
        transfers.extend([ask(0x41, shunt_at, &shunt), ask(0x41, bus_at, &bus_voltage)]);
    }
    // -40 µV, then the end of the scale.
    transfers.extend([ask(0x41, 1, &[0xFF, 0xF8]), ask(0x41, 2, &bus_voltage)]);
    transfers.extend([ask(0x41, 1, &[0x7F, 0xF8]), ask(0x41, 2, &bus_voltage)]);
    on_bus(&transfers, |bus| {
        let at = |input| Ina3221::new(bus.clone(), 0x41, input, 10_000);
        at(Input::One).start().unwrap();
        for input in [Input::One, Input::Two, Input::Three] {
            assert_eq!(at(input).read(NOW).unwrap().power, Power::from_uw(80_000_000));
        }
        assert_eq!(at(Input::One).read(NOW).unwrap().power, Power::from_uw(-40_000));
        assert!(at(Input::One).read(NOW).unwrap().saturated);
    });
}

#[test]
fn pmbus_reads_whole_blocks_and_means_of_its_accumulator() {
    let ein = |sum: u32, samples: u32| {
        let [s0, s1, ..] = (sum & 0x7FFF).to_le_bytes();
        let [n0, n1, n2, _] = samples.to_le_bytes();
        let over = u8::try_from(sum >> 15 & 0xFF).unwrap();
        [6, s0, s1, over, n0, n1, n2]
    };
    let mut transfers =
        vec![ask(0x10, 0x99, &[3, b'A', b'D', b'I']), T::write(0x10, vec![0xD4, 0x37, 0x3F])];
    // Half scale for a second, over a rollover of the sum: 50 samples of 2000.
    for (sum, samples) in [(0x7F_0000, 0xFF_FFF0), (0x7F_0000 + 100_000, 0xFF_FFF0 + 50)] {
        transfers.extend([
            ask(0x10, 0x88, &2_000_u16.to_le_bytes()),
            ask(0x10, 0x8C, &3_000_u16.to_le_bytes()),
            ask(0x10, 0x86, &ein(sum & 0x7F_FFFF, samples & 0xFF_FFFF)),
        ]);
    }
    on_bus(&transfers, |bus| {
        let most = Power::from_uw(5_000_000_000);
        let sensor = Pmbus::new(bus, 0x10, ADM1272, 1_000).unwrap();
        let mut sensor = sensor.with_energy(1_000, most).unwrap();
        sensor.start().unwrap();
        let first = sensor.read(NOW).unwrap();
        // 2000 × 100 / 4062 V, (3000 × 10 - 20480) / 663 A.
        let uw = 2_000 * 100 * (30_000 - 20_480) * 1_000_000_i64 / (4_062 * 663);
        assert_eq!((first.power, first.counter), (Power::from_uw(uw), Some(0)));
        let second = sensor.read(Uptime::from_us(1_000_000)).unwrap();
        // 2000 × 1000 / 10535 W, for a second.
        assert_eq!(second.power, Power::from_uw(189_843_379));
        assert_eq!(second.counter, Some(189_843_379));
    });
}

#[test]
fn a_bus_error_is_a_fault_of_every_sensor_and_no_reading() {
    let error = ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address);
    let fails = |use_it: &dyn Fn(Mock) -> Result<Reading, Fault>, register, bytes: usize| {
        let transfer = ask(0x40, register, &vec![0; bytes]).with_error(error);
        on_bus(&[transfer], |bus| assert_eq!(use_it(bus), Err(Fault::NoAnswer)));
    };
    let address = ::ina219::address::Address::from_byte(0x40).unwrap();
    fails(&|bus| Ina219::new(bus, address, 2_000).read(NOW), 0x02, 2);
    fails(&|bus| Ina260::new(bus, 0x40).read(NOW), 0x01, 2);
    fails(&|bus| Ina3221::new(bus, 0x40, Input::One, 2_000).read(NOW), 0x01, 2);
    fails(&|bus| Pmbus::new(bus, 0x40, ADM1272, 300).unwrap().read(NOW), 0x88, 2);
    let transfer = T::write(0x40, vec![0x01]).with_error(error);
    on_bus(&[transfer], |bus| {
        assert_eq!(Ina226::new(bus, 0x40, 2_000).read(NOW), Err(Fault::NoAnswer));
    });
}

struct Counted(Vec<u32>);

impl Pulses for Counted {
    fn count(&mut self) -> u32 {
        self.0.remove(0)
    }
}

#[test]
fn pulses_are_energy_and_power_the_mean_between_two_readings() {
    let most = Power::from_uw(25_000_000_000);
    let mut meter = PulseMeter::new(Counted(vec![u32::MAX, 9]), 1_000, most).unwrap();
    meter.read(NOW).unwrap();
    let reading = meter.read(Uptime::from_us(36_000_000)).unwrap();
    // Ten watt-hours in 36 s.
    assert_eq!(reading.power, Power::from_uw(1_000_000_000));
    let (spec, _) = meter.about().counter.unwrap();
    assert_eq!(spec.uj_per_count(), (3_600_000_000, 1_000));
    assert!(PulseMeter::new(Counted(vec![]), 0, most).is_none());
}

struct Converted(Option<u16>);

impl Analogue for Converted {
    fn convert(&mut self) -> Option<u16> {
        self.0
    }
}

#[test]
fn an_analogue_shunt_takes_its_supply_as_given() {
    let circuit = Circuit {
        zero: 0,
        full: 4_095,
        reference_uv: 3_300_000,
        gain: 100,
        shunt_uohm: 10_000,
        supply_mv: 12_000,
    };
    let read = |conversion| AnalogueShunt::new(Converted(conversion), circuit).unwrap().read(NOW);
    // Full scale is 33 mV across 10 mΩ: 3.3 A at 12 V.
    let full = read(Some(4_095)).unwrap();
    assert_eq!((full.power, full.saturated), (Power::from_uw(39_600_000), true));
    assert_eq!(read(None), Err(Fault::NoAnswer));
    let none = Circuit { gain: 0, ..circuit };
    assert!(AnalogueShunt::new(Converted(None), none).is_none());
}
