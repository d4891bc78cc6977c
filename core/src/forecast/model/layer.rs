//! A dense layer in integers: what every layer of the network comes down to.

use super::ModelError;
use super::bytes::Reader;
use super::row::Row;

/// The largest magnitude of an activation.
const MAX_ACTIVATION: i64 = 32_767;

/// The lower limit of a layer's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::forecast) enum Floor {
    /// -32 767.
    Symmetric,
    /// 0: a rectifier.
    Zero,
}

impl Floor {
    fn bound(self, value: i64) -> i16 {
        let lowest = if self == Self::Zero { 0 } else { -MAX_ACTIVATION };
        i16::try_from(value.clamp(lowest, MAX_ACTIVATION)).unwrap_or(0)
    }
}

/// `out = (Σ weight x + bias) multiplier / 2^32`, rounded, by output channel.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::forecast) struct Layer<'a> {
    inputs: usize,
    /// Little-endian i32; empty where the layer has none.
    bias: &'a [[u8; 4]],
    /// Little-endian i32, not negative.
    multiplier: &'a [[u8; 4]],
    /// i8 by output, then by input, and all that follows in the file.
    weights: &'a [u8],
}

impl<'a> Layer<'a> {
    /// Reads a layer and proves that no sum of it leaves 32 bits, whatever the
    /// inputs and in whatever order it is formed.
    pub(super) fn read(
        reader: &mut Reader<'a>,
        name: &'static str,
        inputs: usize,
        outputs: usize,
        has_bias: bool,
    ) -> Result<Self, ModelError> {
        let bias = reader.quads(if has_bias { outputs } else { 0 })?;
        let multiplier = reader.quads(outputs)?;
        let weights = reader.rest();
        reader.take(inputs * outputs)?;
        reader.align()?;
        let layer = Self { inputs, bias, multiplier, weights };
        for (channel, (row, bias, multiplier)) in layer.rows().enumerate() {
            if multiplier < 0 {
                return Err(ModelError::Multiplier { layer: name, channel });
            }
            let sum: i64 = row.iter().map(|w| i64::from(w.cast_signed()).abs()).sum();
            if sum * MAX_ACTIVATION + i64::from(bias).abs() > i64::from(i32::MAX) {
                return Err(ModelError::Overflow { layer: name, channel });
            }
        }
        Ok(layer)
    }

    /// Weights, bias and multiplier by output channel.
    pub(in crate::forecast) fn rows(&self) -> impl Iterator<Item = (&'a [u8], i32, i32)> {
        let bias = self.bias.iter().copied().map(i32::from_le_bytes).chain(core::iter::repeat(0));
        let multiplier = self.multiplier.iter().copied().map(i32::from_le_bytes);
        let weights = self.weights.get(..self.weight_count()).unwrap_or_default();
        let rows = weights.chunks_exact(self.inputs.max(1));
        rows.zip(bias).zip(multiplier).map(|((row, bias), multiplier)| (row, bias, multiplier))
    }

    pub(in crate::forecast) fn weight_count(&self) -> usize {
        self.inputs * self.multiplier.len()
    }

    /// All output channels of one input row, which is as long as the layer's
    /// rows of weights.
    pub(in crate::forecast) fn apply(&self, x: &[i16], floor: Floor, out: &mut [i16]) {
        let x = Row::new(x.get(..self.inputs).unwrap_or_default());
        let mut weights = self.weights;
        let mut bias = self.bias.iter();
        for (multiplier, slot) in self.multiplier.iter().zip(out) {
            let bias = bias.next().map_or(0, |bias| i32::from_le_bytes(*bias));
            *slot = finish(bias + x.dot(weights), i32::from_le_bytes(*multiplier), floor);
            weights = weights.get(self.inputs..).unwrap_or_default();
        }
    }

    /// One output channel; 0 where there is no such channel.
    pub(in crate::forecast) fn channel(&self, index: usize, x: &[i16]) -> i16 {
        let row = self.weights.get(index * self.inputs..).unwrap_or_default();
        let number = |of: &[[u8; 4]]| of.get(index).copied().map_or(0, i32::from_le_bytes);
        let sum = number(self.bias) + Row::new(x.get(..self.inputs).unwrap_or_default()).dot(row);
        finish(sum, number(self.multiplier), Floor::Symmetric)
    }
}

/// Brings an accumulator to the scale of the output, halves up.
fn finish(sum: i32, multiplier: i32, floor: Floor) -> i16 {
    floor.bound((i64::from(sum) * i64::from(multiplier) + (1 << 31)) >> 32)
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
