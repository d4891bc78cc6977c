//! Safe and portable: two channels and two rows at a time, so that each weight
//! and each input that is loaded serves twice.

use super::{Dense, Limits};

/// Inputs up to here go two rows at a time.
const MOST: usize = 96;

pub(super) fn rows(layer: &Dense<'_>, x: &[i16], stride: usize, limits: Limits, out: &mut [i16]) {
    let (inputs, outputs) = (layer.inputs, layer.outputs());
    let [first, next] = &mut [[0; MOST]; 2];
    let row = |at: usize| x.get(at * stride..).map(|x| x.get(..inputs).unwrap_or(x));
    for (pair, out) in out.chunks_mut((2 * outputs).max(1)).enumerate() {
        let Some(one) = row(2 * pair) else { return };
        match (row(2 * pair + 1), out.split_at_mut_checked(outputs)) {
            (Some(other), Some((out, second)))
                if second.len() == outputs && outputs > 0 && inputs <= MOST =>
            {
                let x = [arrange(one, first), arrange(other, next)];
                let pairs = out.chunks_mut(2).zip(second.chunks_mut(2));
                let weights = layer.weights.get(..inputs * outputs).unwrap_or_default();
                let weights = weights.chunks(2 * inputs.max(1));
                for ((channel, (out, second)), weights) in pairs.enumerate().zip(weights) {
                    two_rows(layer, 2 * channel, weights, x, limits, [out, second]);
                }
            }
            (other, Some(_)) => {
                let rows = core::iter::once(one).chain(other);
                for (x, out) in rows.zip(out.chunks_exact_mut(outputs.max(1))) {
                    for (channel, out) in out.iter_mut().enumerate() {
                        *out = layer.output(channel, x, limits);
                    }
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

/// Sums by row, then by channel, of inputs that lie in the order of the
/// weights. A missing channel has zeros.
fn tile([w0, w1]: [&[u8]; 2], [x0, x1]: [&[i16]; 2]) -> [[i32; 2]; 2] {
    let weight = |w: &u8| i32::from(w.cast_signed());
    let input = |x: &i16| i32::from(*x);
    if w1.len() < w0.len() {
        let sum = |x: &[i16]| w0.iter().zip(x).map(|(w, x)| weight(w) * input(x)).sum();
        return [[sum(x0), 0], [sum(x1), 0]];
    }
    let mut sums = [[0_i32; 2]; 2];
    for (((a, b), x), y) in w0.iter().zip(w1).zip(x0).zip(x1) {
        let (a, b, x, y) = (weight(a), weight(b), input(x), input(y));
        let [[ax, bx], [ay, by]] = &mut sums;
        *ax += a * x;
        *bx += b * x;
        *ay += a * y;
        *by += b * y;
    }
    sums
}

/// Brings inputs into the order of the weights.
fn arrange<'b>(x: &[i16], buffer: &'b mut [i16; MOST]) -> &'b [i16] {
    let (groups, rest) = x.as_chunks::<4>();
    let (slots, _) = buffer.as_chunks_mut::<4>();
    for (slot, [a, b, c, d]) in slots.iter_mut().zip(groups) {
        *slot = [*a, *c, *b, *d];
    }
    for (slot, x) in buffer.iter_mut().skip(4 * groups.len()).zip(rest) {
        *slot = *x;
    }
    buffer.get(..x.len()).unwrap_or_default()
}
