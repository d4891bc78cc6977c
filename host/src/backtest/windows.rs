//! When forecasts are made and how far they look.

use wattcast_core::forecast::{HORIZON, Hour};

/// Forecasts from the first hour on, one every so many hours, as long as all
/// their hours lie before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    from: Hour,
    to: Hour,
    every_hours: u32,
    horizon: u32,
}

impl Windows {
    /// `every_hours` at least 1, `horizon` 1 to 96 hours; `None` outside that.
    #[must_use]
    pub fn new(from: Hour, to: Hour, every_hours: u32, horizon: u32) -> Option<Self> {
        let most = u32::try_from(HORIZON).unwrap_or(u32::MAX);
        let possible = every_hours > 0 && (1..=most).contains(&horizon);
        possible.then_some(Self { from, to, every_hours, horizon })
    }

    /// The first hour of each window.
    pub fn issues(self) -> impl Iterator<Item = Hour> {
        let end = self.to.as_hours().saturating_sub(self.horizon.saturating_sub(1));
        let step = usize::try_from(self.every_hours).unwrap_or(usize::MAX);
        (self.from.as_hours()..end).step_by(step).map(Hour::from_hours)
    }

    /// The number of windows.
    #[must_use]
    pub fn count(self) -> usize {
        self.issues().count()
    }

    /// Hours of a window.
    #[must_use]
    pub fn horizon(self) -> usize {
        usize::try_from(self.horizon).unwrap_or(0)
    }

    /// The first issue.
    #[must_use]
    pub fn from(self) -> Hour {
        self.from
    }

    /// The hour after the last one that is looked at.
    #[must_use]
    pub fn to(self) -> Hour {
        self.to
    }

    /// Hours from one issue to the next.
    #[must_use]
    pub fn every_hours(self) -> u32 {
        self.every_hours
    }
}
