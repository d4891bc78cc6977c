//! From weights and ranges to the file that devices read. Byte for byte what
//! `python -m wattcast_train.from_onnx` writes.

use std::collections::BTreeMap;

use crc::{CRC_32_ISCSI, Crc};
use serde::{Deserialize, Serialize};
use wattcast_core::forecast::{HORIZON, Model, ModelError, ModelKind};

use super::float::{BLOCKS, FloatNetwork};
use super::linear::{Linear, align, narrow};
use super::onnx::OnnxError;

const VERSION: u16 = 3;
/// The architecture of the shipped networks.
const BLEND: u8 = 1;
/// Fraction bits of inputs and outputs, and of shares and factors.
const INPUT_BITS: i32 = 11;
const SHARE_BITS: i32 = 12;
/// What stands before the checksum, and the checksum.
const HEAD_BYTES: u32 = 16;

/// What was seen of a network's activations, and what its file says of itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Ranges {
    /// `history`, `weather` or `day-ahead`.
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
    /// It has no tensor of a name.
    #[error("it has no tensor `{0}`; `wattcast model quantise --help` names those it must have")]
    Missing(String),
    /// It has one of another shape.
    #[error("tensor `{name}` should have the shape {wanted:?}, not {found:?}")]
    Tensor {
        /// The name.
        name: String,
        /// Its dimensions.
        wanted: Vec<usize>,
        /// Those it has.
        found: Vec<usize>,
    },
    /// The ranges lack a field.
    #[error("the ranges lack {0}")]
    Range(String),
    /// The histories do not serve to calibrate.
    #[error("{0}")]
    Calibration(String),
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

/// What a network is told, as [`Ranges::inputs`] names it.
pub(crate) const fn kind_name(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::History => "history",
        ModelKind::Weather => "weather",
        ModelKind::DayAhead => "day-ahead",
    }
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

/// What a file says of itself.
pub(super) fn described(text: &BTreeMap<String, String>) -> Result<String, QuantiseError> {
    let line = |key: &str| {
        let value = text.get(key).ok_or_else(|| QuantiseError::Range(format!("`text.{key}`")))?;
        Ok(format!("{key}={}\n", value.replace('\n', " ")))
    };
    ["name", "sources", "grids"].into_iter().map(line).collect()
}

/// What a file holds between its checksum and its shape.
pub(super) fn head(trained_until: u32, text: &str) -> Result<Vec<u8>, QuantiseError> {
    let length = u16::try_from(text.len());
    let length = length.map_err(|_| QuantiseError::Range("a `text` below 64 KiB".to_owned()))?;
    let mut head = trained_until.to_le_bytes().to_vec();
    head.extend(length.to_le_bytes());
    head.extend([0; 2]);
    Ok(head)
}

/// The integer file of an ONNX network.
///
/// # Errors
/// [`QuantiseError`] names the tensor or range that is missing or does not fit.
pub fn quantise(onnx: &[u8], ranges: &Ranges) -> Result<Vec<u8>, QuantiseError> {
    let net = FloatNetwork::read(onnx)?;
    let inputs: u8 = match ranges.inputs.as_str() {
        "history" => 1,
        "weather" => 2,
        "day-ahead" => 3,
        _ => {
            return Err(QuantiseError::Range(
                "`inputs`, `history`, `weather` or `day-ahead`".to_owned(),
            ));
        }
    };

    let text = described(&ranges.text)?;
    let mut body = head(ranges.trained_until, &text)?;
    let widths = [net.past, net.context, net.bases, net.hours, net.width, net.decoder];
    for width in widths {
        body.extend(u16::try_from(width).unwrap_or(u16::MAX).to_le_bytes());
    }
    let block = |at: u32, part: &str| ranges.bits(&format!("block{at}.{part}"));
    for at in 0..BLOCKS {
        body.extend([block(at, "hidden")?, block(at, "out")?]);
    }
    let (lifted, decoder) = (ranges.bits("lifted")?, ranges.bits("decoder")?);
    body.extend([lifted, decoder]);
    body.extend(text.as_bytes());
    align(&mut body);

    net.write(&mut body, ranges, lifted.into(), decoder.into())?;
    let file = sealed([BLEND, inputs], &body);
    Model::load(&file)?;
    Ok(file)
}

impl FloatNetwork {
    /// All layers in the order of the file, then the learned shares.
    fn write(
        &self,
        file: &mut Vec<u8>,
        ranges: &Ranges,
        lifted: i32,
        decoded: i32,
    ) -> Result<(), QuantiseError> {
        let mut bits = INPUT_BITS;
        for (at, block) in self.blocks.iter().enumerate() {
            let name = |part: &str| format!("block{at}.{part}");
            let hidden = ranges.bits(&name("hidden"))?.into();
            let out = ranges.bits(&name("out"))?.into();
            Linear::of(&name("first"), &block.first, bits, hidden)?.write(file);
            Linear::of(&name("second"), &block.second, hidden, out)?.write(file);
            if let Some(skip) = &block.skip {
                Linear::of(&name("skip"), skip, bits, out)?.write(file);
            }
            bits = out;
        }
        for (name, layer, bits_in, bits_out) in [
            ("head", &self.head, INPUT_BITS, INPUT_BITS),
            ("gate", &self.gate, INPUT_BITS, SHARE_BITS),
            ("spread", &self.spread, INPUT_BITS, INPUT_BITS),
            ("modulate", &self.modulate, INPUT_BITS, SHARE_BITS),
            ("shift", &self.shift, INPUT_BITS, lifted),
            ("lift", &self.lift, INPUT_BITS, lifted),
            ("mix", &self.mix, lifted, decoded),
            ("out", &self.out, decoded, INPUT_BITS),
        ] {
            Linear::of(name, layer, bits_in, bits_out)?.write(file);
        }
        for (at, share) in self.blend.iter().enumerate() {
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

/// A whole file of an architecture and its inputs: what stands before the
/// checksum, the checksum, the body.
pub(super) fn sealed(kind: [u8; 2], body: &[u8]) -> Vec<u8> {
    let mut file = b"WCFM".to_vec();
    file.extend(VERSION.to_le_bytes());
    file.extend(kind);
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).saturating_add(HEAD_BYTES);
    file.extend(length.to_le_bytes());
    let crc = Crc::<u32>::new(&CRC_32_ISCSI);
    let mut digest = crc.digest();
    digest.update(&file);
    digest.update(body);
    file.extend(digest.finalize().to_le_bytes());
    file.extend(body);
    file
}
