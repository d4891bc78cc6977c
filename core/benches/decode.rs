//! Decodes the records of two weeks as frames, and the same records as plain
//! postcard + COBS without header, checksum, tag or a look at what was lost.
//! Then each kind of record alone. Run with
//! `cargo bench -p wattcast-core --bench decode`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark stops at its mistakes"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use wattcast_core::units::{
    Anchor, Basis, CarbonIntensity, CarbonMass, Money, Power, Pue, Quality, TotalEnergy, Uptime,
    Utc,
};
use wattcast_core::wire::record::{
    Attribute, Boot, BootCause, Channel, Checkpoint, Component, Counts, Event, EventKind, Forecast,
    Intensity, IntensitySource, Kept, Plan, Pricing, Record, Scope, Usage,
};
use wattcast_core::wire::{Decoder, DeviceKey, Encoder, MAX_FRAME, Pack, SamplesPacker};

/// Calls `each` with the checkpoints and, where asked for, the sample batches
/// of `minutes` at 1 Hz.
fn records(minutes: u32, with_samples: bool, mut each: impl FnMut(&Record<'_>)) {
    let mut noise = 1_u32;
    for minute in 0..minutes {
        let start_us = u64::from(minute) * 60_000_000;
        let step = Power::from_uw(1_000);
        let mut packer = SamplesPacker::<180>::new(0, 1_000_000, step).expect("a valid packer");
        for second in 0..60 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let power = Power::from_uw(5_000_000 + i64::from(noise >> 14));
            let at = Uptime::from_us(start_us + second * 1_000_000);
            assert_eq!(packer.push(at, power), Pack::Taken);
        }
        if with_samples {
            each(&Record::Samples(packer.record().expect("sixty samples")));
        }
        each(&Record::Checkpoint(Checkpoint {
            channel: 0,
            uptime: Uptime::from_us(start_us + 60_000_000),
            import: TotalEnergy::from_uj(u128::from(minute + 1) * 300_123_457),
            export: TotalEnergy::ZERO,
            carbon: None,
            cost: None,
            counts: Counts { advanced: (minute + 1) * 60, ..Counts::default() },
        }));
    }
}

/// A record of each kind but samples, as a board or a host sends them.
fn kinds(values: &[u8]) -> [(&'static str, Record<'_>); 12] {
    let (uptime, utc) = (Uptime::from_us(86_400_000_000), Utc::from_us(1_795_176_000_000_000));
    let intensity = CarbonIntensity::from_mg_per_kwh(321_000);
    let (device, firmware, version) = ("bench-7", "wattcast-firmware", "0.1.0");
    [
        ("boot", Record::Boot(Boot { device, firmware, version, cause: BootCause::PowerOn })),
        ("anchor", Record::Anchor(Anchor { uptime, utc, uncertainty_us: 1_500 })),
        (
            "channel",
            Record::Channel(Channel {
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
            }),
        ),
        (
            "checkpoint",
            Record::Checkpoint(Checkpoint {
                channel: 0,
                uptime,
                import: TotalEnergy::from_uj(432_000_123_457),
                export: TotalEnergy::from_uj(250_000),
                carbon: Some(CarbonMass::from_ug(38_520_000)),
                cost: Some(Money::from_micro(36_000)),
                counts: Counts { advanced: 86_400, ..Counts::default() },
            }),
        ),
        (
            "intensity",
            Record::Intensity(Intensity {
                from: utc,
                zone: "DE",
                intensity,
                basis: Basis::LifeCycle,
                source: IntensitySource::Yearly,
                year: 2025,
                name: "Ember",
            }),
        ),
        (
            "forecast",
            Record::Forecast(Forecast {
                zone: "DE",
                from: utc,
                slot_s: 3_600,
                quantile_ppm: 500_000,
                method: "network",
                values,
            }),
        ),
        (
            "plan",
            Record::Plan(Plan {
                zone: "DE",
                start: utc,
                end: utc,
                expected: intensity,
                index: 0,
                of: 2,
            }),
        ),
        (
            "event",
            Record::Event(Event {
                uptime,
                kind: EventKind::Gap,
                channel: Some(0),
                value: 2_500_000,
                text: "the sensor did not answer",
            }),
        ),
        ("attribute", Record::Attribute(Attribute { key: "project", value: "digits", part: 0 })),
        ("pricing", Record::Pricing(Pricing { from: uptime, pue: Pue::ONE, currency: "EUR" })),
        ("usage", Record::Usage(Usage { uptime, cpu_time_us: 43_200_000_000, rss_bytes: 1 << 30 })),
        (
            "kept",
            Record::Kept(Kept {
                channel: 0,
                import: TotalEnergy::from_uj(7_200_000_000_000),
                export: TotalEnergy::ZERO,
                carbon: CarbonMass::from_ug(642_000_000),
                cost: Money::from_micro(600_000),
                without_carbon: TotalEnergy::ZERO,
            }),
        ),
    ]
}

/// One side: its bytes, and what decodes them and counts the records.
type Side<'a> = (&'a str, &'a [u8], fn(&[u8]) -> usize);

/// Prints the best speed of each side. They take turns, so that a busy moment
/// of the machine meets them all.
fn measure(sides: &[Side<'_>], passes: u32) {
    let mut best = vec![(Duration::MAX, 0); sides.len()];
    for _ in 0..passes {
        for ((_, bytes, decode), best) in sides.iter().zip(&mut best) {
            let start = Instant::now();
            let count = black_box(decode(black_box(bytes)));
            *best = (best.0.min(start.elapsed()), count);
        }
    }
    for ((name, bytes, _), (time, count)) in sides.iter().zip(best) {
        let seconds = time.as_secs_f64();
        println!(
            "{name:<28} {count:>6} records {:>8.1} MB/s {:>8.2} million records/s",
            bytes.len() as f64 / seconds / 1e6,
            count as f64 / seconds / 1e6,
        );
    }
}

fn ours(mut bytes: &[u8]) -> usize {
    let mut decoder = Decoder::new();
    let mut count = 0;
    while let Some(outcome) = decoder.decode(&mut bytes) {
        count += usize::from(black_box(outcome).is_ok());
    }
    count
}

fn plain(bytes: &[u8]) -> usize {
    let mut scratch = [0; MAX_FRAME];
    let mut count = 0;
    for frame in bytes.split_inclusive(|&byte| byte == 0) {
        let report = cobs::decode(frame, &mut scratch).expect("stuffed bytes");
        let record = postcard::from_bytes::<Record<'_>>(&scratch[..report.frame_size()]);
        count += usize::from(black_box(record).is_ok());
    }
    count
}

/// Needs bytes that it may overwrite, so it takes a copy.
fn plain_in_place(bytes: &[u8]) -> usize {
    let mut copy = bytes.to_vec();
    let mut rest = copy.as_mut_slice();
    let mut count = 0;
    while !rest.is_empty() {
        let (record, after) = postcard::take_from_bytes_cobs::<Record<'_>>(rest).expect("a record");
        black_box(record);
        count += 1;
        rest = after;
    }
    count
}

/// The same records on each side.
#[derive(Default)]
struct Bytes {
    open: Vec<u8>,
    tagged: Vec<u8>,
    bare: Vec<u8>,
}

impl Bytes {
    /// Of the records that `tell` hands on.
    fn of(tell: impl FnOnce(&mut dyn FnMut(&Record<'_>))) -> Self {
        let mut bytes = Self::default();
        let mut buffer = [0; MAX_FRAME];
        let mut encoder = Encoder::new(1, 0xB007_0001);
        let mut sealer = Encoder::tagged(&DeviceKey::from_bytes([7; 32]), 1, 0xB007_0001);
        tell(&mut |record| {
            bytes.open.extend(encoder.encode(record, &mut buffer).expect("a frame"));
            bytes.tagged.extend(sealer.encode(record, &mut buffer).expect("a frame"));
            bytes.bare.extend(&*postcard::to_slice_cobs(record, &mut buffer).expect("a record"));
        });
        bytes
    }

    fn measure(&self, what: &str, passes: u32) {
        println!("{what}:");
        let sides: [Side<'_>; 4] = [
            ("wattcast", &self.open, ours),
            ("wattcast, tagged", &self.tagged, ours),
            ("postcard + cobs", &self.bare, plain),
            ("postcard + cobs, in place", &self.bare, plain_in_place),
        ];
        measure(&sides, passes);
    }
}

fn main() {
    for (what, with_samples) in [("checkpoints", false), ("samples and checkpoints", true)] {
        Bytes::of(|each| records(20_000, with_samples, each)).measure(what, 100);
    }
    let values: Vec<u8> =
        (0..96_u32).flat_map(|hour| (250_000 + 999 * hour).to_le_bytes()).collect();
    for (kind, record) in kinds(&values) {
        Bytes::of(|each| (0..5_000).for_each(|_| each(&record))).measure(kind, 40);
    }
}
