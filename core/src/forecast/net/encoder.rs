//! The residual blocks.

use super::{CHUNK, HIDDEN_ROWS, INPUT_ROWS, Inputs, OUTPUT_ROWS, WINDOW_ROWS, carve, to_front};
use crate::forecast::features::{BITS, short};
use crate::forecast::kernel::Limits;
use crate::forecast::model::{Block, Model, rescale};

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
    let hidden = carve(&mut rest, HIDDEN_ROWS * width)?;
    let branch = carve(&mut rest, CHUNK * width)?;

    let levels = model.blocks.iter().zip(INPUT_ROWS).zip(OUTPUT_ROWS);
    for (level, ((block, rows_in), rows_out)) in levels.enumerate() {
        let row_width = if level == 0 { past } else { width };
        for step in (0..rows_out).step_by(CHUNK) {
            let count = CHUNK.min(rows_out - step);
            // Two more rows of the input and one of the hidden layer than the
            // steps have of their own reach into the next steps.
            let (rows, hidden_rows) = (2 * count + 3, 2 * count + 1);
            let (mut kept, mut kept_hidden) = (0, 0);
            if step > 0 {
                (kept, kept_hidden) = (3, 1);
                let from = 2 * CHUNK * row_width;
                to_front(window, from, kept * row_width);
                to_front(hidden, 2 * CHUNK * width, width);
            }
            let places = window.chunks_exact_mut(row_width.max(1)).enumerate();
            for (place, row) in places.take(rows).skip(kept) {
                let back = 2 * step + place;
                if back >= rows_in {
                    row.fill(0);
                } else if level == 0 {
                    inputs.past(back, row);
                } else {
                    for (slot, value) in row.iter_mut().zip(grid.get(back * width..)?) {
                        *slot = *value;
                    }
                }
            }
            // A row of the hidden layer before the window is zero, not what
            // the layer would make of zeros.
            let inside = hidden_rows.min(rows_in - 2 * step);
            let new = hidden.get_mut(kept_hidden * width..hidden_rows * width)?;
            let (new, before) = new.split_at_mut_checked((inside - kept_hidden) * width)?;
            let from = window.get(kept_hidden * row_width..)?;
            block.first.apply_rows(from, row_width, Limits::RECTIFIED, new);
            before.fill(0);

            let branch = branch.get_mut(..count * width)?;
            block.second.apply_rows(hidden, 2 * width, Limits::SYMMETRIC, branch);
            let out = grid.get_mut(step * width..(step + count) * width)?;
            join(block, window, row_width, branch, out);
        }
    }
    let bits = model.blocks.last().map_or(BITS, |block| block.bits_out);
    for (newest, value) in newest.iter_mut().zip(grid.iter()) {
        *newest = short(rescale(*value, bits, BITS));
    }
    Some(())
}

/// Adds a block's input, by way of its skip, to what its branch made of it.
fn join(block: &Block<'_>, window: &[i16], row_width: usize, branch: &[i16], out: &mut [i16]) {
    let rectified = |sum: i32| short(sum.max(0));
    if let Some(skip) = block.skip {
        skip.apply_rows(window, 2 * row_width, Limits::SYMMETRIC, out);
        for (out, branch) in out.iter_mut().zip(branch) {
            *out = rectified(i32::from(*out) + i32::from(*branch));
        }
    } else {
        let rows = window.chunks_exact(row_width.max(1)).step_by(2);
        for ((out, input), branch) in out.iter_mut().zip(rows.flatten()).zip(branch) {
            *out = rectified(rescale(*input, block.bits_in, block.bits_out) + i32::from(*branch));
        }
    }
}
