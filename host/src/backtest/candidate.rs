//! What is put to the test.

use wattcast_core::forecast::{BestSimple, ForecastError, Hour, Model, Quantiles, Simple};

use super::{Grid, Windows};
use crate::forecast::{Follower, ask_rule};

/// A forecaster.
#[derive(Clone, Copy, Debug)]
pub enum Candidate<'m> {
    /// A network, with what it learns about each grid.
    Network(&'m Model<'m>),
    /// The first network for the grids with day-ahead solar and wind, the
    /// second for the others.
    DayAhead(&'m Model<'m>, &'m Model<'m>),
    /// One rule.
    Simple(Simple),
    /// The typical day of the grid and the month, at the level of the last
    /// week.
    TypicalDay,
    /// For each forecast day the rule that did best of late.
    BestSimple,
}

impl<'m> Candidate<'m> {
    /// Networks, all rules, the typical day, and the best of the rules.
    pub fn all(networks: &'m [Model<'m>]) -> Vec<Self> {
        let rules = Simple::ALL.into_iter().map(Self::Simple);
        let others = [Self::TypicalDay, Self::BestSimple];
        networks.iter().map(Self::Network).chain(rules).chain(others).collect()
    }

    /// What tables and JSON call it.
    #[must_use]
    pub fn name(&self) -> &'m str {
        match self {
            Self::Network(model) | Self::DayAhead(model, _) => {
                model.value("name").unwrap_or("model")
            }
            Self::Simple(rule) => rule_name(*rule),
            Self::TypicalDay => "typical-day",
            Self::BestSimple => "best-simple",
        }
    }

    /// The network that is asked about a grid, where it is one.
    pub(crate) fn network(&self, grid: &Grid, from: Hour) -> Option<&'m Model<'m>> {
        match self {
            Self::Network(model) => Some(model),
            Self::DayAhead(told, _) if grid.has_day_ahead_at(from) => Some(told),
            Self::DayAhead(_, other) => Some(other),
            _ => None,
        }
    }

    /// All windows of one grid, one after the other.
    pub(super) fn replay(
        &self,
        grid: &Grid,
        windows: Windows,
        done: &(dyn Fn(u64) + Sync),
    ) -> Result<Vec<Quantiles>, ForecastError> {
        let (series, offset_hours) = (grid.series(), grid.offset_hours());
        let mut follower = self.network(grid, windows.from()).map(|model| {
            let new = Follower::new(model, series, grid.code(), offset_hours, windows.from());
            match grid.told(model.kind(), windows.from()) {
                Some(told) => new.with_told(told),
                None => new,
            }
        });
        let mut told = vec![Quantiles::default(); windows.count() * windows.horizon()];
        for (issue, out) in windows.issues().zip(told.chunks_mut(windows.horizon().max(1))) {
            match (self, &mut follower) {
                (Self::Simple(rule), _) => {
                    ask_rule(&mut { *rule }, series, offset_hours, issue, out)?;
                }
                (Self::TypicalDay, _) => {
                    let mut profile = grid.typical_day(issue);
                    ask_rule(&mut profile, series, offset_hours, issue, out)?;
                }
                (_, Some(follower)) => {
                    follower.ask(issue, out)?;
                }
                (_, None) => ask_rule(&mut BestSimple, series, offset_hours, issue, out)?,
            }
            done(1);
        }
        Ok(told)
    }
}

/// What tables and JSON call a rule.
pub(crate) fn rule_name(rule: Simple) -> &'static str {
    match rule {
        Simple::Persistence => "persistence",
        Simple::Yesterday => "yesterday",
        Simple::LastWeek => "last-week",
        Simple::WeeklyProfile => "weekly-profile",
    }
}
