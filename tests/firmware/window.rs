//! A planner whose memory is too small for so many pauses plans without one.

use wattcast_core::units::{Power, Pue, Uptime, Utc};
use wattcast_core::wire::command::{SetJob, SetZone};
use wattcast_core::wire::record::EventKind;
use wattcast_core::wire::{Command, Decoder, Record};
use wattcast_firmware::keep::Forgetful;
use wattcast_firmware::planning::{Memory, Planner};
use wattcast_firmware::sensor::ina226::Ina226;
use wattcast_firmware::{App, Channel, Settings};
use wattcast_sim::board::SimBoard;
use wattcast_sim::clock::World;
use wattcast_sim::day::SHUNT_UOHM;
use wattcast_sim::ina226::{ADDRESS, Bus};
use wattcast_sim::programs::{BOOT, FACTORS};

use crate::commands::{Capture, INFO, Sender};
use crate::settings::{history, time};

const HOUR_US: u64 = 3_600_000_000;

#[test]
fn the_best_unbroken_hours_are_planned_and_run() {
    let place = Command::Zone(SetZone { zone: "DE", offset_min: 60, factor: None, pue: Pue::ONE });
    let job = SetJob {
        run_s: 6 * 3_600,
        power: Power::from_uw(120_000_000),
        deadline: Some(Utc::from_us(BOOT.as_us() + 34 * HOUR_US)),
        max_pauses: Some(20),
        ..SetJob::default()
    };
    let commands = [place].into_iter().chain(history(0)).chain([time(0), Command::Job(job)]);
    let (world, capture) = (World::new(), Capture::default());
    let mut sensor = Ina226::new(Bus::new(&world), ADDRESS, SHUNT_UOHM);
    let settings = Settings { sample_us: 60_000_000, ..Settings::default() };
    let channels = [Channel::new(0, INFO, &mut sensor, settings.sample_us)];
    let sender = Sender { commands: commands.collect(), sent: 0 };
    let board = SimBoard::new(&world, capture.clone(), sender, |_| {});
    let mut memory = Memory::<32>::new();
    let planner = Planner::new(&mut memory, None);
    let mut app = App::start(board, Forgetful, planner, channels, FACTORS, settings);
    app.run_until(Uptime::from_us(40 * HOUR_US));
    app.finish();

    let told = capture.0.borrow();
    let (mut decoder, mut rest) = (Decoder::new(), told.as_slice());
    let (mut expected, mut first, mut switched) = (Vec::new(), None, Vec::new());
    while let Some(frame) = decoder.decode(&mut rest) {
        match frame.unwrap().record.unwrap() {
            Record::Forecast(it) if it.quantile_ppm == 500_000 && first.is_none() => {
                let hours = it.values.as_chunks().0.iter().map(|mg| u32::from_le_bytes(*mg));
                expected = hours.map(u64::from).take(34).collect();
            }
            Record::Plan(it) if first.is_none() => {
                assert_eq!(it.of, 1, "a break is planned");
                let length_us = it.end.as_us() - it.start.as_us();
                first = Some((it.expected.as_mg_per_kwh(), length_us));
            }
            Record::Event(it) if it.kind == EventKind::Switched => {
                switched.push((it.uptime.as_us(), it.value));
            }
            _ => {}
        }
    }
    let (mg, length_us) = first.expect("a plan");
    assert_eq!(length_us, 6 * HOUR_US);
    // The first hour has begun.
    let best = expected[1..].windows(6).map(|hours| hours.iter().sum::<u64>() / 6).min().unwrap();
    assert!(u64::from(mg) <= best, "planned at {mg} mg/kWh, where {best} can be had");
    // It runs; of the little that is left at the end a part may be put off.
    let ran = switched.windows(2).filter(|pair| pair[0].1 == 1);
    let ran_us: u64 = ran.map(|pair| pair[1].0 - pair[0].0).sum();
    assert!((6 * HOUR_US..6 * HOUR_US + 120_000_000).contains(&ran_us), "{switched:?}");
}
