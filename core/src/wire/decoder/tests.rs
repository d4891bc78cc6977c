extern crate std;

use proptest::collection;
use proptest::prelude::*;
use std::format;
use std::string::String;
use std::vec::Vec;

use super::super::arbitrary::record;
use super::super::frame::{Encoder, MAX_FRAME};
use super::super::tag::DeviceKey;
use super::*;

/// Each record as a frame of its own.
fn frames(records: &[Record<'_>], tagged: bool) -> Vec<Vec<u8>> {
    let key = DeviceKey::from_bytes([3; 32]);
    let mut buffer = [0; MAX_FRAME];
    let mut open = Encoder::new(1, 2);
    let mut sealed = Encoder::tagged(&key, 1, 2);
    let mut encode = |record| match tagged {
        true => sealed.encode(record, &mut buffer).unwrap().to_vec(),
        false => open.encode(record, &mut buffer).unwrap().to_vec(),
    };
    records.iter().map(&mut encode).collect()
}

/// All outcomes in words, and the final tally.
fn outcomes<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<String>, Tally) {
    let mut decoder = Decoder::new();
    let mut seen = Vec::new();
    for mut piece in pieces {
        while let Some(outcome) = decoder.decode(&mut piece) {
            seen.push(format!("{outcome:?}"));
        }
    }
    seen.extend(decoder.finish().map(|cut| format!("{cut:?}")));
    (seen, *decoder.tally())
}

/// Bytes in which frames, halves of frames, noise and zeros are mixed.
fn mess() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        (collection::vec(record(), 1..3), any::<bool>())
            .prop_map(|(records, tagged)| frames(&records, tagged).concat()),
        (record(), any::<prop::sample::Index>()).prop_map(|(record, cut)| {
            let frame = frames(&[record], false).concat();
            frame[..cut.index(frame.len())].to_vec()
        }),
        collection::vec(any::<u8>(), 0..700),
        collection::vec(Just(0), 1..4),
    ];
    collection::vec(part, 0..6).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn gives_back_every_record(records in collection::vec(record(), 1..8), tagged in any::<bool>()) {
        let bytes = frames(&records, tagged).concat();
        let mut decoder = Decoder::new();
        let mut rest = bytes.as_slice();
        for (sequence, record) in (0..).zip(&records) {
            let frame = decoder.decode(&mut rest).unwrap().unwrap();
            prop_assert_eq!(frame.header, Header { stream: 1, boot: 2, sequence });
            prop_assert_eq!(frame.record.as_ref(), Ok(record));
            prop_assert_eq!(frame.is_tagged(), tagged);
        }
        prop_assert!(decoder.decode(&mut rest).is_none());
        prop_assert_eq!(decoder.finish(), None);
        prop_assert!(decoder.tally().is_clean());
    }

    #[test]
    fn any_bytes_in_any_pieces_give_what_they_give_at_once(bytes in mess(), size in 1..40_usize) {
        let whole = outcomes([bytes.as_slice()]);
        prop_assert_eq!(outcomes(bytes.chunks(size)), whole);
    }

    #[test]
    fn every_byte_is_in_a_frame_or_counted_lost(bytes in mess()) {
        let mut decoder = Decoder::new();
        let mut rest = bytes.as_slice();
        let mut in_frames = 0;
        let mut before = rest.len();
        while let Some(outcome) = decoder.decode(&mut rest) {
            let outcome = outcome.is_ok();
            let taken = bytes[bytes.len() - before..bytes.len() - rest.len()].iter();
            before = rest.len();
            if outcome {
                in_frames += taken.skip_while(|&&byte| byte == 0).count() as u64;
            }
        }
        decoder.finish();
        let idle = idle_zeros(&bytes);
        prop_assert_eq!(in_frames + decoder.tally().lost_bytes + idle, bytes.len() as u64);
    }

    #[test]
    fn a_changed_byte_never_passes_as_a_record(
        record in record(),
        tagged in any::<bool>(),
        at in any::<prop::sample::Index>(),
        change in 1_u8..,
    ) {
        let mut bytes = frames(&[record], tagged).concat();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        let mut decoder = Decoder::new();
        let mut rest = bytes.as_slice();
        while let Some(outcome) = decoder.decode(&mut rest) {
            prop_assert!(outcome.is_err(), "{outcome:?}");
        }
        decoder.finish();
        prop_assert!(decoder.tally().lost_bytes > 0);
    }

    #[test]
    fn frames_after_noise_and_a_delimiter_are_read(noise in collection::vec(any::<u8>(), 0..1500), record in record()) {
        let mut bytes = noise;
        bytes.push(super::super::DELIMITER);
        bytes.extend(frames(core::slice::from_ref(&record), false).concat());
        let mut decoder = Decoder::new();
        let mut rest = bytes.as_slice();
        let mut last = None;
        while let Some(outcome) = decoder.decode(&mut rest) {
            last = outcome.ok().map(|frame| frame.record == Ok(record.clone()));
        }
        prop_assert_eq!(last, Some(true));
    }
}

/// Zeros that end nothing.
fn idle_zeros(bytes: &[u8]) -> u64 {
    let before = core::iter::once(&0).chain(bytes);
    before.zip(bytes).filter(|&(&before, &byte)| before == 0 && byte == 0).count() as u64
}

#[test]
fn names_holes_and_repeats_by_sender() {
    let record = Record::Usage(super::super::record::Usage::default());
    let all = frames(&core::array::from_fn::<_, 6, _>(|_| record.clone()), false);
    let order = [&all[1], &all[2], &all[5], &all[5], &all[3]].map(Vec::as_slice).concat();
    let mut other = [0; MAX_FRAME];
    let other = Encoder::new(9, 2).encode(&record, &mut other).unwrap();
    let bytes = [order.as_slice(), other].concat();

    let mut decoder = Decoder::new();
    let mut rest = bytes.as_slice();
    let mut orders = Vec::new();
    while let Some(Ok(frame)) = decoder.decode(&mut rest) {
        orders.push(frame.order);
    }
    use Order::*;
    let expected = [
        First { before: 1 },
        Next,
        AfterHole { missing: 2 },
        Repeated,
        Repeated,
        First { before: 0 },
    ];
    assert_eq!(orders, expected);
    let tally = decoder.tally();
    assert_eq!((tally.holes, tally.missing, tally.repeated, tally.before_first), (1, 2, 2, 1));
}

#[test]
fn tells_a_later_version_and_a_later_record_from_damage() {
    let seal = |plain: &[u8]| {
        let plain = [plain, &checksum(plain).to_le_bytes()].concat();
        let mut wire = std::vec![0; cobs::max_encoding_length(plain.len())];
        let len = cobs::encode(&plain, &mut wire);
        wire.truncate(len);
        wire.push(0);
        wire
    };
    let header = |version| [&[version], [0; HEADER_LEN - 1].as_slice()].concat();
    let outcome = |plain: &[u8]| outcomes([seal(plain).as_slice()]);

    let (seen, tally) = outcome(&header(VERSION + 1));
    assert_eq!((seen[0].as_str(), tally.version), ("Err(Version(2))", 1));
    let (_, tally) = outcome(&[header(VERSION).as_slice(), &[127]].concat());
    assert_eq!((tally.frames, tally.unknown_records), (1, 1));
    let (_, tally) = outcome(&[header(VERSION).as_slice(), &[1, 0]].concat());
    assert_eq!((tally.frames, tally.malformed_records), (1, 1));
    let (_, tally) = outcome(&[header(VERSION).as_slice(), &[1, 0, 0, 0, 0]].concat());
    assert_eq!((tally.frames, tally.malformed_records), (1, 1), "bytes after the record");
    assert_eq!(outcome(&header(VERSION | TAGGED)).1.malformed, 1, "no room for the tag");
}
