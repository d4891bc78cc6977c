//! What a network costs a device, part by part.

use serde::Serialize;
use wattcast_core::forecast::{HORIZON, Model};

use super::float::{BLOCKS, DAYS, STRIDE, TAPS, WINDOW};

/// One part of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its name in the model file's specification.
    pub name: String,
    /// Values that go in.
    pub inputs: usize,
    /// Values that come out.
    pub outputs: usize,
    /// Bytes of weights, biases and multipliers.
    pub bytes: usize,
    /// Multiplications with a weight in one forecast of 96 hours.
    pub multiply_accumulates: usize,
    /// The same, were every hour of the window computed.
    pub full_window: usize,
}

/// The parts in the order of the file.
#[must_use]
pub fn parts(model: &Model<'_>) -> Vec<Part> {
    let shape = model.shape();
    let (width, decoder) = (shape.width(), shape.decoder());
    let part =
        |name: String, inputs: usize, outputs: usize, bias: bool, cone: usize, full: usize| {
            let weights = inputs * outputs;
            let numbers = if bias { 8 * outputs } else { 4 * outputs };
            Part {
                name,
                inputs,
                outputs,
                bytes: (weights + numbers).next_multiple_of(4),
                multiply_accumulates: cone * weights,
                full_window: full * weights,
            }
        };
    let mut all = vec![];
    // Rows of the output on which the newest hour depends.
    let mut rows = STRIDE.pow(BLOCKS);
    let mut inputs = shape.past();
    for block in 0..BLOCKS {
        rows /= STRIDE;
        let (first, second) = (TAPS * inputs, TAPS * width);
        all.push(part(format!("block {block} first"), first, width, true, TAPS * rows, WINDOW));
        all.push(part(format!("block {block} second"), second, width, true, rows, WINDOW));
        if inputs != width {
            all.push(part(format!("block {block} skip"), inputs, width, true, rows, WINDOW));
        }
        inputs = width;
    }
    let state = width + shape.context();
    for (name, inputs, outputs, bias, times) in [
        ("head", state, HORIZON, true, 1),
        ("gate", state, DAYS * shape.bases(), false, 1),
        ("spread", state, 2 * DAYS, true, 1),
        ("modulate", state, decoder, true, 1),
        ("shift", state, decoder, true, 1),
        ("lift", shape.hours(), decoder, false, HORIZON),
        ("mix", 3 * decoder, decoder, true, HORIZON),
        ("out", decoder, 3, false, HORIZON),
    ] {
        all.push(part(name.to_owned(), inputs, outputs, bias, times, times));
    }
    all.push(Part {
        name: "blend".to_owned(),
        inputs: shape.bases(),
        outputs: HORIZON,
        bytes: (2 * shape.bases() * HORIZON).next_multiple_of(4),
        multiply_accumulates: shape.bases() * HORIZON,
        full_window: shape.bases() * HORIZON,
    });
    all
}
