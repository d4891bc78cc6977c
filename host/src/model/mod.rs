//! Forecast networks as files: from an ONNX original and its calibration
//! ranges to the integers that devices run, and what a network costs there.
//!
//! The ONNX file is one that `models/training` writes, or one of your own with
//! the same tensors: `block0.first.weight` … `block5.second.bias` (causal
//! convolutions over 168 hours, kernel 3, dilations 1 to 32), `head`, `gate`,
//! `spread`, `modulate`, `shift` (dense, outputs × inputs), `lift`, `mix`, `out`
//! and `blend.weight`. The ranges are JSON:
//!
//! | field | what |
//! | --- | --- |
//! | `inputs` | `history` or `weather` |
//! | `trained_until` | first hour since 1970 (UTC) of which the training saw nothing |
//! | `text` | `name`, `sources` (credits), `grids` (trained on, a space between two) |
//! | `peak` | the largest magnitude of `block0.hidden`, `block0.out` … `block5.out`, `lifted`, `decoder` on calibration windows |

mod cost;
mod linear;
mod onnx;
mod pack;
#[cfg(test)]
mod tests;

pub use cost::{Part, parts};
pub use onnx::OnnxError;
pub use pack::{QuantiseError, Ranges, quantise};
