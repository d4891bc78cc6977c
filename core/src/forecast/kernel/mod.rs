//! The inner products that all the time of a forecast goes into.
//!
//! A dense layer over some rows of inputs, in integers:
//! `out = clamp((Σ weight x + bias) multiplier + 2^31 >> 32)`. A convolution is
//! the same, over rows that overlap. The model's loader has proven that no sum
//! leaves 32 bits, so the order in which it is formed does not matter, and
//! every kernel gives the same bytes.
//!
//! | kernel | where | multiply-accumulates at once |
//! | --- | --- | --- |
//! | `plain` | everywhere; what the others are tested against | 1 channel × 4 rows |
//! | `avx2` | x86-64 with AVX2 | 2 of 8 or 16 channels × 4 rows, or 16 of 4 channels |
//! | `lanes` | other x86-64, AArch64 | 16 of one channel |
//! | `smlad` | Cortex-M4, M7, M33 | 1 channel × 4 rows or 4 channels × 1 row, two each per instruction |
//!
//! On a Cortex-M4 a layer of 48 rows from 3 × 32 inputs to 32 channels takes 2.43
//! instructions per multiply-accumulate with `plain` and 1.07 with `smlad`
//! (`tests/forecast_qemu.rs`).
//!
//! Of each whole group of four weights the file holds the middle two swapped:
//! `SXTB16` then finds the pairs that meet those of the inputs.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod lanes;
#[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64", smlad))))]
mod plain;
#[cfg(smlad)]
mod smlad;
#[cfg(test)]
mod tests;

/// The largest magnitude of an activation.
pub(super) const MAX_ACTIVATION: i16 = 32_767;

/// Inputs of one channel that the vector kernels multiply at once.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
const LANES: usize = 16;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
type Lanes = [i16; LANES];

/// Brings inputs into the order of the weights; zeros follow.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline]
fn arrange(x: &[i16], slots: &mut [i16]) {
    let (groups, rest) = x.as_chunks::<4>();
    let grouped = (4 * groups.len()).min(slots.len());
    let (front, back) = slots.split_at_mut(grouped);
    for (slot, [a, b, c, d]) in front.as_chunks_mut::<4>().0.iter_mut().zip(groups) {
        *slot = [*a, *c, *b, *d];
    }
    back.fill(0);
    for (slot, x) in back.iter_mut().zip(rest) {
        *slot = *x;
    }
}

/// Limits of a layer's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// 0 for a rectifier, else the other one negated.
    pub(super) low: i16,
    pub(super) high: i16,
}

impl Limits {
    /// -32 767 to 32 767.
    pub(super) const SYMMETRIC: Self = Self { low: -MAX_ACTIVATION, high: MAX_ACTIVATION };
    /// 0 to 32 767.
    pub(super) const RECTIFIED: Self = Self { low: 0, high: MAX_ACTIVATION };

    pub(super) fn bound(self, value: i64) -> i16 {
        i16::try_from(value.clamp(self.low.into(), self.high.into())).unwrap_or(0)
    }
}

/// Where rows of inputs begin: in groups of so many rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    rows: usize,
    /// Words from one row of a group to the next.
    row: usize,
    /// Words from the first row of a group to that of the next group.
    group: usize,
}

impl Steps {
    /// All rows so many words apart.
    pub(super) const fn every(words: usize) -> Self {
        Self::groups(1, words, words)
    }

    /// Groups of `rows`, one or more, each `row` words behind the one before;
    /// from group to group it is `group` words, no fewer than within one.
    pub(super) const fn groups(rows: usize, row: usize, group: usize) -> Self {
        Self { rows, row, group }
    }

    /// Where a row begins.
    #[inline]
    fn at(self, row: usize) -> usize {
        let group = row.checked_div(self.rows).unwrap_or(0);
        group * self.group + (row - group * self.rows) * self.row
    }

    /// Whether so many rows of so many inputs all end within `words`: none begins
    /// before the one before it.
    #[cfg(any(target_arch = "x86_64", smlad))]
    fn hold(self, words: usize, rows: usize, inputs: usize) -> bool {
        rows == 0 || self.at(rows - 1) + inputs <= words
    }

    /// Whether all rows begin at even places.
    #[cfg(smlad)]
    const fn are_even(self) -> bool {
        self.group.is_multiple_of(2) && (self.rows == 1 || self.row.is_multiple_of(2))
    }

    /// Where the rows begin, one after the other.
    #[cfg(target_arch = "x86_64")]
    #[inline]
    const fn starts(self) -> Starts {
        let to_next = self.group - (self.rows - 1) * self.row;
        Starts { steps: self, to_next, at: 0, left: self.rows }
    }
}

/// What [`Steps::at`] tells, without dividing.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug)]
struct Starts {
    steps: Steps,
    /// Words from the last row of a group to the next group.
    to_next: usize,
    at: usize,
    /// Rows of the group from here on.
    left: usize,
}

#[cfg(target_arch = "x86_64")]
impl Starts {
    #[inline]
    const fn next(&mut self) -> usize {
        let at = self.at;
        self.left -= 1;
        if self.left == 0 {
            self.left = self.steps.rows;
            self.at += self.to_next;
        } else {
            self.at += self.steps.row;
        }
        at
    }
}

/// The parameters of a dense layer, as they lie in the file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dense<'a> {
    pub(super) inputs: usize,
    /// Little-endian i32, one per output, or none.
    pub(super) bias: &'a [[u8; 4]],
    /// Little-endian i32 by output, none negative.
    pub(super) multiplier: &'a [[u8; 4]],
    /// i8 by output, then by input in the order told above; more may follow.
    pub(super) weights: &'a [u8],
}

impl Dense<'_> {
    pub(super) fn outputs(&self) -> usize {
        self.multiplier.len()
    }

    fn bias_of(&self, output: usize) -> i32 {
        self.bias.get(output).copied().map_or(0, i32::from_le_bytes)
    }

    fn multiplier_of(&self, output: usize) -> i32 {
        self.multiplier.get(output).copied().map_or(0, i32::from_le_bytes)
    }

    /// Brings the accumulator of an output to its scale, halves up.
    fn finish(&self, output: usize, sum: i32, limits: Limits) -> i16 {
        let multiplier = i64::from(self.multiplier_of(output));
        // Of 62 bits less 32; small cores are slow with more than 32.
        let scaled = i32::try_from((i64::from(sum) * multiplier + (1 << 31)) >> 32).unwrap_or(0);
        i16::try_from(scaled.clamp(limits.low.into(), limits.high.into())).unwrap_or(0)
    }

    /// As many rows as `out` has room for, one behind the other; those of the
    /// inputs begin in `x` where `steps` says. What `x` has too little counts as
    /// zero or leaves its row of `out` as it was.
    pub(super) fn rows(&self, x: &[i16], steps: Steps, limits: Limits, out: &mut [i16]) {
        #[cfg(target_arch = "x86_64")]
        avx2::rows(self, x, steps, limits, out);
        #[cfg(target_arch = "aarch64")]
        lanes::rows(self, x, steps, limits, out);
        #[cfg(smlad)]
        smlad::rows(self, x, steps, limits, out);
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", smlad)))]
        plain::rows(self, x, steps, limits, out);
    }

    /// For many calls: what a kernel can do once it does now, in memory that is
    /// lent.
    #[cfg_attr(not(target_arch = "x86_64"), allow(unused_variables, reason = "nothing to do"))]
    pub(super) fn ready<'r>(&'r self, room: &'r mut Room) -> Ready<'r> {
        Ready {
            layer: self,
            #[cfg(target_arch = "x86_64")]
            packed: avx2::pack(self, &mut room.weights),
        }
    }

    /// One output of one row; 0 where there is no such output.
    #[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
    fn output(&self, index: usize, x: &[i16], limits: Limits) -> i16 {
        let x = x.get(..self.inputs).unwrap_or(x);
        let weights = self.weights.get(index * self.inputs..).unwrap_or_default();
        self.finish(index, self.bias_of(index) + product(weights, x), limits)
    }
}

/// Memory for [`Dense::ready`]; none where the file's order is the kernel's.
#[derive(Debug)]
pub(super) struct Room {
    #[cfg(target_arch = "x86_64")]
    weights: avx2::Room,
}

impl Room {
    pub(super) const fn new() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            weights: avx2::Room::new(),
        }
    }
}

/// A layer that many calls go to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ready<'r> {
    layer: &'r Dense<'r>,
    #[cfg(target_arch = "x86_64")]
    packed: Option<&'r [Lanes]>,
}

impl Ready<'_> {
    /// As [`Dense::rows`].
    pub(super) fn rows(&self, x: &[i16], steps: Steps, limits: Limits, out: &mut [i16]) {
        #[cfg(target_arch = "x86_64")]
        if let Some(packed) = self.packed {
            return avx2::packed_rows(self.layer, packed, x, steps, limits, out);
        }
        self.layer.rows(x, steps, limits, out);
    }
}

/// Σ weight x over as many inputs as there are.
fn product(weights: &[u8], x: &[i16]) -> i32 {
    let weight = |w: u8| i32::from(w.cast_signed());
    let (groups, rest) = x.as_chunks::<4>();
    let mut sum = 0_i32;
    for ([a, b, c, d], [p, q, r, s]) in weights.as_chunks::<4>().0.iter().zip(groups) {
        sum += weight(*a) * i32::from(*p) + weight(*b) * i32::from(*r);
        sum += weight(*c) * i32::from(*q) + weight(*d) * i32::from(*s);
    }
    let tail = weights.get(4 * groups.len()..).unwrap_or_default();
    sum + tail.iter().zip(rest).map(|(w, x)| weight(*w) * i32::from(*x)).sum::<i32>()
}

/// The sum of the distances between as many values as both have, 32 767 at
/// most.
pub(super) fn distance(a: &[i16], b: &[i16]) -> i32 {
    #[cfg(smlad)]
    return smlad::distance(a, b);
    #[cfg(not(smlad))]
    {
        let mut sum = 0_u32;
        for (a, b) in a.iter().zip(b) {
            sum += u32::from(a.abs_diff(*b));
        }
        sum.cast_signed()
    }
}

/// `Σ (learned + gate) base`, each sum in brackets within ±32 767: one of every
/// `L` numbers learned and of every `G` gates, from a place on.
pub(super) fn blend<const L: usize, const G: usize>(
    (learned, learned_at): (&[[u8; 2]], usize),
    (gates, gate_at): (&[i16], usize),
    bases: &[i16],
) -> i64 {
    #[cfg(smlad)]
    if let Some(sum) = smlad::blend::<L, G>((learned, learned_at), (gates, gate_at), bases) {
        return sum;
    }
    let mut sum = 0;
    let learned = learned.iter().skip(learned_at).step_by(L);
    let gates = gates.iter().skip(gate_at).step_by(G);
    for ((learned, gate), base) in learned.zip(gates).zip(bases) {
        let share = i32::from(i16::from_le_bytes(*learned)) + i32::from(*gate);
        let share = share.max((-MAX_ACTIVATION).into()).min(MAX_ACTIVATION.into());
        sum += i64::from(share * i32::from(*base));
    }
    sum
}

/// Within 0 and 32 767.
pub(super) fn rectified(sum: i32) -> i16 {
    i16::try_from(sum.max(0).min(MAX_ACTIVATION.into())).unwrap_or(0)
}

/// Shifts values to the left, or to the right with halves up, adds them and
/// rectifies the sums. Neither shift is above 15, and one of them is 0.
pub(super) fn add_rectified(sums: &mut [i16], values: &[i16], left: u8, right: u8) {
    #[cfg(smlad)]
    smlad::add_rectified(sums, values, left, right);
    #[cfg(not(smlad))]
    if left == 0 && right == 0 {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = sum.saturating_add(*value).max(0);
        }
    } else {
        let half = 1 << right >> 1;
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = rectified(i32::from(*sum) + (((i32::from(*value) << left) + half) >> right));
        }
    }
}

/// Where the weight of an input lies among `inputs` of them.
#[cfg(test)]
pub(super) fn place_of(input: usize, inputs: usize) -> usize {
    let grouped = inputs / 4 * 4;
    match input % 4 {
        1 if input < grouped => input + 1,
        2 if input < grouped => input - 1,
        _ => input,
    }
}
