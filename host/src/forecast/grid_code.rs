//! The names under which one grid appears.

/// Balancing authorities as the US EIA writes them, and the grids of
/// Electricity Maps that they are.
const AUTHORITIES: [(&str, &str); 21] = [
    ("AZPS", "US-SW-AZPS"),
    ("BPAT", "US-NW-BPAT"),
    ("CISO", "US-CAL-CISO"),
    ("CPLE", "US-CAR-CPLE"),
    ("DUK", "US-CAR-DUK"),
    ("EPE", "US-SW-EPE"),
    ("ERCO", "US-TEX-ERCO"),
    ("FPC", "US-FLA-FPC"),
    ("FPL", "US-FLA-FPL"),
    ("ISNE", "US-NE-ISNE"),
    ("MISO", "US-MIDW-MISO"),
    ("NEVP", "US-NW-NEVP"),
    ("NYIS", "US-NY-NYIS"),
    ("NYISO", "US-NY-NYIS"),
    ("PACE", "US-NW-PACE"),
    ("PACW", "US-NW-PACW"),
    ("PJM", "US-MIDA-PJM"),
    ("PSCO", "US-NW-PSCO"),
    ("SOCO", "US-SE-SOCO"),
    ("SWPP", "US-CENT-SWPP"),
    ("TVA", "US-TEN-TVA"),
];

/// The code of Electricity Maps for a balancing authority of the USA; any
/// other code as it is.
///
/// ```
/// use wattcast::forecast::grid_code;
///
/// assert_eq!(grid_code("CISO"), "US-CAL-CISO");
/// assert_eq!(grid_code("DE"), "DE");
/// ```
#[must_use]
pub fn grid_code(zone: &str) -> &str {
    let known = AUTHORITIES.iter().find(|(authority, _)| authority.eq_ignore_ascii_case(zone));
    known.map_or(zone, |(_, grid)| grid)
}
