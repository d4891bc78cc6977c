//! The sum over channels.

use super::{Account, LedgerError};
use crate::units::{Basis, CarbonMass, Money, TotalEnergy};

/// A channel's account, and whether it belongs in the sum.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The account.
    pub account: &'a Account,
    /// False where another channel holds this energy too, as a package holds
    /// its cores.
    pub counted: bool,
}

/// The sum over the counted channels; each number is the sum of theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// Energy taken in.
    pub import: TotalEnergy,
    /// Energy given out.
    pub export: TotalEnergy,
    /// What the carbon counts.
    pub basis: Option<Basis>,
    /// Carbon of the import; `None` where a part of it is unpriced.
    pub carbon: Option<CarbonMass>,
    /// Cost of the import; `None` where a part of it is unpriced.
    pub cost: Option<Money>,
}

/// Adds up the counted lines.
///
/// ```
/// use wattcast_core::ledger::{Account, Line, total};
///
/// let package = Account::new();
/// let cores = Account::new();
/// let sum = total([
///     Line { account: &package, counted: true },
///     Line { account: &cores, counted: false },
/// ]);
/// assert_eq!(sum.unwrap().import, package.import());
/// ```
///
/// # Errors
///
/// [`LedgerError::MixedBasis`] where the counted channels' carbon counts
/// different things, [`LedgerError::Overflow`] where a sum does not fit.
pub fn total<'a>(lines: impl IntoIterator<Item = Line<'a>>) -> Result<Total, LedgerError> {
    let mut sum = Total::default();
    let (mut carbon, mut cost) = (Sum::default(), Sum::default());
    for Line { account, .. } in lines.into_iter().filter(|line| line.counted) {
        match (sum.basis, account.basis()) {
            (Some(held), Some(given)) if held != given => {
                return Err(LedgerError::MixedBasis { held, given });
            }
            (None, given) => sum.basis = given,
            _ => {}
        }
        let overflow = LedgerError::Overflow;
        sum.import = sum.import.checked_add(account.import()).ok_or(overflow)?;
        sum.export = sum.export.checked_add(account.export()).ok_or(overflow)?;
        let is_empty = account.import() == TotalEnergy::ZERO;
        carbon.add(account.carbon(), is_empty, CarbonMass::checked_add)?;
        cost.add(account.cost(), is_empty, Money::checked_add)?;
    }
    Ok(Total { carbon: carbon.value(), cost: cost.value(), ..sum })
}

/// A sum that is known only if each of its parts is.
#[derive(Default)]
struct Sum<T> {
    sum: Option<T>,
    lacks_a_part: bool,
}

impl<T: Copy> Sum<T> {
    fn add(
        &mut self,
        part: Option<T>,
        is_empty: bool,
        plus: impl Fn(T, T) -> Option<T>,
    ) -> Result<(), LedgerError> {
        let Some(part) = part else {
            // A channel without energy lacks nothing.
            self.lacks_a_part |= !is_empty;
            return Ok(());
        };
        self.sum = Some(match self.sum {
            Some(sum) => plus(sum, part).ok_or(LedgerError::Overflow)?,
            None => part,
        });
        Ok(())
    }

    fn value(self) -> Option<T> {
        self.sum.filter(|_| !self.lacks_a_part)
    }
}
