//! A dense layer in integers: what every layer of the network comes down to.

use super::ModelError;
use super::bytes::Reader;
use crate::forecast::kernel::{Dense, Limits, Ready, Room, Steps};

/// `out = (Σ weight x + bias) multiplier / 2^32`, rounded, by output channel.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::forecast) struct Layer<'a> {
    dense: Dense<'a>,
}

impl<'a> Layer<'a> {
    /// Reads a layer and proves that no sum of it leaves 32 bits, whatever the
    /// inputs within ±`limit` and in whatever order it is formed.
    pub(super) fn read(
        reader: &mut Reader<'a>,
        name: &'static str,
        inputs: usize,
        outputs: usize,
        has_bias: bool,
        limit: i16,
    ) -> Result<Self, ModelError> {
        let bias = reader.quads(if has_bias { outputs } else { 0 })?;
        let multiplier = reader.quads(outputs)?;
        let weights = reader.rest();
        reader.take(inputs * outputs)?;
        reader.align()?;
        let layer = Self { dense: Dense { inputs, bias, multiplier, weights } };
        for (channel, (row, bias, multiplier)) in layer.rows().enumerate() {
            if multiplier < 0 {
                return Err(ModelError::Multiplier { layer: name, channel });
            }
            let sum: i64 = row.iter().map(|w| i64::from(w.cast_signed()).abs()).sum();
            if sum * i64::from(limit) + i64::from(bias).abs() > i64::from(i32::MAX) {
                return Err(ModelError::Overflow { layer: name, channel });
            }
        }
        Ok(layer)
    }

    /// Weights in the order of the file, bias and multiplier by output channel.
    pub(in crate::forecast) fn rows(&self) -> impl Iterator<Item = (&'a [u8], i32, i32)> {
        let Dense { inputs, bias, multiplier, weights } = self.dense;
        let bias = bias.iter().copied().map(i32::from_le_bytes).chain(core::iter::repeat(0));
        let multiplier = multiplier.iter().copied().map(i32::from_le_bytes);
        let weights = weights.get(..self.weight_count()).unwrap_or_default();
        let rows = weights.chunks_exact(inputs.max(1));
        rows.zip(bias).zip(multiplier).map(|((row, bias), multiplier)| (row, bias, multiplier))
    }

    pub(in crate::forecast) fn weight_count(&self) -> usize {
        self.dense.inputs * self.dense.outputs()
    }

    /// All output channels of one row.
    pub(in crate::forecast) fn apply(&self, x: &[i16], limits: Limits, out: &mut [i16]) {
        self.apply_rows(
            x,
            Steps::every(0),
            limits,
            out.get_mut(..self.dense.outputs()).unwrap_or_default(),
        );
    }

    /// For many calls, in memory that is lent.
    pub(in crate::forecast) fn ready<'r>(&'r self, room: &'r mut Room) -> Ready<'r> {
        self.dense.ready(room)
    }

    /// All output channels of as many rows as `out` has room for.
    pub(in crate::forecast) fn apply_rows(
        &self,
        x: &[i16],
        steps: Steps,
        limits: Limits,
        out: &mut [i16],
    ) {
        self.dense.rows(x, steps, limits, out);
    }
}

/// Brings an activation from one number of fraction bits to another, halves
/// up. Neither is above 15, so the result fits.
pub(in crate::forecast) fn rescale(value: i16, bits_from: u8, bits_to: u8) -> i32 {
    let value = i32::from(value);
    match bits_from.checked_sub(bits_to) {
        None => value << (bits_to - bits_from).min(15),
        Some(0) => value,
        Some(shift) => (value + (1 << (shift.min(15) - 1))) >> shift.min(15),
    }
}
