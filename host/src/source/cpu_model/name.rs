//! Names of processors as machines tell them, and the table's keys.
//!
//! The rules must agree with those of `tools/cpu-tdp/generate.py`; a test
//! holds every key of the table against them.

/// Words that do not tell one processor from another.
const NOISE: [&str; 10] = [
    "amd",
    "apu",
    "authenticamd",
    "cpu",
    "genuine",
    "genuineintel",
    "intel",
    "processor",
    "soc",
    "technology",
];

/// Numbers of cores in words, as in `Quad-Core`.
const COUNTS: [&str; 8] = ["single", "dual", "triple", "quad", "six", "eight", "twelve", "sixteen"];

/// The key of a processor's name: the lower-case words that tell it apart.
///
/// ```
/// use wattcast::source::cpu_model::normalise;
///
/// assert_eq!(normalise("Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz"), "xeon e5 2686 v4");
/// assert_eq!(normalise("AMD EPYC 7763 64-Core Processor"), "epyc 7763");
/// ```
#[must_use]
pub fn normalise(name: &str) -> String {
    let mut text = name.to_lowercase();
    for mark in ["(r)", "(tm)", "(c)"] {
        text = text.replace(mark, " ");
    }
    for end in ["@", " with ", " w/ "] {
        if let Some((before, _)) = text.split_once(end) {
            text.truncate(before.len());
        }
    }
    let mut words: Vec<&str> = Vec::new();
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '+' || c == '.')) {
        let word = match word.strip_suffix("ghz") {
            Some(clock) if clock.ends_with(|c: char| c.is_ascii_digit()) => clock,
            _ => word,
        }
        .trim_matches('.');
        match (word, words.last()) {
            ("core" | "cores", Some(count)) if is_count(count) => {
                words.pop();
            }
            ("gen", Some(ordinal)) if is_ordinal(ordinal) => {
                words.pop();
            }
            ("core2", _) => words.extend(["core", "2"]),
            ("", _) => {}
            (word, _) if NOISE.contains(&word) => {}
            (word, _) => words.push(word),
        }
    }
    words.join(" ")
}

/// The number of cores that a name states, as in `AMD EPYC 7763 64-Core`.
pub(super) fn stated_cores(name: &str) -> Option<u32> {
    let name = name.to_ascii_lowercase();
    let (before, _) = name.split_once("-core")?;
    before.rsplit(' ').next()?.parse().ok().filter(|cores| *cores > 0)
}

fn is_count(word: &str) -> bool {
    COUNTS.contains(&word) || (word.len() <= 3 && is_number(word))
}

fn is_ordinal(word: &str) -> bool {
    ["st", "nd", "rd", "th"].iter().any(|end| word.strip_suffix(end).is_some_and(is_number))
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}
