//! A limit to what a run may use: carbon, energy or money.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::outcome::Before;
use crate::report::{RunReport, carbon, cost, energy};

/// A limit, of the machine's energy with its PUE where it is carbon.
///
/// ```
/// use wattcast::runner::Budget;
///
/// assert_eq!("2.5kg".parse(), Ok(Budget::Carbon { ug: 2_500_000_000 }));
/// assert_eq!("800Wh".parse(), Ok(Budget::Energy { uj: 2_880_000_000_000 }));
/// assert_eq!("1.50EUR".parse(), Ok(Budget::Money { micro: 1_500_000, currency: "EUR".into() }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Budget {
    /// Micrograms of CO2e.
    Carbon {
        /// How many.
        ug: u128,
    },
    /// Microjoules.
    Energy {
        /// How many.
        uj: u128,
    },
    /// Millionths of a currency.
    Money {
        /// How many.
        micro: i128,
        /// ISO 4217 code.
        currency: String,
    },
}

/// What happens when a budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtBudget {
    /// It is told, and the command goes on.
    Warn,
    /// The command is paused until SIGCONT.
    Pause,
    /// The command is ended.
    Stop,
}

/// A budget that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no budget; write 500g or 2kg of CO2e, 3kWh, or 1.50EUR")]
pub struct BudgetError(String);

const UNITS: [(&str, u64, bool); 7] = [
    ("mg", 1_000, true),
    ("kg", 1_000_000_000, true),
    ("t", 1_000_000_000_000, true),
    ("g", 1_000_000, true),
    ("MWh", 3_600_000_000_000_000, false),
    ("kWh", 3_600_000_000_000, false),
    ("Wh", 3_600_000_000, false),
];

impl std::str::FromStr for Budget {
    type Err = BudgetError;

    fn from_str(text: &str) -> Result<Self, BudgetError> {
        let bad = || BudgetError(text.to_owned());
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(bad)?;
        let (number, unit) = text.split_at(end);
        let number: Decimal = number.parse().map_err(|_| bad())?;
        let unit = unit.trim().trim_end_matches("CO2e").trim();
        let scaled = |scale: u64| number.checked_mul(Decimal::from(scale))?.round().to_u128();
        let positive = |amount: Option<u128>| amount.filter(|amount| *amount > 0).ok_or_else(bad);
        if let Some((_, scale, is_carbon)) = UNITS.iter().find(|known| known.0 == unit) {
            let amount = positive(scaled(*scale))?;
            return Ok(if *is_carbon {
                Self::Carbon { ug: amount }
            } else {
                Self::Energy { uj: amount }
            });
        }
        if unit.len() == 3 && unit.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            let micro = i128::try_from(positive(scaled(1_000_000))?).map_err(|_| bad())?;
            return Ok(Self::Money { micro, currency: unit.to_ascii_uppercase() });
        }
        Err(bad())
    }
}

impl Budget {
    /// Where it is used up, what was used, in words.
    pub(super) fn used_up(&self, report: &RunReport, before: &Before) -> Option<String> {
        match self {
            Self::Carbon { ug } => {
                let used = report.carbon_ug?.saturating_add(before.carbon_ug);
                (used >= *ug).then(|| format!("{} of {}", carbon(used), carbon(*ug)))
            }
            Self::Energy { uj } => {
                let used = report.energy_uj.saturating_add(before.energy_uj);
                (used >= *uj).then(|| format!("{} of {}", energy(used), energy(*uj)))
            }
            Self::Money { micro, currency } => {
                let used = report.cost_micro?.saturating_add(before.cost_micro);
                (used >= *micro)
                    .then(|| format!("{} of {}", cost(used, currency), cost(*micro, currency)))
            }
        }
    }
}
