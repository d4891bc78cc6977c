//! Safe and portable: one channel of four rows at a time. The rows are packed
//! once for all channels, two inputs to a word, which a Cortex-M4 multiplies
//! by either half.

use core::hint::black_box;

use super::{Dense, Limits, Steps};

/// Rows at once.
const ROWS: usize = 4;
/// Groups of four inputs that are packed at most.
const MOST: usize = 24;

/// Four inputs of each row, in their order.
type Group = [[u32; 2]; ROWS];

pub(super) fn rows(layer: &Dense<'_>, x: &[i16], steps: Steps, limits: Limits, out: &mut [i16]) {
    let (inputs, outputs) = (layer.inputs, layer.outputs().max(1));
    let mut buffer = [[[0; 2]; ROWS]; MOST];
    for (block, out) in out.chunks_mut(ROWS * outputs).enumerate() {
        let row = |t: usize| x.get(steps.at(ROWS * block + t)..);
        let whole = |t: usize| row(t)?.get(..inputs);
        match ([whole(0), whole(1), whole(2), whole(3)], buffer.get_mut(..inputs / 4)) {
            ([Some(a), Some(b), Some(c), Some(d)], Some(groups))
                if out.len() == ROWS * outputs && inputs > 0 =>
            {
                four_rows(layer, [a, b, c, d], groups, limits, out);
            }
            _ => {
                for (t, out) in out.chunks_exact_mut(outputs).enumerate() {
                    let Some(x) = row(t) else { return };
                    for (channel, slot) in out.iter_mut().enumerate() {
                        *slot = layer.output(channel, x, limits);
                    }
                }
            }
        }
    }
}

fn four_rows(
    layer: &Dense<'_>,
    rows: [&[i16]; ROWS],
    groups: &mut [Group],
    limits: Limits,
    out: &mut [i16],
) {
    for (row, x) in rows.iter().enumerate() {
        for (group, x) in groups.iter_mut().zip(x.as_chunks::<4>().0) {
            if let Some(slot) = group.get_mut(row) {
                *slot = [pair(x[0], x[1]), pair(x[2], x[3])];
            }
        }
    }
    let outputs = layer.outputs();
    let packed = 4 * groups.len();
    let last = rows.map(|x| x.get(packed..).unwrap_or_default());
    let weights = layer.weights.chunks_exact(layer.inputs);
    for (channel, weights) in (0..outputs).zip(weights) {
        let (whole, rest) = weights.split_at_checked(packed).unwrap_or((weights, &[]));
        let mut sums = tile(whole.as_chunks().0, groups, layer.bias_of(channel));
        for (sum, x) in sums.iter_mut().zip(last) {
            let products =
                rest.iter().zip(x).map(|(w, x)| i32::from(w.cast_signed()) * i32::from(*x));
            *sum += products.sum::<i32>();
        }
        for (sum, out) in sums.into_iter().zip(out.chunks_exact_mut(outputs)) {
            if let Some(slot) = out.get_mut(channel) {
                *slot = layer.finish(channel, sum, limits);
            }
        }
    }
}

/// Sums of a channel by row. On its own and not unrolled, which `black_box`
/// sees to, so that what it works with stays in registers.
#[inline(never)]
fn tile(weights: &[[u8; 4]], x: &[Group], bias: i32) -> [i32; ROWS] {
    let [mut first, mut second, mut third, mut fourth] = [bias; ROWS];
    for (weights, x) in weights.iter().zip(x) {
        let [a, c, b, d] = weights.map(|weight| i32::from(weight.cast_signed()));
        let product = |[one, other]: [u32; 2]| {
            a * low(one) + b * high(one) + c * low(other) + d * high(other)
        };
        first += product(x[0]);
        black_box(());
        second += product(x[1]);
        black_box(());
        third += product(x[2]);
        black_box(());
        fourth += product(x[3]);
    }
    [first, second, third, fourth]
}

fn pair(low: i16, high: i16) -> u32 {
    u32::from(low.cast_unsigned()) | u32::from(high.cast_unsigned()) << 16
}

fn low(pair: u32) -> i32 {
    pair.cast_signed() << 16 >> 16
}

fn high(pair: u32) -> i32 {
    pair.cast_signed() >> 16
}
