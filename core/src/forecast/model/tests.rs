extern crate std;

use std::string::ToString;
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::crc::checksum_of;

const EXAMPLE: &[u8] = include_bytes!("../../../../fixtures/forecast/random.wcfm");
/// Where the shape begins, and the first bias.
const SHAPE_AT: usize = 24;
const TEXT_AT: usize = SHAPE_AT + 20;
const TEXT_LENGTH_AT: usize = 20;

/// Puts the checksum right again.
pub(in crate::forecast) fn seal(file: &mut [u8]) {
    let sum = checksum_of([&file[..CHECKSUM_AT], &file[CHECKSUM_AT + 4..]]);
    file[CHECKSUM_AT..CHECKSUM_AT + 4].copy_from_slice(&sum.to_le_bytes());
}

/// A file whose weights come from a generator: loads, and means nothing.
pub(in crate::forecast) fn generated(width: u16, decoder: u16, seed: u64) -> Vec<u8> {
    generated_of(ModelKind::History, width, decoder, seed)
}

/// As [`generated`], of either kind.
pub(in crate::forecast) fn generated_of(
    kind: ModelKind,
    width: u16,
    decoder: u16,
    seed: u64,
) -> Vec<u8> {
    let mut state = seed | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from(state >> 32).unwrap()
    };
    let features::Counts { past, context, bases, hours, .. } = features::Counts::of(kind);
    let mut file = vec![];
    file.extend(MAGIC);
    file.extend(VERSION.to_le_bytes());
    file.extend([
        BLEND,
        match kind {
            ModelKind::History => HISTORY,
            ModelKind::Weather => WEATHER,
            ModelKind::DayAhead => DAY_AHEAD,
        },
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
    ]);
    file.extend([0; 8]);
    for count in [past, context, bases, hours] {
        file.extend(u16::try_from(count).unwrap().to_le_bytes());
    }
    file.extend(width.to_le_bytes());
    file.extend(decoder.to_le_bytes());
    file.extend((0..2 * BLOCKS + 2).map(|_| 6 + u8::try_from(random() % 9).unwrap()));

    let mut layer = |inputs: usize, outputs: usize, bias: bool| {
        for _ in 0..if bias { outputs } else { 0 } {
            file.extend((random().cast_signed() >> 10).to_le_bytes());
        }
        for _ in 0..outputs {
            file.extend(((1 << 22) + (random() >> 7)).to_le_bytes());
        }
        file.extend((0..inputs * outputs).map(|_| random().to_le_bytes()[0]));
        file.resize(file.len().next_multiple_of(4), 0);
    };
    let (width, decoder) = (usize::from(width), usize::from(decoder));
    for inputs in [past, width, width] {
        layer(3 * inputs, width, true);
        layer(3 * width, width, true);
        if inputs != width {
            layer(inputs, width, true);
        }
    }
    let state = width + context;
    layer(state, crate::forecast::HORIZON, true);
    layer(state, DAYS * bases, false);
    layer(state, DAYS * 2, true);
    layer(state, decoder, true);
    layer(state, decoder, true);
    layer(hours, decoder, false);
    layer(3 * decoder, decoder, true);
    layer(decoder, 3, false);
    let blend = (0..bases * crate::forecast::HORIZON)
        .flat_map(|i| u16::try_from(i % 900).unwrap().to_le_bytes());
    file.extend(blend);
    let length = u32::try_from(file.len()).unwrap();
    file[8..12].copy_from_slice(&length.to_le_bytes());
    seal(&mut file);
    file
}

#[test]
fn tells_what_it_is() {
    let model = Model::load(EXAMPLE).unwrap();
    assert_eq!(model.size_bytes(), EXAMPLE.len());
    assert_eq!(model.trained_until(), Hour::from_hours(455_837));
    assert_eq!(model.value("sources"), Some("none: random weights"));
    assert_eq!((model.shape().width(), model.shape().decoder()), (7, 5));
    assert_eq!([model.has_seen("yy-z"), model.has_seen("YY")], [Some(true), Some(false)]);
}

#[test]
fn any_flipped_bit_and_any_shorter_or_longer_file_is_refused() {
    for length in 0..EXAMPLE.len() {
        assert!(Model::load(&EXAMPLE[..length]).is_err(), "{length} bytes");
    }
    let mut file = EXAMPLE.to_vec();
    for bit in (0..8 * file.len()).step_by(3) {
        file[bit / 8] ^= 1 << (bit % 8);
        assert!(Model::load(&file).is_err(), "bit {bit}");
        file[bit / 8] ^= 1 << (bit % 8);
    }
    file.push(0);
    assert!(Model::load(&file).is_err());
}

#[test]
fn names_what_is_wrong_behind_a_right_checksum() {
    let changed = |at: usize, bytes: &[u8]| {
        let mut file = EXAMPLE.to_vec();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        seal(&mut file);
        Model::load(&file).err()
    };
    let field = "channels";
    let text =
        usize::from(u16::from_le_bytes([EXAMPLE[TEXT_LENGTH_AT], EXAMPLE[TEXT_LENGTH_AT + 1]]));
    let first_bias = (TEXT_AT + text).next_multiple_of(4);
    let first_multiplier = first_bias + 4 * 7;
    assert_eq!(changed(0, b"GGUF"), Some(ModelError::NotAModel));
    assert_eq!(changed(4, &[9]), Some(ModelError::Version { found: 9 }));
    assert_eq!(changed(4, &[2]), Some(ModelError::Version { found: 2 }));
    assert_eq!(changed(6, &[7]), Some(ModelError::Kind { architecture: 7, inputs: 1 }));
    assert_eq!(changed(SHAPE_AT + 8, &[0]), Some(ModelError::Shape { field, found: 0 }));
    let resized = |length: usize| {
        let mut file = EXAMPLE.to_vec();
        file.resize(length, 0);
        file[8..12].copy_from_slice(&u32::try_from(length).unwrap().to_le_bytes());
        seal(&mut file);
        Model::load(&file).err()
    };
    assert_eq!(resized(EXAMPLE.len() + 4), Some(ModelError::TooLong));
    assert_eq!(resized(EXAMPLE.len() - 4), Some(ModelError::Truncated));
    assert_eq!(
        changed(SHAPE_AT + 12, &[16]),
        Some(ModelError::Shape { field: "fraction bits", found: 16 })
    );
    assert_eq!(changed(TEXT_LENGTH_AT + 2, &[1]), Some(ModelError::Padding));
    assert_eq!(changed(TEXT_AT, &[0xFF]), Some(ModelError::Text));
    let layer = "first convolution";
    assert_eq!(
        changed(first_bias, &i32::MAX.to_le_bytes()),
        Some(ModelError::Overflow { layer, channel: 0 })
    );
    assert_eq!(
        changed(first_multiplier + 4, &(-1_i32).to_le_bytes()),
        Some(ModelError::Multiplier { layer, channel: 1 })
    );
    assert!(changed(first_bias, &i32::MIN.to_le_bytes()).unwrap().to_string().contains("overflow"));
}

proptest! {
    /// What an attacker with the right checksum can do: an error or a model
    /// that runs.
    #[test]
    fn hostile_files_are_refused_or_run(
        changes in prop::collection::vec((0_usize..EXAMPLE.len(), any::<u8>()), 1..40),
        early in prop::collection::vec((16_usize..60, any::<u8>()), 0..3),
    ) {
        let mut file = EXAMPLE.to_vec();
        for (at, byte) in changes.into_iter().filter(|&(at, _)| at >= 60).chain(early) {
            file[at] = byte;
        }
        seal(&mut file);
        if let Ok(model) = Model::load(&file) {
            let mut scratch = vec![0; model.scratch_words()];
            let inputs = crate::forecast::net::tests::Constant(32_767);
            crate::forecast::net::run(&model, &inputs, 96, &mut scratch, &mut |_, raw| {
                assert!(raw.below >= 0 && raw.above >= 0);
            }).unwrap();
        }
    }

    #[test]
    fn random_bytes_are_refused(mut file in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Model::load(&file).is_err());
        if file.len() >= 24 {
            file[..8].copy_from_slice(&EXAMPLE[..8]);
            let length = u32::try_from(file.len()).unwrap();
            file[8..12].copy_from_slice(&length.to_le_bytes());
            seal(&mut file);
            prop_assert!(Model::load(&file).is_err());
        }
    }
}
