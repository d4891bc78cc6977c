//! Every set of zones as a row.

use std::fmt::Write as _;
use std::path::Path;

use super::Played;
use super::json::members;
use crate::cli::CliError;

/// Writes the file; intensities in gCO2e/kWh, means over all hours.
pub(super) fn write(path: &Path, played: &Played) -> Result<(), CliError> {
    let mut text = String::from(
        "zones,best_fixed_g,mean_g,told_g,anew_g,kept_g,foresight_g,greedy_g,told_moves,anew_moves,kept_moves,greedy_moves\n",
    );
    let hours = played.sweep.hours.max(1);
    for set in &played.sweep.sets {
        let grams = |sum: u64| {
            let mg = sum / hours;
            format!("{}.{:03}", mg / 1_000, mg % 1_000)
        };
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{},{},{},{},{},{}",
            members(set.zones, played.field.zones()).join("+"),
            grams(set.best_fixed),
            grams(set.mean),
            grams(set.told),
            grams(set.anew),
            grams(set.kept),
            grams(set.foreseen),
            grams(set.greedy),
            set.told_moves,
            set.anew_moves,
            set.kept_moves,
            set.greedy_moves,
        );
    }
    std::fs::write(path, text)
        .map_err(|error| CliError::failed(format!("cannot write {}: {error}", path.display())))
}
