//! Forecast networks as files: from an ONNX original to the integers that
//! devices run, what those cost there, and what they lose by it.
//!
//! The ONNX file is one that `models/training` writes, or one of your own with
//! the same tensors: `block0.first.weight` … `block2.second.bias` (causal
//! convolutions over 168 hours, kernel 3, dilations 1, 5, 25), `head`, `gate`,
//! `spread`, `modulate`, `shift` (dense, outputs × inputs), `lift`, `mix`, `out`
//! and `blend.weight`. How large its values become is found on histories
//! ([`calibrate`]), and kept as JSON beside it:
//!
//! | field | what |
//! | --- | --- |
//! | `inputs` | `history`, `weather` or `day-ahead` |
//! | `trained_until` | first hour since 1970 (UTC) of which the training saw nothing |
//! | `text` | `name`, `sources` (credits), `grids` (trained on, a space between two) |
//! | `peak` | the largest magnitude of `block0.hidden`, `block0.out` … `block2.out`, `lifted`, `decoder` on calibration windows |
//!
//! Networks of any other size ([`FloatTcn`]) take rows of numbers.

mod calibrate;
mod compare;
mod cost;
mod float;
mod linear;
mod onnx;
mod pack;
mod rows;
mod tcn;
#[cfg(test)]
mod tests;
mod told;

pub use calibrate::{About, calibrate};
pub use compare::{Comparison, compare, compare_with};
pub use cost::{Part, parts};
pub use float::{FloatHour, FloatInputs, FloatNetwork};
pub use onnx::OnnxError;
pub(crate) use pack::kind_name;
pub use pack::{QuantiseError, Ranges, quantise};
pub use rows::read_rows;
pub use tcn::{FloatTcn, TcnRanges};
pub use told::each_told;
