//! Options that price old runs anew.

use std::path::PathBuf;

use clap::Args;
use wattcast_core::units::Basis;

use super::super::CliError;
use super::super::place::{BasisArg, Site, pue};
use crate::report::Reprice;

/// How recorded energy is priced; without any of these, as it was recorded.
#[derive(Args)]
pub(in crate::cli) struct PriceArgs {
    /// Price with the factor of another place or another basis
    #[arg(long, value_name = "CODE", help_heading = "Price anew")]
    zone: Option<String>,

    /// Price with a carbon intensity in gCO2e/kWh
    #[arg(long, value_name = "G_PER_KWH", help_heading = "Price anew")]
    intensity: Option<String>,

    /// Price with a history of the carbon intensity, hour by hour (CSV or JSON)
    #[arg(long, value_name = "FILE", conflicts_with = "intensity", help_heading = "Price anew")]
    intensity_file: Option<PathBuf>,

    /// What the factor is to count
    #[arg(long, value_enum, default_value = "life-cycle", help_heading = "Price anew")]
    basis: BasisArg,

    /// Power usage effectiveness in place of the recorded one, with one of the above
    #[arg(long, value_name = "RATIO", help_heading = "Price anew", allow_negative_numbers = true)]
    pue: Option<String>,

    /// Time zone of file times without an offset, as Europe/Berlin
    #[arg(long, value_name = "ZONE", help_heading = "Price anew")]
    time_zone: Option<String>,
}

impl PriceArgs {
    /// What the factor is to count.
    pub(in crate::cli) fn basis(&self) -> Basis {
        self.basis.into()
    }

    /// `None` where the recorded prices stand.
    pub(in crate::cli) fn reprice(&self) -> Result<Option<Reprice>, CliError> {
        let is_given =
            self.zone.is_some() || self.intensity.is_some() || self.intensity_file.is_some();
        let pue = self.pue.as_deref().map(pue).transpose()?;
        if !is_given {
            return match pue {
                None => Ok(None),
                Some(_) => Err(CliError::input(
                    "--pue prices anew only with --zone, --intensity or --intensity-file",
                )),
            };
        }
        let site = Site {
            zone: self.zone.as_deref(),
            intensity: self.intensity.as_deref(),
            file: self.intensity_file.as_deref(),
            basis: self.basis.into(),
            time_zone: self.time_zone.as_deref(),
        };
        Ok(Some(Reprice { intensity: site.intensity()?, pue }))
    }
}
