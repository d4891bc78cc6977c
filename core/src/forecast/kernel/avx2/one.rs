//! One row: four of its channels at a time, sixteen products of one channel per
//! instruction. Weights are widened as they are read, and the four sums are
//! brought to their scale together.

use core::arch::x86_64::{
    __m128i, __m256i, _mm_add_epi32, _mm_add_epi64, _mm_blend_epi32, _mm_max_epi32, _mm_min_epi32,
    _mm_mul_epi32, _mm_packs_epi32, _mm_set1_epi32, _mm_set1_epi64x, _mm_srli_epi64,
    _mm256_add_epi32, _mm256_and_si256, _mm256_blendv_epi8, _mm256_castsi256_si128,
    _mm256_cvtepi8_epi16, _mm256_extracti128_si256, _mm256_hadd_epi32, _mm256_madd_epi16,
    _mm256_setzero_si256, _mm256_shufflehi_epi16, _mm256_shufflelo_epi16, _mm256_xor_si256,
};

use bytemuck::cast;

use super::super::{Dense, LANES, Lanes, Limits, Steps, arrange};

/// Sums that are brought to their scale together.
const FOUR: usize = 4;

/// Row by row, of up to 256 inputs each, all of which are there.
#[target_feature(enable = "avx2")]
pub(super) fn rows(layer: &Dense<'_>, x: &[i16], steps: Steps, limits: Limits, out: &mut [i16]) {
    match layer.inputs.div_ceil(LANES) {
        0 | 1 => of::<1>(layer, x, steps, limits, out),
        2 => of::<2>(layer, x, steps, limits, out),
        3 => of::<3>(layer, x, steps, limits, out),
        4 => of::<4>(layer, x, steps, limits, out),
        5 => of::<5>(layer, x, steps, limits, out),
        6 => of::<6>(layer, x, steps, limits, out),
        7 | 8 => of::<8>(layer, x, steps, limits, out),
        _ => of::<16>(layer, x, steps, limits, out),
    }
}

/// Rows of up to `N` lanes.
#[target_feature(enable = "avx2")]
fn of<const N: usize>(layer: &Dense<'_>, x: &[i16], steps: Steps, limits: Limits, out: &mut [i16]) {
    let tail = Tail::of(layer.inputs);
    let mut row = [[0; LANES]; N];
    for (t, out) in out.chunks_exact_mut(layer.outputs().max(1)).enumerate() {
        let Some(x) = x.get(steps.at(t)..) else { return };
        take_row(x, layer.inputs, &tail, &mut row);
        one_row(layer, &row, limits, out);
    }
}

/// What to do with the last lanes of a row.
struct Tail {
    /// All ones where there is an input.
    there: __m256i,
    /// All ones where the inputs keep their order: behind the last whole four.
    kept: __m256i,
}

impl Tail {
    #[target_feature(enable = "avx2")]
    fn of(inputs: usize) -> Self {
        /// Read from the right place on, as many ones as are wanted.
        #[rustfmt::skip]
        const ONES: [i16; 2 * LANES] = [
            -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        let before = |end: usize| -> __m256i {
            let from = ONES.get(LANES - end.min(LANES)..).and_then(|ones| ones.first_chunk());
            cast::<Lanes, __m256i>(from.copied().unwrap_or_default())
        };
        let lanes = if inputs.is_multiple_of(LANES) { LANES } else { inputs % LANES };
        let whole = before(lanes / 4 * 4);
        Self { there: before(lanes), kept: _mm256_xor_si256(whole, before(LANES)) }
    }
}

/// Brings a row into the order of the weights, zeros behind it.
#[target_feature(enable = "avx2")]
fn take_row<const N: usize>(x: &[i16], inputs: usize, tail: &Tail, slot: &mut [Lanes; N]) {
    let (lanes, _) = x.as_chunks::<LANES>();
    let used = inputs.div_ceil(LANES);
    // What follows the row in memory is there to be read, as a rule.
    let (Some(lanes), Some(slots)) = (lanes.get(..used), slot.get_mut(..used)) else {
        return arrange(x.get(..inputs).unwrap_or(x), slot.as_flattened_mut());
    };
    for (slot, lanes) in slots.iter_mut().zip(lanes) {
        *slot = cast(swapped(cast(*lanes)));
    }
    if let (Some(slot), Some(lanes)) = (slots.last_mut(), lanes.last()) {
        let lanes: __m256i = cast(*lanes);
        let ordered = _mm256_blendv_epi8(swapped(lanes), lanes, tail.kept);
        *slot = cast(_mm256_and_si256(ordered, tail.there));
    }
}

/// The middle two of each four change places.
#[target_feature(enable = "avx2")]
fn swapped(lanes: __m256i) -> __m256i {
    const ORDER: i32 = 0b11_01_10_00;
    _mm256_shufflehi_epi16::<ORDER>(_mm256_shufflelo_epi16::<ORDER>(lanes))
}

#[target_feature(enable = "avx2")]
fn one_row<const N: usize>(layer: &Dense<'_>, x: &[Lanes; N], limits: Limits, out: &mut [i16]) {
    for (group, out) in out.chunks_mut(FOUR).enumerate() {
        let channels: [usize; FOUR] = core::array::from_fn(|at| FOUR * group + at);
        let sums = channels.map(|channel| {
            let mut last = None;
            let weights = weights::<N>(layer, channel, &mut last);
            let products = weights
                .iter()
                .zip(x)
                .map(|(w, x)| _mm256_madd_epi16(widened(w), cast::<Lanes, __m256i>(*x)));
            products.fold(_mm256_setzero_si256(), |sum, products| _mm256_add_epi32(sum, products))
        });
        let (bias, multiplier) =
            (four(layer.bias, FOUR * group), four(layer.multiplier, FOUR * group));
        let found = finish(totals(sums), bias, multiplier, limits);
        for (slot, found) in out.iter_mut().zip(found) {
            *slot = found;
        }
    }
}

/// Numbers from one on; zeros where there are no more.
#[target_feature(enable = "avx2")]
fn four(numbers: &[[u8; 4]], first: usize) -> __m128i {
    let rest = numbers.get(first..).unwrap_or_default();
    match rest.first_chunk::<FOUR>() {
        Some(four) => cast::<[[u8; 4]; FOUR], __m128i>(*four),
        None => {
            let mut some = [[0; 4]; FOUR];
            some.iter_mut().zip(rest).for_each(|(slot, number)| *slot = *number);
            cast::<[[u8; 4]; FOUR], __m128i>(some)
        }
    }
}

/// Those of a channel and whatever follows them, which meets zeros. Where the
/// file ends before, a copy in `last`.
#[inline]
fn weights<'w, const N: usize>(
    layer: &'w Dense<'_>,
    channel: usize,
    last: &'w mut Option<[[u8; LANES]; N]>,
) -> &'w [[u8; LANES]; N] {
    let weights = layer.weights.get(channel * layer.inputs..);
    match weights.and_then(|weights| weights.as_chunks().0.first_chunk()) {
        Some(weights) => weights,
        None => last.insert(last_weights(layer, channel)),
    }
}

/// The last ones of a file, zeros behind them.
#[cold]
fn last_weights<const N: usize>(layer: &Dense<'_>, channel: usize) -> [[u8; LANES]; N] {
    let mut all = [[0; LANES]; N];
    let weights = layer.weights.get(channel * layer.inputs..).unwrap_or_default();
    for (slot, weight) in all.as_flattened_mut().iter_mut().zip(weights) {
        *slot = *weight;
    }
    all
}

#[target_feature(enable = "avx2")]
fn widened(weights: &[u8; LANES]) -> __m256i {
    _mm256_cvtepi8_epi16(cast::<[u8; LANES], __m128i>(*weights))
}

/// The sum of each of four registers.
#[target_feature(enable = "avx2")]
fn totals([a, b, c, d]: [__m256i; FOUR]) -> __m128i {
    let sums = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256::<1>(sums))
}

/// As [`Dense::finish`], four at a time.
#[target_feature(enable = "avx2")]
fn finish(sums: __m128i, bias: __m128i, multiplier: __m128i, limits: Limits) -> [i16; FOUR] {
    let half = _mm_set1_epi64x(1 << 31);
    let sums = _mm_add_epi32(sums, bias);
    let even = _mm_add_epi64(_mm_mul_epi32(sums, multiplier), half);
    let (sums, multiplier) = (_mm_srli_epi64::<32>(sums), _mm_srli_epi64::<32>(multiplier));
    let odd = _mm_add_epi64(_mm_mul_epi32(sums, multiplier), half);
    // The upper halves of both.
    let scaled = _mm_blend_epi32::<0b1010>(_mm_srli_epi64::<32>(even), odd);
    let scaled = _mm_max_epi32(scaled, _mm_set1_epi32(limits.low.into()));
    let scaled = _mm_min_epi32(scaled, _mm_set1_epi32(limits.high.into()));
    let [a, b, c, d, ..]: [i16; 8] = cast(_mm_packs_epi32(scaled, scaled));
    [a, b, c, d]
}
