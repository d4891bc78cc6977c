//! Standard time of the grids.

/// Hours that standard time is ahead of UTC, by code or the beginning of one;
/// half hours rounded down. Where a country spans several, that of most of its
/// use of electricity. The training code uses the same ones.
const OFFSETS: [(&str, i8); 73] = [
    ("AE", 4),
    ("AR", -3),
    ("AT", 1),
    ("AU", 10),
    ("AU-SA", 9),
    ("AU-WA", 8),
    ("AUS", 10),
    ("BA", 1),
    ("BD", 6),
    ("BE", 1),
    ("BG", 2),
    ("BR", -3),
    ("CA", -5),
    ("CA-AB", -7),
    ("CA-BC", -8),
    ("CH", 1),
    ("CL", -4),
    ("CN", 8),
    ("CO", -5),
    ("CY", 2),
    ("CZ", 1),
    ("DE", 1),
    ("DK", 1),
    ("EE", 2),
    ("EG", 2),
    ("ES", 1),
    ("FI", 2),
    ("FR", 1),
    ("GB", 0),
    ("GR", 2),
    ("HK", 8),
    ("HR", 1),
    ("HU", 1),
    ("ID", 7),
    ("IE", 0),
    ("IL", 2),
    ("IN", 5),
    ("IS", 0),
    ("IT", 1),
    ("JP", 9),
    ("KE", 3),
    ("KR", 9),
    ("LT", 2),
    ("LU", 1),
    ("LV", 2),
    ("MA", 1),
    ("MX", -6),
    ("MY", 8),
    ("NG", 1),
    ("NL", 1),
    ("NO", 1),
    ("NZ", 12),
    ("PA", -5),
    ("PE", -5),
    ("PH", 8),
    ("PK", 5),
    ("PL", 1),
    ("PT", 0),
    ("RO", 2),
    ("RS", 1),
    ("SA", 3),
    ("SE", 1),
    ("SG", 8),
    ("SI", 1),
    ("SK", 1),
    ("TH", 7),
    ("TR", 3),
    ("TW", 8),
    ("UA", 2),
    ("US", -5),
    ("UY", -3),
    ("VN", 7),
    ("ZA", 2),
];

/// Grid regions and states of the USA that are not on Eastern time.
const UNITED_STATES: [(&str, i8); 45] = [
    ("US-AK", -9),
    ("US-AL", -6),
    ("US-AR", -6),
    ("US-AZ", -7),
    ("US-CA", -8),
    ("US-CAL", -8),
    ("US-CENT", -6),
    ("US-CO", -7),
    ("US-HI", -10),
    ("US-IA", -6),
    ("US-ID", -7),
    ("US-IL", -6),
    ("US-KS", -6),
    ("US-LA", -6),
    ("US-MIDW", -6),
    ("US-MIDW-LGEE", -5),
    ("US-MN", -6),
    ("US-MO", -6),
    ("US-MS", -6),
    ("US-MT", -7),
    ("US-ND", -6),
    ("US-NE-ISNE", -5),
    ("US-NM", -7),
    ("US-NV", -8),
    ("US-NW", -8),
    ("US-NW-IPCO", -7),
    ("US-NW-NWMT", -7),
    ("US-NW-PACE", -7),
    ("US-NW-PSCO", -7),
    ("US-NW-WACM", -7),
    ("US-OK", -6),
    ("US-OR", -8),
    ("US-SD", -6),
    ("US-SE", -6),
    ("US-SW", -7),
    ("US-TEN", -6),
    ("US-TEX", -6),
    ("US-TN", -6),
    ("US-TX", -6),
    ("US-UT", -7),
    ("US-WA", -8),
    ("US-WI", -6),
    ("US-WY", -7),
    ("US-NE", -6),
    ("US-FLA", -5),
];

/// Standard time of a grid less UTC in whole hours; `None` where it is not
/// known here.
///
/// ```
/// use wattcast::forecast::standard_offset_hours;
///
/// assert_eq!(standard_offset_hours("US-CAL-CISO"), Some(-8));
/// assert_eq!(standard_offset_hours("SE-SE3"), Some(1));
/// assert_eq!(standard_offset_hours("XX"), None);
/// ```
#[must_use]
pub fn standard_offset_hours(zone: &str) -> Option<i8> {
    let begins = |code: &str| {
        zone.strip_prefix(code).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
    };
    let known = OFFSETS.iter().chain(&UNITED_STATES).filter(|(code, _)| begins(code));
    known.max_by_key(|(code, _)| code.len()).map(|(_, offset)| *offset)
}
