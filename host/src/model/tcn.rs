//! Networks of any size, eco4cast's for one: residual dilated causal blocks,
//! then dense layers on the newest step, from an ONNX file to integers.
//!
//! Its tensors are `block0.first.weight` [channels, inputs, taps] and `.bias`,
//! `block0.second` likewise, `block0.skip.weight` [channels, inputs, 1] and
//! `.bias` where the widths differ, and so on; then `dense0.weight` [outputs,
//! inputs] and `.bias`, and so on. Block N looks 2^N steps back from tap to tap;
//! the hidden layers are rectified, and all dense ones but the last.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use wattcast_core::forecast::Tcn;

use super::QuantiseError;
use super::float::{Float, Peaks, Tensors, rectified, see};
use super::linear::{Linear, align, narrow, scaled};
use super::onnx::tensors;
use super::pack::{described, head, sealed};

/// The architecture of the file.
const TCN: u8 = 2;
const MOST_ACTIVATION: f64 = 32_767.0;
const MOST_SUM: f64 = 2_147_483_647.0;
const RECTIFIED: u8 = 1;

/// What was seen of such a network's values, and what its file says of itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TcnRanges {
    /// Steps of a window.
    pub window: u16,
    /// Whether a block's second convolution is rectified before it is added to
    /// what goes around it, as eco4cast's is.
    pub rectified: bool,
    /// The first hour since 1970 (UTC) of which the training saw nothing.
    pub trained_until: u32,
    /// `name`, `sources` and `grids`.
    pub text: BTreeMap<String, String>,
    /// Largest magnitudes of `input`, `block0.hidden`, `block0.out`, …,
    /// `dense0`, …
    pub peak: BTreeMap<String, f64>,
}

/// Two convolutions and what goes around them.
#[derive(Clone, Debug)]
struct Block {
    first: Float,
    second: Float,
    skip: Option<Float>,
    taps: usize,
    dilation: usize,
}

/// The float network.
#[derive(Clone, Debug)]
pub struct FloatTcn {
    inputs: usize,
    blocks: Vec<Block>,
    dense: Vec<Float>,
}

impl FloatTcn {
    /// Reads an ONNX file; `None` where it has no tensor `dense0.weight`, which
    /// makes it a network of another kind.
    ///
    /// # Errors
    /// [`QuantiseError`] names a tensor that is missing or has another shape.
    pub fn read(onnx: &[u8]) -> Result<Option<Self>, QuantiseError> {
        let all = Tensors(tensors(onnx)?);
        if !all.has("dense0.weight") {
            return Ok(None);
        }
        let inputs = all.dim("block0.first.weight", 1)?;
        let (mut width, mut blocks, mut dense) = (inputs, vec![], vec![]);
        while all.has(&format!("block{}.first.weight", blocks.len())) {
            let name = |part: &str| format!("block{}.{part}", blocks.len());
            let weights = format!("{}.weight", name("first"));
            let (channels, taps) = (all.dim(&weights, 0)?, all.dim(&weights, 2)?);
            let shape = [channels, width, taps];
            let first = all.convolution(&name("first"), shape, true)?;
            let second = all.convolution(&name("second"), [channels, channels, taps], true)?;
            let skip = if width == channels {
                None
            } else {
                Some(all.convolution(&name("skip"), [channels, width, 1], true)?)
            };
            let dilation = 1_usize.checked_shl(u32::try_from(blocks.len()).unwrap_or(u32::MAX));
            let dilation = dilation.unwrap_or(usize::MAX);
            blocks.push(Block { first, second, skip, taps, dilation });
            width = channels;
        }
        while all.has(&format!("dense{}.weight", dense.len())) {
            let name = format!("dense{}", dense.len());
            let outputs = all.dim(&format!("{name}.weight"), 0)?;
            dense.push(all.dense(&name, [outputs, width], true)?);
            width = outputs;
        }
        Ok(Some(Self { inputs, blocks, dense }))
    }

    /// Values of a step.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// What it says of a window, whose oldest step comes first.
    #[must_use]
    pub fn answer(&self, window: &[Vec<f64>], rectified: bool) -> Vec<f64> {
        self.observed(window, rectified, &mut Peaks::new())
    }

    /// The same, noting how large the values become.
    fn observed(&self, window: &[Vec<f64>], second: bool, peaks: &mut Peaks) -> Vec<f64> {
        // Steps back from the newest that each block must give.
        let mut wanted = vec![BTreeSet::from([0_usize])];
        for block in self.blocks.iter().rev() {
            let out = wanted.last().cloned().unwrap_or_default();
            let reach = 0..2 * block.taps.saturating_sub(1) + 1;
            let rows = out.iter().flat_map(|t| reach.clone().map(move |k| t + k * block.dilation));
            wanted.push(rows.filter(|t| *t < window.len()).collect());
        }
        wanted.reverse();
        let steps = window.iter().rev().cloned().enumerate();
        let mut rows: BTreeMap<usize, Vec<f64>> = steps.collect();
        for row in rows.values() {
            see(peaks, "input", row, 1.0);
        }
        for ((at, block), out) in self.blocks.iter().enumerate().zip(wanted.iter().skip(1)) {
            let reach = 0..block.taps;
            let needed =
                out.iter().flat_map(|t| reach.clone().map(move |k| t + k * block.dilation));
            let needed: BTreeSet<usize> = needed.filter(|t| *t < window.len()).collect();
            let hidden: BTreeMap<usize, Vec<f64>> = needed
                .into_iter()
                .map(|t| (t, rectified(block.convolve(&block.first, &rows, t))))
                .collect();
            for row in hidden.values() {
                see(peaks, &format!("block{at}.hidden"), row, 1.0);
            }
            let joined = out.iter().map(|t| {
                let branch = block.convolve(&block.second, &hidden, *t);
                let branch = if second { rectified(branch) } else { branch };
                let input = rows.get(t).cloned().unwrap_or_default();
                let around = block.skip.as_ref().map_or(input.clone(), |skip| skip.apply(&input));
                (*t, rectified(branch.iter().zip(around).map(|(b, a)| b + a).collect()))
            });
            rows = joined.collect();
            for row in rows.values() {
                see(peaks, &format!("block{at}.out"), row, 1.0);
            }
        }
        let mut row = rows.remove(&0).unwrap_or_default();
        for (at, dense) in self.dense.iter().enumerate() {
            row = dense.apply(&row);
            if at + 1 < self.dense.len() {
                row = rectified(row);
            }
            see(peaks, &format!("dense{at}"), &row, 1.0);
        }
        row
    }

    /// The ranges of its values in windows of some steps, whose oldest comes
    /// first; what the file is to say of itself is left to the caller.
    ///
    /// # Errors
    /// [`QuantiseError::Calibration`] where there is no window, or a step has
    /// another number of values than the network takes.
    pub fn calibrate<'w>(
        &self,
        windows: impl IntoIterator<Item = &'w [Vec<f64>]>,
        rectified: bool,
    ) -> Result<TcnRanges, QuantiseError> {
        let mut peak = Peaks::new();
        let mut length = 0;
        for window in windows {
            if let Some(row) = window.iter().find(|row| row.len() != self.inputs) {
                let (found, wanted) = (row.len(), self.inputs);
                let what = format!("a step has {found} values where the network takes {wanted}");
                return Err(QuantiseError::Calibration(what));
            }
            length = window.len();
            self.observed(window, rectified, &mut peak);
        }
        let window = u16::try_from(length).ok().filter(|window| *window > 0);
        let window = window.ok_or_else(|| {
            QuantiseError::Calibration("no window of 1 to 65,535 steps to calibrate with".into())
        })?;
        Ok(TcnRanges { window, rectified, trained_until: 0, text: BTreeMap::new(), peak })
    }

    /// The integer file.
    ///
    /// # Errors
    /// [`QuantiseError`] names the range that is missing or the channel that
    /// does not fit.
    pub fn quantise(&self, ranges: &TcnRanges) -> Result<Vec<u8>, QuantiseError> {
        let text = described(&ranges.text)?;
        let mut body = head(ranges.trained_until, &text)?;
        let mut layers = vec![];
        let small = |count: usize| u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes();
        let byte = |count: usize| u8::try_from(count).unwrap_or(u8::MAX);

        let into = |at: usize| -> Vec<&Float> {
            match (self.blocks.get(at), at.checked_sub(self.blocks.len())) {
                (Some(block), _) => {
                    [Some(&block.first), block.skip.as_ref()].into_iter().flatten().collect()
                }
                (None, Some(dense)) => self.dense.get(dense).into_iter().collect(),
                (None, None) => vec![],
            }
        };
        let mut from = ranges.format("input", &into(0))?;
        body.extend(small(self.inputs));
        body.extend(ranges.window.to_le_bytes());
        body.extend([byte(self.blocks.len()), byte(self.dense.len()), from.bits, 0]);
        body.extend(from.limit.to_le_bytes());
        body.extend([0; 2]);
        for (at, block) in self.blocks.iter().enumerate() {
            let name = |part: &str| format!("block{at}.{part}");
            let hidden = ranges.format(&name("hidden"), &[&block.second])?;
            let out = ranges.format(&name("out"), &into(at + 1))?;
            body.extend(small(block.first.rows.len()));
            body.extend(small(block.dilation));
            let flags = if ranges.rectified { RECTIFIED } else { 0 };
            body.extend([byte(block.taps), flags, hidden.bits, out.bits]);
            body.extend(hidden.limit.to_le_bytes());
            body.extend(out.limit.to_le_bytes());
            from.layer(&name("first"), &block.first, hidden)?.write(&mut layers);
            hidden.layer(&name("second"), &block.second, out)?.write(&mut layers);
            if let Some(skip) = &block.skip {
                from.layer(&name("skip"), skip, out)?.write(&mut layers);
            }
            from = out;
        }
        for (at, dense) in self.dense.iter().enumerate() {
            let name = format!("dense{at}");
            let out = ranges.format(&name, &into(self.blocks.len() + at + 1))?;
            body.extend(small(dense.rows.len()));
            let flags = if at + 1 < self.dense.len() { RECTIFIED } else { 0 };
            body.extend([flags, out.bits]);
            body.extend(out.limit.to_le_bytes());
            body.extend([0; 2]);
            from.layer(&name, dense, out)?.write(&mut layers);
            from = out;
        }
        body.extend(text.as_bytes());
        align(&mut body);
        body.extend(layers);
        let file = sealed([TCN, 0], &body);
        Tcn::load(&file)?;
        Ok(file)
    }
}

impl Block {
    /// One step of a convolution; steps before the window are zeros.
    fn convolve(&self, layer: &Float, rows: &BTreeMap<usize, Vec<f64>>, at: usize) -> Vec<f64> {
        let width = layer.rows.first().map_or(0, Vec::len) / self.taps.max(1);
        let zeros = vec![0.0; width];
        let row = |tap: usize| rows.get(&(at + tap * self.dilation)).unwrap_or(&zeros);
        let x: Vec<f64> = (0..self.taps).flat_map(|tap| row(tap).iter().copied()).collect();
        layer.apply(&x)
    }
}

/// Fraction bits and the largest magnitude of a tensor in integers.
#[derive(Clone, Copy)]
struct Format {
    bits: u8,
    limit: u16,
}

impl Format {
    fn layer(self, name: &str, layer: &Float, out: Self) -> Result<Linear, QuantiseError> {
        let bits = [self.bits, out.bits].map(i32::from);
        Linear::within(name, layer, self.limit.into(), bits[0], bits[1])
    }
}

impl TcnRanges {
    /// The finest format that leaves a factor of two above the largest value
    /// seen and with which no accumulator of a layer that it goes into can
    /// overflow: rows may be so long that not all of 16 bits can be used.
    fn format(&self, name: &str, into: &[&Float]) -> Result<Format, QuantiseError> {
        let peak = self.peak.get(name).filter(|peak| peak.is_finite());
        let peak = peak.ok_or_else(|| QuantiseError::Range(format!("`peak` of `{name}`")))?;
        let peak = peak.max(1e-3);
        let channels: Vec<[f64; 2]> = into.iter().flat_map(|layer| layer.magnitudes()).collect();
        let finest = (MOST_ACTIVATION / (2.0 * peak)).log2().floor().clamp(0.0, 14.0);
        let mut bits = finest;
        loop {
            let one = bits.exp2();
            // What the bias leaves.
            let limits = channels
                .iter()
                .map(|[weights, bias]| (MOST_SUM - (bias * one).ceil()) / weights.max(1.0));
            let limit = limits.fold(MOST_ACTIVATION, f64::min).floor();
            if limit >= (2.0 * peak * one).min(MOST_ACTIVATION) || bits < 1.0 {
                let limit = narrow(limit.max(1.0)).and_then(|limit| u16::try_from(limit).ok());
                let bits = narrow(bits).and_then(|bits| u8::try_from(bits).ok());
                let found = bits.zip(limit).map(|(bits, limit)| Format { bits, limit });
                return found.ok_or_else(|| QuantiseError::Range(format!("`peak` of `{name}`")));
            }
            bits -= 1.0;
        }
    }
}

impl Float {
    /// By channel, the sum of its weights' and the magnitude of its bias, in
    /// units of its scale.
    fn magnitudes(&self) -> Vec<[f64; 2]> {
        let bias = self.bias.iter().flatten().copied().chain(std::iter::repeat(0.0));
        let channel = |(row, bias): (&Vec<f64>, f64)| {
            let (scale, weights) = scaled(row);
            [weights.iter().map(|w| w.abs()).sum(), bias.abs() / scale]
        };
        self.rows.iter().zip(bias).map(channel).collect()
    }
}
