//! The inner product that all the time goes into.

/// Products that are formed at once.
const LANES: usize = 16;

/// An input row, cut into lanes, the last ones filled up with zeros.
///
/// Weights need no filling up: those of the next row, or whatever follows in
/// the file, are multiplied by these zeros.
pub(super) struct Row<'x> {
    x: &'x [i16],
    whole: &'x [[i16; LANES]],
    last: [i16; LANES],
}

impl<'x> Row<'x> {
    #[inline]
    pub(super) fn new(x: &'x [i16]) -> Self {
        let (whole, rest) = x.as_chunks();
        let mut last = [0; LANES];
        for (slot, value) in last.iter_mut().zip(rest) {
            *slot = *value;
        }
        Self { x, whole, last }
    }

    /// Σ weight x over the row; `weights` begins with its weights and goes on
    /// with what follows them.
    #[inline]
    pub(super) fn dot(&self, weights: &[u8]) -> i32 {
        let (chunks, _) = weights.as_chunks();
        let Some(last) = chunks.get(self.whole.len()) else {
            return products(weights, self.x);
        };
        let mut sums = Sums::default();
        for (w, x) in chunks.iter().zip(self.whole) {
            sums.add_products(w, x);
        }
        sums.add_products(last, &self.last);
        sums.total()
    }
}

fn products(weights: &[u8], x: &[i16]) -> i32 {
    weights.iter().zip(x).map(|(w, x)| i32::from(w.cast_signed()) * i32::from(*x)).sum()
}

/// Eight partial sums, each taking two products at a time.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[derive(Default)]
struct Sums(wide::i32x8);

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
impl Sums {
    #[inline]
    fn add_products(&mut self, w: &[u8; LANES], x: &[i16; LANES]) {
        let w = wide::i8x16::from(w.map(u8::cast_signed));
        self.0 += wide::i16x16::from(w).dot(wide::i16x16::from(*x));
    }

    #[inline]
    fn total(self) -> i32 {
        self.0.reduce_add()
    }
}

/// One sum; the compiler makes of it what the target has.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
#[derive(Default)]
struct Sums(i32);

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
impl Sums {
    #[inline]
    fn add_products(&mut self, w: &[u8; LANES], x: &[i16; LANES]) {
        self.0 += products(w, x);
    }

    #[inline]
    fn total(self) -> i32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lanes_give_what_single_products_give(
            pairs in prop::collection::vec((any::<u8>(), -32_767_i16..=32_767), 0..70),
            beyond in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            let (mut w, x): (Vec<u8>, Vec<i16>) = pairs.into_iter().unzip();
            w.extend(beyond);
            prop_assert_eq!(Row::new(&x).dot(&w), products(&w, &x));
        }
    }
}
