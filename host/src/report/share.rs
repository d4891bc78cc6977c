//! Proportions of whole numbers, in 128 bits.

/// `amount × part / whole`, rounded down; `None` where `whole` is zero or the
/// result does not fit.
///
/// Where the product would not fit, both `part` and `whole` lose low bits; the
/// relative error then stays under 2^-30.
pub(super) fn of(amount: u128, part: u128, whole: u128) -> Option<u128> {
    let quotient = amount.checked_div(whole)?;
    let rest = amount % whole;
    let (mut part_bits, mut whole_bits) = (part, whole);
    let fraction = loop {
        if let Some(product) = rest.checked_mul(part_bits) {
            break product.checked_div(whole_bits)?;
        }
        part_bits >>= 1;
        whole_bits >>= 1;
    };
    quotient.checked_mul(part)?.checked_add(fraction)
}

/// `amount × ppm / 1 000 000`, rounded down.
pub(super) fn ppm_down(amount: u128, ppm: u32) -> u128 {
    of(amount, u128::from(ppm), 1_000_000).unwrap_or(u128::MAX)
}

/// `amount × ppm / 1 000 000`, rounded up.
pub(super) fn ppm_up(amount: u128, ppm: u32) -> u128 {
    let down = ppm_down(amount, ppm);
    let exact = ((amount % 1_000_000) * u128::from(ppm)).is_multiple_of(1_000_000);
    down.saturating_add(u128::from(!exact))
}
