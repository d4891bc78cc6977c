//! Zones, found by the codes that people use.

use core::cmp::Ordering;

use super::table::{AREAS, AWS, AZURE, COUNTRIES, CloudRow, GCP, ISO, Row, ZoneRow};
use super::{Factor, FactorSource};
use crate::units::Basis;

/// A country, subdivision, bidding zone or area with at least one factor.
#[derive(Clone, Copy)]
pub struct Zone(&'static ZoneRow);

impl Zone {
    /// Its code: ISO 3166-1 alpha-2 (`FR`), ISO 3166-2 (`US-CA`) or that of
    /// the grid (`SE-SE3`).
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// Its ISO 3166-1 alpha-3 code, where it is a country that has one.
    ///
    /// ```
    /// let france = wattcast_core::grid::lookup("FR")?;
    /// assert_eq!(france.alpha3(), Some("FRA"));
    /// # Ok::<(), wattcast_core::grid::UnknownZone>(())
    /// ```
    #[must_use]
    pub fn alpha3(self) -> Option<&'static str> {
        let at = COUNTRIES.binary_search_by(|row| order(row.code, self.0.code)).ok()?;
        let letters = core::str::from_utf8(&ISO.get(at)?.alpha3).ok()?;
        letters.bytes().all(|byte| byte.is_ascii_uppercase()).then_some(letters)
    }

    /// Its English name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The factor to use where none is asked for: life-cycle, and direct only
    /// where nothing else is known. Its `basis` says which.
    #[must_use]
    pub fn best(self) -> Factor {
        self.0.factor(self.0.best)
    }

    /// The best factor of a basis, or `None`: bases never stand in for each
    /// other.
    #[must_use]
    pub fn factor(self, basis: Basis) -> Option<Factor> {
        self.factors().find(|factor| factor.basis == basis)
    }

    /// The factor of each source, best first.
    pub fn factors(self) -> impl Iterator<Item = Factor> {
        let rows = core::iter::once(&self.0.best).chain(self.0.others);
        rows.map(move |row: &Row| self.0.factor(*row))
    }

    /// The factor of one source.
    #[must_use]
    pub fn factor_of(self, source: FactorSource) -> Option<Factor> {
        self.factors().find(|factor| factor.source == source)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.0.code == other.0.code
    }
}

impl Eq for Zone {}

impl core::fmt::Debug for Zone {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Zone({})", self.0.code)
    }
}

/// A code that no table knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownZone;

impl core::fmt::Display for UnknownZone {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("no emission factor is known under that code")
    }
}

impl core::error::Error for UnknownZone {}

/// The zone of a code, in any case of letters: ISO 3166-1 alpha-2, alpha-3 or
/// numeric, ISO 3166-2, a bidding zone, or a cloud region with its provider
/// (`aws:eu-west-1`) or without, as no two providers share a name.
///
/// # Errors
///
/// [`UnknownZone`] where no table has it.
pub fn lookup(code: &str) -> Result<Zone, UnknownZone> {
    find(&COUNTRIES, code)
        .or_else(|| find(&AREAS, code))
        .or_else(|| iso(code))
        .or_else(|| cloud(code))
        .map(Zone)
        .ok_or(UnknownZone)
}

/// Every zone: countries, then the others, each in order of code.
pub fn zones() -> impl Iterator<Item = Zone> {
    COUNTRIES.iter().chain(&AREAS).map(Zone)
}

/// Every cloud region as provider, name and zone.
pub fn cloud_regions() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    PROVIDERS.iter().flat_map(|(provider, regions)| {
        regions.iter().map(|(region, zone)| (*provider, *region, *zone))
    })
}

const PROVIDERS: [(&str, &[CloudRow]); 3] = [("aws", &AWS), ("azure", &AZURE), ("gcp", &GCP)];

fn find(rows: &'static [ZoneRow], code: &str) -> Option<&'static ZoneRow> {
    let at = rows.binary_search_by(|row| order(row.code, code)).ok()?;
    rows.get(at)
}

fn iso(code: &str) -> Option<&'static ZoneRow> {
    let digits = code.len() <= 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    let numeric = code.parse::<u16>().ok().filter(|number| digits && *number > 0);
    let at = ISO.iter().position(|entry| {
        Some(entry.numeric) == numeric || code.as_bytes().eq_ignore_ascii_case(&entry.alpha3)
    })?;
    COUNTRIES.get(at)
}

fn cloud(code: &str) -> Option<&'static ZoneRow> {
    let (provider, region) = code.split_once(':').map_or((None, code), |(p, r)| (Some(p), r));
    PROVIDERS
        .iter()
        .filter(|(name, _)| provider.is_none_or(|provider| provider.eq_ignore_ascii_case(name)))
        .find_map(|(_, regions)| {
            let at = regions.binary_search_by(|(name, _)| order(name, region)).ok()?;
            let (_, zone) = regions.get(at)?;
            find(&COUNTRIES, zone).or_else(|| find(&AREAS, zone))
        })
}

/// The order of two codes, regardless of the case of letters. The tables hold
/// each kind of code in one case.
fn order(known: &str, asked: &str) -> Ordering {
    let fold = |byte: u8| byte.to_ascii_uppercase();
    known.bytes().map(fold).cmp(asked.bytes().map(fold))
}
