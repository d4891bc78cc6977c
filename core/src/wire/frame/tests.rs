extern crate std;

use std::string::String;
use std::vec::Vec;

use super::super::record::Attribute;
use super::*;

fn attribute(value: &str) -> Record<'_> {
    Record::Attribute(Attribute { key: "k", value, part: 0 })
}

/// Kind 1, key 2, length 2, part 1.
const LONGEST: usize = MAX_RECORD - 6;

#[test]
fn the_longest_record_fits_with_and_without_a_tag() {
    let longest = String::from_utf8([b'v'].repeat(LONGEST)).unwrap();
    let too_long = String::from_utf8([b'v'].repeat(LONGEST + 1)).unwrap();
    let mut buffer = [0; MAX_FRAME];
    let mut open = Encoder::new(u16::MAX, u32::MAX);
    let mut tagged = Encoder::tagged(&DeviceKey::from_bytes([1; 32]), u16::MAX, u32::MAX);
    assert!(open.encode(&attribute(&longest), &mut buffer).unwrap().len() <= MAX_FRAME);
    assert!(tagged.encode(&attribute(&longest), &mut buffer).unwrap().len() <= MAX_FRAME);

    let error = Err(EncodeError::RecordTooLong);
    assert_eq!(open.encode(&attribute(&too_long), &mut buffer), error);
    assert_eq!(tagged.encode(&attribute(&too_long), &mut buffer), error);
    assert_eq!(open.next_sequence(), Some(1), "an error uses up no number");
}

#[test]
fn any_buffer_either_fits_or_is_refused_without_a_trace() {
    let key = DeviceKey::from_bytes([1; 32]);
    let checkpoint = Record::Checkpoint(super::super::record::Checkpoint {
        channel: 0,
        uptime: crate::units::Uptime::ZERO,
        import: crate::units::TotalEnergy::ZERO,
        export: crate::units::TotalEnergy::ZERO,
        carbon: None,
        cost: None,
        counts: crate::meter::Counts::default(),
    });
    let mut enough = [0; MAX_FRAME];
    let expected = Encoder::tagged(&key, 0, 1).encode(&checkpoint, &mut enough).unwrap();
    let mut fitted = 0;
    for size in 0..=MAX_FRAME {
        let mut encoder = Encoder::tagged(&key, 0, 1);
        let mut buffer = [0xAA; MAX_FRAME];
        match encoder.encode(&checkpoint, &mut buffer[..size]) {
            Ok(frame) => fitted += usize::from(frame == expected),
            Err(error) => {
                assert_eq!((error, size < MAX_FRAME), (EncodeError::BufferTooSmall, true))
            }
        }
        if encoder.next_sequence() == Some(0) {
            // The key has not moved on either.
            assert_eq!(encoder.encode(&checkpoint, &mut buffer), Ok(expected));
        }
    }
    assert!(fitted > MAX_FRAME / 2);
}

#[test]
fn a_boot_ends_with_its_last_number() {
    let mut encoder = Encoder { next: Some(u32::MAX), ..Encoder::new(0, 0) };
    let mut buffer = [0; MAX_FRAME];
    assert!(encoder.encode(&attribute(""), &mut buffer).is_ok());
    let error = Err(EncodeError::SequenceExhausted);
    assert_eq!(encoder.encode(&attribute(""), &mut buffer), error);
}

/// The bytes of the example in FORMAT.md, part by part and on the wire.
fn example() -> (Vec<u8>, Vec<u8>) {
    let (_, example) = include_str!("../FORMAT.md").split_once("## Example").unwrap();
    let mut blocks = example.split("```text\n").skip(1).map(|block| {
        let (block, _) = block.split_once("```").unwrap();
        let hex = block.lines().map(|line| line.split_once("  ").map_or(line, |(hex, _)| hex));
        hex.flat_map(str::split_whitespace)
            .map(|byte| u8::from_str_radix(byte, 16).unwrap())
            .collect()
    });
    (blocks.next().unwrap(), blocks.next().unwrap())
}

#[test]
fn writes_the_example_of_the_specification() {
    let (parts, on_wire) = example();
    let anchor = Record::Anchor(crate::units::Anchor {
        uptime: crate::units::Uptime::from_us(2_000_000),
        utc: crate::units::Utc::from_us(1_795_176_000_000_000),
        uncertainty_us: 500,
    });
    let mut buffer = [0; MAX_FRAME];
    let mut encoder = Encoder { next: Some(1), ..Encoder::new(0, 7) };
    assert_eq!(encoder.encode(&anchor, &mut buffer).unwrap(), on_wire);

    let mut plain = [0; MAX_FRAME];
    let len = cobs::decode(&on_wire, &mut plain).unwrap().frame_size();
    assert_eq!(&plain[..len], parts);
}
