//! The residual blocks.

use super::{CHUNK, Inputs, OUTPUT_ROWS, STRIDE, TAPS, add_rectified, carve, encoder_words};
use crate::forecast::features::{BITS, short};
use crate::forecast::kernel::{Limits, Ready, Room, Steps};
use crate::forecast::model::{Block, Model, rescale};

/// The newest row of the last block, in Q11; `None` where `scratch` is too
/// small.
pub(super) fn newest(
    model: &Model<'_>,
    inputs: &dyn Inputs,
    rooms: &mut [Room; 3],
    scratch: &mut [i16],
    newest: &mut [i16],
) -> Option<()> {
    let shape = model.shape();
    let [output, input, hidden] = encoder_words(shape);
    let mut rest = scratch;
    let mut output = carve(&mut rest, output)?;
    let mut input = carve(&mut rest, input)?;
    let hidden = carve(&mut rest, hidden)?;

    let width = shape.width();
    for (level, (block, rows)) in model.blocks.iter().zip(OUTPUT_ROWS).enumerate() {
        let values = if level == 0 { shape.past() } else { width };
        let part = Part::of(block, [values, width], rooms);
        for (first, count) in chunks(rows) {
            let input = if level == 0 {
                // Of the window a part is there at a time.
                let window = input.get_mut(..count * STRIDE * values)?;
                inputs.past(first * STRIDE, window);
                &*window
            } else {
                input.get(first * STRIDE * values..)?
            };
            let out = output.get_mut(first * width..(first + count) * width)?;
            part.rows(input, hidden, out)?;
        }
        core::mem::swap(&mut input, &mut output);
    }
    let bits = model.blocks.last().map_or(BITS, |block| block.bits_out);
    for (newest, value) in newest.iter_mut().zip(input.iter()) {
        *newest = short(rescale(*value, bits, BITS));
    }
    Some(())
}

/// Rows of an output that are computed together, and their number.
fn chunks(rows: usize) -> impl Iterator<Item = (usize, usize)> {
    let last = (rows / CHUNK).max(1) - 1;
    (0..=last).map(move |chunk| {
        let first = chunk * CHUNK;
        (first, if chunk == last { rows - first } else { CHUNK })
    })
}

/// A block, ready for many rows.
struct Part<'r> {
    block: &'r Block<'r>,
    first: Ready<'r>,
    second: Ready<'r>,
    skip: Option<Ready<'r>>,
    /// Values per row of the input, and of all else.
    values: usize,
    width: usize,
}

impl<'r> Part<'r> {
    fn of(
        block: &'r Block<'r>,
        [values, width]: [usize; 2],
        [of_first, of_second, of_skip]: &'r mut [Room; 3],
    ) -> Self {
        let (first, second) = (block.first.ready(of_first), block.second.ready(of_second));
        let skip = block.skip.as_ref().map(|skip| skip.ready(of_skip));
        Self { block, first, second, skip, values, width }
    }

    /// As many rows as `out` has room for: each from five of the input, by way
    /// of three of the hidden layer.
    fn rows(&self, input: &[i16], hidden: &mut [i16], out: &mut [i16]) -> Option<()> {
        let Self { values, width, .. } = *self;
        let far = STRIDE * values;
        let hidden = hidden.get_mut(..TAPS * out.len())?;
        self.first.rows(input, Steps::groups(TAPS, values, far), Limits::RECTIFIED, hidden);
        self.second.rows(hidden, Steps::every(TAPS * width), Limits::SYMMETRIC, out);
        if let Some(skip) = self.skip {
            let around = hidden.get_mut(..out.len())?;
            skip.rows(input, Steps::every(far), Limits::SYMMETRIC, around);
            add_rectified(out, around, 0, 0);
        } else {
            let [from, to] = [self.block.bits_in, self.block.bits_out];
            for (row, out) in out.chunks_exact_mut(width.max(1)).enumerate() {
                add_rectified(out, input.get(row * far..)?, from, to);
            }
        }
        Some(())
    }
}
