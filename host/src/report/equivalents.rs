//! A mass of CO2e in everyday terms, each with its source.

use serde::Serialize;

use super::number::decimal;

/// What an everyday thing emits or takes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Everyday {
    /// What one of it is.
    pub thing: &'static str,
    /// Its CO2e in milligrams.
    pub mg: u64,
    /// The same as its source puts it.
    pub words: &'static str,
    /// Who says so.
    pub source: &'static str,
}

/// Things that people know the size of.
///
/// - US EPA: Greenhouse Gas Equivalencies Calculator
/// - EEA: average of new passenger cars registered in the EU in 2023
pub const EVERYDAY: [Everyday; 4] = [
    Everyday { thing: "smartphone charges", mg: 12_400, words: "12.4 g each", source: "US EPA" },
    Everyday {
        thing: "km in a new car of the EU",
        mg: 106_800,
        words: "106.8 g each",
        source: "EEA, 2023",
    },
    Everyday {
        thing: "miles in a car of the US",
        mg: 393_000,
        words: "393 g each",
        source: "US EPA",
    },
    // Ten years have 3652.5 days.
    Everyday {
        thing: "days of growth of an urban tree",
        mg: 16_427,
        words: "60 kg in ten years",
        source: "US EPA",
    },
];

/// How many of a thing a mass of CO2e comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Equivalent {
    /// The thing.
    #[serde(flatten)]
    pub everyday: Everyday,
    /// How many of it, in millionths.
    pub millionths: u128,
}

/// A mass in µg in terms of each thing of [`EVERYDAY`].
///
/// ```
/// use wattcast::report::equivalents;
///
/// let charges = equivalents(24_800_000)[0];
/// assert_eq!(charges.to_string(), "2.00 smartphone charges (12.4 g each, US EPA)");
/// ```
#[must_use]
pub fn equivalents(carbon_ug: u128) -> [Equivalent; EVERYDAY.len()] {
    EVERYDAY.map(|everyday| {
        let millionths = carbon_ug.saturating_mul(1_000) / u128::from(everyday.mg.max(1));
        Equivalent { everyday, millionths }
    })
}

impl Equivalent {
    /// Whether it is at least a thousandth of the thing.
    #[must_use]
    pub fn is_worth_telling(&self) -> bool {
        self.millionths >= 1_000
    }
}

impl std::fmt::Display for Equivalent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Everyday { thing, words, source, .. } = self.everyday;
        let places = match self.millionths {
            0..10_000 => 6,
            10_000..1_000_000 => 4,
            1_000_000..100_000_000 => 2,
            _ => 0,
        };
        let many = decimal(self.millionths, 1_000_000, places);
        write!(f, "{many} {thing} ({words}, {source})")
    }
}
