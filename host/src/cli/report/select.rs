//! Which runs a report is about.

use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::{Span, Timestamp, Zoned};

use super::super::CliError;
use crate::report::RunReport;
use crate::store::{LedgerFiles, LedgerOptions, Place};

/// Conditions that a run meets or not.
pub(super) struct Filter {
    since_us: Option<u64>,
    project: Option<String>,
}

impl Filter {
    pub(super) fn new(since: Option<&str>, project: Option<&str>) -> Result<Self, CliError> {
        let since_us = since.map(|text| moment(text, &Zoned::now())).transpose()?;
        Ok(Self { since_us, project: project.map(str::to_owned) })
    }

    pub(super) fn admits(&self, run: &RunReport) -> bool {
        let late = self.since_us.is_none_or(|since| run.start_utc_us.is_some_and(|at| at >= since));
        late && self.project.as_ref().is_none_or(|project| *project == run.project)
    }
}

/// A moment as a person writes it, in µs of UTC.
fn moment(text: &str, now: &Zoned) -> Result<u64, CliError> {
    let at = text
        .parse::<Timestamp>()
        .or_else(|_| {
            text.parse::<DateTime>()?
                .to_zoned(now.time_zone().clone())
                .map(|zoned| zoned.timestamp())
        })
        .or_else(|_| now.checked_sub(text.parse::<Span>()?.abs()).map(|zoned| zoned.timestamp()));
    at.ok().and_then(|at| u64::try_from(at.as_microsecond()).ok()).ok_or_else(|| {
        CliError::input(format!(
            "--since `{text}` is no moment; write 2026-11-01, 2026-11-01T08:00, 24h or 7d"
        ))
    })
}

/// The runs that were named.
pub(super) struct Wanted<'a> {
    ids: Vec<&'a str>,
    files: Vec<PathBuf>,
}

impl<'a> Wanted<'a> {
    pub(super) fn parse(named: &'a [String]) -> Self {
        let is_file = |name: &&String| {
            name.contains(std::path::MAIN_SEPARATOR) || Path::new(name.as_str()).is_file()
        };
        let (files, ids): (Vec<&String>, Vec<&String>) = named.iter().partition(is_file);
        Self {
            ids: ids.into_iter().map(String::as_str).collect(),
            files: files.into_iter().map(PathBuf::from).collect(),
        }
    }

    /// Whether runs are looked for where ledgers are kept.
    pub(super) fn needs_place(&self) -> bool {
        !self.ids.is_empty() || self.files.is_empty()
    }

    /// The ledgers at the paths that were named.
    pub(super) fn ledgers(&self, options: &LedgerOptions) -> Result<Vec<LedgerFiles>, CliError> {
        let mut ledgers = Vec::new();
        for path in &self.files {
            let found = Place::choose(Some(path))
                .and_then(|place| place.ledgers(&options.fallback_dir))
                .map_err(CliError::input)?;
            if found.is_empty() {
                return Err(CliError::input(format!("no ledger at {}", path.display())));
            }
            ledgers.extend(found);
        }
        Ok(ledgers)
    }

    /// Keeps the runs whose ids were named; all where none was.
    pub(super) fn keep_chosen(
        &self,
        runs: &mut Vec<RunReport>,
        dir: &Path,
    ) -> Result<(), CliError> {
        if self.ids.is_empty() {
            return Ok(());
        }
        let newest = runs.last().map(|run| run.run.clone()).unwrap_or_default();
        let matches = |run: &RunReport, id: &str| match id {
            "last" => run.run == newest,
            id => run.run.starts_with(id),
        };
        for id in &self.ids {
            if !runs.iter().any(|run| matches(run, id)) {
                let ids: Vec<&str> =
                    runs.iter().rev().take(3).map(|run| run.run.as_str()).collect();
                let known = if ids.is_empty() {
                    "there is none yet".to_owned()
                } else {
                    format!("the newest are {}", ids.join(", "))
                };
                let dir = dir.display();
                return Err(CliError::input(format!("no run `{id}` in {dir}; {known}")));
            }
        }
        runs.retain(|run| self.ids.iter().any(|id| matches(run, id)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn moments_are_dates_times_and_spans_ago() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let now = Timestamp::from_second(1_790_000_000).unwrap().to_zoned(zone);
        let at = |text| moment(text, &now).unwrap() / 1_000_000;
        assert_eq!(at("24h"), 1_790_000_000 - 86_400);
        assert_eq!(at("7 days ago"), 1_790_000_000 - 7 * 86_400);
        assert_eq!(at("2026-09-21T14:13:20Z"), 1_790_000_000);
        assert_eq!(at("2026-09-21T16:13:20"), 1_790_000_000);
        assert_eq!(at("2026-09-21"), 1_790_000_000 - (16 * 3600 + 13 * 60 + 20));
        for bad in ["", "yesterday", "-", "2026-13-01"] {
            let error = moment(bad, &now).unwrap_err().to_string();
            assert!(error.contains("--since"), "{error}");
        }
    }
}
