//! x86-64 with AVX2, found at run time: eight or sixteen channels of four rows
//! at a time, two inputs of each per instruction; or four channels of one row.
//!
//! With rows as short as here it is not the products that take the time but
//! what follows them. Lanes that hold channels need no sum across, and sixteen
//! of them are brought to their scale, bounded and written together.
#![allow(unsafe_code, reason = "to call what the compiler may not assume to exist")]

mod many;
mod one;

use super::{Dense, LANES, Lanes, Limits, Steps, lanes};

cpufeatures::new!(avx2, "avx2");

/// From so many rows on it pays to bring the weights into another order.
const MANY: usize = 4;
/// Beyond so many inputs weights are read from memory and not from the cache
/// beside it: then their order matters less than their bytes.
const MOST_INPUTS: usize = 16 * LANES;
/// Registers of weights that there is room for.
const ROOM: usize = 132;

/// Room for the parameters of a layer.
#[derive(Debug)]
#[repr(align(32))]
pub(super) struct Room([Lanes; ROOM]);

impl Room {
    pub(super) const fn new() -> Self {
        Self([[0; LANES]; ROOM])
    }
}

/// Brings all weights of a layer into their order; `None` where they do not
/// fit, or without AVX2.
pub(super) fn pack<'r>(layer: &Dense<'_>, room: &'r mut Room) -> Option<&'r [Lanes]> {
    if !avx2::get() || layer.inputs == 0 || layer.inputs > MOST_INPUTS {
        return None;
    }
    let registers = layer.outputs().div_ceil(many::CHANNELS) * many::registers(layer);
    let packed = room.0.get_mut(..registers)?;
    // SAFETY: the processor has AVX2; nothing else is asked of the caller.
    unsafe { many::pack(layer, 0, packed) };
    Some(packed)
}

/// By weights that [`pack`] has brought into their order.
pub(super) fn packed_rows(
    layer: &Dense<'_>,
    packed: &[Lanes],
    x: &[i16],
    steps: Steps,
    limits: Limits,
    out: &mut [i16],
) {
    let rows = whole_rows(layer, x, steps, out);
    // SAFETY: there are packed weights: the processor has AVX2; nothing else is
    // asked of the caller.
    unsafe { many::rows(layer, 0, packed, Rows { x, steps, rows }, limits, out) };
    rest_of_rows(layer, x, steps, limits, rows, out);
}

pub(super) fn rows(layer: &Dense<'_>, x: &[i16], steps: Steps, limits: Limits, out: &mut [i16]) {
    if !avx2::get() || layer.inputs == 0 || layer.inputs > MOST_INPUTS {
        return lanes::rows(layer, x, steps, limits, out);
    }
    let rows = whole_rows(layer, x, steps, out);
    if rows < MANY {
        let out = out.get_mut(..rows * layer.outputs()).unwrap_or_default();
        // SAFETY: the processor has AVX2; nothing else is asked of the caller.
        unsafe { one::rows(layer, x, steps, limits, out) };
    } else {
        let mut room = Room::new();
        let registers = many::registers(layer);
        // An even number, so that channels go in sixteens but for the last ones.
        let at_once = if 2 * registers > ROOM { 1 } else { ROOM / registers / 2 * 2 };
        for first in (0..layer.outputs()).step_by(at_once * many::CHANNELS) {
            let left = (layer.outputs() - first).div_ceil(many::CHANNELS);
            let Some(packed) = room.0.get_mut(..left.min(at_once) * registers) else { return };
            // SAFETY: as above.
            unsafe {
                many::pack(layer, first, packed);
                many::rows(layer, first, packed, Rows { x, steps, rows }, limits, out);
            }
        }
    }
    rest_of_rows(layer, x, steps, limits, rows, out);
}

/// Rows of inputs, all of which are there.
#[derive(Clone, Copy)]
struct Rows<'x> {
    x: &'x [i16],
    steps: Steps,
    rows: usize,
}

/// Rows of `out` whose inputs are all there.
#[inline]
fn whole_rows(layer: &Dense<'_>, x: &[i16], steps: Steps, out: &[i16]) -> usize {
    let rows = out.len().checked_div(layer.outputs()).unwrap_or(0);
    let holds = |rows: &usize| steps.hold(x.len(), *rows, layer.inputs);
    if holds(&rows) { rows } else { (0..rows).rev().find(holds).unwrap_or(0) }
}

/// The rows behind `done`, whose inputs end too early.
#[inline]
fn rest_of_rows(
    layer: &Dense<'_>,
    x: &[i16],
    steps: Steps,
    limits: Limits,
    done: usize,
    out: &mut [i16],
) {
    let rest = out.get_mut(done * layer.outputs()..).unwrap_or_default();
    if !rest.is_empty() {
        lanes::rows_from(layer, done, x, steps, limits, rest);
    }
}
