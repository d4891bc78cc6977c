//! From the newest state to the hours to come.

use super::{BASES_AT, Inputs, carve};
use crate::forecast::HORIZON;
use crate::forecast::features::clamp16;
use crate::forecast::model::{DAYS, Floor, Model, rescale};

/// Fraction bits of gates, shares and factors.
const SHARE_BITS: u32 = 12;
/// 1.0 with those.
const SHARE_ONE: i32 = 1 << SHARE_BITS;

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

/// What holds for all hours.
struct Once<'n, 's> {
    model: &'n Model<'n>,
    gate: &'s [i16],
    modulate: &'s [i16],
    shift: &'s [i16],
}

/// `None` where `scratch` is too small.
pub(super) fn hours(
    model: &Model<'_>,
    inputs: &dyn Inputs,
    state: &[i16],
    hours: usize,
    scratch: &mut [i16],
    each: &mut dyn FnMut(usize, Raw),
) -> Option<()> {
    let shape = model.shape();
    let width = shape.decoder();
    let mut rest = scratch;
    let gate = carve(&mut rest, DAYS * shape.bases())?;
    let spread = carve(&mut rest, DAYS * 2)?;
    let modulate = carve(&mut rest, width)?;
    let shift = carve(&mut rest, width)?;
    let row = carve(&mut rest, shape.hours())?;
    let lifted = carve(&mut rest, width)?;
    let mixed = carve(&mut rest, width)?;
    // The rows of the hour before, of this hour and of the next one.
    let rows = carve(&mut rest, 3 * width)?;

    model.gate.apply(state, Floor::Symmetric, gate);
    model.spread.apply(state, Floor::Symmetric, spread);
    model.modulate.apply(state, Floor::Symmetric, modulate);
    model.shift.apply(state, Floor::Symmetric, shift);
    let once = Once { model, gate, modulate, shift };

    rows.fill(0);
    let mut blend = 0;
    let mut plain = 0;
    for next in 0..=hours {
        rows.copy_within(width.., 0);
        let newest = rows.get_mut(2 * width..)?;
        let before = (blend, plain);
        if next < HORIZON {
            inputs.hour(next, row);
            once.lift(row, lifted, newest);
            blend = once.blend(row, next);
            plain = row.get(BASES_AT).copied().map_or(0, i32::from);
        } else {
            newest.fill(0);
        }
        let Some(hour) = next.checked_sub(1) else { continue };
        model.mix.apply(rows, Floor::Zero, mixed);
        for (mixed, this) in mixed.iter_mut().zip(rows.iter().skip(width)) {
            let kept = rescale(*this, shape.lifted_bits(), shape.decoder_bits());
            *mixed = clamp16((kept + i32::from(*mixed)).max(0).into());
        }
        let mut out = [0_i16; 3];
        model.out.apply(mixed, Floor::Symmetric, &mut out);
        let [point, below, above] = out.map(i32::from);
        let day = hour * DAYS / HORIZON;
        let width = |side: usize, of: i32| {
            (of + spread.get(side * DAYS + day).copied().map_or(0, i32::from)).max(0)
        };
        let (blend, plain) = before;
        let point = i32::from(model.head.channel(hour, state)) + point + blend;
        each(hour, Raw { point, below: width(0, below), above: width(1, above), plain });
    }
    Some(())
}

impl Once<'_, '_> {
    /// The decoder's first row of an hour.
    fn lift(&self, row: &[i16], lifted: &mut [i16], out: &mut [i16]) {
        self.model.lift.apply(row, Floor::Symmetric, lifted);
        let by_state = self.modulate.iter().zip(self.shift);
        for ((out, lifted), (modulate, shift)) in out.iter_mut().zip(lifted.iter()).zip(by_state) {
            let factor = SHARE_ONE + i32::from(*modulate).clamp(-SHARE_ONE, SHARE_ONE);
            let scaled = (i32::from(*lifted) * factor + SHARE_ONE / 2) >> SHARE_BITS;
            *out = clamp16((scaled + i32::from(*shift)).max(0).into());
        }
    }

    /// The simple forecasts of an hour, each with its share.
    fn blend(&self, row: &[i16], hour: usize) -> i32 {
        let day = hour * DAYS / HORIZON;
        let gates = self.gate.iter().skip(day).step_by(DAYS);
        let learned = self.model.blend.iter().skip(hour).step_by(HORIZON);
        let bases = row.iter().skip(BASES_AT);
        let sum: i64 = gates
            .zip(learned)
            .zip(bases)
            .map(|((gate, learned), base)| {
                let learned = i64::from(i16::from_le_bytes(*learned));
                let share = clamp16(learned + i64::from(*gate));
                i64::from(i32::from(share) * i32::from(*base))
            })
            .sum();
        // At most 256 products of 30 bits, less 12.
        i32::try_from((sum + i64::from(SHARE_ONE / 2)) >> SHARE_BITS).unwrap_or(0)
    }
}
