//! Four channels of one row at a time.

use super::super::{Dense, Limits, Steps};
use super::FOUR;

/// Whether a sum may have met an end of 16 bits; at the lower one it is
/// -32 768.
///
/// # Safety
/// As told where it is called: the layer has 4 outputs or more.
pub(super) unsafe fn rows(
    layer: &Dense<'_>,
    x: &[i16],
    steps: Steps,
    limits: Limits,
    rows: usize,
    out: &mut [i16],
) -> bool {
    let (inputs, outputs) = (layer.inputs, layer.outputs());
    let mut found = 0;
    for row in 0..rows {
        let x = x.as_ptr().wrapping_add(steps.at(row));
        let mut done = 0;
        while done < outputs {
            // Four last channels, some of them once more.
            let first = done.min(outputs - FOUR);
            let bias = layer.bias.as_ptr().wrapping_add(first);
            let call = Call {
                x,
                weights: layer.weights.as_ptr().wrapping_add(first * inputs),
                inputs,
                bias: if layer.bias.is_empty() { core::ptr::null() } else { bias },
                multiplier: layer.multiplier.as_ptr().wrapping_add(first),
                out: out.as_mut_ptr().wrapping_add(row * outputs + first),
                is_rectified: (limits.low == 0).into(),
            };
            // SAFETY: the row lies within `x`, the channels from `first` to
            // `first + 3` within the parameters and within `out`, which is
            // borrowed for the call alone. It reads and writes nothing else but
            // `call` and its own stack.
            found |= unsafe { four_channels(&raw const call) };
            done = first + FOUR;
        }
    }
    found != 0
}

/// The places below are those that the assembly counts on.
#[repr(C)]
struct Call {
    x: *const i16,
    weights: *const u8,
    inputs: usize,
    /// Null where there is none.
    bias: *const [u8; 4],
    multiplier: *const [u8; 4],
    out: *mut i16,
    is_rectified: u32,
}

/// Four inputs of one channel, in r4 and r5, and its weights.
macro_rules! group {
    ($sum:literal, $weights:literal) => {
        concat!(
            "ldr r6, [",
            $weights,
            "], #4\n",
            "sxtb16 r7, r6\n",
            "smlad ",
            $sum,
            ", r7, r4, ",
            $sum,
            "\n",
            "sxtb16 r7, r6, ror #8\n",
            "smlad ",
            $sum,
            ", r7, r5, ",
            $sum,
            "\n",
        )
    };
}

/// Tells by a number other than 0 that a sum met an end of 16 bits.
///
/// # Safety
/// As told where it is called.
#[unsafe(naked)]
unsafe extern "C" fn four_channels(call: *const Call) -> u32 {
    core::arch::naked_asm!(
        "push {{r0, r4-r11, lr}}",
        "movs r4, #0",
        "msr APSR_nzcvq, r4",
        // Sums in r0 to r3, weights at r8 to r11, inputs at r12.
        "ldrd r12, r8, [r0]",
        "ldrd r4, r5, [r0, #8]",
        "add r9, r8, r4",
        "add r10, r9, r4",
        "add r11, r10, r4",
        "lsrs r6, r4, #2",
        "mov lr, r6",
        "movs r0, #0",
        "movs r1, #0",
        "movs r2, #0",
        "movs r3, #0",
        "cbz r5, 2f",
        "ldr r0, [r5]",
        "ldr r1, [r5, #4]",
        "ldr r2, [r5, #8]",
        "ldr r3, [r5, #12]",
        "2:",
        "cbz r6, 4f",
        "3:",
        "ldrd r4, r5, [r12], #8",
        group!("r0", "r8"),
        group!("r1", "r9"),
        group!("r2", "r10"),
        group!("r3", "r11"),
        "subs lr, lr, #1",
        "bne 3b",
        // The last one to three inputs.
        "4:",
        "ldr r7, [sp]",
        "ldr r6, [r7, #8]",
        "ands r6, r6, #3",
        "beq 6f",
        "5:",
        "ldrsh r4, [r12], #2",
        "ldrsb r5, [r8], #1",
        "smlabb r0, r5, r4, r0",
        "ldrsb r5, [r9], #1",
        "smlabb r1, r5, r4, r1",
        "ldrsb r5, [r10], #1",
        "smlabb r2, r5, r4, r2",
        "ldrsb r5, [r11], #1",
        "smlabb r3, r5, r4, r3",
        "subs r6, r6, #1",
        "bne 5b",
        // To the scale of the output, halves up.
        "6:",
        "ldrd r4, r5, [r7, #16]",
        "ldr r6, [r4]",
        "smmulr r0, r0, r6",
        "ldr r6, [r4, #4]",
        "smmulr r1, r1, r6",
        "ldr r6, [r4, #8]",
        "smmulr r2, r2, r6",
        "ldr r6, [r4, #12]",
        "smmulr r3, r3, r6",
        "ldr r6, [r7, #24]",
        "cbz r6, 7f",
        "usat r0, #15, r0",
        "usat r1, #15, r1",
        "usat r2, #15, r2",
        "usat r3, #15, r3",
        "7:",
        "ssat r0, #16, r0",
        "ssat r1, #16, r1",
        "ssat r2, #16, r2",
        "ssat r3, #16, r3",
        "strh r0, [r5]",
        "strh r1, [r5, #2]",
        "strh r2, [r5, #4]",
        "strh r3, [r5, #6]",
        "mrs r0, apsr",
        "and r0, r0, #0x08000000",
        "add sp, sp, #4",
        "pop {{r4-r11, pc}}",
    )
}
