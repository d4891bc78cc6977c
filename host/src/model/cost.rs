//! What a network costs a device, part by part.

use serde::Serialize;
use wattcast_core::forecast::{HORIZON, Model};

/// Hours that the encoder sees.
const WINDOW: usize = 168;
const DAYS: usize = 4;
/// Rows of each block's output on which the newest hour depends.
const ROWS: [usize; 6] = [84, 42, 21, 11, 5, 1];

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
    let (mut inputs, mut rows_in) = (shape.past(), WINDOW);
    for (block, rows) in ROWS.into_iter().enumerate() {
        let hidden = (2 * rows + 1).min(rows_in);
        all.push(part(format!("block {block} first"), 3 * inputs, width, true, hidden, WINDOW));
        all.push(part(format!("block {block} second"), 3 * width, width, true, rows, WINDOW));
        if inputs != width {
            all.push(part(format!("block {block} skip"), inputs, width, true, rows, WINDOW));
        }
        (inputs, rows_in) = (width, rows_in.div_ceil(2));
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
