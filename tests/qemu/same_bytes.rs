//! The same application on the same simulated sensor: the host's bytes are the
//! golden ones, and each machine's are the host's.
//!
//! `UPDATE_EXPECT=1` rewrites the golden files.

use std::convert::Infallible;
use std::env;
use std::fs;

use embedded_io::{ErrorType, Write};
use wattcast_core::forecast::Model;
use wattcast_core::units::Uptime;
use wattcast_core::wire::record::EventKind;
use wattcast_core::wire::{Decoder, Record};
use wattcast_sim::day::{SHUNT_UOHM, registers};
use wattcast_sim::programs::{self, PlannerMemory};

use crate::describe::describe;
use crate::machine::{Machine, fixture, output};

#[derive(Default)]
struct Capture(Vec<u8>);

impl ErrorType for Capture {
    type Error = Infallible;
}

impl Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.0.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn expect(name: &str, capture: &[u8]) {
    let path = fixture(name).with_extension("expected");
    let found = describe(capture);
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    for (number, (found, expected)) in (1..).zip(found.lines().zip(expected.lines())) {
        assert_eq!(found, expected, "{name}.expected, line {number}");
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{name}.expected");
}

fn expect_on_each_machine(name: &str, host: &[u8]) {
    for machine in Machine::ALL {
        if let Some([frames, _, _]) = output(machine, name) {
            assert!(frames == host, "{machine:?} writes other bytes than the host");
        }
    }
}

#[test]
fn a_day_of_metering() {
    let mut host = Capture::default();
    programs::day(&mut host, 24);
    expect("day", &host.0);
    let (import, export) = by_hand();
    let last = last_totals(&host.0);
    assert_eq!(last, (import, export), "the meter against the sum by hand");
    let per_sample = host.0.len() as f64 / 86_400.0;
    assert!(per_sample <= 4.0, "{per_sample} bytes a sample");
    expect_on_each_machine("day", &host.0);
}

#[test]
fn a_day_and_a_half_of_forecasts_and_a_plan() {
    let model = Model::load(wattcast_models::HISTORY).unwrap();
    let mut host = Capture::default();
    programs::planned(&mut host, &mut PlannerMemory::new(), Some(&model));
    // No golden file: other weights would change it. What matters is here.
    let story = describe(&host.0);
    assert!(story.contains("500000 ppm, network"), "{story}");
    assert!(!story.contains("Refused") && !story.contains("Warning"), "{story}");
    let on_s: u64 = switched(&host.0).chunks(2).map(|pair| pair[1].0 - pair[0].0).sum();
    assert!((6 * 3_600..6 * 3_600 + 120).contains(&on_s), "the load ran {on_s} s\n{story}");
    expect_on_each_machine("planned", &host.0);
}

/// When the load was switched on and off again, in seconds.
fn switched(capture: &[u8]) -> Vec<(u64, bool)> {
    let mut decoder = Decoder::new();
    let mut bytes = capture;
    let mut found = Vec::new();
    while let Some(frame) = decoder.decode(&mut bytes) {
        if let Ok(Record::Event(event)) = frame.unwrap().record
            && event.kind == EventKind::Switched
        {
            found.push((event.uptime.as_us() / 1_000_000, event.value == 1));
        }
    }
    let first_on = found.iter().position(|(_, on)| *on).unwrap();
    let cycles = found.split_off(first_on);
    assert!(cycles.windows(2).all(|pair| pair[0].1 != pair[1].1), "{cycles:?}");
    cycles
}

fn last_totals(capture: &[u8]) -> (u128, u128) {
    let mut decoder = Decoder::new();
    let mut bytes = capture;
    let mut last = (0, 0);
    while let Some(frame) = decoder.decode(&mut bytes) {
        if let Ok(Record::Checkpoint(point)) = frame.unwrap().record {
            last = (point.import.as_uj(), point.export.as_uj());
        }
    }
    last
}

/// The day's energy in exact arithmetic of its own: straight lines between the
/// good samples, none across a gap, either side of zero apart.
fn by_hand() -> (u128, u128) {
    let mut last: Option<(u64, i128)> = None;
    // Twice the area in µW·µs, as exact as the crossings let it be.
    let (mut above, mut below) = (0_i128, 0_i128);
    let mut repeats = 0;
    let mut before = (0, 0);
    for second in 0..86_400_u64 {
        let at = Uptime::from_us(second * 1_000_000).as_us();
        let Some((shunt, bus)) = registers(at, false) else { continue };
        repeats = if (shunt, bus) == before { repeats + 1 } else { 0 };
        before = (shunt, bus);
        if repeats >= 600 || shunt == i16::MAX {
            continue;
        }
        let power = (i128::from(shunt) * i128::from(bus) * 3_125).div_euclid(SHUNT_UOHM.into());
        if let Some((since, from)) = last.filter(|(since, _)| at - since <= 3_000_000) {
            let dt = i128::from(at - since);
            let net = (from + power) * dt;
            if from.signum() * power.signum() < 0 {
                let high = from.max(power);
                let area = high * high * dt / (high - from.min(power));
                above += area;
                below += area - net;
            } else {
                above += net.max(0);
                below += (-net).max(0);
            }
        }
        last = Some((at, power));
    }
    ((above / 2_000_000).unsigned_abs(), (below / 2_000_000).unsigned_abs())
}
