//! A board that draws five watts, and tells of it each second.

use wattcast_core::units::{Anchor, Power, Quality, TotalEnergy, Uptime, Utc};
use wattcast_core::wire::record::{
    Boot, BootCause, Channel, Checkpoint, Component, Counts, Event, EventKind, Scope,
};
use wattcast_core::wire::{DeviceKey, Encoder, MAX_FRAME, Pack, Ratchet, Record, SamplesPacker};

/// Microjoules that the board draws in a second.
pub(super) const A_SECOND_UJ: u64 = 5_000_000;
/// 2026-09-21T14:13:20Z.
const START_US: u64 = 1_790_000_000_000_000;

pub(super) enum Sealer {
    Open(Encoder),
    Tagged(Box<Encoder<Ratchet>>),
}

pub(super) struct Board {
    sealer: Sealer,
    /// The frames told so far, each with its delimiter.
    pub(super) frames: Vec<Vec<u8>>,
    seconds: u64,
}

impl Board {
    pub(super) fn new(name: &str, boot: u32, key: Option<&DeviceKey>) -> Self {
        let sealer = match key {
            None => Sealer::Open(Encoder::new(0, boot)),
            Some(key) => Sealer::Tagged(Box::new(Encoder::tagged(key, 0, boot))),
        };
        let mut board = Self { sealer, frames: Vec::new(), seconds: 0 };
        board.push(&Record::Boot(Boot {
            device: name,
            firmware: "wattcast-firmware",
            version: "0.1.0",
            cause: BootCause::PowerOn,
        }));
        board.push(&Record::Channel(Channel {
            id: 0,
            name: "load",
            component: Component::Load,
            scope: Scope::Machine,
            quality: Quality::Measured,
            method: "INA226, 2 mΩ shunt",
            resolution_uj: 500,
            low_ppm: 990_000,
            high_ppm: 1_010_000,
            counted: true,
        }));
        board
    }

    /// Tells what time it is.
    pub(super) fn anchored(mut self) -> Self {
        self.push(&Record::Anchor(Anchor {
            uptime: Uptime::ZERO,
            utc: Utc::from_us(START_US),
            uncertainty_us: 1_000,
        }));
        self
    }

    pub(super) fn push(&mut self, record: &Record<'_>) {
        let mut buffer = [0; MAX_FRAME];
        let frame = match &mut self.sealer {
            Sealer::Open(encoder) => encoder.encode(record, &mut buffer),
            Sealer::Tagged(encoder) => encoder.encode(record, &mut buffer),
        };
        self.frames.push(frame.unwrap().to_vec());
    }

    /// Runs for so many seconds more.
    pub(super) fn run(mut self, seconds: u64) -> Self {
        for _ in 0..seconds {
            self.second();
        }
        self
    }

    pub(super) fn second(&mut self) {
        let start = Uptime::from_us(self.seconds * 1_000_000);
        let mut packer = SamplesPacker::<16>::new(0, 500_000, Power::from_uw(1_000)).unwrap();
        for half in [0, 500_000] {
            let at = start.checked_add(Uptime::from_us(half)).unwrap();
            assert_eq!(packer.push(at, Power::from_uw(5_000_000)), Pack::Taken);
        }
        self.push(&Record::Samples(packer.record().unwrap()));
        self.seconds += 1;
        self.push(&Record::Checkpoint(Checkpoint {
            channel: 0,
            uptime: Uptime::from_us(self.seconds * 1_000_000),
            import: TotalEnergy::from_uj(u128::from(self.seconds * A_SECOND_UJ)),
            export: TotalEnergy::ZERO,
            carbon: None,
            cost: None,
            counts: Counts::default(),
        }));
    }

    /// Answers the command of a number.
    pub(super) fn answer(&mut self, sequence: u32, refusal: Option<&str>) {
        self.push(&Record::Event(Event {
            uptime: Uptime::from_us(self.seconds * 1_000_000),
            kind: if refusal.is_some() { EventKind::Refused } else { EventKind::Accepted },
            channel: None,
            value: sequence.into(),
            text: refusal.unwrap_or(""),
        }));
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.frames.concat()
    }
}
