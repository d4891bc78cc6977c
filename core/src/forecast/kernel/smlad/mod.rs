//! Cortex-M4, M7 and others with the DSP extension of Armv7E-M: one channel of
//! four rows at a time, or four channels of one row, two products per
//! instruction.
//!
//! This is the only unsafe code of the crate on boards. What it reads and writes is
//! decided in [`rows`], which checks every length before the calls; the feature
//! `safe-kernel` leaves it out.
//!
//! The core must allow unaligned loads of words, which it does from reset on
//! (`CCR.UNALIGN_TRP` is 0).
#![allow(unsafe_code, reason = "instructions that the compiler does not use by itself")]

mod channels;
mod tile;

use super::{Dense, Limits, MAX_ACTIVATION, Steps};

/// Rows at once, or channels.
const FOUR: usize = 4;
/// Of the status register: a number met an end of its range.
const SATURATED: u32 = 1 << 27;

pub(super) fn rows(layer: &Dense<'_>, x: &[i16], steps: Steps, limits: Limits, out: &mut [i16]) {
    let (inputs, outputs) = (layer.inputs, layer.outputs());
    let parameters = layer.weights.len() >= inputs * outputs
        && (layer.bias.is_empty() || layer.bias.len() >= outputs);
    let rows = out.len().checked_div(outputs).unwrap_or(0);
    let whole = steps.hold(x.len(), rows, inputs);
    // LDRD takes multiples of four bytes.
    let aligned = x.as_ptr().addr().is_multiple_of(4) && steps.are_even();
    if !(parameters && whole && aligned && rows.max(outputs) >= FOUR) {
        return one_by_one(layer, x, steps, limits, out);
    }
    // SAFETY: `rows` rows of `inputs` words that begin in `x` as `steps` says lie
    // within it, at multiples of four bytes; `weights` holds `inputs * outputs`
    // bytes, `multiplier` `outputs` numbers and `bias` as many or none; `out`
    // holds `rows` rows of `outputs` words. There are four rows, or else four
    // outputs.
    let is_at_an_end = unsafe {
        if rows >= FOUR {
            tile::rows(layer, x, steps, limits, rows, out)
        } else {
            channels::rows(layer, x, steps, limits, rows, out)
        }
    };
    // -32 768 is to be -32 767; other limits than those of 16 bits are narrower.
    if (is_at_an_end && limits.low < 0) || limits.high < MAX_ACTIVATION {
        for value in out {
            *value = (*value).max(limits.low).min(limits.high);
        }
    }
}

/// Row by row and channel by channel.
fn one_by_one(layer: &Dense<'_>, x: &[i16], steps: Steps, limits: Limits, out: &mut [i16]) {
    for (row, out) in out.chunks_exact_mut(layer.outputs().max(1)).enumerate() {
        let Some(x) = x.get(steps.at(row)..) else { return };
        for (channel, slot) in out.iter_mut().enumerate() {
            *slot = layer.output(channel, x, limits);
        }
    }
}

/// As told in the module above; `None` where a sum in brackets lies beyond 16
/// bits, or a base has no share.
pub(super) fn blend<const L: usize, const G: usize>(
    (learned, learned_at): (&[[u8; 2]], usize),
    (gates, gate_at): (&[i16], usize),
    bases: &[i16],
) -> Option<i64> {
    const { assert!(2 * L < 256 && 2 * G < 256, "what an instruction steps on by") };
    let count = bases.len();
    let last = count.checked_sub(1)?;
    if learned.len() <= learned_at + last * L || gates.len() <= gate_at + last * G {
        return None;
    }
    let (low, high, status): (u32, i32, u32);
    // SAFETY: reads `count` numbers of each of the three, which as found above
    // are there, and writes registers and flags only.
    unsafe {
        core::arch::asm!(
            // Nothing is saturated yet.
            "msr APSR_nzcvq, {high}",
            "2:",
            "ldrsh {share}, [{learned}], #{learned_step}",
            "ldrsh {x}, [{gates}], #{gate_step}",
            "add {share}, {share}, {x}",
            "ssat {share}, #16, {share}",
            "ldrsh {x}, [{bases}], #2",
            "smlalbb {low}, {high}, {share}, {x}",
            "subs {count}, {count}, #1",
            "bne 2b",
            "mrs {count}, apsr",
            learned_step = const 2 * L,
            gate_step = const 2 * G,
            learned = inout(reg) learned.as_ptr().wrapping_add(learned_at) => _,
            gates = inout(reg) gates.as_ptr().wrapping_add(gate_at) => _,
            bases = inout(reg) bases.as_ptr() => _,
            count = inout(reg) count => status,
            low = inout(reg) 0_u32 => low,
            high = inout(reg) 0_i32 => high,
            share = out(reg) _,
            x = out(reg) _,
            options(nostack, readonly),
        );
    }
    let is_at_an_end = status & SATURATED != 0;
    (!is_at_an_end).then(|| i64::from(high) << 32 | i64::from(low))
}

/// As told in the module above.
pub(super) fn add_rectified(sums: &mut [i16], values: &[i16], left: u8, right: u8) {
    let count = sums.len().min(values.len());
    let pairs = if left == 0 && right == 0 { count / 2 } else { 0 };
    if pairs > 0 {
        // SAFETY: reads two values of both and writes two sums for each of as
        // many pairs as both hold.
        unsafe {
            core::arch::asm!(
                "2:",
                "ldr {x}, [{sums}]",
                "ldr {y}, [{values}], #4",
                "qadd16 {x}, {x}, {y}",
                "usat16 {x}, #15, {x}",
                "str {x}, [{sums}], #4",
                "subs {pairs}, {pairs}, #1",
                "bne 2b",
                sums = inout(reg) sums.as_mut_ptr() => _,
                values = inout(reg) values.as_ptr() => _,
                pairs = inout(reg) pairs => _,
                x = out(reg) _,
                y = out(reg) _,
                options(nostack),
            );
        }
    }
    let one_by_one = count - 2 * pairs;
    if one_by_one > 0 {
        // SAFETY: reads a value of both and writes a sum for each that both hold
        // behind the pairs.
        unsafe {
            core::arch::asm!(
                "2:",
                "ldrsh {x}, [{sums}]",
                "ldrsh {y}, [{values}], #2",
                "smlabb {y}, {y}, {factor}, {half}",
                "asr {y}, {y}, {right}",
                "add {x}, {x}, {y}",
                "usat {x}, #15, {x}",
                "strh {x}, [{sums}], #2",
                "subs {count}, {count}, #1",
                "bne 2b",
                sums = inout(reg) sums.as_mut_ptr().wrapping_add(2 * pairs) => _,
                values = inout(reg) values.as_ptr().wrapping_add(2 * pairs) => _,
                factor = in(reg) 1_u32 << left,
                half = in(reg) 1_u32 << right >> 1,
                right = in(reg) u32::from(right),
                count = inout(reg) one_by_one => _,
                x = out(reg) _,
                y = out(reg) _,
                options(nostack),
            );
        }
    }
}

/// The sum of the distances between as many values as both have.
pub(super) fn distance(a: &[i16], b: &[i16]) -> i32 {
    let pairs = a.len().min(b.len()) / 2;
    let mut sum = 0_u32;
    if pairs > 0 {
        // SAFETY: reads two values of each for as many pairs as both hold, and
        // writes registers and flags only.
        unsafe {
            core::arch::asm!(
                "2:",
                "ldr {x}, [{a}], #4",
                "ldr {y}, [{b}], #4",
                // Both differences; the flags of the second choose.
                "ssub16 {d}, {y}, {x}",
                "ssub16 {x}, {x}, {y}",
                "sel {d}, {x}, {d}",
                "uxtah {sum}, {sum}, {d}",
                "uxtah {sum}, {sum}, {d}, ror #16",
                "subs {pairs}, {pairs}, #1",
                "bne 2b",
                a = inout(reg) a.as_ptr() => _,
                b = inout(reg) b.as_ptr() => _,
                pairs = inout(reg) pairs => _,
                sum = inout(reg) sum,
                x = out(reg) _,
                y = out(reg) _,
                d = out(reg) _,
                options(nostack, readonly),
            );
        }
    }
    if let (Some(a), Some(b)) = (a.get(2 * pairs), b.get(2 * pairs)) {
        sum += u32::from(a.abs_diff(*b));
    }
    sum.cast_signed()
}
