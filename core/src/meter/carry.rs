//! Division that hands its remainder on.

use crate::wide::div_floor;

/// Divides amounts by one denominator and keeps the remainder for the next
/// amount: after any number of divisions the quotients add up to the floor of
/// the sum of the amounts over the denominator, however the sum was sliced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Carry {
    denominator: u64,
    remainder: u64,
}

impl Carry {
    /// Nothing carried yet, over `denominator`, which is not zero.
    pub(crate) const fn over(denominator: u64) -> Self {
        Self { denominator, remainder: 0 }
    }

    /// The quotient rounded towards negative infinity, and the carry after it;
    /// `None` where the sum of `amount` and the remainder does not fit.
    pub(crate) fn divide(self, amount: i128) -> Option<(i128, Self)> {
        let whole = amount.checked_add(i128::from(self.remainder))?;
        let (quotient, remainder) = div_floor(whole, self.denominator)?;
        Some((quotient, Self { remainder, ..self }))
    }
}
