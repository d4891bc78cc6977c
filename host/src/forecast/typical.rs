//! The typical day of a grid, from the tables of `core` and, with the feature
//! `electricity-maps`, of that crate.

use wattcast_core::forecast::{
    Forecast, ForecastError, Forecaster, History, Hour, Issue, Profile, Quantiles, Typical,
};
use wattcast_core::units::CarbonIntensity;

use super::{Outlook, OutlookError, standard_offset_hours};

/// Where the typical days of `core` come from.
const SOURCES: &str = "ENTSO-E, US EIA, AEMO, 2019 to 2022";

/// The hours of a grid of which nothing but the yearly mean is known.
#[derive(Clone, Debug)]
pub struct TypicalOutlook {
    /// The hours.
    pub outlook: Outlook,
    /// Whose typical day it is.
    pub typical: Typical,
    /// Whom to credit; empty where every hour has the yearly value.
    pub sources: &'static str,
}

impl TypicalOutlook {
    /// The `hours` hours (at most 96) from `from` on of a zone whose yearly
    /// mean is `level`.
    ///
    /// # Errors
    /// [`OutlookError::Forecast`] where more hours are asked for.
    pub fn of(
        zone: &str,
        level: CarbonIntensity,
        from: Hour,
        hours: usize,
    ) -> Result<Self, OutlookError> {
        let (mut profile, sources) = typical_profile(zone, level);
        let offset_hours = standard_offset_hours(zone).unwrap_or(0);
        // Every offset of the table lies in range.
        let issue = Issue::new(from, offset_hours).ok_or(ForecastError::NoHistory)?;
        let mut values = vec![Quantiles::default(); hours];
        let nothing = History::new(from, &[]);
        let Forecast { method, notes, .. } = profile.forecast(&nothing, issue, &mut values)?;
        let outlook = Outlook { from, offset_hours, values, method, notes };
        Ok(Self { outlook, typical: profile.typical(), sources })
    }
}

/// The zone's own row before its country's, a row of `core` before one of
/// Electricity Maps; and whom to credit.
pub(crate) fn typical_profile(
    zone: &str,
    level: CarbonIntensity,
) -> (Profile<'static>, &'static str) {
    let country = zone.split('-').next().unwrap_or(zone);
    let core = Profile::of(zone, level);
    let of_maps = |code, typical| {
        maps::typical_day(code).map(|row| (Profile::from_row(row, typical, level), maps::SOURCE))
    };
    match core.typical() {
        Typical::OfZone => (core, SOURCES),
        Typical::OfCountry => of_maps(zone, Typical::OfZone).unwrap_or((core, SOURCES)),
        Typical::Flat => of_maps(zone, Typical::OfZone)
            .or_else(|| of_maps(country, Typical::OfCountry))
            .unwrap_or((core, "")),
    }
}

#[cfg(feature = "electricity-maps")]
mod maps {
    pub(super) use wattcast_electricity_maps::typical_day;

    pub(super) const SOURCE: &str = wattcast_electricity_maps::ATTRIBUTION;
}

#[cfg(not(feature = "electricity-maps"))]
mod maps {
    pub(super) const SOURCE: &str = "";

    pub(super) fn typical_day(_: &str) -> Option<&'static [u8; 172]> {
        None
    }
}
