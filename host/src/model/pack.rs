//! From weights and ranges to the file that devices read. Byte for byte what
//! `python -m wattcast_train.from_onnx` writes.

use std::collections::BTreeMap;

use crc::{CRC_32_ISCSI, Crc};
use serde::Deserialize;
use wattcast_core::forecast::{HORIZON, Model, ModelError};

use super::linear::{Linear, align, narrow};
use super::onnx::{OnnxError, Tensor, tensors};

const BLOCKS: usize = 6;
const DAYS: usize = 4;
/// Fraction bits of inputs and outputs, and of shares and factors.
const INPUT_BITS: i32 = 11;
const SHARE_BITS: i32 = 12;
/// What stands before the checksum, and the checksum.
const HEAD_BYTES: u32 = 16;

/// What was seen of a network's activations, and what its file says of itself.
#[derive(Clone, Debug, Deserialize)]
pub struct Ranges {
    /// `history` or `weather`.
    pub inputs: String,
    /// The first hour since 1970 (UTC) of which the training saw nothing.
    pub trained_until: u32,
    /// `name`, `sources` and `grids`.
    pub text: BTreeMap<String, String>,
    /// Largest magnitudes by tensor.
    pub peak: BTreeMap<String, f64>,
}

/// Why a network could not be brought into integers.
#[derive(Clone, Debug, thiserror::Error)]
pub enum QuantiseError {
    /// The ONNX file cannot be read.
    #[error("{0}")]
    Onnx(#[from] OnnxError),
    /// It has no tensor of a name, or one of another shape.
    #[error("tensor `{name}` should have the shape {wanted:?} and {found}")]
    Tensor {
        /// The name.
        name: String,
        /// Its dimensions.
        wanted: Vec<usize>,
        /// Those it has.
        found: String,
    },
    /// The ranges lack a field.
    #[error("the ranges lack {0}")]
    Range(String),
    /// A weight is not a number, or too large against its bias.
    #[error("channel {channel} of `{layer}` does not fit: weights or bias too large")]
    DoesNotFit {
        /// The layer.
        layer: String,
        /// The output channel.
        channel: usize,
    },
    /// The result does not load.
    #[error("the integers do not load: {0}")]
    Model(#[from] ModelError),
}

impl Ranges {
    /// Fraction bits that leave a factor of two above the largest value seen.
    fn bits(&self, name: &str) -> Result<u8, QuantiseError> {
        let peak = self.peak.get(name).filter(|peak| peak.is_finite());
        let peak = peak.ok_or_else(|| QuantiseError::Range(format!("`peak` of `{name}`")))?;
        let bits = (32_767.0 / (2.0 * peak.max(1e-3))).log2().floor().clamp(6.0, 14.0);
        Ok(narrow(bits).and_then(|bits| u8::try_from(bits).ok()).unwrap_or(6))
    }
}

/// The integer file of an ONNX network.
///
/// # Errors
/// [`QuantiseError`] names the tensor or range that is missing or does not fit.
pub fn quantise(onnx: &[u8], ranges: &Ranges) -> Result<Vec<u8>, QuantiseError> {
    let net = Net::of(tensors(onnx)?)?;
    let text: Result<Vec<String>, QuantiseError> = ["name", "sources", "grids"]
        .into_iter()
        .map(|key| {
            let value = ranges.text.get(key);
            let value = value.ok_or_else(|| QuantiseError::Range(format!("`text.{key}`")))?;
            Ok(format!("{key}={}\n", value.replace('\n', " ")))
        })
        .collect();
    let text = text?.concat();
    let inputs: u8 = match ranges.inputs.as_str() {
        "history" => 1,
        "weather" => 2,
        _ => return Err(QuantiseError::Range("`inputs`, `history` or `weather`".to_owned())),
    };

    let mut body = ranges.trained_until.to_le_bytes().to_vec();
    let length = u16::try_from(text.len());
    let length = length.map_err(|_| QuantiseError::Range("a `text` below 64 KiB".to_owned()))?;
    body.extend(length.to_le_bytes());
    body.extend([0; 2]);
    let widths = [net.past, net.context, net.bases, net.hours, net.width, net.decoder];
    for width in widths {
        body.extend(u16::try_from(width).unwrap_or(u16::MAX).to_le_bytes());
    }
    let block = |at: usize, part: &str| ranges.bits(&format!("block{at}.{part}"));
    for at in 0..BLOCKS {
        body.extend([block(at, "hidden")?, block(at, "out")?]);
    }
    let (lifted, decoder) = (ranges.bits("lifted")?, ranges.bits("decoder")?);
    body.extend([lifted, decoder, 0, 0]);
    body.extend(text.as_bytes());
    align(&mut body);

    net.write(&mut body, ranges, lifted.into(), decoder.into())?;
    let mut file = b"WCFM".to_vec();
    file.extend([2, 0, 1, inputs]);
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).saturating_add(HEAD_BYTES);
    file.extend(length.to_le_bytes());
    let crc = Crc::<u32>::new(&CRC_32_ISCSI);
    let mut digest = crc.digest();
    digest.update(&file);
    digest.update(&body);
    file.extend(digest.finalize().to_le_bytes());
    file.extend(body);
    Model::load(&file)?;
    Ok(file)
}

/// The float network.
struct Net {
    tensors: BTreeMap<String, Tensor>,
    past: usize,
    context: usize,
    bases: usize,
    hours: usize,
    width: usize,
    decoder: usize,
}

impl Net {
    /// Its widths, from the tensors that show them.
    fn of(tensors: BTreeMap<String, Tensor>) -> Result<Self, QuantiseError> {
        let dim = |name: &str, at: usize| {
            let found = tensors.get(name).and_then(|tensor| tensor.dims.get(at)).copied();
            found.ok_or_else(|| QuantiseError::Tensor {
                name: name.to_owned(),
                wanted: vec![],
                found: "is missing".to_owned(),
            })
        };
        let width = dim("block0.first.weight", 0)?;
        let net = Self {
            past: dim("block0.first.weight", 1)?,
            context: dim("head.weight", 1)?.saturating_sub(width),
            bases: dim("gate.weight", 0)? / DAYS,
            hours: dim("lift.weight", 1)?,
            width,
            decoder: dim("lift.weight", 0)?,
            tensors,
        };
        Ok(net)
    }

    fn values(&self, name: &str, wanted: &[usize]) -> Result<&[f64], QuantiseError> {
        let found = self.tensors.get(name);
        match found {
            Some(tensor) if tensor.dims == wanted => Ok(&tensor.values),
            _ => Err(QuantiseError::Tensor {
                name: name.to_owned(),
                wanted: wanted.to_vec(),
                found: found.map_or_else(
                    || "is missing".to_owned(),
                    |tensor| format!("has {:?}", tensor.dims),
                ),
            }),
        }
    }

    /// A convolution: rows by tap, then by channel. The encoder's first tap is
    /// the newest hour, which ONNX has last.
    fn convolution(
        &self,
        name: &str,
        [outputs, inputs, taps]: [usize; 3],
        is_reversed: bool,
        bits: [i32; 2],
    ) -> Result<Linear, QuantiseError> {
        let weights = self.values(&format!("{name}.weight"), &[outputs, inputs, taps])?;
        let rows: Vec<Vec<f64>> = weights
            .chunks(inputs * taps)
            .map(|row| {
                let mut order: Vec<usize> = (0..taps).collect();
                if is_reversed {
                    order.reverse();
                }
                let tap = |tap: usize| row.iter().skip(tap).step_by(taps).copied();
                order.into_iter().flat_map(tap).collect()
            })
            .collect();
        let bias = self.values(&format!("{name}.bias"), &[outputs])?;
        Linear::of(name, &rows, Some(bias), bits[0], bits[1])
    }

    fn dense(
        &self,
        name: &str,
        [outputs, inputs]: [usize; 2],
        has_bias: bool,
        bits: [i32; 2],
    ) -> Result<Linear, QuantiseError> {
        let weights = self.values(&format!("{name}.weight"), &[outputs, inputs])?;
        let rows: Vec<Vec<f64>> = weights.chunks(inputs.max(1)).map(<[f64]>::to_vec).collect();
        let bias =
            if has_bias { Some(self.values(&format!("{name}.bias"), &[outputs])?) } else { None };
        Linear::of(name, &rows, bias, bits[0], bits[1])
    }

    /// All layers in the order of the file, then the learned shares.
    fn write(
        &self,
        file: &mut Vec<u8>,
        ranges: &Ranges,
        lifted: i32,
        decoded: i32,
    ) -> Result<(), QuantiseError> {
        let (width, decoder) = (self.width, self.decoder);
        let (mut inputs, mut bits) = (self.past, INPUT_BITS);
        for block in 0..BLOCKS {
            let name = |part: &str| format!("block{block}.{part}");
            let hidden = ranges.bits(&name("hidden"))?.into();
            let out = ranges.bits(&name("out"))?.into();
            let first = [width, inputs, 3];
            self.convolution(&name("first"), first, true, [bits, hidden])?.write(file, true);
            let second = [width, width, 3];
            self.convolution(&name("second"), second, true, [hidden, out])?.write(file, true);
            if inputs != width {
                let skip = [width, inputs, 1];
                self.convolution(&name("skip"), skip, true, [bits, out])?.write(file, true);
            }
            (inputs, bits) = (width, out);
        }
        let state = width + self.context;
        let once = [
            ("head", HORIZON, true, INPUT_BITS),
            ("gate", DAYS * self.bases, false, SHARE_BITS),
            ("spread", DAYS * 2, true, INPUT_BITS),
            ("modulate", decoder, true, SHARE_BITS),
            ("shift", decoder, true, lifted),
        ];
        for (name, outputs, has_bias, bits) in once {
            let layer = self.dense(name, [outputs, state], has_bias, [INPUT_BITS, bits])?;
            layer.write(file, has_bias);
        }
        let lift = self.dense("lift", [decoder, self.hours], false, [INPUT_BITS, lifted])?;
        lift.write(file, false);
        let mix = [decoder, decoder, 3];
        self.convolution("mix", mix, false, [lifted, decoded])?.write(file, true);
        self.dense("out", [3, decoder], false, [decoded, INPUT_BITS])?.write(file, false);

        let shares = self.values("blend.weight", &[1, self.bases, DAYS, HORIZON / DAYS])?;
        for (at, share) in shares.iter().enumerate() {
            let share = narrow((share * 4096.0).round_ties_even());
            let share = share.and_then(|share| i16::try_from(share).ok());
            let share = share.ok_or_else(|| QuantiseError::DoesNotFit {
                layer: "blend".to_owned(),
                channel: at / HORIZON,
            })?;
            file.extend(share.to_le_bytes());
        }
        align(file);
        Ok(())
    }
}
