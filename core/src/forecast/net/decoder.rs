//! From the newest state to the hours to come.

use super::{BASES_AT, CHUNK, Inputs, add_rectified, carve, to_front};
use crate::forecast::HORIZON;
use crate::forecast::kernel::{self, Limits, Ready, Room, Steps};
use crate::forecast::model::{DAYS, Model};

/// Point, below and above.
pub(super) const OUTPUTS: usize = 3;

/// Fraction bits of gates, shares and factors.
const SHARE_BITS: u32 = 12;
/// 1.0 with those.
const SHARE_ONE: i16 = 1 << SHARE_BITS;
const SHARE_HALF: i32 = 1 << (SHARE_BITS - 1);

/// What the network says of one hour, in Q11 deviations of the last week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::forecast) struct Raw {
    pub(in crate::forecast) point: i32,
    /// From the point down to the 10 % quantile; not negative.
    pub(in crate::forecast) below: i32,
    /// From the point up to the 90 % quantile; not negative.
    pub(in crate::forecast) above: i32,
    /// What the weekly profile says.
    pub(in crate::forecast) plain: i32,
}

impl Raw {
    /// Lower, point and upper.
    pub(in crate::forecast) fn range(self) -> [i64; 3] {
        let point = i64::from(self.point);
        [point - i64::from(self.below), point, point + i64::from(self.above)]
    }
}

const _: () = assert!((HORIZON / DAYS).is_multiple_of(CHUNK));

/// What holds for all hours.
struct Once<'n, 's> {
    model: &'n Model<'n>,
    inputs: &'n dyn Inputs,
    lift: Ready<'n>,
    gate: &'s [i16],
    /// Q12, 0 to 2.
    factor: &'s [i16],
    shift: &'s [i16],
}

/// `None` where `scratch` is too small.
pub(super) fn hours(
    model: &Model<'_>,
    inputs: &dyn Inputs,
    [of_lift, of_mix, of_out]: &mut [Room; 3],
    state: &[i16],
    hours: usize,
    scratch: &mut [i16],
    each: &mut dyn FnMut(usize, Raw),
) -> Option<()> {
    let shape = model.shape();
    let width = shape.decoder();
    let mut rest = scratch;
    let head = carve(&mut rest, HORIZON)?;
    let gate = carve(&mut rest, DAYS * shape.bases())?;
    let spread = carve(&mut rest, DAYS * 2)?;
    let modulate = carve(&mut rest, width)?;
    let shift = carve(&mut rest, width)?;
    let told = carve(&mut rest, CHUNK * shape.hours())?;
    let lifted = carve(&mut rest, CHUNK * width)?;
    let mixed = carve(&mut rest, CHUNK * width)?;
    let outputs = carve(&mut rest, CHUNK * OUTPUTS)?;
    // The row of the hour before, those of these hours, that of the next one.
    let rows = carve(&mut rest, (CHUNK + 2) * width)?;

    model.head.apply(state, Limits::SYMMETRIC, head);
    model.gate.apply(state, Limits::SYMMETRIC, gate);
    model.spread.apply(state, Limits::SYMMETRIC, spread);
    model.modulate.apply(state, Limits::SYMMETRIC, modulate);
    model.shift.apply(state, Limits::SYMMETRIC, shift);
    for factor in modulate.iter_mut() {
        *factor = SHARE_ONE + (*factor).clamp(-SHARE_ONE, SHARE_ONE);
    }
    let lift = model.lift.ready(of_lift);
    let (mix, last) = (model.mix.ready(of_mix), model.out.ready(of_out));
    let once = Once { model, inputs, lift, gate, factor: modulate, shift };

    rows.fill(0);
    let mut simple = [Simple::default(); CHUNK + 1];
    once.lift(0, told, lifted, rows.get_mut(width..2 * width)?, &mut simple);
    for first in (0..hours).step_by(CHUNK) {
        let count = CHUNK.min(hours - first);
        if first > 0 {
            to_front(rows, CHUNK * width, 2 * width);
            let [first, .., last] = &mut simple;
            *first = *last;
        }
        let next = rows.get_mut(2 * width..(count + 2) * width)?;
        once.lift(first + 1, told, lifted, next, simple.get_mut(1..)?);
        let mixed = mixed.get_mut(..count * width)?;
        mix.rows(rows, Steps::every(width), Limits::RECTIFIED, mixed);
        let this = rows.get(width..)?;
        add_rectified(mixed, this, shape.lifted_bits(), shape.decoder_bits());
        let outputs = outputs.get_mut(..count * OUTPUTS)?;
        last.rows(mixed, Steps::every(width), Limits::SYMMETRIC, outputs);
        let (outputs, _) = outputs.as_chunks::<OUTPUTS>();
        // They lie in one day.
        let day = first / (HORIZON / DAYS);
        let of_day = |at: usize| spread.get(at).copied().map_or(0, i32::from);
        let (least_below, least_above) = (of_day(day), of_day(DAYS + day));
        let heads = head.get(first..)?;
        for (index, &[point, below, above]) in outputs.iter().enumerate() {
            let (head, simple) = (heads.get(index)?, simple.get(index)?);
            let raw = Raw {
                point: i32::from(*head) + i32::from(point) + simple.blend,
                below: (i32::from(below) + least_below).max(0),
                above: (i32::from(above) + least_above).max(0),
                plain: simple.plain,
            };
            each(first + index, raw);
        }
    }
    Some(())
}

/// What the simple forecasts say of an hour: together, and the first of them.
#[derive(Clone, Copy, Debug, Default)]
struct Simple {
    blend: i32,
    plain: i32,
}

impl Once<'_, '_> {
    /// The decoder's first rows of as many hours from `first` on as `out` has
    /// room for. Zeros stand behind the last hour.
    fn lift(
        &self,
        first: usize,
        told: &mut [i16],
        lifted: &mut [i16],
        out: &mut [i16],
        simple: &mut [Simple],
    ) {
        let shape = self.model.shape();
        let there = (HORIZON - first.min(HORIZON)) * shape.decoder();
        let (out, behind) = out.split_at_mut(there.min(out.len()));
        behind.fill(0);
        let width = shape.decoder().max(1);
        let (count, values) = (out.len() / width, shape.hours().max(1));
        let Some(told) = told.get_mut(..count * values) else { return };
        self.inputs.hours(first, told);
        for ((hour, row), simple) in (first..).zip(told.chunks_exact(values)).zip(simple) {
            *simple = self.simple(row.get(BASES_AT..).unwrap_or_default(), hour);
        }
        let lifted = lifted.get_mut(..out.len()).unwrap_or_default();
        self.lift.rows(told, Steps::every(values), Limits::SYMMETRIC, lifted);
        for (out, lifted) in out.chunks_exact_mut(width).zip(lifted.chunks_exact(width)) {
            let by_state = self.factor.iter().zip(self.shift);
            for ((out, lifted), (factor, shift)) in out.iter_mut().zip(lifted).zip(by_state) {
                let scaled = i32::from(*lifted) * i32::from(*factor) + SHARE_HALF;
                *out = kernel::rectified((scaled >> SHARE_BITS) + i32::from(*shift));
            }
        }
    }

    /// The simple forecasts of an hour, each with its share.
    fn simple(&self, bases: &[i16], hour: usize) -> Simple {
        let gates = (self.gate, hour / (HORIZON / DAYS));
        let learned = (self.model.blend, hour);
        let sum = kernel::blend::<HORIZON, DAYS>(learned, gates, bases) + i64::from(SHARE_HALF);
        // At most 256 products of 30 bits, less 12.
        let [a, b, c, d, ..] = (sum >> SHARE_BITS).to_le_bytes();
        let plain = bases.first().copied().map_or(0, i32::from);
        Simple { blend: i32::from_le_bytes([a, b, c, d]), plain }
    }
}
