//! Decodes the records of two weeks as frames, and the same records as plain
//! postcard + COBS without header, checksum, tag or a look at what was lost.
//! Run with `cargo bench -p wattcast-core --bench decode`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark stops at its mistakes"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use wattcast_core::units::{Power, TotalEnergy, Uptime};
use wattcast_core::wire::record::{Checkpoint, Counts, Record};
use wattcast_core::wire::{Decoder, DeviceKey, Encoder, MAX_FRAME, Pack, SamplesPacker};

const PASSES: u32 = 100;

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

/// One side: its bytes, and what decodes them and counts the records.
type Side<'a> = (&'a str, &'a [u8], fn(&[u8]) -> usize);

/// Prints the best speed of each side. They take turns, so that a busy moment
/// of the machine meets them all.
fn measure(sides: &[Side<'_>]) {
    let mut best = vec![(Duration::MAX, 0); sides.len()];
    for _ in 0..PASSES {
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

fn main() {
    for (what, with_samples) in [("checkpoints", false), ("samples and checkpoints", true)] {
        let mut buffer = [0; MAX_FRAME];
        let (mut open, mut tagged, mut bare) = (Vec::new(), Vec::new(), Vec::new());
        let mut encoder = Encoder::new(1, 0xB007_0001);
        let mut sealer = Encoder::tagged(&DeviceKey::from_bytes([7; 32]), 1, 0xB007_0001);
        records(20_000, with_samples, |record| {
            open.extend(encoder.encode(record, &mut buffer).expect("a frame"));
            tagged.extend(sealer.encode(record, &mut buffer).expect("a frame"));
            bare.extend(&*postcard::to_slice_cobs(record, &mut buffer).expect("a record"));
        });
        println!("{what}:");
        measure(&[
            ("wattcast", &open, ours),
            ("wattcast, tagged", &tagged, ours),
            ("postcard + cobs", &bare, plain),
            ("postcard + cobs, in place", &bare, plain_in_place),
        ]);
    }
}
