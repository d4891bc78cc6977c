//! Vector registers: sixteen products of one channel at a time. The inputs are
//! brought into the order of the weights once per row.

use super::{Dense, LANES, Lanes, Limits, Steps, arrange, product};

pub(super) fn rows(layer: &Dense<'_>, x: &[i16], steps: Steps, limits: Limits, out: &mut [i16]) {
    rows_from(layer, 0, x, steps, limits, out);
}

/// Row `first` and those behind it.
pub(super) fn rows_from(
    layer: &Dense<'_>,
    first: usize,
    x: &[i16],
    steps: Steps,
    limits: Limits,
    out: &mut [i16],
) {
    let outputs = layer.outputs().max(1);
    for (row, out) in (first..).zip(out.chunks_exact_mut(outputs)) {
        let Some(x) = x.get(steps.at(row)..) else { return };
        let x = x.get(..layer.inputs).unwrap_or(x);
        // Space for the inputs, and no more to clear than is needed.
        match x.len() / LANES {
            0..4 => Row::<4>::of(x).all(layer, limits, out),
            4..16 => Row::<16>::of(x).all(layer, limits, out),
            16..64 => Row::<64>::of(x).all(layer, limits, out),
            _ => Row::<256>::of(x).all(layer, limits, out),
        }
    }
}

/// Inputs in the order of the weights, the last lanes filled up with zeros.
///
/// Weights need no filling up: those of the next channel, or whatever follows
/// in the file, are multiplied by these zeros.
struct Row<'x, const N: usize> {
    lanes: [Lanes; N],
    used: usize,
    /// Where the lanes hold only the beginning.
    whole: &'x [i16],
}

impl<'x, const N: usize> Row<'x, N> {
    #[inline]
    fn of(x: &'x [i16]) -> Self {
        let mut lanes = [[0; LANES]; N];
        arrange(x, lanes.as_flattened_mut());
        Self { lanes, used: x.len().div_ceil(LANES), whole: x }
    }

    #[inline]
    fn all(&self, layer: &Dense<'_>, limits: Limits, out: &mut [i16]) {
        let mut weights = layer.weights;
        for (channel, slot) in out.iter_mut().enumerate() {
            *slot = layer.finish(channel, layer.bias_of(channel) + self.dot(weights), limits);
            weights = weights.get(layer.inputs..).unwrap_or_default();
        }
    }

    /// Σ weight x; `weights` begins with those of a channel and goes on with
    /// what follows them.
    #[inline]
    fn dot(&self, weights: &[u8]) -> i32 {
        let (chunks, _) = weights.as_chunks::<LANES>();
        let (Some(chunks), Some(lanes)) = (chunks.get(..self.used), self.lanes.get(..self.used))
        else {
            return product(weights, self.whole);
        };
        let mut sums = wide::i32x8::default();
        for (w, x) in chunks.iter().zip(lanes) {
            let w = wide::i8x16::from(w.map(u8::cast_signed));
            sums += wide::i16x16::from(w).dot(wide::i16x16::from(*x));
        }
        sums.reduce_add()
    }
}
