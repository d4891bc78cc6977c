//! Names of GPUs as people and drivers write them.

use super::table::Row;

/// Words that never tell one GPU from another.
const FILLERS: &[&str] = &[
    "nvidia",
    "amd",
    "intel",
    "google",
    "cloud",
    "geforce",
    "radeon",
    "instinct",
    "tesla",
    "habana",
    "gpu",
    "graphics",
    "card",
    "accelerator",
    "chip",
    "data",
    "center",
    "series",
    "generation",
    "edition",
    "workstation",
    "server",
    "tensor",
    "core",
    "oam",
    "tm",
    "r",
];

/// Line names that run into the number behind them.
const LINES: &[&str] = &["rtx", "gtx", "rx", "gt", "tpu"];

/// Suffixes that run into the number before them.
const SUFFIXES: &[&str] = &["ti", "super", "xt", "xtx", "gre", "d"];

/// The words by which a name is compared, in order, each once.
fn words(name: &str) -> Vec<String> {
    let lower = name.to_lowercase();
    let mut words: Vec<String> = Vec::new();
    let pieces = lower.split(|c: char| !c.is_alphanumeric()).filter(|piece| !piece.is_empty());
    for piece in pieces.flat_map(unglue) {
        // "80 GB" is "80GB".
        let size = words.last_mut().filter(|last| last.bytes().all(|b| b.is_ascii_digit()));
        if let ("gb", Some(size)) = (piece, size) {
            size.push_str("gb");
        } else if !FILLERS.contains(&piece) && !words.iter().any(|word| word == piece) {
            words.push(form(piece).to_owned());
        }
    }
    words
}

/// Takes `rtx4090ti` apart.
fn unglue(piece: &str) -> impl Iterator<Item = &str> {
    let line = LINES
        .iter()
        .find(|line| piece.strip_prefix(**line).is_some_and(starts_like_a_model))
        .map_or(0, |line| line.len());
    let (line, rest) = piece.split_at(line);
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(digits);
    let glued = number.len() >= 3 && SUFFIXES.contains(&suffix);
    let parts = if glued { [line, number, suffix] } else { [line, rest, ""] };
    parts.into_iter().filter(|part| !part.is_empty())
}

/// `4090` of `rtx4090`, `v3` of `tpuv3`.
fn starts_like_a_model(rest: &str) -> bool {
    let mut chars = rest.chars();
    match chars.next() {
        Some('v') => chars.next().is_some_and(|c| c.is_ascii_digit()),
        Some(c) => c.is_ascii_digit(),
        None => false,
    }
}

/// One word for the sockets that differ by generation only; the V100's SXM3
/// has another limit than its SXM2.
fn form(word: &str) -> &str {
    match word {
        "sxm2" | "sxm4" | "sxm5" | "sxm6" => "sxm",
        _ => word,
    }
}

/// Whether a word may stand in a name without standing in the table's.
fn is_detail(word: &str) -> bool {
    let memory = word.strip_suffix("gb").is_some_and(|size| size.parse::<u16>().is_ok());
    memory || word == "quadro" || word.starts_with("hbm") || word.starts_with("gddr")
}

/// The row that a name means, if it is clear enough.
pub(super) fn find<'t>(name: &str, rows: &'t [Row]) -> Option<&'t Row> {
    let given = words(name);
    let named: Vec<(&Row, Vec<String>)> = rows.iter().map(|row| (row, words(row.0))).collect();
    let has = |words: &[String], word: &String| words.contains(word);

    // The most specific row all of whose words were given, if nothing of
    // weight is left over.
    let within = named
        .iter()
        .filter(|(_, row)| row.iter().all(|word| has(&given, word)))
        .filter(|(_, row)| given.iter().all(|word| has(row, word) || is_detail(word)))
        .max_by_key(|(_, row)| row.len());
    if let Some(&(row, _)) = within {
        return Some(row);
    }
    // Else the first row of those that add least to what was given.
    let given: Vec<String> = given.into_iter().filter(|word| !is_detail(word)).collect();
    if !given.iter().any(|word| word.contains(|c: char| c.is_ascii_digit())) {
        return None;
    }
    named
        .iter()
        .filter(|(_, row)| given.iter().all(|word| has(row, word)))
        .min_by_key(|(_, words)| words.len())
        .map(|&(row, _)| row)
}

/// The names most like one that is not known.
pub(super) fn nearest(name: &str, rows: &[Row], how_many: usize) -> Vec<&'static str> {
    let given = words(name).join(" ");
    let mut ranked: Vec<(usize, &'static str)> = rows
        .iter()
        .map(|row| (strsim::damerau_levenshtein(&given, &words(row.0).join(" ")), row.0))
        .collect();
    ranked.sort_by_key(|&(distance, _)| distance);
    ranked.into_iter().take(how_many).map(|(_, name)| name).collect()
}

/// Splits `A100 x2`, `A100 × 2` and `2x A100` into name and count, 1 where
/// none is given.
pub(super) fn split_count(text: &str) -> (&str, u16) {
    const TIMES: [char; 4] = ['x', 'X', '×', '*'];
    let text = text.trim();
    let count = |digits: &str| digits.trim().parse::<u16>().ok().filter(|&count| count > 0);
    // "RX 580" and "MI300X" are names: what multiplies stands apart.
    let last = text.rsplit_once(TIMES).filter(|(name, _)| name.ends_with(char::is_whitespace));
    if let Some((name, Some(count))) = last.map(|(name, digits)| (name, count(digits))) {
        return (name.trim_end(), count);
    }
    match text.split_once(TIMES).map(|(digits, name)| (count(digits), name.trim_start())) {
        Some((Some(count), name)) if !name.is_empty() => (name, count),
        _ => (text, 1),
    }
}
