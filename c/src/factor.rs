//! Emission factors by zone.

use core::ffi::c_char;

use wattcast_core::grid::lookup;

use crate::account::basis_code;
use crate::memory::{put, text};
use crate::status::told;
use crate::{wc_status, wc_text};

/// The yearly emission factor of a zone.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wc_factor {
    /// Its English name; lasts as long as the program.
    pub name: wc_text,
    /// Its source; lasts as long as the program.
    pub source: wc_text,
    /// Milligrams of CO2e per kilowatt-hour.
    pub mg_per_kwh: u32,
    /// The year that it is the mean of; 0 where its source names none.
    pub year: u16,
    /// `WC_BASIS_LIFE_CYCLE` or another.
    pub basis: u8,
}

/// The factor of a zone by its code: ISO 3166 in two or three letters, a
/// subdivision, a bidding zone, a cloud region, or `WORLD`.
///
/// # Safety
///
/// `code` is null or ended by a zero; `factor` is null or points to one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_factor_lookup(
    code: *const c_char,
    factor: *mut wc_factor,
) -> wc_status {
    told((|| {
        // SAFETY: as the caller vouches.
        let code = unsafe { text(code) }?;
        let best = lookup(code).map_err(|_| wc_status::UnknownZone)?.best();
        let value = wc_factor {
            name: wc_text::of(best.name),
            source: wc_text::of(best.source.name()),
            mg_per_kwh: best.intensity.as_mg_per_kwh(),
            year: best.year,
            basis: basis_code(best.basis),
        };
        // SAFETY: as the caller vouches.
        unsafe { put(factor, value) }
    })())
}
