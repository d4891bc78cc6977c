//! One layer in integers.

use std::mem::swap;

use super::QuantiseError;
use super::float::Float;

/// The largest magnitude of an activation, and of an accumulator.
const MOST_ACTIVATION: f64 = 32_767.0;
const MOST_SUM: f64 = 2_147_483_647.0;

/// Weights [outputs][inputs], as numbers of their channel's own scale.
pub(super) struct Linear {
    weights: Vec<i8>,
    /// Empty where there is none.
    bias: Vec<i32>,
    multiplier: Vec<i32>,
}

impl Linear {
    /// From float weights; the fraction bits of what goes in and of what comes
    /// out.
    pub(super) fn of(
        name: &str,
        float: &Float,
        bits_in: i32,
        bits_out: i32,
    ) -> Result<Self, QuantiseError> {
        Self::within(name, float, MOST_ACTIVATION, bits_in, bits_out)
    }

    /// The same, where what goes in has a magnitude of at most `limit`.
    pub(super) fn within(
        name: &str,
        float: &Float,
        limit: f64,
        bits_in: i32,
        bits_out: i32,
    ) -> Result<Self, QuantiseError> {
        let mut layer = Self { weights: vec![], bias: vec![], multiplier: vec![] };
        for (channel, row) in float.rows.iter().enumerate() {
            let does_not_fit = || QuantiseError::DoesNotFit { layer: name.to_owned(), channel };
            let (scale, mut weights) = scaled(row);
            let offset = float.bias.as_ref().and_then(|bias| bias.get(channel)).copied();
            let offset = offset.unwrap_or(0.0);
            let bias = (offset / scale * 2_f64.powi(bits_in)).round_ties_even();
            let multiplier =
                (scale * 2_f64.powi(bits_out - bits_in) * 2_f64.powi(32)).round_ties_even();
            let bound = weights.iter().map(|w| w.abs()).sum::<f64>() * limit + bias.abs();
            // False for what is not a number as well.
            if !(bound <= MOST_SUM && multiplier < 2_f64.powi(31)) {
                return Err(does_not_fit());
            }
            let small = |value: f64| narrow(value).ok_or_else(does_not_fit);
            // The kernels want the middle two of each whole four in this order.
            weights.as_chunks_mut::<4>().0.iter_mut().for_each(|[_, b, c, _]| swap(b, c));
            for weight in weights {
                layer.weights.push(i8::try_from(small(weight)?).map_err(|_| does_not_fit())?);
            }
            if float.bias.is_some() {
                layer.bias.push(small(bias)?);
            }
            layer.multiplier.push(small(multiplier)?);
        }
        Ok(layer)
    }

    /// As the file holds it.
    pub(super) fn write(&self, file: &mut Vec<u8>) {
        for number in self.bias.iter().chain(&self.multiplier) {
            file.extend(number.to_le_bytes());
        }
        file.extend(self.weights.iter().map(|weight| weight.cast_unsigned()));
        align(file);
    }
}

/// A channel's scale, and its weights in units of it.
pub(super) fn scaled(row: &[f64]) -> (f64, Vec<f64>) {
    let peak = row.iter().fold(0.0_f64, |peak, w| peak.max(w.abs())).max(1e-6);
    let scale = peak / 127.0;
    (scale, row.iter().map(|w| (w / scale).round_ties_even().clamp(-127.0, 127.0)).collect())
}

/// Fills with zeros to a multiple of four bytes.
pub(super) fn align(file: &mut Vec<u8>) {
    file.resize(file.len().next_multiple_of(4), 0);
}

/// A whole number that fits.
#[allow(clippy::cast_possible_truncation, reason = "within the range by then")]
pub(super) fn narrow(value: f64) -> Option<i32> {
    let fits = (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&value);
    fits.then_some(value as i32)
}
