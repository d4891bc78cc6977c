//! Safe and portable: two channels and two rows at a time, so that each weight
//! and each input that is loaded serves twice.

use super::{Dense, Limits, product};

pub(super) fn rows(layer: &Dense<'_>, x: &[i16], stride: usize, limits: Limits, out: &mut [i16]) {
    let (inputs, outputs) = (layer.inputs, layer.outputs());
    let row = |at: usize| x.get(at * stride..).map(|x| x.get(..inputs).unwrap_or(x));
    for (pair, out) in out.chunks_mut((2 * outputs).max(1)).enumerate() {
        let Some(one) = row(2 * pair) else { return };
        match (row(2 * pair + 1), out.split_at_mut_checked(outputs)) {
            (Some(other), Some((out, second))) if second.len() == outputs && !second.is_empty() => {
                let pairs = out.chunks_mut(2).zip(second.chunks_mut(2));
                let weights = layer.weights.get(..inputs * outputs).unwrap_or_default();
                let weights = weights.chunks(2 * inputs.max(1));
                for ((channel, (out, second)), weights) in pairs.enumerate().zip(weights) {
                    two_rows(layer, 2 * channel, weights, [one, other], limits, [out, second]);
                }
            }
            (_, Some((out, _))) => {
                for (channel, out) in out.iter_mut().enumerate() {
                    *out = layer.output(channel, one, limits);
                }
            }
            _ => return,
        }
    }
}

/// Up to two channels of two rows.
fn two_rows(
    layer: &Dense<'_>,
    channel: usize,
    weights: &[u8],
    x: [&[i16]; 2],
    limits: Limits,
    out: [&mut [i16]; 2],
) {
    let (first, second) = weights.split_at_checked(layer.inputs).unwrap_or((weights, &[]));
    let sums = tile([first, second], x);
    for (out, sums) in out.into_iter().zip(sums) {
        for ((slot, sum), at) in out.iter_mut().zip(sums).zip(channel..) {
            *slot = layer.finish(at, layer.bias_of(at) + sum, limits);
        }
    }
}

/// Sums by row, then by channel. A missing channel has zeros.
fn tile([w0, w1]: [&[u8]; 2], [x0, x1]: [&[i16]; 2]) -> [[i32; 2]; 2] {
    let ((a, rest_a), (x, rest_x)) = (w0.as_chunks::<4>(), x0.as_chunks::<4>());
    let ((b, rest_b), (y, rest_y)) = (w1.as_chunks::<4>(), x1.as_chunks::<4>());
    let mut sums = [0_i32; 4];
    if w1.is_empty() {
        return [[product(w0, x0), 0], [product(w0, x1), 0]];
    }
    let weight = |w: u8| i32::from(w.cast_signed());
    for (((a, b), x), y) in a.iter().zip(b).zip(x).zip(y) {
        // One weight of each channel, one input of each row at a time.
        for (w, i) in [(0, 0), (1, 2), (2, 1), (3, 3)] {
            let (Some(&a), Some(&b)) = (a.get(w), b.get(w)) else { continue };
            let (Some(&x), Some(&y)) = (x.get(i), y.get(i)) else { continue };
            let (a, b, x, y) = (weight(a), weight(b), i32::from(x), i32::from(y));
            let products = [a * x, b * x, a * y, b * y];
            sums.iter_mut().zip(products).for_each(|(sum, product)| *sum += product);
        }
    }
    let [ax, bx, ay, by] = sums;
    let tail = |w: &[u8], x: &[i16]| -> i32 {
        w.iter().zip(x).map(|(w, x)| weight(*w) * i32::from(*x)).sum()
    };
    [
        [ax + tail(rest_a, rest_x), bx + tail(rest_b, rest_x)],
        [ay + tail(rest_a, rest_y), by + tail(rest_b, rest_y)],
    ]
}
