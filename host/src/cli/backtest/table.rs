//! The scores as tables.

use std::fmt::Write as _;

use wattcast_core::forecast::{Model, Typical};

use super::super::grids::moment;
use super::super::output::{Align, columns};
use super::Scored;
use crate::backtest::{Grid, Scores, Windows};

/// All grids by the network, then all forecasters.
pub(super) fn render(
    grids: &[Grid],
    windows: Windows,
    networks: &[Model<'_>],
    scored: &[Scored<'_>],
) -> String {
    let mut out = match grids {
        [grid] => grid.zone().to_owned(),
        _ => format!("{} grids", grids.len()),
    };
    let _ = writeln!(
        out,
        ": {} forecasts of {} h, every {} h from {} to {}\n",
        windows.count() * grids.len(),
        windows.horizon(),
        windows.every_hours(),
        moment(windows.from()),
        moment(windows.to())
    );
    if let ([_, _, ..], Some(first)) = (grids, scored.first()) {
        let zones = grids.iter().zip(&first.zones).map(|(grid, scores)| (grid.zone(), scores));
        let rows: Vec<_> = zones.chain([("mean", &first.mean)]).map(row).collect();
        out += &table(&first.name, &rows);
        out += "\nmean over the grids\n";
    }
    let rows: Vec<_> = scored.iter().map(|s| (s.name.as_str(), &s.mean)).map(row).collect();
    out += &table("forecaster", &rows);
    let flat = grids.iter().filter(|grid| grid.typical() == Typical::Flat).map(Grid::zone);
    let flat = flat.collect::<Vec<_>>().join(", ");
    if !flat.is_empty() {
        let what = "typical-day is the mean of the last week at every hour";
        let _ = write!(out, "\nNo typical day is known of {flat}: there {what}.\n");
    }
    for network in networks.iter().filter(|n| windows.from() < n.trained_until()) {
        let _ = write!(
            out,
            "\n{} was trained on hours before {}: its scores on those say little.\n",
            network.value("name").unwrap_or("The network"),
            moment(network.trained_until())
        );
    }
    out
}

fn row((name, scores): (&str, &Scores)) -> [String; 10] {
    let day = |at: usize| number(scores.mape_pct_by_day.get(at).copied().unwrap_or(f64::NAN), 2);
    [
        name.to_owned(),
        number(scores.mae, 2),
        number(scores.mape_pct, 2),
        day(0),
        day(1),
        day(2),
        day(3),
        number(scores.pinball, 2),
        number(scores.coverage_80_pct, 1),
        number(scores.decision_saving_pct, 0),
    ]
}

fn table(head: &str, rows: &[[String; 10]]) -> String {
    let right = |head| (head, Align::Right);
    let heads = [
        (head, Align::Left),
        right("MAE"),
        right("MAPE %"),
        right("day 1"),
        right("day 2"),
        right("day 3"),
        right("day 4"),
        right("pinball"),
        right("in 80 % range"),
        right("saving %"),
    ];
    columns(heads, rows)
}

fn number(value: f64, decimals: usize) -> String {
    if value.is_finite() { format!("{value:.decimals$}") } else { "-".to_owned() }
}
