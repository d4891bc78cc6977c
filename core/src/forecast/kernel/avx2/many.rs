//! Many rows: a lane for each channel. Two inputs of a row meet two weights of
//! each of eight or sixteen channels, four rows at a time.

use core::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_add_epi64, _mm256_blend_epi32, _mm256_madd_epi16,
    _mm256_max_epi16, _mm256_min_epi16, _mm256_mul_epi32, _mm256_packs_epi32,
    _mm256_permute4x64_epi64, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_set1_epi64x,
    _mm256_setr_epi32, _mm256_shuffle_epi32, _mm256_slli_epi16, _mm256_srai_epi16,
};

use bytemuck::cast;

use super::super::{Dense, Lanes, Limits};
use super::{MOST_INPUTS, Rows};

/// Channels of a register.
pub(super) const CHANNELS: usize = 8;
/// Registers of a block that are not weights: biases, then multipliers.
const ABOUT: usize = 2;
/// Rows at once.
const FOUR: usize = 4;
/// The weights of a channel that is not there.
const NONE: &[u8] = &[0; MOST_INPUTS];

/// Registers that eight channels take: about them, then weights by two inputs.
/// Those of sixteen lie in turn; so do blocks of sixteen, one behind the other.
pub(super) fn registers(layer: &Dense<'_>) -> usize {
    ABOUT + layer.inputs.div_ceil(2)
}

/// Brings the weights of the channels from `first` on into order, as many as
/// `packed` has room for.
#[target_feature(enable = "avx2")]
pub(super) fn pack(layer: &Dense<'_>, first: usize, packed: &mut [Lanes]) {
    let registers = registers(layer);
    for (block, packed) in packed.chunks_mut(2 * registers).enumerate() {
        let first = first + 2 * CHANNELS * block;
        let apart = if packed.len() > registers { 2 } else { 1 };
        for half in 0..apart {
            let slots = packed.iter_mut().skip(half).step_by(apart);
            pack_eight(layer, first + CHANNELS * half, slots);
        }
    }
}

/// Eight channels; zeros behind the last one.
#[target_feature(enable = "avx2")]
fn pack_eight<'s>(layer: &Dense<'_>, first: usize, mut slots: impl Iterator<Item = &'s mut Lanes>) {
    for (numbers, slot) in [layer.bias, layer.multiplier].into_iter().zip(&mut slots) {
        let mut eight = [[0; 4]; CHANNELS];
        let there = numbers.get(first..).unwrap_or_default();
        eight.iter_mut().zip(there).for_each(|(slot, number)| *slot = *number);
        *slot = cast(eight);
    }
    let mut rest = layer.weights.get(first * layer.inputs..).unwrap_or_default();
    let mut left = layer.outputs() - first.min(layer.outputs());
    let mut rows = [NONE; CHANNELS];
    for row in &mut rows {
        if let (1.., Some((weights, behind))) = (left, rest.split_at_checked(layer.inputs)) {
            (*row, rest) = (weights, behind);
            left -= 1;
        }
    }
    let [a, b, c, d, e, f, g, h] = rows.map(|row| row.as_chunks::<4>().0);
    let groups = a.iter().zip(b).zip(c).zip(d).zip(e).zip(f).zip(g).zip(h);
    let whole = layer.inputs / 4;
    for (((((((a, b), c), d), e), f), g), h) in groups.take(whole) {
        let [a, b, c, d, e, f, g, h] = [a, b, c, d, e, f, g, h].map(|w| i32::from_le_bytes(*w));
        let words = _mm256_setr_epi32(a, b, c, d, e, f, g, h);
        // The file's order makes the even bytes weights 0 and 1 of each group,
        // the odd ones weights 2 and 3.
        for pair in [_mm256_slli_epi16::<8>(words), words] {
            if let Some(slot) = slots.next() {
                *slot = cast(_mm256_srai_epi16::<8>(pair));
            }
        }
    }
    for (at, slot) in (4 * whole..layer.inputs).step_by(2).zip(slots) {
        let weight = |row: &[u8], at: usize| row.get(at).map_or(0, |w| i16::from(w.cast_signed()));
        let last = at + 1 == layer.inputs;
        *slot = cast(rows.map(|row| [weight(row, at), if last { 0 } else { weight(row, at + 1) }]));
    }
}

/// The channels from `first` on that are packed, of all rows of `out`.
#[target_feature(enable = "avx2")]
pub(super) fn rows(
    layer: &Dense<'_>,
    first: usize,
    packed: &[Lanes],
    rows: Rows<'_>,
    limits: Limits,
    out: &mut [i16],
) {
    // What a row may write behind itself ends with the last one.
    let Some(out) = out.get_mut(..rows.rows * layer.outputs()) else { return };
    let registers = registers(layer);
    for (block, packed) in packed.chunks(2 * registers).enumerate() {
        let first = first + 2 * CHANNELS * block;
        if packed.len() > registers {
            if let Some(channels) = Channels::<2>::of(layer, first, packed, limits) {
                channels.rows(rows, out);
            }
        } else if let Some(channels) = Channels::<1>::of(layer, first, packed, limits) {
            channels.rows(rows, out);
        }
    }
}

/// Up to eight or sixteen channels of a layer: `K` registers of them.
struct Channels<'w, const K: usize> {
    inputs: usize,
    outputs: usize,
    first: usize,
    /// How many there are, and whether as many as the registers hold may be
    /// written: where no others follow in a row, the next row comes later.
    width: usize,
    may_fill: bool,
    weights: &'w [[Lanes; K]],
    bias: [__m256i; K],
    /// By channel, and those of odd channels.
    multiplier: [[__m256i; 2]; K],
    low: __m256i,
    high: __m256i,
}

/// Odd lanes where the even ones were.
#[target_feature(enable = "avx2")]
fn odd(lanes: __m256i) -> __m256i {
    _mm256_shuffle_epi32::<0b11_11_01_01>(lanes)
}

impl<'w, const K: usize> Channels<'w, K> {
    #[target_feature(enable = "avx2")]
    fn of(layer: &Dense<'_>, first: usize, packed: &'w [Lanes], limits: Limits) -> Option<Self> {
        let [bias, multiplier, weights @ ..] = packed.as_chunks::<K>().0 else { return None };
        let (inputs, outputs) = (layer.inputs, layer.outputs());
        let width = (outputs - first.min(outputs)).min(CHANNELS * K);
        Some(Self {
            inputs,
            outputs,
            first,
            width,
            may_fill: width == outputs || width == CHANNELS * K,
            weights,
            bias: bias.map(cast::<Lanes, __m256i>),
            multiplier: multiplier.map(|multiplier| {
                let multiplier = cast::<Lanes, __m256i>(multiplier);
                [multiplier, odd(multiplier)]
            }),
            low: _mm256_set1_epi16(limits.low),
            high: _mm256_set1_epi16(limits.high),
        })
    }

    #[target_feature(enable = "avx2")]
    #[inline(never)]
    fn rows(&self, Rows { x, steps, rows }: Rows<'_>, out: &mut [i16]) {
        let mut at = self.first;
        let mut starts = steps.starts();
        for _ in 0..rows / FOUR {
            // No closures: what is not compiled for AVX2 is not merged into this.
            let inputs = self.inputs;
            let [a, b, c, d] = [starts.next(), starts.next(), starts.next(), starts.next()];
            let (Some(a), Some(b), Some(c), Some(d)) = (
                x.get(a..a + inputs),
                x.get(b..b + inputs),
                x.get(c..c + inputs),
                x.get(d..d + inputs),
            ) else {
                return;
            };
            let [a, b, c, d] = self.four([a, b, c, d]);
            self.write(a, out, at);
            self.write(b, out, at + self.outputs);
            self.write(c, out, at + 2 * self.outputs);
            self.write(d, out, at + 3 * self.outputs);
            at += FOUR * self.outputs;
        }
        for _ in 0..rows % FOUR {
            let start = starts.next();
            let Some(row) = x.get(start..start + self.inputs) else { return };
            self.write(self.one(row), out, at);
            at += self.outputs;
        }
    }

    #[target_feature(enable = "avx2")]
    fn four(&self, rows: [&[i16]; FOUR]) -> [[__m256i; K]; FOUR] {
        let [(a, p), (b, q), (c, r), (d, s)] = rows.map(|row| row.as_chunks::<2>());
        let mut sums = [self.bias; FOUR];
        let [of_a, of_b, of_c, of_d] = &mut sums;
        for ((((weights, a), b), c), d) in self.weights.iter().zip(a).zip(b).zip(c).zip(d) {
            add(of_a, weights, *a);
            add(of_b, weights, *b);
            add(of_c, weights, *c);
            add(of_d, weights, *d);
        }
        if let ([p], [q], [r], [s], Some(weights)) = (p, q, r, s, self.weights.last()) {
            add(of_a, weights, [*p, 0]);
            add(of_b, weights, [*q, 0]);
            add(of_c, weights, [*r, 0]);
            add(of_d, weights, [*s, 0]);
        }
        sums
    }

    #[target_feature(enable = "avx2")]
    fn one(&self, row: &[i16]) -> [__m256i; K] {
        let (pairs, last) = row.as_chunks::<2>();
        let mut sums = self.bias;
        for (weights, pair) in self.weights.iter().zip(pairs) {
            add(&mut sums, weights, *pair);
        }
        if let ([last], Some(weights)) = (last, self.weights.last()) {
            add(&mut sums, weights, [*last, 0]);
        }
        sums
    }

    /// Brings the sums of a row to their scale, as [`Dense::finish`], and
    /// writes them from `at` on.
    #[target_feature(enable = "avx2")]
    fn write(&self, sums: [__m256i; K], out: &mut [i16], at: usize) {
        let half = _mm256_set1_epi64x(1 << 31);
        let mut scaled = sums;
        for (sums, [evens, odds]) in scaled.iter_mut().zip(self.multiplier) {
            let evens = _mm256_add_epi64(_mm256_mul_epi32(*sums, evens), half);
            let odds = _mm256_add_epi64(_mm256_mul_epi32(odd(*sums), odds), half);
            // The upper halves of both.
            *sums = _mm256_blend_epi32::<0b1010_1010>(odd(evens), odds);
        }
        let (first, last) = match scaled.as_slice() {
            [first, last] => (*first, *last),
            [only] => (*only, *only),
            _ => return,
        };
        let all = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi32(first, last));
        let found: Lanes = cast(_mm256_min_epi16(_mm256_max_epi16(all, self.low), self.high));

        let slots = if self.may_fill { out.get_mut(at..at + CHANNELS * K) } else { None };
        match (slots, found.get(..CHANNELS * K)) {
            (Some(slots), Some(found)) => slots.copy_from_slice(found),
            _ => write_some(&found, out.get_mut(at..at + self.width)),
        }
    }
}

/// Of the last row, or of a last block, only what is wanted.
#[inline(never)]
fn write_some(found: &Lanes, slots: Option<&mut [i16]>) {
    for (slot, found) in slots.unwrap_or_default().iter_mut().zip(found) {
        *slot = *found;
    }
}

/// Adds two products to the sum of each channel.
#[target_feature(enable = "avx2")]
#[inline]
fn add<const K: usize>(sums: &mut [__m256i; K], weights: &[Lanes; K], pair: [i16; 2]) {
    let pair = _mm256_set1_epi32(cast(pair));
    for (sum, weights) in sums.iter_mut().zip(weights) {
        let products = _mm256_madd_epi16(cast::<Lanes, __m256i>(*weights), pair);
        *sum = _mm256_add_epi32(*sum, products);
    }
}
