//! Evaluates a network in scratch memory that the caller lends.
//!
//! Seen as steps back from the newest hour, block l of a causal network with
//! dilations 1, 5, 25 works on every 5^l-th row; only rows on which the last step
//! depends are computed. The five rows under one row of a block's output end where
//! those under the next begin.

mod decoder;
mod encoder;
#[cfg(test)]
pub(in crate::forecast) mod tests;

use super::kernel::{self, Room};
use super::model::{BLOCKS, DAYS, Model, STRIDE, Shape, WINDOW};
use super::{ForecastError, HORIZON};

pub(super) use decoder::Raw;

/// Where the simple forecasts begin among the values of an hour to come.
pub(super) const BASES_AT: usize = 5;
/// Rows that are computed together: twice what the kernels do at once.
const CHUNK: usize = 8;
/// The most rows of a block's output that are: the last ones are not left alone.
const MOST: usize = CHUNK + STRIDE * STRIDE % CHUNK;
/// Hours, or rows of the hidden layer, that a convolution reaches over.
const TAPS: usize = 3;

/// Rows of each block's output on which the newest step of the last depends.
const OUTPUT_ROWS: [usize; BLOCKS] = [STRIDE * STRIDE, STRIDE, 1];
// All that lie under them lie within the window, each under one alone.
const _: () = assert!(STRIDE.pow(3) <= WINDOW && 2 * TAPS - 1 <= STRIDE);

/// What the network is told. Every value lies within ±32 767.
pub(super) trait Inputs {
    /// Rows of past hours, back from hour `back` on; 0 is the newest.
    fn past(&self, back: usize, rows: &mut [i16]);
    /// The values that hold for the whole forecast.
    fn context(&self, row: &mut [i16]);
    /// Rows of hours to come, from hour `ahead` on; 0 is the first.
    fn hours(&self, ahead: usize, rows: &mut [i16]);
}

/// The newest row and the context; an even number of words, so that what lies
/// behind them begins at a multiple of four bytes, as the fast kernel wants it.
fn state_words(shape: &Shape) -> usize {
    (shape.width() + shape.context()).next_multiple_of(2)
}

/// Words that the encoder needs and the decoder may use again: rows of the
/// first block's output; of its input, or of the second block's output; of a
/// hidden layer. Even, for what lies behind.
fn encoder_words(shape: &Shape) -> [usize; 3] {
    let [rows, fewer, ..] = OUTPUT_ROWS;
    let width = shape.width();
    let other = (MOST * STRIDE * shape.past()).max(fewer * width);
    [rows * width, other, MOST * TAPS * width].map(|words| words.next_multiple_of(2))
}

fn decoder_words(shape: &Shape) -> usize {
    let by_row = shape.hours() + 3 * shape.decoder() + decoder::OUTPUTS;
    HORIZON + DAYS * (shape.bases() + 2) + 4 * shape.decoder() + CHUNK * by_row
}

/// 16-bit words of scratch that [`run`] needs.
pub(super) fn scratch_words(shape: &Shape) -> usize {
    let encoder = encoder_words(shape).into_iter().sum::<usize>();
    state_words(shape) + encoder.max(decoder_words(shape))
}

/// Multiplications with a weight in [`run`] over the whole horizon.
pub(super) fn multiply_accumulates(model: &Model<'_>) -> usize {
    counted(model, OUTPUT_ROWS.map(|rows| [TAPS * rows, rows]))
}

/// The same, had every block all rows of the window.
pub(super) fn full_window_multiply_accumulates(model: &Model<'_>) -> usize {
    counted(model, [[WINDOW; 2]; BLOCKS])
}

/// With so many rows of each block's hidden layer and output.
fn counted(model: &Model<'_>, rows: [[usize; 2]; BLOCKS]) -> usize {
    let encoder = model.blocks.iter().zip(rows).map(|(block, [hidden, out])| {
        let skip = block.skip.map_or(0, |skip| skip.weight_count());
        hidden * block.first.weight_count() + out * (block.second.weight_count() + skip)
    });
    let once = [&model.head, &model.gate, &model.spread, &model.modulate, &model.shift];
    let hourly = [&model.lift, &model.mix, &model.out];
    let blend = model.shape().bases();
    encoder.sum::<usize>()
        + once.iter().map(|layer| layer.weight_count()).sum::<usize>()
        + HORIZON * (hourly.iter().map(|layer| layer.weight_count()).sum::<usize>() + blend)
}

/// Takes the next `count` words of what is left.
fn carve<'s>(rest: &mut &'s mut [i16], count: usize) -> Option<&'s mut [i16]> {
    let (taken, left) = core::mem::take(rest).split_at_mut_checked(count)?;
    *rest = left;
    Some(taken)
}

/// Moves `count` values that begin at `from` to the front, which ends before.
fn to_front(values: &mut [i16], from: usize, count: usize) {
    let Some((front, back)) = values.split_at_mut_checked(from) else { return };
    for (slot, value) in front.iter_mut().zip(back).take(count) {
        *slot = *value;
    }
}

/// Brings values from one number of fraction bits to another, adds them and
/// rectifies the sums.
fn add_rectified(sums: &mut [i16], values: &[i16], bits_from: u8, bits_to: u8) {
    // As `rescale`, one of the two shifts being none.
    let [left, right] = [(bits_to, bits_from), (bits_from, bits_to)]
        .map(|(more, fewer): (u8, u8)| more.saturating_sub(fewer).min(15));
    kernel::add_rectified(sums, values, left, right);
}

/// Forecasts the first `hours` hours and hands over each in turn.
///
/// # Errors
/// [`ForecastError::ScratchTooSmall`] where `scratch` has fewer than
/// [`scratch_words`].
pub(super) fn run(
    model: &Model<'_>,
    inputs: &dyn Inputs,
    hours: usize,
    scratch: &mut [i16],
    each: &mut dyn FnMut(usize, Raw),
) -> Result<(), ForecastError> {
    let shape = model.shape();
    let words = scratch_words(shape);
    let too_small = ForecastError::ScratchTooSmall { words };
    let mut rooms = [const { Room::new() }; 3];
    let mut rest = scratch;
    let state = carve(&mut rest, state_words(shape)).ok_or(too_small)?;
    let state = state.get_mut(..shape.width() + shape.context()).ok_or(too_small)?;
    let (newest, context) = state.split_at_mut_checked(shape.width()).ok_or(too_small)?;
    encoder::newest(model, inputs, &mut rooms, rest, newest).ok_or(too_small)?;
    inputs.context(context);
    let hours = hours.min(HORIZON);
    decoder::hours(model, inputs, &mut rooms, state, hours, rest, each).ok_or(too_small)
}
