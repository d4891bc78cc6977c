//! Products and quotients of 128 bits: one routine each for all of the crate.
//!
//! Cores of 32 bits have none, and the compiler writes a loop of its own, half
//! a kilobyte and thousands of instructions, wherever `i128` is divided or a
//! product is checked.

/// The quotient, rounded towards negative infinity, and what is left; `None`
/// where `divisor` is zero.
pub(crate) fn div_floor(dividend: i128, divisor: u64) -> Option<(i128, u64)> {
    if divisor == 0 {
        return None;
    }
    let (quotient, rest) = divide(dividend.unsigned_abs(), divisor);
    // Half of what 128 bits hold is no quotient of more than itself.
    let quotient = quotient.cast_signed();
    Some(match (dividend < 0, rest) {
        (false, _) => (quotient, rest),
        (true, 0) => (quotient.wrapping_neg(), 0),
        (true, _) => (quotient.wrapping_neg().wrapping_sub(1), divisor.wrapping_sub(rest)),
    })
}

/// The product, or `None` where it may not fit: from 2^126 on.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(crate) fn product(a: i128, b: u64) -> Option<i128> {
    let bits = |value: u128| u128::BITS - value.leading_zeros();
    let is_small = bits(a.unsigned_abs()) + bits(b.into()) < i128::BITS;
    is_small.then(|| a.wrapping_mul(b.into()))
}

/// Of what is not negative, by more than zero.
#[cfg(target_pointer_width = "64")]
fn divide(dividend: u128, divisor: u64) -> (u128, u64) {
    let wide = u128::from(divisor);
    let (quotient, rest) = (dividend.checked_div(wide), dividend.checked_rem(wide));
    (quotient.unwrap_or(0), rest.and_then(|rest| u64::try_from(rest).ok()).unwrap_or(0))
}

#[cfg(any(test, not(target_pointer_width = "64")))]
mod small {
    /// The same in 64 bits, bit by bit where that is not enough.
    #[inline(never)]
    pub(super) fn divide(dividend: u128, divisor: u64) -> (u128, u64) {
        let [low, high] = halves(dividend);
        if high == 0 {
            let (quotient, rest) = in_one(low, divisor);
            return (u128::from(quotient), rest);
        }
        let (first, mut rest) = in_one(high, divisor);
        let mut second = 0_u64;
        for bit in (0..u64::BITS).rev() {
            let is_beyond = rest.leading_zeros() == 0;
            rest = (rest << 1) | ((low >> bit) & 1);
            second <<= 1;
            if is_beyond || rest >= divisor {
                rest = rest.wrapping_sub(divisor);
                second |= 1;
            }
        }
        ((u128::from(first) << 64) | u128::from(second), rest)
    }

    fn halves(value: u128) -> [u64; 2] {
        let half = |value: u128| u64::try_from(value & u128::from(u64::MAX)).unwrap_or(0);
        [half(value), half(value >> 64)]
    }

    fn in_one(dividend: u64, divisor: u64) -> (u64, u64) {
        let quotient = dividend.checked_div(divisor).unwrap_or(0);
        (quotient, dividend.wrapping_sub(quotient.wrapping_mul(divisor)))
    }
}

#[cfg(not(target_pointer_width = "64"))]
use small::divide;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn divides_as_the_compiler_does(
            dividend in any::<i128>(), places in 0_u32..127, divisor in 1_u64.., less in 0_u32..64,
        ) {
            let (dividend, divisor) = (dividend >> places, (divisor >> less).max(1));
            let wide = i128::from(divisor);
            let expected = (dividend.div_euclid(wide), dividend.rem_euclid(wide));
            let found = div_floor(dividend, divisor).unwrap();
            prop_assert_eq!((found.0, i128::from(found.1)), expected);
            let magnitude = dividend.unsigned_abs();
            prop_assert_eq!(small::divide(magnitude, divisor), divide(magnitude, divisor));
        }
    }

    proptest! {
        #[test]
        fn multiplies_what_fits(a in any::<i128>(), places in 0_u32..128, b: u64) {
            let a = a >> places.min(127);
            let exact = a.checked_mul(b.into());
            match product(a, b) {
                Some(found) => prop_assert_eq!(Some(found), exact),
                None => prop_assert!(exact.is_none_or(|exact| exact.unsigned_abs() >> 126 > 0)),
            }
        }
    }

    #[test]
    fn divides_at_the_ends() {
        assert_eq!(div_floor(i128::MIN, 1), Some((i128::MIN, 0)));
        assert_eq!(div_floor(i128::MAX, u64::MAX).map(|(_, rest)| rest), Some((1 << 63) - 1));
        assert_eq!(div_floor(-1, 3), Some((-1, 2)));
        assert_eq!(div_floor(5, 0), None);
    }
}
