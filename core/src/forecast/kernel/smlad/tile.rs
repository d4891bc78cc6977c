//! One channel of four rows at a time.

use super::super::{Dense, Limits, Steps};
use super::FOUR;

/// Groups of four inputs in a row of code.
const GROUPS: usize = 8;

/// Whether a sum may have met an end of 16 bits; at the lower one it is
/// -32 768.
///
/// # Safety
/// As told where it is called: `rows` is 4 or more.
pub(super) unsafe fn rows(
    layer: &Dense<'_>,
    x: &[i16],
    steps: Steps,
    limits: Limits,
    rows: usize,
    out: &mut [i16],
) -> bool {
    let outputs = layer.outputs();
    let bias = layer.bias.as_ptr().addr().wrapping_sub(layer.multiplier.as_ptr().addr());
    let passes = (layer.inputs / 4).div_ceil(GROUPS);
    let mut call = Call {
        x: [core::ptr::null(); FOUR],
        weights: layer.weights.as_ptr(),
        inputs: layer.inputs,
        multiplier: layer.multiplier.as_ptr(),
        bias: if layer.bias.is_empty() { 0 } else { bias },
        out: out.as_mut_ptr(),
        out_bytes: 2 * outputs,
        out_end: out.as_mut_ptr(),
        is_rectified: (limits.low == 0).into(),
        passes,
        left: passes,
        entry: 0,
        after_pass: 0,
        after: 0,
        third: 0,
        bound: 0,
        next: x.as_ptr(),
        rows_left: steps.rows,
        row_bytes: 2 * steps.row,
        group_bytes: 2 * (steps.group - (steps.rows - 1) * steps.row),
        rows: steps.rows,
    };
    let mut found = 0;
    let mut done = 0;
    while done < rows {
        // Four last rows, some of them once more: they come out the same.
        let first = done.min(rows - FOUR);
        if first < done {
            call.begin(steps, x, first);
        }
        call.multiplier = layer.multiplier.as_ptr();
        call.out = out.as_mut_ptr().wrapping_add(first * outputs);
        call.out_end = call.out.wrapping_add(outputs);
        // SAFETY: the rows from `first` to `first + 3` lie within `x` and `out`,
        // which is borrowed for the call alone. It reads and writes nothing else
        // but the parameters, `call` and its own stack.
        found |= unsafe { four_rows(&raw mut call) };
        done = first + FOUR;
    }
    found != 0
}

/// The places below are those that the assembly counts on.
#[repr(C)]
struct Call {
    x: [*const i16; FOUR],
    weights: *const u8,
    inputs: usize,
    multiplier: *const [u8; 4],
    /// Bytes from a multiplier to its bias; 0 where there is none.
    bias: usize,
    out: *mut i16,
    out_bytes: usize,
    out_end: *mut i16,
    is_rectified: u32,
    /// How often a channel goes through the groups below, and how often still.
    passes: usize,
    left: usize,
    /// Where in the groups it begins; 0 until that is known.
    entry: usize,
    /// What follows the eight groups, the last of them, and two inputs more.
    after_pass: usize,
    after: usize,
    third: usize,
    /// What bounds the sums.
    bound: usize,
    /// Where the next row begins, and how many of its group begin from there on.
    next: *const i16,
    rows_left: usize,
    /// Bytes from row to row, from the last of a group to the next group; rows
    /// of a group.
    row_bytes: usize,
    group_bytes: usize,
    rows: usize,
}

impl Call {
    /// Goes to a row.
    fn begin(&mut self, steps: Steps, x: &[i16], row: usize) {
        let group = row.checked_div(steps.rows).unwrap_or(0);
        self.rows_left = steps.rows - (row - group * steps.rows);
        self.next = x.as_ptr().wrapping_add(steps.at(row));
    }
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

/// On to where the next row begins, in r0.
macro_rules! next_row {
    () => {
        "subs r1, r1, #1
         itee ne
         addne r0, r0, r2
         addeq r0, r0, r3
         moveq r1, r4
        "
    };
}

/// Tells by a number other than 0 that a sum met an end of 16 bits.
///
/// # Safety
/// As told where it is called.
#[unsafe(naked)]
unsafe extern "C" fn four_rows(call: *mut Call) -> u32 {
    core::arch::naked_asm!(
        "push {{r4-r11, lr}}",
        "mov lr, r0",
        "movs r1, #0",
        "msr APSR_nzcvq, r1",
        "ldr r1, [lr, #56]",
        "cmp r1, #0",
        "bne.w 5f",
        "ldr r1, [lr, #20]",
        "lsrs r2, r1, #2",
        "ldr r3, [lr, #48]",
        // Entry: (8 times - groups) groups of 60 bytes into the eight, or
        // behind them where there is no group.
        "lsls r4, r3, #3",
        "subs r4, r4, r2",
        "movs r5, #60",
        "adr.w r6, 4f",
        "mla r4, r4, r5, r6",
        "cmp r2, #0",
        "it eq",
        "adreq.w r4, 7f",
        "orr r4, r4, #1",
        "str r4, [lr, #56]",
        // Inputs behind the last whole group.
        "adr.w r4, 9f",
        "adr.w r5, 12f",
        "orr r4, r4, #1",
        "orr r5, r5, #1",
        "adr.w r6, 8f",
        "orr r6, r6, #1",
        "ands r1, r1, #3",
        "it eq",
        "moveq r6, r4",
        "cmp r1, #1",
        "it eq",
        "moveq r6, r5",
        "cmp r1, #3",
        "it eq",
        "moveq r4, r5",
        "strd r6, r4, [lr, #64]",
        "cmp r3, #1",
        "it hi",
        "adrhi.w r6, 6f",
        "orr r6, r6, #1",
        "str r6, [lr, #60]",
        "ldr r1, [lr, #44]",
        "cmp r1, #0",
        "ite ne",
        "adrne.w r4, 10f",
        "adreq.w r4, 13f",
        "orr r4, r4, #1",
        "str r4, [lr, #72]",
        "5:",
        "add r0, lr, #76",
        "ldm r0, {{r0-r4}}",
        "mov r9, r0",
        next_row!(),
        "mov r10, r0",
        next_row!(),
        "mov r11, r0",
        next_row!(),
        "mov r12, r0",
        next_row!(),
        "strd r0, r1, [lr, #76]",
        "stm lr, {{r9-r12}}",
        "ldr r8, [lr, #16]",
        // A channel: its sums begin with the bias.
        "2:",
        "ldrd r5, r0, [lr, #24]",
        "cbz r0, 3f",
        "ldr r0, [r5, r0]",
        "3:",
        "mov r1, r0",
        "mov r2, r0",
        "mov r3, r0",
        "ldr pc, [lr, #56]",
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
        "ldr pc, [lr, #60]",
        // Once more, or as often as for the channel before.
        ".p2align 2",
        "6:",
        "ldr r4, [lr, #52]",
        "subs r4, r4, #1",
        "str r4, [lr, #52]",
        "bne.w 4b",
        "ldr r4, [lr, #48]",
        "str r4, [lr, #52]",
        ".p2align 2",
        "7:",
        "ldr pc, [lr, #64]",
        // Back to the first input; to the scale of the output, halves up.
        ".p2align 2",
        "9:",
        "ldm lr, {{r9-r12}}",
        "ldr r5, [lr, #24]",
        "ldr r6, [r5], #4",
        "str r5, [lr, #24]",
        "smmulr r0, r0, r6",
        "smmulr r1, r1, r6",
        "smmulr r2, r2, r6",
        "smmulr r3, r3, r6",
        "ldr pc, [lr, #72]",
        ".p2align 2",
        "10:",
        "usat r0, #15, r0",
        "usat r1, #15, r1",
        "usat r2, #15, r2",
        "usat r3, #15, r3",
        "11:",
        "ldrd r5, r6, [lr, #32]",
        "strh r1, [r5, r6]",
        "strh r2, [r5, r6, lsl #1]",
        "add r7, r5, r6",
        "strh r3, [r7, r6, lsl #1]",
        "strh r0, [r5], #2",
        "str r5, [lr, #32]",
        "ldr r6, [lr, #40]",
        "cmp r5, r6",
        "bne.w 2b",
        "mrs r0, apsr",
        "and r0, r0, #0x08000000",
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
        "ldr pc, [lr, #68]",
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
        // Sums of either sign.
        ".p2align 2",
        "13:",
        "ssat r0, #16, r0",
        "ssat r1, #16, r1",
        "ssat r2, #16, r2",
        "ssat r3, #16, r3",
        "b.w 11b",
    )
}
