extern crate std;

use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::forecast::kernel::place_of;
use crate::forecast::model::Layer;
use crate::forecast::model::tests::generated;

/// One value everywhere.
pub(in crate::forecast) struct Constant(pub(in crate::forecast) i16);

impl Inputs for Constant {
    fn past(&self, _: usize, rows: &mut [i16]) {
        rows.fill(self.0);
    }

    fn context(&self, row: &mut [i16]) {
        row.fill(self.0);
    }

    fn hours(&self, _: usize, rows: &mut [i16]) {
        rows.fill(self.0);
    }
}

/// Rows of any values, the oldest past hour first.
#[derive(Clone, Debug)]
struct Rows {
    past: Vec<Vec<i16>>,
    context: Vec<i16>,
    hours: Vec<Vec<i16>>,
}

impl Inputs for Rows {
    fn past(&self, back: usize, rows: &mut [i16]) {
        for (back, row) in (back..).zip(rows.chunks_mut(4)) {
            row.copy_from_slice(&self.past[WINDOW - 1 - back]);
        }
    }

    fn context(&self, row: &mut [i16]) {
        row.copy_from_slice(&self.context);
    }

    fn hours(&self, ahead: usize, rows: &mut [i16]) {
        for (ahead, row) in (ahead..).zip(rows.chunks_mut(16)) {
            row.copy_from_slice(&self.hours[ahead]);
        }
    }
}

/// A layer, one weight at a time; what lies beyond `x` counts as zero.
fn slow(layer: &Layer<'_>, x: &[i64], lowest: i64) -> Vec<i64> {
    let channel = |(weights, bias, multiplier): (&[u8], i32, i32)| {
        assert!(weights.len() >= x.len());
        let weight = |at: usize| i64::from(weights[place_of(at, weights.len())].cast_signed());
        let sum: i64 = x.iter().enumerate().map(|(at, x)| weight(at) * x).sum();
        let sum = i64::from(i32::try_from(sum + i64::from(bias)).expect("proven at load"));
        ((sum * i64::from(multiplier) + (1 << 31)) >> 32).clamp(lowest, 32_767)
    };
    layer.rows().map(channel).collect()
}

fn shifted(value: i64, from: u8, to: u8) -> i64 {
    if to >= from { value << (to - from) } else { (value + (1 << (from - to - 1))) >> (from - to) }
}

/// The full window, every hour of it, by ordinary dilated causal
/// convolutions over a series that begins with its oldest hour.
fn full_window(model: &Model<'_>, rows: &Rows) -> Vec<Raw> {
    let wide = |row: &Vec<i16>| row.iter().map(|&x| i64::from(x)).collect::<Vec<_>>();
    let mut series: Vec<Vec<i64>> = rows.past.iter().map(wide).collect();
    for (block, dilation) in model.blocks.iter().zip([1, 5, 25]) {
        let taps = |series: &[Vec<i64>], t: usize| {
            let zero = vec![0; series[0].len()];
            (0..3)
                .flat_map(|tap| {
                    t.checked_sub(tap * dilation).map_or(&zero, |at| &series[at]).clone()
                })
                .collect::<Vec<_>>()
        };
        let hidden: Vec<_> =
            (0..WINDOW).map(|t| slow(&block.first, &taps(&series, t), 0)).collect();
        series = (0..WINDOW)
            .map(|t| {
                let direct = match &block.skip {
                    Some(skip) => slow(skip, &series[t], -32_767),
                    None => series[t]
                        .iter()
                        .map(|x| shifted(*x, block.bits_in, block.bits_out))
                        .collect(),
                };
                let branch = slow(&block.second, &taps(&hidden, t), -32_767);
                direct.iter().zip(branch).map(|(d, b)| (d + b).clamp(0, 32_767)).collect()
            })
            .collect();
    }
    let bits = model.blocks[BLOCKS - 1].bits_out;
    let newest = series[WINDOW - 1].iter().map(|x| shifted(*x, bits, 11).clamp(-32_767, 32_767));
    let state: Vec<i64> = newest.chain(wide(&rows.context)).collect();

    let shape = model.shape();
    let (gate, spread) = (slow(&model.gate, &state, -32_767), slow(&model.spread, &state, -32_767));
    let (modulate, shift) =
        (slow(&model.modulate, &state, -32_767), slow(&model.shift, &state, -32_767));
    let head = slow(&model.head, &state, -32_767);
    let lifted: Vec<Vec<i64>> = rows
        .hours
        .iter()
        .map(|row| {
            let lifted = slow(&model.lift, &wide(row), -32_767);
            (0..shape.decoder())
                .map(|i| {
                    let factor = 4096 + modulate[i].clamp(-4096, 4096);
                    (((lifted[i] * factor + 2048) >> 12) + shift[i]).clamp(0, 32_767)
                })
                .collect()
        })
        .collect();
    (0..HORIZON)
        .map(|k| {
            let zero = vec![0; shape.decoder()];
            let around: Vec<i64> = [k.checked_sub(1), Some(k), Some(k + 1)]
                .into_iter()
                .flat_map(|at| at.and_then(|at| lifted.get(at)).unwrap_or(&zero).clone())
                .collect();
            let mixed: Vec<i64> = slow(&model.mix, &around, 0)
                .iter()
                .zip(&lifted[k])
                .map(|(m, e)| {
                    (m + shifted(*e, shape.lifted_bits(), shape.decoder_bits())).clamp(0, 32_767)
                })
                .collect();
            let out = slow(&model.out, &mixed, -32_767);
            let day = k / 24;
            let blend: i64 = (0..shape.bases())
                .map(|j| {
                    let learned = i64::from(i16::from_le_bytes(model.blend[j * HORIZON + k]));
                    let share = (learned + gate[4 * j + day]).clamp(-32_767, 32_767);
                    share * i64::from(rows.hours[k][BASES_AT + j])
                })
                .sum();
            let narrow = |value: i64| i32::try_from(value).unwrap();
            Raw {
                point: narrow(head[k] + out[0] + ((blend + 2048) >> 12)),
                below: narrow((out[1] + spread[day]).max(0)),
                above: narrow((out[2] + spread[4 + day]).max(0)),
                plain: rows.hours[k][BASES_AT].into(),
            }
        })
        .collect()
}

fn rows() -> impl Strategy<Value = Rows> {
    let value = || prop_oneof![4 => -6_000_i16..6_000, 1 => -32_767_i16..=32_767, 1 => Just(0)];
    let row = move |count| prop::collection::vec(value(), count);
    (prop::collection::vec(row(4), WINDOW), row(29), prop::collection::vec(row(16), HORIZON))
        .prop_map(|(past, context, hours)| Rows { past, context, hours })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The cone and the fast kernels give what the full window and one weight
    /// at a time give, whatever the weights.
    #[test]
    fn the_cone_equals_the_full_window(
        rows in rows(), width in 1_u16..20, decoder in 1_u16..20, seed: u64, hours in 1..=HORIZON,
    ) {
        let file = generated(width, decoder, seed);
        let model = Model::load(&file).unwrap();
        let mut scratch = vec![-1; scratch_words(model.shape())];
        let mut found = vec![];
        run(&model, &rows, hours, &mut scratch, &mut |hour, raw| {
            assert_eq!(hour, found.len());
            found.push(raw);
        }).unwrap();
        prop_assert_eq!(found, &full_window(&model, &rows)[..hours]);
    }
}

#[test]
fn counts_the_multiplications() {
    for (width, decoder) in [(14_u16, 8_u16), (4, 3)] {
        let file = generated(width, decoder, 1);
        let (c, e) = (usize::from(width), usize::from(decoder));
        // Block 0 has a way around that multiplies where it is not as wide.
        let skip = if c == 4 { 0 } else { 4 * c };
        let rest = (c + 29) * (96 + 44 + 8 + 2 * e) + 96 * (16 * e + 3 * e * e + 3 * e + 11);
        let cone = 75 * 12 * c + 25 * (3 * c * c + skip) + (15 + 5 + 3 + 1) * 3 * c * c;
        let full = 168 * (12 * c + skip + 5 * 3 * c * c);
        let model = Model::load(&file).unwrap();
        assert_eq!(model.multiply_accumulates(), cone + rest);
        assert_eq!(model.full_window_multiply_accumulates(), full + rest);
    }
}

#[test]
fn says_how_much_scratch_it_needs() {
    let file = generated(10, 12, 5);
    let model = Model::load(&file).unwrap();
    let words = scratch_words(model.shape());
    let mut scratch = vec![0; words - 1];
    let result = run(&model, &Constant(0), 96, &mut scratch, &mut |_, _| {});
    assert_eq!(result, Err(ForecastError::ScratchTooSmall { words }));
    // The history network's shape stays within what was promised for it.
    assert!(2 * model.scratch_words() <= 4096);
}
