//! What a board answers to commands, and how it prices what it metered before
//! it knew its zone.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use embedded_io::{ErrorType, Write};
use wattcast_core::units::{Basis, CarbonIntensity, Pue, Uptime, Utc};
use wattcast_core::wire::command::{
    Ask, GivenFactor, SetHistory, SetJob, SetTariff, SetTime, SetZone,
};
use wattcast_core::wire::record::{Component, Event, EventKind};
use wattcast_core::wire::{Command, Decoder, Record};
use wattcast_firmware::keep::Forgetful;
use wattcast_firmware::planning::MeterOnly;
use wattcast_firmware::sensor::ina226::Ina226;
use wattcast_firmware::{App, Channel, ChannelInfo, Settings};
use wattcast_sim::board::SimBoard;
use wattcast_sim::clock::World;
use wattcast_sim::day::SHUNT_UOHM;
use wattcast_sim::ina226::{ADDRESS, Bus};
use wattcast_sim::line::Script;
use wattcast_sim::programs::FACTORS;

#[derive(Clone, Default)]
pub(crate) struct Capture(pub(crate) Rc<RefCell<Vec<u8>>>);

impl ErrorType for Capture {
    type Error = Infallible;
}

impl Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        self.0.borrow_mut().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

pub(crate) const INFO: ChannelInfo =
    ChannelInfo { name: "load", component: Component::Load, counted: true, stuck_after: 0 };

/// One command each ten seconds, from the hundredth on.
pub(crate) struct Sender {
    pub(crate) commands: Vec<Command<'static>>,
    pub(crate) sent: usize,
}

impl Script for Sender {
    fn next<'b>(&mut self, now_us: u64, _: &'b mut [u8; 192]) -> Option<Command<'b>> {
        let due = (self.sent as u64 + 10) * 10_000_000;
        let command = self.commands.get(self.sent).filter(|_| now_us >= due)?.clone();
        self.sent += 1;
        Some(command)
    }
}

/// Ten minutes of metering with these commands; what the board told.
fn told(commands: Vec<Command<'static>>, mut each: impl FnMut(Record<'_>)) {
    let (world, capture) = (World::new(), Capture::default());
    let mut sensor = Ina226::new(Bus::new(&world), ADDRESS, SHUNT_UOHM);
    let settings = Settings::default();
    let channels = [Channel::new(0, INFO, &mut sensor, settings.sample_us)];
    let board = SimBoard::new(&world, capture.clone(), Sender { commands, sent: 0 }, |_| {});
    let mut app = App::start(board, Forgetful, MeterOnly, channels, FACTORS, settings);
    app.run_until(Uptime::from_us(600_000_000));
    app.finish();
    let bytes = capture.0.borrow();
    let (mut decoder, mut rest) = (Decoder::new(), bytes.as_slice());
    while let Some(frame) = decoder.decode(&mut rest) {
        each(frame.unwrap().record.unwrap());
    }
}

fn zone(zone: &'static str, factor: Option<GivenFactor>) -> Command<'static> {
    Command::Zone(SetZone { zone, offset_min: 60, factor, pue: Pue::ONE })
}

fn direct(grams: u32) -> Option<GivenFactor> {
    let intensity = CarbonIntensity::from_mg_per_kwh(grams * 1_000);
    Some(GivenFactor { intensity, basis: Basis::Direct })
}

#[test]
fn each_command_is_accepted_or_refused_by_its_number() {
    let commands = vec![
        zone("XX", None),
        zone("FR", None),
        zone("FR", direct(100)),
        Command::Time(SetTime { utc: Utc::from_us(1_795_176_000_000_000), uncertainty_us: 9 }),
        Command::Tariff(SetTariff {
            currency: "EUR",
            rates: &[1, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0],
        }),
        Command::History(SetHistory { from: Utc::ZERO, values: &[] }),
        Command::Job(SetJob { run_s: 1, ..SetJob::default() }),
        Command::Ask(Ask::SelfTest),
    ];
    let mut answers = Vec::new();
    told(commands, |record| match record {
        Record::Event(Event { kind: EventKind::Accepted, value, .. }) => {
            answers.push((value, String::new()));
        }
        Record::Event(Event { kind: EventKind::Refused, value, text, .. }) => {
            answers.push((value, text.to_owned()));
        }
        Record::Event(Event { kind: EventKind::SelfTest, value, .. }) => assert_eq!(value, 0),
        _ => {}
    });
    let expected = [
        "no factor of this zone is known here; give one",
        "",
        "the totals count another basis; life-cycle and direct never mix",
        "",
        "the rates must cover each minute of the day once",
        "this firmware does not forecast",
        "this firmware does not plan",
        "",
    ];
    for (number, text) in (0..).zip(expected) {
        assert_eq!(answers[number as usize], (number, text.to_owned()));
    }
    assert_eq!(answers.len(), expected.len());
}

#[test]
fn energy_from_before_the_zone_was_known_is_priced_when_it_is() {
    let mut last = None;
    told(vec![zone("PL", direct(500))], |record| {
        if let Record::Checkpoint(point) = record {
            last = Some(point);
        }
    });
    let last = last.unwrap();
    let uj = last.import.as_uj();
    assert!(uj > 0);
    // µg = µJ × 500,000 mg/kWh / 3.6e9, all of it, rounded down once.
    assert_eq!(last.carbon.unwrap().as_ug(), u64::try_from(uj * 500_000 / 3_600_000_000).unwrap());
}
