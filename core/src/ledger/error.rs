//! What can go wrong when energy is priced.

use core::fmt;

use crate::units::Basis;

/// Why energy was not added or not priced. The account is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerError {
    /// The intensity counts something else than what the sum holds already.
    MixedBasis {
        /// What the sum holds.
        held: Basis,
        /// What was to be added.
        given: Basis,
    },
    /// A total does not fit.
    Overflow,
    /// The interval spans more than [`MAX_PIECES`](super::Pricing::MAX_PIECES)
    /// steps of a series, or the series does not move forward.
    TooManyPieces,
    /// More energy was to be priced than there is unpriced.
    AlreadyPriced,
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |basis: &Basis| match basis {
            Basis::LifeCycle => "life-cycle",
            Basis::Direct => "direct",
            Basis::Marginal => "marginal",
        };
        match self {
            Self::MixedBasis { held, given } => write!(
                f,
                "{} emissions cannot be added to {} ones; use factors of one basis",
                name(given),
                name(held)
            ),
            Self::Overflow => f.write_str("a total of energy, carbon or cost does not fit"),
            Self::TooManyPieces => {
                f.write_str("an interval of energy spans too many steps of intensity or tariff")
            }
            Self::AlreadyPriced => f.write_str("this energy has been priced already"),
        }
    }
}

impl core::error::Error for LedgerError {}
