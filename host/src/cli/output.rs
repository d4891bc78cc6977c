//! What several verbs print alike: columns, numbers, JSON.

use serde::Serialize;
use wattcast_core::units::Basis;

use super::CliError;

/// A value as indented JSON.
pub(super) fn json(value: &impl Serialize) -> Result<String, CliError> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(CliError::failed)
}

/// Where the text of a column stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows in columns two spaces apart, each as wide as its widest cell, with a
/// line of heads above.
pub(super) fn columns<const N: usize>(heads: [(&str, Align); N], rows: &[[String; N]]) -> String {
    let mut widths = heads.map(|(head, _)| head.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let aligns = heads.map(|(_, align)| align);
    let mut out = String::new();
    line(&mut out, heads.map(|(head, _)| head), aligns, widths);
    for row in rows {
        line(&mut out, row.each_ref().map(String::as_str), aligns, widths);
    }
    out
}

fn line<const N: usize>(
    out: &mut String,
    cells: [&str; N],
    aligns: [Align; N],
    widths: [usize; N],
) {
    let mut text = String::new();
    for ((cell, align), width) in cells.into_iter().zip(aligns).zip(widths) {
        let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
        match align {
            Align::Left => text.extend([cell, &padding, "  "]),
            Align::Right => text.extend([padding.as_str(), cell, "  "]),
        }
    }
    out.extend([text.trim_end(), "\n"]);
}

/// mg/kWh as g/kWh, with the decimals that it has.
pub(super) fn grams(mg_per_kwh: u32) -> String {
    let text = format!("{}.{:03}", mg_per_kwh / 1000, mg_per_kwh % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A basis in words.
pub(super) fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::LifeCycle => "life-cycle",
        Basis::Direct => "direct",
        Basis::Marginal => "marginal",
    }
}
