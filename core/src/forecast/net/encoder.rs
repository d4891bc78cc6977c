//! The residual blocks.

use super::{
    CHUNK, INPUT_ROWS, Inputs, OUTPUT_ROWS, add_rectified, carve, encoder_words, to_front,
};
use crate::forecast::features::{BITS, short};
use crate::forecast::kernel::{Limits, Ready, Room};
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
    let [grid, window, hidden, branch] = encoder_words(shape);
    let mut rest = scratch;
    let grid = carve(&mut rest, grid)?;
    let window = carve(&mut rest, window)?;
    let hidden = carve(&mut rest, hidden)?;
    let branch = carve(&mut rest, branch)?;

    let levels = model.blocks.iter().zip(INPUT_ROWS).zip(OUTPUT_ROWS);
    for (level, ((block, rows_in), rows_out)) in levels.enumerate() {
        let part = Part::of(block, shape.width(), rows_in, rows_out, rooms);
        if level == 0 {
            part.over_window(inputs, shape.past(), [window, hidden, branch], grid)?;
        } else {
            part.in_place(grid, hidden, branch)?;
        }
    }
    let bits = model.blocks.last().map_or(BITS, |block| block.bits_out);
    for (newest, value) in newest.iter_mut().zip(grid.iter()) {
        *newest = short(rescale(*value, bits, BITS));
    }
    Some(())
}

/// A block, and what is needed of it.
struct Part<'r> {
    block: &'r Block<'r>,
    first: Ready<'r>,
    second: Ready<'r>,
    skip: Option<Ready<'r>>,
    width: usize,
    rows_in: usize,
    rows_out: usize,
}

impl<'r> Part<'r> {
    fn of(
        block: &'r Block<'r>,
        width: usize,
        rows_in: usize,
        rows_out: usize,
        [of_first, of_second, of_skip]: &'r mut [Room; 3],
    ) -> Self {
        let (first, second) = (block.first.ready(of_first), block.second.ready(of_second));
        let skip = block.skip.as_ref().map(|skip| skip.ready(of_skip));
        Self { block, first, second, skip, width, rows_in, rows_out }
    }

    /// Steps that are computed together, and their number.
    fn chunks(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let rows = self.rows_out;
        (0..rows).step_by(CHUNK).map(move |step| (step, CHUNK.min(rows - step)))
    }

    /// The first block: its input is the window, of which some rows are there
    /// at a time.
    fn over_window(
        &self,
        inputs: &dyn Inputs,
        past: usize,
        [window, hidden, branch]: [&mut [i16]; 3],
        grid: &mut [i16],
    ) -> Option<()> {
        for (step, count) in self.chunks() {
            // Two more rows of the window and one of the hidden layer than the
            // steps have of their own reach into the next steps.
            let mut kept = 0;
            if step > 0 {
                kept = 3;
                to_front(window, 2 * CHUNK * past, kept * past);
            }
            let new = window.get_mut(kept * past..(2 * count + 3) * past)?;
            let back = 2 * step + kept;
            let inside = self.rows_in.saturating_sub(back) * past;
            let (new, before) = new.split_at_mut(inside.min(new.len()));
            inputs.past(back, new);
            before.fill(0);
            let branch = self.branch(step, count, window, past, hidden, branch)?;
            let out = grid.get_mut(step * self.width..(step + count) * self.width)?;
            if let Some(skip) = self.skip {
                skip.rows(window, 2 * past, Limits::SYMMETRIC, out);
                add_rectified(out, branch, 0, 0);
            } else {
                self.join(window, branch);
                copy(out, branch);
            }
        }
        Some(())
    }

    /// Any other block, over its input: a row lies behind those that depend on
    /// it.
    fn in_place(&self, grid: &mut [i16], hidden: &mut [i16], branch: &mut [i16]) -> Option<()> {
        let width = self.width;
        // Before the window.
        grid.get_mut(self.rows_in * width..(self.rows_in + 2) * width)?.fill(0);
        for (step, count) in self.chunks() {
            let input = grid.get(2 * step * width..)?;
            let branch = self.branch(step, count, input, width, hidden, branch)?;
            self.join(input, branch);
            copy(grid.get_mut(step * width..)?, branch);
        }
        Some(())
    }

    /// Adds every second row of the input to the branch.
    fn join(&self, input: &[i16], branch: &mut [i16]) {
        let width = self.width.max(1);
        let [from, to] = [self.block.bits_in, self.block.bits_out];
        let rows = input.chunks_exact(width).step_by(2);
        for (branch, row) in branch.chunks_exact_mut(width).zip(rows) {
            add_rectified(branch, row, from, to);
        }
    }

    /// What two convolutions make of the input, which begins with the row of
    /// `step`. Of the hidden rows, one more than twice the steps, the first is
    /// there but for the first steps.
    fn branch<'b>(
        &self,
        step: usize,
        count: usize,
        input: &[i16],
        inputs: usize,
        hidden: &mut [i16],
        branch: &'b mut [i16],
    ) -> Option<&'b mut [i16]> {
        let width = self.width;
        let kept = usize::from(step > 0);
        if kept > 0 {
            to_front(hidden, 2 * CHUNK * width, width);
        }
        // A row of the hidden layer before the window is zero, not what the
        // layer would make of zeros.
        let inside = (2 * count + 1).min(self.rows_in - 2 * step);
        let new = hidden.get_mut(kept * width..(2 * count + 1) * width)?;
        let (new, before) = new.split_at_mut_checked((inside - kept) * width)?;
        self.first.rows(input.get(kept * inputs..)?, inputs, Limits::RECTIFIED, new);
        before.fill(0);
        let branch = branch.get_mut(..count * width)?;
        self.second.rows(hidden, 2 * width, Limits::SYMMETRIC, branch);
        Some(branch)
    }
}

fn copy(to: &mut [i16], from: &[i16]) {
    for (slot, value) in to.iter_mut().zip(from) {
        *slot = *value;
    }
}
