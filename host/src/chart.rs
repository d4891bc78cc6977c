//! What the pictures of this program have in common.

/// Okabe and Ito's colours, which the colour-blind tell apart.
pub(crate) const COLOURS: [&str; 7] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555"];

/// A round step in mg/kWh, of which at most six reach the top.
pub(crate) fn nice_step(most: u32) -> u32 {
    let decades = (0..6).map(|power| 1_000 * 10_u32.pow(power));
    let mut steps = decades.flat_map(|decade| [1, 2, 5].map(|times| decade.saturating_mul(times)));
    steps.find(|step| most.div_ceil(*step) <= 6).unwrap_or(u32::MAX)
}

/// Text as XML holds it.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
