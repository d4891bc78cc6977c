//! The float network: what an ONNX file holds, and what it makes of features.

use std::collections::BTreeMap;

use wattcast_core::forecast::{Features, HORIZON, ModelKind};

use super::QuantiseError;
use super::onnx::{Tensor, tensors};

pub(super) const BLOCKS: u32 = 3;
/// Rows of a block's input under each row of its output.
pub(super) const STRIDE: usize = 5;
pub(super) const DAYS: usize = 4;
/// Hours that the encoder sees.
pub(super) const WINDOW: usize = 168;
/// Values of an hour to come before the simple forecasts.
const BASES_AT: usize = 5;
pub(super) const TAPS: usize = 3;

/// A dense layer, or a convolution with its taps side by side.
#[derive(Clone, Debug)]
pub(super) struct Float {
    /// Weights by output channel.
    pub(super) rows: Vec<Vec<f64>>,
    pub(super) bias: Option<Vec<f64>>,
}

impl Float {
    /// Of one row of inputs.
    pub(super) fn apply(&self, x: &[f64]) -> Vec<f64> {
        let bias = self.bias.iter().flatten().copied().chain(std::iter::repeat(0.0));
        let dot = |row: &Vec<f64>| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
        self.rows.iter().zip(bias).map(|(row, bias)| dot(row) + bias).collect()
    }

    /// Of so many rows of inputs one behind the other, from a place on.
    fn convolve(&self, rows: &[Vec<f64>], from: usize) -> Vec<f64> {
        let width = self.rows.first().map_or(0, Vec::len) / TAPS;
        let zeros = vec![0.0; width];
        let row = |tap: usize| rows.get(from + tap).unwrap_or(&zeros);
        let x: Vec<f64> = (0..TAPS).flat_map(|tap| row(tap).iter().copied()).collect();
        self.apply(&x)
    }
}

/// A residual block.
#[derive(Clone, Debug)]
pub(super) struct FloatBlock {
    pub(super) first: Float,
    pub(super) second: Float,
    pub(super) skip: Option<Float>,
}

/// A network as it was trained. [`quantise`](super::quantise) makes integers of
/// it; here it answers itself, as the reference that they are held against.
#[derive(Clone, Debug)]
pub struct FloatNetwork {
    pub(super) past: usize,
    pub(super) context: usize,
    pub(super) bases: usize,
    pub(super) hours: usize,
    pub(super) width: usize,
    pub(super) decoder: usize,
    pub(super) blocks: Vec<FloatBlock>,
    pub(super) head: Float,
    pub(super) gate: Float,
    pub(super) spread: Float,
    pub(super) modulate: Float,
    pub(super) shift: Float,
    pub(super) lift: Float,
    pub(super) mix: Float,
    pub(super) out: Float,
    /// By simple forecast, then by hour to come.
    pub(super) blend: Vec<f64>,
}

/// What a float network says of an hour, in deviations of the last week.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FloatHour {
    /// The forecast.
    pub point: f64,
    /// From there down to the 10 % quantile; not negative.
    pub below: f64,
    /// From there up to the 90 % quantile; not negative.
    pub above: f64,
}

/// What goes into a network, 1.0 being 1.0.
#[derive(Clone, Debug)]
pub struct FloatInputs {
    /// By past hour, the newest first.
    pub past: Vec<Vec<f64>>,
    /// Once per forecast.
    pub context: Vec<f64>,
    /// By hour to come; from the sixth value on the simple forecasts.
    pub hours: Vec<Vec<f64>>,
}

/// The largest magnitudes seen, by tensor.
pub(super) type Peaks = BTreeMap<String, f64>;

pub(super) fn see(peaks: &mut Peaks, name: &str, values: &[f64], factor: f64) {
    let most = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let peak = peaks.entry(name.to_owned()).or_default();
    *peak = peak.max(factor * most);
}

pub(super) fn rectified(values: Vec<f64>) -> Vec<f64> {
    values.into_iter().map(|value| value.max(0.0)).collect()
}

impl FloatNetwork {
    /// Reads an ONNX file.
    ///
    /// # Errors
    /// [`QuantiseError`] names a tensor that is missing or has another shape.
    pub fn read(onnx: &[u8]) -> Result<Self, QuantiseError> {
        let all = Tensors(tensors(onnx)?);
        let (width, past) =
            (all.dim("block0.first.weight", 0)?, all.dim("block0.first.weight", 1)?);
        let context = all.dim("head.weight", 1)?.saturating_sub(width);
        let bases = all.dim("gate.weight", 0)? / DAYS;
        let (decoder, hours) = (all.dim("lift.weight", 0)?, all.dim("lift.weight", 1)?);
        let state = width + context;
        let block = |at: u32| {
            let inputs = if at == 0 { past } else { width };
            let name = |part: &str| format!("block{at}.{part}");
            Ok(FloatBlock {
                first: all.convolution(&name("first"), [width, inputs, TAPS], true)?,
                second: all.convolution(&name("second"), [width, width, TAPS], true)?,
                skip: if inputs == width {
                    None
                } else {
                    Some(all.convolution(&name("skip"), [width, inputs, 1], true)?)
                },
            })
        };
        Ok(Self {
            blocks: (0..BLOCKS).map(block).collect::<Result<_, QuantiseError>>()?,
            head: all.dense("head", [HORIZON, state], true)?,
            gate: all.dense("gate", [DAYS * bases, state], false)?,
            spread: all.dense("spread", [DAYS * 2, state], true)?,
            modulate: all.dense("modulate", [decoder, state], true)?,
            shift: all.dense("shift", [decoder, state], true)?,
            lift: all.dense("lift", [decoder, hours], false)?,
            mix: all.convolution("mix", [decoder, decoder, TAPS], false)?,
            out: all.dense("out", [3, decoder], false)?,
            blend: all.values("blend.weight", &[1, bases, DAYS, HORIZON / DAYS])?.to_vec(),
            past,
            context,
            bases,
            hours,
            width,
            decoder,
        })
    }

    /// What it is to be told, by the numbers of values that it takes: that of
    /// the weather may as well be day-ahead solar and wind.
    #[must_use]
    pub fn kind(&self) -> Option<ModelKind> {
        [ModelKind::History, ModelKind::Weather].into_iter().find(|kind| self.takes(*kind))
    }

    /// Whether it takes as many values as networks of a kind are told.
    #[must_use]
    pub fn takes(&self, kind: ModelKind) -> bool {
        Features::counts(kind) == [self.past, self.context, self.bases, self.hours]
    }

    /// The features as this network takes them, cut or filled with zeros to its
    /// widths.
    #[must_use]
    pub fn inputs(&self, features: &Features<'_>) -> FloatInputs {
        let row = |width: usize, fill: &dyn Fn(&mut [i16])| {
            let mut row = vec![0_i16; width];
            fill(&mut row);
            row.into_iter().map(|q11| f64::from(q11) / 2048.0).collect::<Vec<f64>>()
        };
        FloatInputs {
            past: (0..WINDOW).map(|back| row(self.past, &|row| features.past(back, row))).collect(),
            context: row(self.context, &|row| features.context(row)),
            hours: (0..HORIZON)
                .map(|ahead| row(self.hours, &|row| features.hour(ahead, row)))
                .collect(),
        }
    }

    /// All hours to come.
    #[must_use]
    pub fn answer(&self, inputs: &FloatInputs) -> Vec<FloatHour> {
        self.observed(inputs, &mut Peaks::new())
    }

    /// The same, noting how large the values become.
    pub(super) fn observed(&self, inputs: &FloatInputs, peaks: &mut Peaks) -> Vec<FloatHour> {
        let mut state = self.newest(&inputs.past, peaks);
        state.extend(&inputs.context);
        let (gate, spread) = (self.gate.apply(&state), self.spread.apply(&state));
        let (modulate, shift) = (self.modulate.apply(&state), self.shift.apply(&state));
        let head = self.head.apply(&state);
        see(peaks, "lifted", &shift, 2.0);

        // Zeros stand before the first hour.
        let mut lifted = vec![vec![0.0; self.decoder]];
        for hour in &inputs.hours {
            let lift = self.lift.apply(hour);
            see(peaks, "lifted", &lift, 2.0);
            let by_state = modulate.iter().zip(&shift);
            let scaled = lift.iter().zip(by_state);
            let row = scaled.map(|(x, (m, s))| (x * (1.0 + m.clamp(-1.0, 1.0)) + s).max(0.0));
            lifted.push(row.collect());
        }
        let hour = |(ahead, told): (usize, &Vec<f64>)| {
            let mixed = self.mix.convolve(&lifted, ahead);
            let this = lifted.get(ahead + 1).cloned().unwrap_or_default();
            see(peaks, "decoder", &mixed, 1.0);
            see(peaks, "decoder", &this, 1.0);
            let e: Vec<f64> = this.iter().zip(&mixed).map(|(e, m)| e + m.max(0.0)).collect();
            let out = self.out.apply(&e);
            let day = ahead * DAYS / HORIZON;
            let gates = gate.iter().skip(day).step_by(DAYS);
            let learned = self.blend.iter().skip(ahead).step_by(HORIZON);
            let bases = told.iter().skip(BASES_AT);
            let blend: f64 = gates.zip(learned).zip(bases).map(|((g, a), b)| (g + a) * b).sum();
            let of = |values: &[f64], at: usize| values.get(at).copied().unwrap_or(0.0);
            FloatHour {
                point: of(&head, ahead) + of(&out, 0) + blend,
                below: (of(&out, 1) + of(&spread, day)).max(0.0),
                above: (of(&out, 2) + of(&spread, DAYS + day)).max(0.0),
            }
        };
        inputs.hours.iter().enumerate().map(hour).collect()
    }

    /// The newest row of the last block. As on a device, a block works on every
    /// fifth row of the one before, newest first.
    fn newest(&self, past: &[Vec<f64>], peaks: &mut Peaks) -> Vec<f64> {
        let mut rows = past.to_vec();
        for (at, block) in self.blocks.iter().enumerate() {
            let first: Vec<_> = (0..rows.len()).map(|t| block.first.convolve(&rows, t)).collect();
            for row in &first {
                see(peaks, &format!("block{at}.hidden"), row, 1.0);
            }
            let hidden: Vec<_> = first.into_iter().map(rectified).collect();
            let wanted = (0..rows.len()).step_by(STRIDE);
            let out = wanted.map(|t| {
                let branch = block.second.convolve(&hidden, t);
                let input = rows.get(t).cloned().unwrap_or_default();
                let around = block.skip.as_ref().map_or(input.clone(), |skip| skip.apply(&input));
                rectified(branch.iter().zip(around).map(|(b, a)| b + a).collect())
            });
            rows = out.collect();
            for row in &rows {
                see(peaks, &format!("block{at}.out"), row, 1.0);
            }
        }
        rows.into_iter().next().unwrap_or_default()
    }
}

/// Tensors by name.
pub(super) struct Tensors(pub(super) BTreeMap<String, Tensor>);

impl Tensors {
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn dim(&self, name: &str, at: usize) -> Result<usize, QuantiseError> {
        let found = self.0.get(name).and_then(|tensor| tensor.dims.get(at)).copied();
        found.ok_or_else(|| QuantiseError::Missing(name.to_owned()))
    }

    fn values(&self, name: &str, wanted: &[usize]) -> Result<&[f64], QuantiseError> {
        let tensor = self.0.get(name).ok_or_else(|| QuantiseError::Missing(name.to_owned()))?;
        if tensor.dims == wanted {
            return Ok(&tensor.values);
        }
        Err(QuantiseError::Tensor {
            name: name.to_owned(),
            wanted: wanted.to_vec(),
            found: tensor.dims.clone(),
        })
    }

    /// Rows by tap, then by channel. The encoder's first tap is the newest
    /// hour, which ONNX has last.
    pub(super) fn convolution(
        &self,
        name: &str,
        [outputs, inputs, taps]: [usize; 3],
        is_reversed: bool,
    ) -> Result<Float, QuantiseError> {
        let weights = self.values(&format!("{name}.weight"), &[outputs, inputs, taps])?;
        let mut order: Vec<usize> = (0..taps).collect();
        if is_reversed {
            order.reverse();
        }
        let row = |row: &[f64]| {
            let tap = |tap: &usize| row.iter().skip(*tap).step_by(taps).copied();
            order.iter().flat_map(tap).collect()
        };
        let rows = weights.chunks((inputs * taps).max(1)).map(row).collect();
        let bias = self.values(&format!("{name}.bias"), &[outputs])?.to_vec();
        Ok(Float { rows, bias: Some(bias) })
    }

    pub(super) fn dense(
        &self,
        name: &str,
        [outputs, inputs]: [usize; 2],
        has_bias: bool,
    ) -> Result<Float, QuantiseError> {
        let weights = self.values(&format!("{name}.weight"), &[outputs, inputs])?;
        let rows = weights.chunks(inputs.max(1)).map(<[f64]>::to_vec).collect();
        let bias = if has_bias {
            Some(self.values(&format!("{name}.bias"), &[outputs])?.to_vec())
        } else {
            None
        };
        Ok(Float { rows, bias })
    }
}
