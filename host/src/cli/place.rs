//! Options that say where and at what price energy is used: shared by every
//! verb that turns energy into carbon.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use wattcast_core::ledger::{DailyTariff, Rate};
use wattcast_core::units::{Basis, CarbonIntensity, Price, Pue};

use super::{CliError, output};
use crate::grid::intensity_from_grams;
use crate::intensity::{History, ReadOptions};
use crate::local_zone::local_zone;
use crate::pricing::{Intensity, Pricer, Tariff};

/// Where the energy is used and what it costs there.
#[derive(Args)]
pub(super) struct PlaceArgs {
    /// Country, subdivision, grid zone or cloud region: FR, USA, US-CA, DE, gcp:europe-west1;
    /// where a job may move, several with commas
    #[arg(long, value_name = "CODE", env = "WATTCAST_ZONE", help_heading = "Place and price")]
    zone: Option<String>,

    /// Carbon intensity in gCO2e/kWh, in place of the zone's yearly factor
    #[arg(long, value_name = "G_PER_KWH", help_heading = "Place and price")]
    intensity: Option<String>,

    /// History or forecast of the carbon intensity, hour by hour (CSV or JSON)
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "intensity",
        help_heading = "Place and price"
    )]
    intensity_file: Option<PathBuf>,

    /// What the factor is to count
    #[arg(long, value_enum, default_value = "life-cycle", help_heading = "Place and price")]
    basis: BasisArg,

    /// Power usage effectiveness of the site, 1.0 to 10.0
    #[arg(
        long,
        value_name = "RATIO",
        default_value = "1.0",
        env = "WATTCAST_PUE",
        help_heading = "Place and price",
        allow_negative_numbers = true
    )]
    pue: String,

    /// Price per kWh: `0.30`, or by local time `8:30-19:00=0.30,19:00-8:30=0.20`
    #[arg(
        long,
        value_name = "PRICE",
        env = "WATTCAST_TARIFF",
        help_heading = "Place and price",
        allow_hyphen_values = true
    )]
    tariff: Option<String>,

    /// Currency of the tariff
    #[arg(
        long,
        value_name = "CODE",
        default_value = "EUR",
        env = "WATTCAST_CURRENCY",
        help_heading = "Place and price"
    )]
    currency: String,

    /// Time zone of the tariff and of file times without an offset, as Europe/Berlin
    #[arg(long, value_name = "ZONE", help_heading = "Place and price")]
    time_zone: Option<String>,
}

/// The bases that a user can ask for.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum BasisArg {
    /// The whole life of the plants and their fuel
    LifeCycle,
    /// Only what leaves the chimney
    Direct,
}

impl From<BasisArg> for Basis {
    fn from(arg: BasisArg) -> Self {
        match arg {
            BasisArg::LifeCycle => Self::LifeCycle,
            BasisArg::Direct => Self::Direct,
        }
    }
}

/// What says how much carbon a kilowatt-hour causes.
pub(super) struct Site<'a> {
    /// A place by code or name.
    pub(super) zone: Option<&'a str>,
    /// An intensity in g/kWh.
    pub(super) intensity: Option<&'a str>,
    /// A history or forecast.
    pub(super) file: Option<&'a Path>,
    /// What the factor is to count.
    pub(super) basis: Basis,
    /// Time zone of times without an offset.
    pub(super) time_zone: Option<&'a str>,
}

impl Site<'_> {
    /// What was given, else the factor of the place, else the world's.
    pub(super) fn intensity(&self) -> Result<Intensity, CliError> {
        let basis = self.basis;
        let yearly = match self.zone {
            Some(code) => Intensity::of_zone(code, basis).map_err(CliError::input)?,
            None => Intensity::world(),
        };
        if yearly.basis != basis && self.intensity.is_none() {
            super::tell(&format!(
                "{} has only direct factors: without fuel supply and construction",
                yearly.zone
            ));
        }
        if let Some(text) = self.intensity {
            let value = intensity_from_grams(text);
            let value = value.map_err(|error| CliError::input(format!("--intensity {error}")))?;
            return Ok(yearly.given(value, basis));
        }
        let Some(file) = self.file else { return Ok(yearly) };
        let options = ReadOptions {
            zone: self.zone.map(str::to_owned),
            basis,
            time_zone: self.time_zone.map_or(Ok(TimeZone::UTC), time_zone)?,
        };
        let history = History::read(file, &options).map_err(CliError::input)?;
        if history.basis() != yearly.basis {
            return Err(CliError::input(format!(
                "{}: holds {} intensities, the hours outside it would be priced with a {} factor; give --basis to match",
                file.display(),
                output::basis(history.basis()),
                output::basis(yearly.basis),
            )));
        }
        Ok(yearly.with_history(&history, file.display().to_string()))
    }
}

impl PlaceArgs {
    /// The place as the user named it.
    pub(super) fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    /// The places, where several are named with commas.
    pub(super) fn zones(&self) -> Vec<&str> {
        let zones = self.zone.iter().flat_map(|zones| zones.split(','));
        zones.map(str::trim).filter(|zone| !zone.is_empty()).collect()
    }

    /// The history or forecast that prices the energy.
    pub(super) fn file(&self) -> Option<&Path> {
        self.intensity_file.as_deref()
    }

    /// The intensity that was given by hand.
    pub(super) fn given(&self) -> Result<Option<CarbonIntensity>, CliError> {
        let value = self.intensity.as_deref().map(intensity_from_grams).transpose();
        value.map_err(|error| CliError::input(format!("--intensity {error}")))
    }

    /// What the intensity is to count.
    pub(super) fn basis(&self) -> Basis {
        self.basis.into()
    }

    /// The time zone of file times without an offset.
    pub(super) fn file_zone(&self) -> Result<TimeZone, CliError> {
        self.time_zone.as_deref().map_or(Ok(TimeZone::UTC), time_zone)
    }

    /// The time zone in which a person reads and writes times.
    pub(super) fn local_zone(&self) -> Result<TimeZone, CliError> {
        self.time_zone.as_deref().map_or_else(|| Ok(local_zone()), time_zone)
    }

    /// The overhead of the site.
    pub(super) fn site_pue(&self) -> Result<Pue, CliError> {
        pue(&self.pue)
    }

    /// The price of energy, where there is one.
    pub(super) fn tariff(&self) -> Result<Option<Tariff>, CliError> {
        let parse = |text: &str| self.parse_tariff(text, &self.local_zone()?);
        self.tariff.as_deref().map(parse).transpose()
    }

    /// Whether any place or intensity was named.
    pub(super) fn is_given(&self) -> bool {
        self.zone.is_some() || self.intensity.is_some() || self.intensity_file.is_some()
    }

    /// Validates all of it.
    pub(super) fn pricer(&self) -> Result<Pricer, CliError> {
        self.pricer_at(self.zone.as_deref())
    }

    /// The same in one of the places.
    pub(super) fn pricer_at(&self, zone: Option<&str>) -> Result<Pricer, CliError> {
        let site = Site {
            zone,
            intensity: self.intensity.as_deref(),
            file: self.intensity_file.as_deref(),
            basis: self.basis.into(),
            time_zone: self.time_zone.as_deref(),
        };
        // Told even where nothing needs it.
        self.file_zone()?;
        let tariff = self.tariff()?;
        Ok(Pricer { intensity: site.intensity()?, pue: pue(&self.pue)?, tariff })
    }

    fn parse_tariff(&self, text: &str, time_zone: &TimeZone) -> Result<Tariff, CliError> {
        let currency = self.currency.to_ascii_uppercase();
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(CliError::input(format!(
                "--currency `{}` is no ISO 4217 code such as EUR",
                self.currency
            )));
        }
        let rates =
            text.split(',').map(|rate| parse_rate(rate.trim())).collect::<Result<Vec<_>, _>>()?;
        DailyTariff::new(&rates, 0)
            .map_err(|error| CliError::input(format!("--tariff `{text}`: {error}")))?;
        Ok(Tariff { rates, time_zone: time_zone.clone(), currency })
    }
}

/// A time zone by its IANA name.
pub(super) fn time_zone(name: &str) -> Result<TimeZone, CliError> {
    TimeZone::get(name).map_err(|_| {
        CliError::input(format!(
            "--time-zone `{name}` is not known; write it as Europe/Berlin or UTC"
        ))
    })
}

/// A PUE as a person writes it: 1.0 to 10.0, at most six decimals count.
pub(super) fn pue(text: &str) -> Result<Pue, CliError> {
    scaled(text, 1_000_000)
        .and_then(|millionths| u32::try_from(millionths).ok())
        .and_then(Pue::from_millionths)
        .ok_or_else(|| {
            CliError::input(format!(
                "--pue `{text}` is not between 1.0 and 10.0; 1.0 means no overhead"
            ))
        })
}

/// A rate, `0.30` or `8:30-19:00=0.30`.
pub(super) fn parse_rate(text: &str) -> Result<Rate, CliError> {
    let bad = || {
        CliError::input(format!(
            "--tariff `{text}`: write a price such as 0.30, or 8:30-19:00=0.30"
        ))
    };
    let (span, price) = match text.split_once('=') {
        Some((span, price)) => (Some(span), price),
        None => (None, text),
    };
    let price = Price::from_micro_per_kwh(scaled(price, 1_000_000).ok_or_else(bad)?);
    let Some(span) = span else { return Ok(Rate { from_min: 0, to_min: 1440, price }) };
    let (from, to) = span.split_once('-').ok_or_else(bad)?;
    let minutes = |clock: &str| -> Option<u16> {
        let (hour, minute) = clock.trim().split_once(':')?;
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        (minute < 60 && hour <= 24).then_some(hour * 60 + minute)
    };
    Ok(Rate {
        from_min: minutes(from).ok_or_else(bad)?,
        to_min: minutes(to).ok_or_else(bad)?,
        price,
    })
}

/// A decimal number times `scale`, rounded half to even; exact, as it never
/// passes through floating point.
pub(super) fn scaled(text: &str, scale: i64) -> Option<i64> {
    let number: Decimal = text.trim().parse().ok()?;
    number.checked_mul(Decimal::from(scale))?.round().to_i64()
}
