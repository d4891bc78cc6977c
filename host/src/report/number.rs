//! Integers as people read them. Nothing passes through floating point.

use super::share;

const WATT_HOUR_UJ: u128 = 3_600_000_000;
const GRAM_UG: u128 = 1_000_000;

/// `numerator / denominator` with a fixed number of decimals, rounded half up.
pub(super) fn decimal(numerator: u128, denominator: u128, places: u32) -> String {
    let scale = 10_u128.saturating_pow(places);
    let rounded = round(numerator, denominator, scale);
    let digits = usize::try_from(places).unwrap_or(0);
    let (whole, rest) = (rounded / scale, rounded % scale);
    if digits == 0 { whole.to_string() } else { format!("{whole}.{rest:0digits$}") }
}

/// As [`decimal`], without zeros at the end.
pub(super) fn short_decimal(numerator: u128, denominator: u128, places: u32) -> String {
    let text = decimal(numerator, denominator, places);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// `numerator × scale / denominator`, rounded half up.
fn round(numerator: u128, denominator: u128, scale: u128) -> u128 {
    let twice = share::of(scale.saturating_mul(2), numerator, denominator).unwrap_or(u128::MAX);
    twice.div_ceil(2)
}

/// A prefix and a number of decimals that suit one quantity, so that its range
/// can be written in the same way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    numerator: u128,
    denominator: u128,
    places: u32,
    prefix: &'static str,
}

/// Prefixes with what one of them is worth.
const PREFIXES: [(&str, u128, u128); 7] = [
    ("n", 1, 1_000_000_000),
    ("µ", 1, 1_000_000),
    ("m", 1, 1_000),
    ("", 1, 1),
    ("k", 1_000, 1),
    ("M", 1_000_000, 1),
    ("G", 1_000_000_000, 1),
];

impl Scale {
    /// Four significant digits of `amount / unit`, but none that an `amount`
    /// of one is too coarse to tell.
    fn of(amount: u128, unit: u128) -> Self {
        let mut best = Self { numerator: 1, denominator: unit, places: 0, prefix: "" };
        if amount == 0 {
            return best;
        }
        for (prefix, worth, part) in PREFIXES {
            let (numerator, denominator) = (part, unit.saturating_mul(worth));
            let scaled =
                |places| round(amount, denominator, numerator.saturating_mul(10_u128.pow(places)));
            // What would round up to 1000 goes to the next prefix.
            let told = denominator.saturating_mul(10);
            let is_told = |places| numerator.saturating_mul(10_u128.pow(places)) < told;
            let suits = |places: &u32| scaled(*places) < 10_000 && is_told(*places);
            let places = (0..=3).rev().find(suits).unwrap_or(0);
            best = Self { numerator, denominator, places, prefix };
            if scaled(1) < 10_000 {
                break;
            }
        }
        best
    }

    /// An amount at this scale, without its unit.
    pub(super) fn number(&self, amount: u128) -> String {
        decimal(amount.saturating_mul(self.numerator), self.denominator, self.places)
    }

    /// An amount at this scale with its unit.
    pub(super) fn with_unit(&self, amount: u128, unit: &str) -> String {
        format!("{} {}{unit}", self.number(amount), self.prefix)
    }
}

/// The scale of an energy in µJ, for watt-hours.
pub(super) fn energy_scale(energy_uj: u128) -> Scale {
    Scale::of(energy_uj, WATT_HOUR_UJ)
}

/// The scale of a mass in µg, for grams.
pub(super) fn carbon_scale(carbon_ug: u128) -> Scale {
    Scale::of(carbon_ug, GRAM_UG)
}

/// An energy in watt-hours with a prefix.
#[must_use]
pub fn energy(energy_uj: u128) -> String {
    energy_scale(energy_uj).with_unit(energy_uj, "Wh")
}

/// A mass of CO2e in grams with a prefix.
#[must_use]
pub fn carbon(carbon_ug: u128) -> String {
    carbon_scale(carbon_ug).with_unit(carbon_ug, "gCO2e")
}

/// An amount of money.
#[must_use]
pub fn cost(cost_micro: i128, currency: &str) -> String {
    let sign = if cost_micro < 0 { "-" } else { "" };
    let amount = cost_micro.unsigned_abs();
    let places = if amount < 1_000_000 { 6 } else { 2 };
    format!("{sign}{} {currency}", decimal(amount, 1_000_000, places))
}

/// A number of things: `1 record`, `2 records`.
pub(super) fn count(many: u64, thing: &str) -> String {
    let plural = match (many, thing) {
        (1, _) => "",
        (_, thing) if thing.ends_with('s') => "es",
        _ => "s",
    };
    format!("{many} {thing}{plural}")
}

/// A length of time.
#[must_use]
pub fn duration(us: u64) -> String {
    let (amount, seconds) = (u128::from(us), us / 1_000_000);
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{} ms", short_decimal(amount, 1_000, 1)),
        1_000_000..60_000_000 => format!("{} s", decimal(amount, 1_000_000, 2)),
        _ if hours == 0 => format!("{minutes} min {:02} s", seconds % 60),
        _ => format!("{hours} h {:02} min {:02} s", minutes % 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_at_the_prefix_that_suits() {
        let written = [0, 1, 3_599, 3_600, 3_600_000, 35_998_200_000, 3_599_999_999, u128::MAX];
        let written = written.map(energy);
        assert_eq!(written[..4], ["0 Wh", "0.3 nWh", "999.7 nWh", "1.000 µWh"]);
        assert_eq!(written[4..7], ["1.000 mWh", "10.00 Wh", "1.000 Wh"]);
        assert_eq!(carbon(999_960_000), "1.000 kgCO2e");
        assert_eq!([carbon(3), carbon(1_234)], ["3 µgCO2e", "1.234 mgCO2e"]);
        assert_eq!(energy_scale(3_600_000_000).number(5_400_000), "0.002");
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(decimal(1, 3, 5), "0.33333");
        assert_eq!(decimal(2, 3, 0), "1");
        assert_eq!(short_decimal(1_500, 1_000, 6), "1.5");
        assert_eq!(short_decimal(3_000, 1_000, 6), "3");
        assert_eq!(cost(-1_234_567, "EUR"), "-1.23 EUR");
        assert_eq!(cost(42, "EUR"), "0.000042 EUR");
    }

    #[test]
    fn durations_name_their_units() {
        let written = [7, 12_340, 59_990_000, 60_000_000, 7_384_000_000].map(duration);
        assert_eq!(written, ["7 µs", "12.3 ms", "59.99 s", "1 min 00 s", "2 h 03 min 04 s"]);
    }
}
