extern crate std;

use proptest::prelude::*;
use std::vec::Vec;

use super::super::frame::{Encoder, MAX_FRAME};
use super::super::record::{Checkpoint, Record};
use super::super::tag::DeviceKey;
use super::*;
use crate::meter::Counts;
use crate::units::TotalEnergy;

fn power() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => 0..10_000_000_i64,
        1 => any::<i64>(),
        1 => prop::sample::select(&[i64::MIN, i64::MAX, 0, -1][..]),
    ]
}

/// Packs everything, starting a new batch whenever one is full.
fn pack<const N: usize>(
    packer: &mut SamplesPacker<N>,
    samples: &[(Uptime, Power)],
    mut batch: impl FnMut(Samples<'_>),
) {
    for &(at, power) in samples {
        if packer.push(at, power) == Pack::Full {
            batch(packer.record().unwrap());
            packer.clear();
            assert_eq!(packer.push(at, power), Pack::Taken);
        }
    }
    packer.record().into_iter().for_each(batch);
    packer.clear();
}

proptest! {
    #[test]
    fn unpacks_to_within_half_a_step(
        powers in prop::collection::vec(power(), 1..300),
        step in prop_oneof![Just(1), 1..100_000_i64, Just(i64::MAX)],
        period_us in 1..=u32::MAX,
        start in 0..u64::MAX / 4,
    ) {
        let samples: Vec<_> = (0..)
            .zip(&powers)
            .map(|(turn, &uw)| {
                (Uptime::from_us(start + turn * u64::from(period_us)), Power::from_uw(uw))
            })
            .collect();
        let mut packer = SamplesPacker::<100>::new(3, period_us, Power::from_uw(step)).unwrap();
        let mut unpacked = Vec::new();
        pack(&mut packer, &samples, |batch| {
            let read = batch.iter().unwrap();
            assert_eq!(read.len(), usize::from(batch.count));
            unpacked.extend(read);
        });
        prop_assert_eq!(unpacked.len(), samples.len());
        for (&(at, power), &(read_at, read)) in samples.iter().zip(&unpacked) {
            prop_assert_eq!(at, read_at);
            prop_assert!(power.as_uw().abs_diff(read.as_uw()) <= step.unsigned_abs().div_ceil(2));
        }
    }

    #[test]
    fn hostile_batches_give_an_error_or_all_their_samples(
        deltas in prop::collection::vec(any::<u8>(), 0..40),
        numbers in any::<(u64, u32, i64, i64)>(),
        count in 0..50_u16,
    ) {
        let (start, period_us, first, step) = numbers;
        let batch = Samples {
            channel: 0,
            start: Uptime::from_us(start),
            period_us,
            count,
            first: Power::from_uw(first),
            step: Power::from_uw(step),
            deltas: &deltas,
        };
        if let Ok(samples) = batch.iter() {
            prop_assert_eq!(samples.count(), usize::from(count));
        }
    }

    #[test]
    fn varints_are_those_of_postcard(value in any::<i64>()) {
        let (bytes, len) = varint(zigzag(value));
        let mut buffer = [0; 10];
        prop_assert_eq!(&bytes[..len], &*postcard::to_slice(&value, &mut buffer).unwrap());
        let (read, rest) = read_varint(&bytes[..len]).unwrap();
        prop_assert_eq!((unzigzag(read), rest.len()), (value, 0));
    }
}

#[test]
fn refuses_a_batch_that_does_not_match_its_count() {
    let good = Samples {
        channel: 0,
        start: Uptime::ZERO,
        period_us: 1,
        count: 3,
        first: Power::ZERO,
        step: Power::from_uw(1),
        deltas: &[2, 4],
    };
    assert_eq!(good.iter().unwrap().last(), Some((Uptime::from_us(2), Power::from_uw(3))));
    let malformed = Some(SamplesError::Malformed);
    assert_eq!(Samples { count: 2, ..good.clone() }.iter().err(), malformed, "bytes left over");
    assert_eq!(Samples { count: 4, ..good.clone() }.iter().err(), malformed, "one missing");
    assert_eq!(Samples { deltas: &[2, 0x84], ..good.clone() }.iter().err(), malformed, "cut");
    assert_eq!(Samples { period_us: 0, ..good.clone() }.iter().err(), malformed);
    let late = Samples { start: Uptime::MAX, ..good.clone() };
    assert_eq!(late.iter().err(), Some(SamplesError::OutOfRange));
    let strong = Samples { first: Power::MAX, ..good };
    assert_eq!(strong.iter().err(), Some(SamplesError::OutOfRange));
}

#[test]
fn a_late_sample_starts_a_new_batch() {
    let mut packer = SamplesPacker::<8>::new(0, 1_000, Power::from_uw(1)).unwrap();
    assert_eq!(packer.push(Uptime::from_us(5_000), Power::ZERO), Pack::Taken);
    assert_eq!(packer.push(Uptime::from_us(6_400), Power::ZERO), Pack::Taken, "jitter");
    assert_eq!(packer.push(Uptime::from_us(8_000), Power::ZERO), Pack::Full, "one left out");
    assert_eq!(packer.record().unwrap().count, 2);
}

/// One channel at 1 Hz for a day: a load of 0.4 to 12 W that switches now and
/// then, with 15 mW of noise, read in steps of 0.5 mW as an INA226 with a
/// 20 µA current step gives. A batch and a checkpoint each minute.
#[test]
fn a_day_at_1_hz_takes_less_than_four_bytes_a_sample() {
    const SECONDS: u64 = 86_400;
    const STEP_UW: i64 = 500;
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut draw = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        i64::try_from(random % below).unwrap()
    };
    let mut level_uw = 400_000;
    let samples: Vec<_> = (0..SECONDS)
        .map(|second| {
            if draw(90) == 0 {
                level_uw = 400_000 + draw(11_600_000);
            }
            let noise_uw = (0..6).map(|_| draw(21_213)).sum::<i64>() - 3 * 21_213;
            let uw = (level_uw + noise_uw).div_euclid(STEP_UW) * STEP_UW;
            (Uptime::from_us(second * 1_000_000), Power::from_uw(uw))
        })
        .collect();

    let log = |tagged: bool| {
        let mut buffer = [0; MAX_FRAME];
        let mut open = Encoder::new(0, 1);
        let mut sealed = Encoder::tagged(&DeviceKey::from_bytes([5; 32]), 0, 1);
        let mut encode = |record: &Record<'_>| match tagged {
            true => sealed.encode(record, &mut buffer).unwrap().len(),
            false => open.encode(record, &mut buffer).unwrap().len(),
        };
        let mut packer = SamplesPacker::<180>::new(0, 1_000_000, Power::from_uw(STEP_UW)).unwrap();
        let mut bytes = 0;
        let mut import = TotalEnergy::ZERO;
        for (minute, samples) in (1..).zip(samples.chunks(60)) {
            pack(&mut packer, samples, |batch| bytes += encode(&Record::Samples(batch)));
            let uj: i64 = samples.iter().map(|(_, power)| power.as_uw()).sum();
            import = import.checked_add(TotalEnergy::from_uj(uj.unsigned_abs().into())).unwrap();
            bytes += encode(&Record::Checkpoint(Checkpoint {
                channel: 0,
                uptime: Uptime::from_us(minute * 60_000_000),
                import,
                export: TotalEnergy::ZERO,
                carbon: None,
                cost: None,
                counts: Counts {
                    advanced: u32::try_from(minute * 60).unwrap(),
                    ..Counts::default()
                },
            }));
        }
        bytes
    };
    let samples = usize::try_from(SECONDS).unwrap();
    let (open, tagged) = (log(false), log(true));
    std::println!(
        "bytes per sample: {}.{:02}, tagged {}.{:02}",
        open / samples,
        open % samples * 100 / samples,
        tagged / samples,
        tagged % samples * 100 / samples,
    );
    assert!(tagged <= 4 * samples, "{tagged} bytes");
}
