//! The residual blocks.

use super::{INPUT_ROWS, Inputs, OUTPUT_ROWS, WINDOW_ROWS, carve};
use crate::forecast::features::{BITS, clamp16};
use crate::forecast::model::{Block, Floor, Model, rescale};

/// The newest row of the last block, in Q11; `None` where `scratch` is too
/// small.
pub(super) fn newest(
    model: &Model<'_>,
    inputs: &dyn Inputs,
    scratch: &mut [i16],
    newest: &mut [i16],
) -> Option<()> {
    let (past, width) = (model.shape().past(), model.shape().width());
    let [first_rows, ..] = OUTPUT_ROWS;
    let mut rest = scratch;
    let grid = carve(&mut rest, first_rows * width)?;
    let window = carve(&mut rest, WINDOW_ROWS * past.max(width))?;
    let hidden = carve(&mut rest, 3 * width)?;
    let branch = carve(&mut rest, width)?;

    let levels = model.blocks.iter().zip(INPUT_ROWS).zip(OUTPUT_ROWS);
    for (level, ((block, rows_in), rows_out)) in levels.enumerate() {
        let row_width = if level == 0 { past } else { width };
        let window = window.get_mut(..WINDOW_ROWS * row_width)?;
        for step in 0..rows_out {
            let kept = if step == 0 { 0 } else { WINDOW_ROWS - 2 };
            if step > 0 {
                window.copy_within(2 * row_width.., 0);
                hidden.copy_within(2 * width.., 0);
            }
            for (place, row) in window.chunks_exact_mut(row_width).enumerate().skip(kept) {
                let back = 2 * step + place;
                if back >= rows_in {
                    row.fill(0);
                } else if level == 0 {
                    inputs.past(back, row);
                } else {
                    row.copy_from_slice(grid.get(back * width..(back + 1) * width)?);
                }
            }
            // A row of the hidden layer before the window is zero, not what
            // the layer would make of zeros.
            let inside = rows_in - 2 * step;
            let first_new = if step == 0 { 0 } else { 1 };
            for (place, row) in hidden.chunks_exact_mut(width).enumerate().skip(first_new) {
                if place < inside {
                    block.first.apply(window.get(place * row_width..)?, Floor::Zero, row);
                } else {
                    row.fill(0);
                }
            }
            block.second.apply(hidden, Floor::Symmetric, branch);
            let out = grid.get_mut(step * width..(step + 1) * width)?;
            join(block, window.get(..row_width)?, branch, out);
        }
    }
    let bits = model.blocks.last().map_or(BITS, |block| block.bits_out);
    for (newest, value) in newest.iter_mut().zip(grid.iter()) {
        *newest = clamp16(rescale(*value, bits, BITS).into());
    }
    Some(())
}

/// Adds a block's input, by way of its skip, to what its branch made of it.
fn join(block: &Block<'_>, input: &[i16], branch: &[i16], out: &mut [i16]) {
    let rectified = |sum: i32| clamp16(sum.max(0).into());
    if let Some(skip) = block.skip {
        skip.apply(input, Floor::Symmetric, out);
        for (out, branch) in out.iter_mut().zip(branch) {
            *out = rectified(i32::from(*out) + i32::from(*branch));
        }
    } else {
        for ((out, input), branch) in out.iter_mut().zip(input).zip(branch) {
            *out = rectified(rescale(*input, block.bits_in, block.bits_out) + i32::from(*branch));
        }
    }
}
