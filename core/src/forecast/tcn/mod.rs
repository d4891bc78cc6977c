//! Networks of any size: a user's own, or that of a paper.

#[cfg(test)]
mod tests;

use super::kernel::Steps;
use super::model::tcn::{Block, Network};
use super::model::{ModelError, rescale};
use super::{ForecastError, Hour};

/// A temporal convolutional network: residual blocks of two dilated causal
/// convolutions each, then dense layers on the newest step. `FORMAT.md` beside
/// this folder specifies its file (architecture 2).
///
/// What its inputs mean is the caller's affair: a window of rows of fixed-point
/// numbers goes in, one row of them comes out. Only the steps on which the
/// newest one depends are computed, in memory that the caller lends.
///
/// ```
/// use wattcast_core::forecast::{ModelError, Tcn};
///
/// fn last_day(file: &[u8], window: &[i16]) -> Result<Vec<i16>, Box<dyn std::error::Error>> {
///     let network = Tcn::load(file)?;
///     let mut scratch = vec![0; network.scratch_words()];
///     let mut out = vec![0; network.outputs()];
///     network.run(window, &mut scratch, &mut out)?;
///     Ok(out)
/// }
/// assert!(last_day(b"WCFM", &[]).is_err());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Tcn<'a> {
    network: Network<'a>,
}

/// Rows of a block on which the newest step depends, on a grid as wide as its
/// dilation, newest first.
#[derive(Clone, Copy, Debug)]
struct Rows {
    /// Of the input: those before the window are zeros.
    input: usize,
    /// Of the hidden layer, likewise.
    hidden: usize,
    /// Of the output.
    out: usize,
    /// Rows of this grid that lie within the window.
    inside: usize,
    /// Rows of this grid from one of the output to the next.
    step: usize,
}

impl<'a> Tcn<'a> {
    /// Checks a file and opens it in place.
    ///
    /// # Errors
    /// [`ModelError`] names what is wrong. Any bytes may be given.
    pub fn load(file: &'a [u8]) -> Result<Self, ModelError> {
        Network::load(file).map(|network| Self { network })
    }

    /// The size of the file.
    #[must_use]
    pub const fn size_bytes(&self) -> usize {
        self.network.size_bytes
    }

    /// The first hour of which its training saw nothing.
    #[must_use]
    pub const fn trained_until(&self) -> Hour {
        self.network.trained_until
    }

    /// What the file says of itself: lines of `key=value`.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.network.text
    }

    /// Values of a row of the window.
    #[must_use]
    pub const fn inputs(&self) -> usize {
        self.network.inputs
    }

    /// Rows of the window.
    #[must_use]
    pub const fn window(&self) -> usize {
        self.network.window
    }

    /// Values that come out.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.network.dense().last().map_or(0, |dense| dense.outputs)
    }

    /// Fraction bits of the values that go in and come out.
    #[must_use]
    pub fn bits(&self) -> [u8; 2] {
        [self.network.format.bits, self.network.dense().last().map_or(0, |dense| dense.out.bits)]
    }

    /// The multiplications with a weight that one run takes.
    #[must_use]
    pub fn multiply_accumulates(&self) -> usize {
        let blocks = self.network.blocks().iter().enumerate().map(|(index, block)| {
            let rows = self.rows(index);
            let skip = block.skip.map_or(0, |skip| skip.weight_count());
            rows.hidden.min(rows.inside) * block.first.weight_count()
                + rows.out * (block.second.weight_count() + skip)
        });
        let dense = self.network.dense().iter().map(|dense| dense.layer.weight_count());
        blocks.sum::<usize>() + dense.sum::<usize>()
    }

    /// The scratch memory of a run, in 16-bit words.
    #[must_use]
    pub fn scratch_words(&self) -> usize {
        let [row, hidden] = self.buffers();
        2 * row + hidden
    }

    /// What is needed of a block: beginning with the last, of which the newest
    /// step is wanted.
    fn rows(&self, index: usize) -> Rows {
        let blocks = self.network.blocks();
        let mut wanted = 1;
        let mut next = blocks.last().map_or(1, |block| block.dilation);
        let mut found = Rows { input: 1, hidden: 1, out: 1, inside: 1, step: 1 };
        for block in blocks.iter().skip(index).rev() {
            let step = (next / block.dilation.max(1)).max(1);
            let inside = self.network.window.div_ceil(block.dilation.max(1));
            let hidden = (wanted - 1) * step + block.taps;
            let input = hidden + block.taps - 1;
            found = Rows { input, hidden, out: wanted, inside, step };
            wanted = input.min(inside);
            next = block.dilation;
        }
        found
    }

    /// Words of the rows that go into a layer, and of a hidden layer.
    fn buffers(&self) -> [usize; 2] {
        let (mut row, mut hidden, mut width) = (0, 0, self.network.inputs);
        for (index, block) in self.network.blocks().iter().enumerate() {
            let rows = self.rows(index);
            row = row.max(rows.input * width);
            hidden = hidden.max(rows.hidden * block.channels);
            width = block.channels;
            row = row.max(rows.out * width);
        }
        for dense in self.network.dense() {
            row = row.max(dense.outputs);
        }
        [row, hidden]
    }

    /// Runs it on a window: [`Tcn::window`] rows of [`Tcn::inputs`] values, the
    /// oldest row first; a value beyond what the file allows counts as the
    /// largest that it does.
    ///
    /// # Errors
    /// [`ForecastError::ScratchTooSmall`];  [`ForecastError::WrongLength`]
    /// where the window or `out` is not as long as it must be.
    pub fn run(
        &self,
        window: &[i16],
        scratch: &mut [i16],
        out: &mut [i16],
    ) -> Result<(), ForecastError> {
        let network = &self.network;
        for (found, words) in
            [(window.len(), network.window * network.inputs), (out.len(), self.outputs())]
        {
            if found != words {
                return Err(ForecastError::WrongLength { found, words });
            }
        }
        let words = self.scratch_words();
        self.evaluate(window, scratch, out).ok_or(ForecastError::ScratchTooSmall { words })
    }

    /// `None` where `scratch` is too small.
    fn evaluate(&self, window: &[i16], scratch: &mut [i16], out: &mut [i16]) -> Option<()> {
        let network = &self.network;
        let [row_words, hidden_words] = self.buffers();
        let (mut input, rest) = scratch.split_at_mut_checked(row_words)?;
        let (mut output, rest) = rest.split_at_mut_checked(row_words)?;
        let hidden = rest.get_mut(..hidden_words)?;

        let first = network.blocks().first()?;
        let limits = network.format.symmetric();
        let newest_first = window.chunks_exact(network.inputs).rev().step_by(first.dilation);
        for (row, values) in input.chunks_exact_mut(network.inputs).zip(newest_first) {
            for (slot, value) in row.iter_mut().zip(values) {
                *slot = limits.bound((*value).into());
            }
        }
        let (mut width, mut bits) = (network.inputs, network.format.bits);
        for (index, block) in network.blocks().iter().enumerate() {
            let rows = self.rows(index);
            let rows_in = rows.input.min(rows.inside) * width;
            input.get_mut(rows_in..rows.input * width)?.fill(0);
            apply(block, rows, input, [width, bits.into()], hidden, output)?;
            core::mem::swap(&mut input, &mut output);
            (width, bits) = (block.channels, block.out.bits);
        }
        for dense in network.dense() {
            let limits =
                if dense.rectified { dense.out.rectified() } else { dense.out.symmetric() };
            dense.layer.apply(input.get(..width)?, limits, output.get_mut(..dense.outputs)?);
            core::mem::swap(&mut input, &mut output);
            width = dense.outputs;
        }
        out.copy_from_slice(input.get(..width)?);
        Some(())
    }
}

/// One block: `input` holds rows of `width` values, the newest first.
fn apply(
    block: &Block<'_>,
    rows: Rows,
    input: &[i16],
    [width, bits]: [usize; 2],
    hidden: &mut [i16],
    output: &mut [i16],
) -> Option<()> {
    let channels = block.channels;
    let (there, before) = hidden
        .get_mut(..rows.hidden * channels)?
        .split_at_mut_checked(rows.hidden.min(rows.inside) * channels)?;
    block.first.apply_rows(input, Steps::every(width), block.hidden.rectified(), there);
    // Before the window the hidden layer is zero, not what it makes of zeros.
    before.fill(0);

    let output = output.get_mut(..rows.out * channels)?;
    let limits = if block.rectified { block.out.rectified() } else { block.out.symmetric() };
    block.second.apply_rows(hidden, Steps::every(rows.step * channels), limits, output);
    let joined = block.out.rectified();
    if let Some(skip) = block.skip {
        let around = hidden.get_mut(..rows.out * channels)?;
        let steps = Steps::every(rows.step * width);
        skip.apply_rows(input, steps, block.out.symmetric(), around);
        for (out, around) in output.iter_mut().zip(around) {
            *out = joined.bound(i64::from(*out) + i64::from(*around));
        }
    } else {
        let bits = u8::try_from(bits).unwrap_or(0);
        let around = input.chunks_exact(width).step_by(rows.step).flatten();
        for (out, around) in output.iter_mut().zip(around) {
            let around = rescale(*around, bits, block.out.bits);
            *out = joined.bound(i64::from(*out) + i64::from(around));
        }
    }
    Some(())
}
