//! Cortex-M4, M7 and others with the DSP extension of Armv7E-M: one channel of
//! four rows at a time, two products per instruction.
//!
//! This is the only unsafe code of the crate on boards. What it reads and writes is
//! decided in [`rows`], which checks every length before the call; the feature
//! `safe-kernel` leaves it out.
//!
//! The core must allow unaligned loads of words, which it does from reset on
//! (`CCR.UNALIGN_TRP` is 0).
#![allow(unsafe_code, reason = "instructions that the compiler does not use by itself")]

use super::{Dense, Limits};

/// Rows at once.
const ROWS: usize = 4;

pub(super) fn rows(layer: &Dense<'_>, x: &[i16], stride: usize, limits: Limits, out: &mut [i16]) {
    let (inputs, outputs) = (layer.inputs, layer.outputs());
    let parameters = layer.weights.len() >= inputs * outputs
        && (layer.bias.is_empty() || layer.bias.len() >= outputs);
    let rows = out.len().checked_div(outputs).unwrap_or(0);
    let mut done = 0;
    while done < rows {
        // Four last rows, some of them once more: they come out the same.
        let first = if done + ROWS <= rows { done } else { rows.saturating_sub(ROWS).min(done) };
        let count = ROWS.min(rows);
        let (Some(x), Some(out)) =
            (x.get(first * stride..), out.get_mut(first * outputs..(first + count) * outputs))
        else {
            return;
        };
        done = first + count;
        // LDRD takes multiples of four bytes.
        let aligned = x.as_ptr().addr().is_multiple_of(4) && stride.is_multiple_of(2);
        let whole = count == ROWS && x.len() >= (ROWS - 1) * stride + inputs;
        if !(parameters && aligned && whole) {
            one_by_one(layer, x, stride, limits, out);
            continue;
        }
        let no_bias = core::ptr::null();
        let mut call = Call {
            x: x.as_ptr(),
            stride_bytes: 2 * stride,
            weights: layer.weights.as_ptr(),
            bias: if layer.bias.is_empty() { no_bias } else { layer.bias.as_ptr() },
            multiplier: layer.multiplier.as_ptr(),
            out: out.as_mut_ptr(),
            out_bytes: 2 * outputs,
            inputs,
            low: limits.low.into(),
            high: limits.high.into(),
            usual: match limits {
                Limits::RECTIFIED => RECTIFIED,
                Limits::SYMMETRIC => SYMMETRIC,
                _ => 0,
            },
        };
        // SAFETY: the four rows of `inputs` words from `x` on, `stride` apart,
        // lie within `x` and begin at multiples of four bytes; `weights` holds
        // `inputs * outputs` bytes, `multiplier` `outputs` numbers and `bias`
        // as many or none (null); `out` has room for four rows of `outputs`
        // words and is borrowed for the call alone. The function reads and
        // writes nothing else but `call` and its own stack.
        unsafe { four_rows(&raw mut call) };
    }
}

/// Row by row and channel by channel.
fn one_by_one(layer: &Dense<'_>, x: &[i16], stride: usize, limits: Limits, out: &mut [i16]) {
    for (t, out) in out.chunks_exact_mut(layer.outputs().max(1)).enumerate() {
        let Some(x) = x.get(t * stride..) else { return };
        let x = x.get(..layer.inputs).unwrap_or(x);
        let weights = layer.weights.chunks_exact(layer.inputs.max(1));
        for ((channel, slot), weights) in out.iter_mut().enumerate().zip(weights) {
            *slot = layer.finish(channel, layer.bias_of(channel) + product(weights, x), limits);
        }
    }
}

/// Σ weight x over as many inputs as there are.
fn product(weights: &[u8], x: &[i16]) -> i32 {
    let groups = (weights.len() / 4).min(x.len() / 4);
    let mut sum = 0_i32;
    if groups > 0 {
        // SAFETY: reads four weights and four inputs for each of as many
        // groups as both hold, and writes registers only.
        unsafe {
            core::arch::asm!(
                "2:",
                "ldr {w}, [{weights}], #4",
                "ldr {x}, [{inputs}], #4",
                "sxtb16 {v}, {w}",
                "smlad {sum}, {v}, {x}, {sum}",
                "ldr {x}, [{inputs}], #4",
                "sxtb16 {v}, {w}, ror #8",
                "smlad {sum}, {v}, {x}, {sum}",
                "subs {groups}, {groups}, #1",
                "bne 2b",
                weights = inout(reg) weights.as_ptr() => _,
                inputs = inout(reg) x.as_ptr() => _,
                groups = inout(reg) groups => _,
                sum = inout(reg) sum,
                w = out(reg) _,
                x = out(reg) _,
                v = out(reg) _,
                options(nostack, readonly),
            );
        }
    }
    let weights = weights.get(4 * groups..).unwrap_or_default();
    let rest = x.get(4 * groups..).unwrap_or_default();
    for (weight, x) in weights.iter().zip(rest) {
        sum += i32::from(weight.cast_signed()) * i32::from(*x);
    }
    sum
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

/// Limits for which there are instructions.
const RECTIFIED: u32 = 1;
const SYMMETRIC: u32 = 2;

/// The places below are those that the assembly counts on.
#[repr(C)]
struct Call {
    x: *const i16,
    stride_bytes: usize,
    weights: *const u8,
    bias: *const [u8; 4],
    multiplier: *const [u8; 4],
    out: *mut i16,
    out_bytes: usize,
    inputs: usize,
    low: i32,
    high: i32,
    /// [`RECTIFIED`], [`SYMMETRIC`], or other limits.
    usual: u32,
}

/// Within r5 and r6.
macro_rules! bound {
    ($register:literal) => {
        concat!(
            "cmp ",
            $register,
            ", r5\nit lt\nmovlt ",
            $register,
            ", r5\n",
            "cmp ",
            $register,
            ", r6\nit gt\nmovgt ",
            $register,
            ", r6\n",
        )
    };
}

/// Within r5 and 16 bits.
macro_rules! symmetric {
    ($register:literal) => {
        concat!(
            "ssat ", $register, ", #16, ", $register, "\n", "cmp ", $register, ", r5\n", "it lt\n",
            "movlt ", $register, ", r5\n",
        )
    };
}

/// Four inputs of one channel and four rows, 60 bytes of code: sums in r0 to
/// r3, weights at r8, rows at r9 to r12. The file's order makes the first
/// `SXTB16` weights 0 and 1, the second 2 and 3.
macro_rules! group {
    () => {
        "ldr r4, [r8], #4
         ldrd r6, r7, [r9], #8
         sxtb16 r5, r4, ror #8
         sxtb16 r4, r4
         smlad r0, r4, r6, r0
         smlad r0, r5, r7, r0
         ldrd r6, r7, [r10], #8
         smlad r1, r4, r6, r1
         smlad r1, r5, r7, r1
         ldrd r6, r7, [r11], #8
         smlad r2, r4, r6, r2
         smlad r2, r5, r7, r2
         ldrd r6, r7, [r12], #8
         smlad r3, r4, r6, r3
         smlad r3, r5, r7, r3
        "
    };
}

/// # Safety
/// As told where it is called.
#[unsafe(naked)]
unsafe extern "C" fn four_rows(call: *mut Call) {
    core::arch::naked_asm!(
        // On the stack: the call, where the outputs of the first row end, how
        // often the eight groups below are gone through, where the first time
        // begins, what follows the groups, inputs beyond the last whole group,
        // one word more, the four rows.
        "push {{r4-r11, lr}}",
        "sub sp, #44",
        "str r0, [sp]",
        "ldrd r1, r2, [r0, #20]",
        "add r1, r1, r2",
        "str r1, [sp, #4]",
        "ldr r1, [r0, #28]",
        "lsrs r2, r1, #2",
        "adds r3, r2, #7",
        "lsrs r3, r3, #3",
        "str r3, [sp, #8]",
        // Entry: (8 times - groups) groups of 60 bytes into the eight, or
        // behind them where there is no group.
        "lsls r3, r3, #3",
        "subs r3, r3, r2",
        "movs r4, #60",
        "adr.w r5, 4f",
        "mla r3, r3, r4, r5",
        "cmp r2, #0",
        "it eq",
        "adreq.w r3, 7f",
        "orr r3, r3, #1",
        "str r3, [sp, #12]",
        "adr.w r3, 9f",
        "ands r2, r1, #3",
        "it ne",
        "adrne.w r3, 8f",
        "cmp r2, #1",
        "it eq",
        "adreq.w r3, 12f",
        "orr r3, r3, #1",
        "strd r3, r2, [sp, #16]",
        "ldr r8, [r0, #8]",
        "ldr r9, [r0]",
        "ldr r4, [r0, #4]",
        "add r10, r9, r4",
        "add r11, r10, r4",
        "add r12, r11, r4",
        "add r4, sp, #28",
        "stm r4, {{r9-r12}}",
        // A channel: its sums begin with the bias.
        "2:",
        "ldr r4, [sp]",
        "movs r0, #0",
        "ldr r5, [r4, #12]",
        "cbz r5, 3f",
        "ldr r0, [r5], #4",
        "str r5, [r4, #12]",
        "3:",
        "mov r1, r0",
        "mov r2, r0",
        "mov r3, r0",
        "ldr lr, [sp, #8]",
        "ldr pc, [sp, #12]",
        ".p2align 2",
        "4:",
        group!(),
        group!(),
        group!(),
        group!(),
        group!(),
        group!(),
        group!(),
        group!(),
        "subs lr, lr, #1",
        "bne.w 4b",
        ".p2align 2",
        "7:",
        "ldr pc, [sp, #16]",
        // Back to the first input; to the scale of the output, halves up.
        ".p2align 2",
        "9:",
        "add r4, sp, #28",
        "ldm r4, {{r9-r12}}",
        "ldr r4, [sp]",
        "ldr r5, [r4, #16]",
        "ldr r6, [r5], #4",
        "str r5, [r4, #16]",
        "smmulr r0, r0, r6",
        "smmulr r1, r1, r6",
        "smmulr r2, r2, r6",
        "smmulr r3, r3, r6",
        "ldr r5, [r4, #40]",
        "cmp r5, #1",
        "bne.w 10f",
        "usat r0, #15, r0",
        "usat r1, #15, r1",
        "usat r2, #15, r2",
        "usat r3, #15, r3",
        "11:",
        "ldrd r5, r6, [r4, #20]",
        "strh r1, [r5, r6]",
        "strh r2, [r5, r6, lsl #1]",
        "add r7, r5, r6",
        "strh r3, [r7, r6, lsl #1]",
        "strh r0, [r5], #2",
        "str r5, [r4, #20]",
        "ldr r6, [sp, #4]",
        "cmp r5, r6",
        "bne.w 2b",
        "add sp, #44",
        "pop {{r4-r11, pc}}",
        // The last one to three inputs: two at once, if there are.
        ".p2align 2",
        "8:",
        "ldrsb r4, [r8], #1",
        "ldrsb r5, [r8], #1",
        "pkhbt r4, r4, r5, lsl #16",
        "ldr r5, [r9], #4",
        "smlad r0, r4, r5, r0",
        "ldr r6, [r10], #4",
        "smlad r1, r4, r6, r1",
        "ldr r5, [r11], #4",
        "smlad r2, r4, r5, r2",
        "ldr r6, [r12], #4",
        "smlad r3, r4, r6, r3",
        "ldr lr, [sp, #20]",
        "cmp lr, #2",
        "beq.w 9b",
        ".p2align 2",
        "12:",
        "ldrsb r4, [r8], #1",
        "ldrsh r5, [r9], #2",
        "ldrsh r6, [r10], #2",
        "smlabb r0, r4, r5, r0",
        "smlabb r1, r4, r6, r1",
        "ldrsh r5, [r11], #2",
        "ldrsh r6, [r12], #2",
        "smlabb r2, r4, r5, r2",
        "smlabb r3, r4, r6, r3",
        "b.w 9b",
        // Limits other than those of a rectifier.
        "10:",
        "bhi 13f",
        "ldrd r5, r6, [r4, #32]",
        bound!("r0"),
        bound!("r1"),
        bound!("r2"),
        bound!("r3"),
        "b.w 11b",
        // -32 767 to 32 767.
        "13:",
        "movw r5, #0x8001",
        "sxth r5, r5",
        symmetric!("r0"),
        symmetric!("r1"),
        symmetric!("r2"),
        symmetric!("r3"),
        "b.w 11b",
    )
}
