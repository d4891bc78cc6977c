//! Runs as a table, one line each.

use super::super::output::{Align, columns};
use crate::report::{RunReport, carbon, duration, energy, energy_range, local_time, state};

/// Most characters of a command or project.
const MOST_TEXT: usize = 40;

pub(super) fn table(runs: &[RunReport]) -> String {
    use Align::{Left, Right};
    let rows: Vec<_> = runs
        .iter()
        .map(|run| {
            [
                run.run.clone(),
                run.start_utc_us.map(local_time).unwrap_or_default(),
                cut(&run.project),
                cut(if run.command.is_empty() { &run.host } else { &run.command }),
                state(run),
                duration(run.duration_us),
                energy(run.energy_uj),
                energy_range(run),
                run.carbon_ug.map(carbon).unwrap_or_default(),
                run.zone.clone(),
            ]
        })
        .collect();
    let heads = [
        ("run", Left),
        ("started", Left),
        ("project", Left),
        ("command", Left),
        ("state", Left),
        ("time", Right),
        ("energy", Right),
        ("(range)", Left),
        ("carbon", Right),
        ("zone", Left),
    ];
    columns(heads, &rows)
}

/// Text from a ledger on one line, not too long.
fn cut(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= MOST_TEXT {
        return clean;
    }
    clean.chars().take(MOST_TEXT - 1).chain(['…']).collect()
}
