//! What a person may have meant.

use wattcast_core::grid::{Zone, cloud_regions, lookup, zones};

use super::{Place, fold, maps, names};

/// How many matches an error names.
const MATCHES: usize = 3;
/// Longer texts are compared by their beginning.
const COMPARED: usize = 48;

/// A place that no table knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no emission factor for `{}`; nearest: {}; `wattcast factors list` shows all", text.escape_debug(), in_words(nearest))]
pub struct UnknownPlace {
    /// What was asked for.
    pub text: String,
    /// Codes and names of the nearest matches, nearest first.
    pub nearest: Vec<(String, &'static str)>,
}

impl UnknownPlace {
    pub(super) fn of(text: &str) -> Self {
        let asked: String = text.chars().take(COMPARED).collect();
        let upper = asked.to_ascii_uppercase();
        let lower = asked.to_ascii_lowercase();
        let folded = fold(&asked);
        // A part that is not known is likely of a country that is.
        let country = upper.split_once('-').and_then(|(country, _)| lookup(country).ok());
        let mut found = Vec::new();
        found.extend(country.map(|zone| (0, zone.code().to_owned(), zone.code())));
        for code in zones().map(Zone::code).chain(maps::codes()) {
            found.push((distance(&upper, code), code.to_owned(), code));
        }
        for (name, code) in &names::NAMES {
            found.push((distance(&folded, name), (*code).to_owned(), *code));
        }
        for (provider, region, zone) in cloud_regions() {
            let full = format!("{provider}:{region}");
            let near = distance(&lower, region).min(distance(&lower, &full));
            found.push((near, full, zone));
        }
        found.sort();
        let mut nearest: Vec<(String, &'static str)> = Vec::new();
        for (_, code, zone) in found {
            if nearest.len() == MATCHES {
                break;
            }
            if nearest.iter().all(|(known, _)| *known != code) {
                nearest.extend(Place::of_code(zone).map(|place| (code, place.name())));
            }
        }
        Self { text: text.to_owned(), nearest }
    }
}

/// Edits between two texts, each weighed by the longer one, so that a short
/// code is not near to every other short code.
fn distance(asked: &str, known: &str) -> usize {
    let longest = asked.len().max(known.len()).max(1);
    strsim::osa_distance(asked, known) * 1000 / longest
}

fn in_words(nearest: &[(String, &'static str)]) -> String {
    let words: Vec<_> = nearest.iter().map(|(code, name)| format!("{code} ({name})")).collect();
    words.join(", ")
}
