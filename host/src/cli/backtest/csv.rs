//! Every hour that was forecast, as CSV.

use std::path::Path;

use super::super::grids::moment;
use super::super::{CliError, output};
use crate::backtest::{Candidate, Grid, Replay};

/// One row per grid, window and hour: what the network told, what each rule
/// told and what came, in g/kWh.
pub(super) fn write(
    path: &Path,
    grids: &[Grid],
    candidates: &[Candidate<'_>],
    replays: &[Vec<Replay<'_>>],
) -> Result<(), CliError> {
    let failed = |error: csv::Error| CliError::failed(format!("{}: {error}", path.display()));
    let mut writer = csv::Writer::from_path(path).map_err(failed)?;
    let heads = ["zone", "issued_utc", "horizon_h", "start_utc", "actual_g_per_kwh"];
    let quantiles = ["p10", "p50", "p90"];
    let rules = candidates.iter().skip(1).map(Candidate::name);
    writer.write_record(heads.into_iter().chain(quantiles).chain(rules)).map_err(failed)?;
    for (grid, replays) in grids.iter().zip(replays) {
        let [network, rules @ ..] = replays.as_slice() else { continue };
        let mut rules: Vec<_> = rules.iter().map(Replay::windows).collect();
        for (issue, window) in network.windows() {
            let rules: Vec<_> = rules.iter_mut().filter_map(Iterator::next).collect();
            for (ahead, (told, actual)) in window.iter().enumerate() {
                let hour = issue.later(u32::try_from(ahead).unwrap_or(u32::MAX));
                let quantiles = [told.p10(), told.p50(), told.p90()];
                let medians =
                    rules.iter().filter_map(|(_, window)| Some(window.get(ahead)?.0.p50()));
                let numbers = quantiles.into_iter().chain(medians).map(Some);
                let mut row = vec![
                    grid.zone().to_owned(),
                    moment(issue),
                    (ahead + 1).to_string(),
                    moment(hour),
                ];
                row.extend([*actual].into_iter().chain(numbers).map(|value| {
                    value.map_or_else(String::new, |v| output::grams(v.as_mg_per_kwh()))
                }));
                writer.write_record(&row).map_err(failed)?;
            }
        }
    }
    writer.flush().map_err(|error| failed(error.into()))
}
