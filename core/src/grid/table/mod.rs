//! The generated tables and how they lie in flash.

#[rustfmt::skip]
mod areas;
#[rustfmt::skip]
mod cloud;
#[rustfmt::skip]
mod countries;

use super::{Factor, FactorSource};
use crate::units::{Basis, CarbonIntensity};

/// Code, name and factors of a zone.
#[derive(Clone, Copy)]
pub(super) struct ZoneRow {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) best: Row,
    pub(super) others: &'static [Row],
}

impl ZoneRow {
    pub(super) const fn factor(&self, row: Row) -> Factor {
        Factor {
            zone: self.code,
            name: self.name,
            year: row.year(),
            basis: row.basis(),
            intensity: CarbonIntensity::from_mg_per_kwh(row.0 & Row::VALUE),
            source: row.source(),
        }
    }
}

/// One factor in four bytes. From the lowest bit: 21 of mg/kWh, 6 of the year
/// (0: undated, else since 1989), 1 of the basis (1: direct), 4 of the source.
#[derive(Clone, Copy)]
pub(super) struct Row(u32);

impl Row {
    const VALUE: u32 = (1 << 21) - 1;
    const YEAR_ZERO: u16 = 1989;

    const fn year(self) -> u16 {
        match (self.0 >> 21) & 0x3f {
            0 => 0,
            // At most 63, so the addition cannot overflow.
            since => Self::YEAR_ZERO + since.to_le_bytes()[0] as u16,
        }
    }

    const fn basis(self) -> Basis {
        if (self.0 >> 27) & 1 == 0 { Basis::LifeCycle } else { Basis::Direct }
    }

    const fn source(self) -> FactorSource {
        match self.0 >> 28 {
            0 => FactorSource::Ember,
            1 => FactorSource::Owid,
            2 => FactorSource::OwidMix,
            3 => FactorSource::ElectricityMaps,
            4 => FactorSource::CanadaMix,
            5 => FactorSource::Entsoe,
            6 => FactorSource::ChinaMee,
            7 => FactorSource::Egrid,
            _ => FactorSource::Eco2Ai,
        }
    }
}

/// Packs a row; a value that does not fit does not compile.
const fn r(source: FactorSource, basis: Basis, year: u16, mg_per_kwh: u32) -> Row {
    assert!(mg_per_kwh <= Row::VALUE, "more than 2 097 g/kWh");
    assert!(year == 0 || (year > Row::YEAR_ZERO && year < Row::YEAR_ZERO + 64), "year");
    assert!(matches!(basis, Basis::LifeCycle | Basis::Direct), "a yearly factor is an average");
    let since = if year == 0 { 0 } else { year - Row::YEAR_ZERO };
    Row(mg_per_kwh | (since as u32) << 21 | (basis as u32) << 27 | (source as u32) << 28)
}

const fn z(code: &'static str, name: &'static str, best: Row, others: &'static [Row]) -> ZoneRow {
    ZoneRow { code, name, best, others }
}

/// A country as the generated table writes it.
struct Country {
    zone: ZoneRow,
    iso: Iso,
}

/// The other codes of a country. Kosovo has no numeric one: 0.
#[derive(Clone, Copy)]
pub(super) struct Iso {
    pub(super) alpha3: [u8; 3],
    pub(super) numeric: u16,
}

const fn c(
    code: &'static str,
    alpha3: [u8; 3],
    numeric: u16,
    name: &'static str,
    best: Row,
    others: &'static [Row],
) -> Country {
    Country { zone: z(code, name, best, others), iso: Iso { alpha3, numeric } }
}

/// Name of a cloud region and code of its zone.
pub(super) type CloudRow = (&'static str, &'static str);

const COUNT: usize = countries::COUNTRIES.len();

/// In order of code.
#[expect(clippy::indexing_slicing, reason = "checked while compiling")]
pub(super) static COUNTRIES: [ZoneRow; COUNT] = {
    let mut rows = [countries::COUNTRIES[0].zone; COUNT];
    let mut at = 0;
    while at < COUNT {
        rows[at] = countries::COUNTRIES[at].zone;
        at += 1;
    }
    rows
};

/// The same countries in the same order.
#[expect(clippy::indexing_slicing, reason = "checked while compiling")]
pub(super) static ISO: [Iso; COUNT] = {
    let mut rows = [countries::COUNTRIES[0].iso; COUNT];
    let mut at = 0;
    while at < COUNT {
        rows[at] = countries::COUNTRIES[at].iso;
        at += 1;
    }
    rows
};

/// In order of code.
pub(super) static AREAS: [ZoneRow; areas::AREAS.len()] = areas::AREAS;

/// Each in order of name.
pub(super) static AWS: [CloudRow; cloud::AWS.len()] = cloud::AWS;
pub(super) static AZURE: [CloudRow; cloud::AZURE.len()] = cloud::AZURE;
pub(super) static GCP: [CloudRow; cloud::GCP.len()] = cloud::GCP;

/// The tables fit in 30 KiB, which leaves 2 KiB for the code that reads them.
/// Equal strings and rows are counted each time that they occur.
#[cfg(target_pointer_width = "32")]
const _: () = {
    const fn zones(mut rows: &[ZoneRow]) -> usize {
        let mut bytes = size_of_val(rows);
        while let [row, rest @ ..] = rows {
            bytes += row.code.len() + row.name.len() + size_of_val(row.others);
            rows = rest;
        }
        bytes
    }
    const fn regions(mut rows: &[CloudRow]) -> usize {
        let mut bytes = size_of_val(rows);
        while let [(region, _), rest @ ..] = rows {
            bytes += region.len();
            rows = rest;
        }
        bytes
    }
    let named = zones(&COUNTRIES) + zones(&AREAS) + size_of_val(&ISO);
    let bytes = named + regions(&AWS) + regions(&AZURE) + regions(&GCP);
    assert!(bytes <= 30 * 1024, "the emission-factor tables outgrew 30 KiB");
};

/// The best factor of a country, subdivision or area by its code, for
/// constants: see [`factor!`](crate::factor). At run time use
/// [`lookup`](super::lookup), which is quicker and knows more codes.
#[must_use]
pub const fn named(code: &str) -> Option<Factor> {
    match search(&COUNTRIES, code) {
        Some(factor) => Some(factor),
        None => search(&AREAS, code),
    }
}

const fn search(mut rows: &[ZoneRow], code: &str) -> Option<Factor> {
    while let [zone, rest @ ..] = rows {
        if zone.code.eq_ignore_ascii_case(code) {
            return Some(zone.factor(zone.best));
        }
        rows = rest;
    }
    None
}

/// The emission factor of a zone as a constant: the table is read while
/// compiling, only the zones named are linked, and an unknown code does not
/// compile.
///
/// ```
/// use wattcast_core::grid::Factor;
///
/// const HOME: Factor = wattcast_core::factor!("CA-ON");
/// assert_eq!(HOME.name, "Ontario");
/// ```
///
/// ```compile_fail
/// const NOWHERE: wattcast_core::grid::Factor = wattcast_core::factor!("ZZ");
/// ```
#[macro_export]
macro_rules! factor {
    ($code:expr) => {
        const {
            match $crate::grid::named($code) {
                Some(factor) => factor,
                None => panic!("no emission factor is known under that code"),
            }
        }
    };
}
