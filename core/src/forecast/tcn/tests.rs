extern crate std;

use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::forecast::kernel::place_of;
use crate::forecast::model::{Layer, tests::seal};

/// A block's channels, taps and dilation, and whether its second convolution
/// is rectified.
type BlockShape = (u16, u8, u16, bool);

/// A file of that shape, its weights from a generator. `spread` is the largest
/// magnitude of a weight.
fn generated(
    inputs: u16,
    window: u16,
    blocks: &[BlockShape],
    dense: &[u16],
    limit: u16,
    spread: u8,
    seed: u64,
) -> Vec<u8> {
    let mut state = seed | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u32::try_from(state >> 32).unwrap()
    };
    let mut file = b"WCFM\x03\x00\x02\x00".to_vec();
    file.extend([0; 16]);
    file.extend(inputs.to_le_bytes());
    file.extend(window.to_le_bytes());
    let counts = [blocks.len(), dense.len()].map(|count| u8::try_from(count).unwrap());
    file.extend(counts);
    file.extend([11, 0]);
    file.extend(limit.to_le_bytes());
    file.extend([0; 2]);
    for &(channels, taps, dilation, rectified) in blocks {
        file.extend(channels.to_le_bytes());
        file.extend(dilation.to_le_bytes());
        let bits = |r: u32| 8 + r.to_le_bytes()[0] % 6;
        file.extend([taps, u8::from(rectified), bits(random()), bits(random())]);
        file.extend(limit.to_le_bytes());
        file.extend(limit.to_le_bytes());
    }
    for (at, outputs) in dense.iter().enumerate() {
        file.extend(outputs.to_le_bytes());
        file.extend([u8::from(at + 1 < dense.len()), 9]);
        file.extend(limit.to_le_bytes());
        file.extend([0; 2]);
    }
    let mut layer = |inputs: u16, outputs: u16| {
        let (inputs, outputs) = (usize::from(inputs), usize::from(outputs));
        for _ in 0..outputs {
            file.extend((random().cast_signed() >> 12).to_le_bytes());
        }
        for _ in 0..outputs {
            file.extend(((1 << 23) + (random() >> 8)).to_le_bytes());
        }
        let weight = |r: u32| {
            let [low, high, ..] = r.to_le_bytes();
            let size = (low % (spread + 1)).cast_signed();
            (if high % 2 == 0 { size } else { -size }).cast_unsigned()
        };
        file.extend((0..inputs * outputs).map(|_| weight(random())));
        file.resize(file.len().next_multiple_of(4), 0);
    };
    let mut width = inputs;
    for &(channels, taps, ..) in blocks {
        layer(u16::from(taps) * width, channels);
        layer(u16::from(taps) * channels, channels);
        if width != channels {
            layer(width, channels);
        }
        width = channels;
    }
    for &outputs in dense {
        layer(width, outputs);
        width = outputs;
    }
    let length = u32::try_from(file.len()).unwrap();
    file[8..12].copy_from_slice(&length.to_le_bytes());
    seal(&mut file);
    file
}

fn slow(layer: &Layer<'_>, x: &[i64], [low, high]: [i64; 2]) -> Vec<i64> {
    let channel = |(weights, bias, multiplier): (&[u8], i32, i32)| {
        let weight = |at: usize| i64::from(weights[place_of(at, weights.len())].cast_signed());
        let sum: i64 = x.iter().enumerate().map(|(at, x)| weight(at) * x).sum();
        let sum = i64::from(i32::try_from(sum + i64::from(bias)).expect("proven at load"));
        ((sum * i64::from(multiplier) + (1 << 31)) >> 32).clamp(low, high)
    };
    layer.rows().map(channel).collect()
}

/// Every step of the window, by ordinary dilated causal convolutions.
fn full_window(tcn: &Tcn<'_>, window: &[i16]) -> Vec<i64> {
    let network = &tcn.network;
    let limit = i64::from(network.format.limit);
    let bounded = |x: &i16| i64::from(*x).clamp(-limit, limit);
    let mut series: Vec<Vec<i64>> =
        window.chunks(network.inputs).map(|row| row.iter().map(bounded).collect()).collect();
    let mut bits = network.format.bits;
    for block in network.blocks() {
        let taps = |series: &[Vec<i64>], t: usize| {
            let zero = vec![0; series[0].len()];
            let row = |tap| t.checked_sub(tap * block.dilation).map_or(&zero, |at| &series[at]);
            (0..block.taps).flat_map(|tap| row(tap).clone()).collect::<Vec<_>>()
        };
        let most = i64::from(block.out.limit);
        let steps = 0..network.window;
        let rectified = [0, block.hidden.limit.into()];
        let hidden: Vec<_> =
            steps.clone().map(|t| slow(&block.first, &taps(&series, t), rectified)).collect();
        series = steps
            .map(|t| {
                let low = if block.rectified { 0 } else { -most };
                let branch = slow(&block.second, &taps(&hidden, t), [low, most]);
                let around = match &block.skip {
                    Some(skip) => slow(skip, &series[t], [-most, most]),
                    None => {
                        let narrow = |x: &i64| i16::try_from(*x).unwrap();
                        let row = series[t].iter().map(narrow);
                        row.map(|x| rescale(x, bits, block.out.bits).into()).collect()
                    }
                };
                branch.iter().zip(around).map(|(b, a)| (b + a).clamp(0, most)).collect()
            })
            .collect();
        bits = block.out.bits;
    }
    let mut row = series.pop().unwrap();
    for dense in network.dense() {
        let most = i64::from(dense.out.limit);
        row = slow(&dense.layer, &row, [if dense.rectified { 0 } else { -most }, most]);
    }
    row
}

fn run(tcn: &Tcn<'_>, window: &[i16]) -> Vec<i64> {
    let mut scratch = vec![-1; tcn.scratch_words()];
    let mut out = vec![0; tcn.outputs()];
    tcn.run(window, &mut scratch, &mut out).unwrap();
    out.into_iter().map(i64::from).collect()
}

fn blocks() -> impl Strategy<Value = Vec<BlockShape>> {
    let block = (1_u16..9, 1_u8..5, 1_u16..4, any::<bool>());
    prop::collection::vec(block, 1..5).prop_map(|mut blocks| {
        let mut before = 1;
        for (_, _, dilation, _) in &mut blocks {
            before *= *dilation;
            *dilation = before;
        }
        blocks
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The cone gives what the full window gives, whatever the shape.
    #[test]
    fn the_cone_equals_the_full_window(
        inputs in 1_u16..9, window in 1_u16..50, blocks in blocks(),
        dense in prop::collection::vec(1_u16..9, 1..4), limit in 1_000_u16..=32_767, seed: u64,
    ) {
        let file = generated(inputs, window, &blocks, &dense, limit, 127, seed);
        let tcn = Tcn::load(&file).unwrap();
        let cells = usize::from(inputs) * usize::from(window);
        let mut state = seed | 1;
        let values: Vec<i16> = (0..cells).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            i16::from_le_bytes([state.to_le_bytes()[6], state.to_le_bytes()[7]])
        }).collect();
        prop_assert_eq!(run(&tcn, &values), full_window(&tcn, &values));
    }

    /// Any change behind a right checksum is refused or runs.
    #[test]
    fn hostile_files_are_refused_or_run(
        blocks in blocks(), seed: u64,
        changes in prop::collection::vec((16_usize..400, any::<u8>()), 1..12),
    ) {
        let mut file = generated(3, 12, &blocks, &[5, 2], 20_000, 127, seed);
        for (at, byte) in changes {
            if let Some(slot) = file.get_mut(at) {
                *slot = byte;
            }
        }
        seal(&mut file);
        if let Ok(tcn) = Tcn::load(&file) {
            run(&tcn, &vec![i16::MIN; tcn.window() * tcn.inputs()]);
        }
    }
}

/// The network of eco4cast: 23 values at each of 38 places for 24 hours.
#[test]
fn the_architecture_of_eco4cast_loads_and_runs() {
    let channels = [512, 256, 256, 256, 256];
    let blocks: Vec<BlockShape> =
        (0..).zip(channels).map(|(level, channels)| (channels, 3, 1 << level, true)).collect();
    let file = generated(874, 24, &blocks, &[512, 24], 8_191, 60, 9);
    let tcn = Tcn::load(&file).unwrap();
    assert_eq!((tcn.inputs(), tcn.window(), tcn.outputs()), (874, 24, 24));
    assert_eq!(tcn.text(), "");
    let window: Vec<i16> =
        (0..24 * 874_i32).map(|i| i16::try_from(i * 37 % 8_000 - 4_000).unwrap()).collect();
    assert_eq!(run(&tcn, &window), full_window(&tcn, &window));

    let mut out = [0; 24];
    let words = tcn.scratch_words();
    let mut scratch = vec![0; words - 1];
    let too_small = tcn.run(&window, &mut scratch, &mut out).unwrap_err();
    assert_eq!(too_small, ForecastError::ScratchTooSmall { words });
    let short = tcn.run(&window[1..], &mut scratch, &mut out).unwrap_err();
    assert_eq!(short, ForecastError::WrongLength { found: 24 * 874 - 1, words: 24 * 874 });
    // With all of 16 bits the widest row could overflow its accumulator.
    let wide = generated(874, 24, &blocks, &[512, 24], 32_767, 60, 9);
    assert!(matches!(Tcn::load(&wide), Err(ModelError::Overflow { .. })));
}
