extern crate std;

use proptest::prelude::*;
use std::vec::Vec;

use super::super::arbitrary::{checkpoint, record};
use super::super::decoder::Decoder;
use super::super::frame::{Encoder, MAX_FRAME};
use super::*;

fn key() -> DeviceKey {
    DeviceKey::from_bytes(core::array::from_fn(|at| u8::try_from(at).unwrap()))
}

fn tagged_frames(records: &[Record<'_>]) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::tagged(&key(), 3, 9);
    let mut buffer = [0; MAX_FRAME];
    records.iter().map(|record| encoder.encode(record, &mut buffer).unwrap().to_vec()).collect()
}

fn verdicts<'a>(
    verifier: &mut Verifier,
    frames: impl IntoIterator<Item = &'a Vec<u8>>,
) -> Vec<Verdict> {
    let mut decoder = Decoder::new();
    let check =
        |frame: &Vec<u8>| verifier.check(&decoder.decode(&mut frame.as_slice())?.ok()?).into();
    frames.into_iter().map(check).collect::<Option<_>>().unwrap()
}

/// Records among which checkpoints are frequent.
fn records() -> impl Strategy<Value = Vec<Record<'static>>> {
    prop::collection::vec(prop_oneof![record(), checkpoint()], 1..12)
}

proptest! {
    #[test]
    fn follows_the_key_over_any_holes(
        records in records(),
        kept in prop::collection::vec(any::<bool>(), 12),
    ) {
        let frames = tagged_frames(&records);
        let kept: Vec<_> = (0_u32..).zip(&frames).zip(kept).filter(|(_, kept)| *kept).map(|(frame, _)| frame).collect();
        let mut verifier = Verifier::new(&key(), 3, 9);
        let verdicts = verdicts(&mut verifier, kept.iter().map(|(_, frame)| *frame));
        let mut next = 0;
        for ((sequence, _), verdict) in kept.iter().zip(verdicts) {
            let expected = match sequence - next {
                0 => Verdict::Verified,
                missing => Verdict::AfterHole { missing },
            };
            prop_assert_eq!(verdict, expected);
            next = sequence + 1;
        }
    }

    #[test]
    fn an_edited_frame_is_forged_and_the_rest_still_proven(
        records in records(),
        edited in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        change in 1_u8..,
    ) {
        let edited = edited.index(records.len());
        let mut verifier = Verifier::new(&key(), 3, 9);
        let mut decoder = Decoder::new();
        for (number, bytes) in tagged_frames(&records).iter().enumerate() {
            let frame = decoder.decode(&mut bytes.as_slice()).unwrap().unwrap();
            if number == edited {
                // One who can compute the checksum, which is no secret.
                let mut body = frame.body.to_vec();
                let at = super::super::HEADER_LEN
                    + at.index(body.len() - super::super::HEADER_LEN);
                body[at] ^= change;
                let forged = Frame { body: &body, ..frame.clone() };
                prop_assert_eq!(verifier.check(&forged), Verdict::Forged);
            }
            prop_assert_eq!(verifier.check(&frame), Verdict::Verified);
        }
    }
}

fn checkpoints(count: usize) -> Vec<Record<'static>> {
    let checkpoint = Record::Checkpoint(super::super::record::Checkpoint {
        channel: 0,
        uptime: crate::units::Uptime::ZERO,
        import: crate::units::TotalEnergy::ZERO,
        export: crate::units::TotalEnergy::ZERO,
        carbon: None,
        cost: None,
        counts: crate::meter::Counts::default(),
    });
    std::vec![checkpoint; count]
}

#[test]
fn a_shortened_log_cannot_be_continued_with_a_later_key() {
    let frames = tagged_frames(&checkpoints(4));
    let mut verifier = Verifier::new(&key(), 3, 9);
    assert_eq!(verdicts(&mut verifier, &frames[..3]), [Verdict::Verified; 3]);

    // The device is taken after six checkpoints: its key writes no frame 3.
    let mut stolen = Ratchet::new(&key(), 3, 9);
    (0..6).for_each(|_| stolen.step());
    let mut decoder = Decoder::new();
    let genuine = decoder.decode(&mut frames[3].as_slice()).unwrap().unwrap();
    let tag = stolen.mac(genuine.body).finalize_fixed().into();
    let forged = Frame { tag: Some(&tag), ..genuine.clone() };
    assert_eq!(verifier.check(&forged), Verdict::Forged);
    assert_eq!(verifier.check(&genuine), Verdict::Verified);
}

/// Computed with `hashlib.blake2s` of Python 3.
#[test]
fn keys_and_tags_are_plain_blake2s() {
    let mut ratchet = Ratchet::new(&key(), 3, 9);
    ratchet.step();
    let tag: Tag = ratchet.mac(b"body").finalize_fixed().into();
    assert_eq!(u128::from_be_bytes(tag), 0x8f3b_a130_f3f2_6f5d_a7e7_c6cd_1ad5_4b36);
}

#[test]
fn tells_repeats_strangers_and_the_untagged() {
    let frames = tagged_frames(&checkpoints(3));
    let mut verifier = Verifier::new(&key(), 3, 9);
    let seen =
        verdicts(&mut verifier, [&frames[0], &frames[1], &frames[0], &frames[1], &frames[2]]);
    use Verdict::*;
    assert_eq!(seen, [Verified, Verified, Repeated, Repeated, Verified]);

    let mut buffer = [0; MAX_FRAME];
    let open = Encoder::new(3, 9).encode(&checkpoints(1)[0], &mut buffer).unwrap().to_vec();
    assert_eq!(verdicts(&mut verifier, [&open]), [Untagged]);
    let foreign =
        Encoder::tagged(&key(), 3, 8).encode(&checkpoints(1)[0], &mut buffer).unwrap().to_vec();
    assert_eq!(verdicts(&mut verifier, [&foreign]), [Foreign]);
}

#[test]
fn looks_no_further_ahead_than_asked() {
    let frames = tagged_frames(&checkpoints(6));
    let last = [&frames[5]];
    let mut near = Verifier::new(&key(), 3, 9).with_look_ahead(4);
    assert_eq!(verdicts(&mut near, last), [Verdict::Forged]);
    let mut far = Verifier::new(&key(), 3, 9).with_look_ahead(5);
    assert_eq!(verdicts(&mut far, last), [Verdict::AfterHole { missing: 5 }]);
}
