//! Emission factors for people: any name or code of a place in, its factors
//! from every table out, and the nearest matches where none is known.
//!
//! The core knows the codes; here come English names and, with the feature
//! `electricity-maps`, the grid zones of Electricity Maps.
//!
//! ```
//! let here = wattcast::grid::find("Germany")?;
//! assert_eq!(here.code(), "DE");
//! println!("{} g/kWh", f64::from(here.best().intensity.as_mg_per_kwh()) / 1e3);
//!
//! let error = wattcast::grid::find("Germny").unwrap_err();
//! assert!(error.to_string().contains("DE (Germany)"));
//! # Ok::<(), wattcast::grid::UnknownPlace>(())
//! ```

mod given;
mod maps;
mod names;
mod nearest;
#[cfg(test)]
mod tests;

use wattcast_core::grid::{Factor, Zone, lookup, zones};
use wattcast_core::units::Basis;

pub use given::{BadIntensity, intensity_from_grams, shares_from_percent};
pub use nearest::UnknownPlace;

/// A country, subdivision, grid zone or area, with at least one factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    best: Factor,
    others: Vec<Factor>,
}

impl Place {
    /// Its code: `FR`, `US-CA`, `US-CAL-CISO`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.best.zone
    }

    /// Its English name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.best.name
    }

    /// The factor to use where none is asked for: life-cycle, and direct only
    /// where nothing else is known. Its `basis` says which.
    #[must_use]
    pub fn best(&self) -> Factor {
        self.best
    }

    /// The best factor of a basis, or `None`: bases never stand in for each
    /// other.
    #[must_use]
    pub fn factor(&self, basis: Basis) -> Option<Factor> {
        self.factors().find(|factor| factor.basis == basis)
    }

    /// The factor of each source, best first.
    pub fn factors(&self) -> impl Iterator<Item = Factor> {
        std::iter::once(self.best).chain(self.others.iter().copied())
    }

    /// The place of a code that the tables hold, in capital letters.
    fn of_code(code: &str) -> Option<Self> {
        let mut factors: Vec<_> = match lookup(code) {
            Ok(zone) if zone.code() == code => zone.factors().collect(),
            _ => Vec::new(),
        };
        if let Some(mut factor) = maps::factor(code) {
            if let Some(known) = factors.first() {
                factor.name = known.name;
            }
            let at = factors.iter().position(maps::comes_before);
            factors.insert(at.unwrap_or(factors.len()), factor);
        }
        let mut factors = factors.into_iter();
        Some(Self { best: factors.next()?, others: factors.collect() })
    }
}

/// The place of a code or name, in any case of letters:
///
/// - ISO 3166-1 alpha-2, alpha-3 or numeric, ISO 3166-2: `FR`, `fra`, `250`, `US-CA`
/// - a grid zone: `US-CAL-CISO`, `SE-SE3`
/// - a cloud region, with its provider or without: `aws:eu-west-1`, `westeurope`
/// - an English name: `France`, `California`, `United States/Georgia`
///
/// A cloud region leads to its grid zone where that is known, else to its
/// subdivision or country.
///
/// # Errors
///
/// [`UnknownPlace`] with the nearest matches.
pub fn find(text: &str) -> Result<Place, UnknownPlace> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    let known = || {
        maps::grid_of_cloud(text)
            .and_then(Place::of_code)
            .or_else(|| Place::of_code(&upper))
            .or_else(|| lookup(text).ok().map(Zone::code).and_then(Place::of_code))
            .or_else(|| by_name(text).and_then(Place::of_code))
    };
    known().ok_or_else(|| UnknownPlace::of(text))
}

/// Every place in order of code.
pub fn places() -> impl Iterator<Item = Place> {
    let mut codes: Vec<_> = zones().map(Zone::code).chain(maps::codes()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter().filter_map(Place::of_code)
}

/// The code of an English name. Where a country and a subdivision share one,
/// it is the country; `Country/Subdivision` tells them apart.
fn by_name(text: &str) -> Option<&'static str> {
    if let Some((country, part)) = text.split_once('/') {
        let country = find(country).ok()?;
        let within = |code: &&str| {
            code.strip_prefix(country.code()).is_some_and(|rest| rest.starts_with('-'))
        };
        let mut codes = named(part);
        let first = codes.clone().next();
        // A lone name needs no country to be clear: `Russia/Crimea`.
        return codes.find(within).or(first.filter(|_| named(part).count() == 1));
    }
    named(text).min_by_key(|code| code.contains('-'))
}

fn named(text: &str) -> impl Iterator<Item = &'static str> + Clone {
    let key = fold(text);
    let from = names::NAMES.partition_point(|(name, _)| *name < key.as_str());
    let rest = names::NAMES.get(from..).unwrap_or_default();
    rest.iter().take_while(move |(name, _)| *name == key).map(|(_, code)| *code)
}

/// What names are compared by.
fn fold(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
