//! Ranges of a network's values, from histories.

use std::collections::BTreeMap;

use wattcast_core::forecast::{Hour, ModelKind};

use super::float::Peaks;
use super::{FloatNetwork, QuantiseError, Ranges, each_told, kind_name};
use crate::backtest::{Grid, Windows};

/// What the file of a network is to say of it.
#[derive(Clone, Debug)]
pub struct About {
    /// Its name.
    pub name: String,
    /// Whose data it was trained on, to credit.
    pub sources: String,
    /// The grids it was trained on.
    pub grids: Vec<String>,
    /// The first hour of which its training saw nothing.
    pub trained_until: Hour,
}

/// The ranges that a network's values have in the windows of some grids: the
/// largest magnitude of each tensor that gets a number format of its own.
///
/// # Errors
/// [`QuantiseError::Calibration`] where a grid has no history before its first
/// window, or none has a window with a history good enough.
pub fn calibrate(
    network: &FloatNetwork,
    grids: &[Grid],
    kind: ModelKind,
    windows: Windows,
    about: &About,
) -> Result<Ranges, QuantiseError> {
    let mut peak = Peaks::new();
    for grid in grids {
        each_told(grid, kind, windows, &mut |_, features| {
            network.observed(&network.inputs(features), &mut peak);
        })
        .map_err(|error| QuantiseError::Calibration(format!("{}: {error}", grid.zone())))?;
    }
    if peak.is_empty() {
        return Err(QuantiseError::Calibration(
            "no window has a week of history before it, most of it known".to_owned(),
        ));
    }
    let text = [
        ("name", about.name.clone()),
        ("sources", about.sources.clone()),
        ("grids", about.grids.join(" ")),
    ];
    Ok(Ranges {
        inputs: kind_name(kind).to_owned(),
        trained_until: about.trained_until.as_hours(),
        text: BTreeMap::from(text.map(|(key, value)| (key.to_owned(), value))),
        peak,
    })
}
