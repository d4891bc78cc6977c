//! The history as seen from the hour of issue: holes filled, a stuck sensor
//! taken out, what is too young repeated.

use super::{History, Reading, STUCK_HOURS};
use crate::forecast::{ForecastError, Issue, Notes};

/// Hours of one week.
const WEEK: usize = 168;
/// Hours that the forecasters look back.
pub(in crate::forecast) const MEMORY: usize = 672;

/// One history at one hour of issue. Hours are counted back from the issue:
/// 1 is the hour just before it.
#[derive(Clone, Copy, Debug)]
pub(in crate::forecast) struct View<'a> {
    history: History<'a>,
    /// Place of the first known reading.
    first: usize,
    /// Place of the hour of issue.
    issue: usize,
    /// From here on nothing is believed: the end of the history, or the second
    /// hour of a stuck sensor.
    believed: usize,
}

impl<'a> View<'a> {
    /// # Errors
    /// [`ForecastError::NoHistory`] where no reading lies before the issue.
    pub(in crate::forecast) fn new(
        history: &History<'a>,
        issue: Issue,
    ) -> Result<Self, ForecastError> {
        let held = history.len();
        let hour = i64::from(issue.hour().as_hours());
        let behind = hour - i64::from(history.end().as_hours());
        let issue = i64::try_from(held).unwrap_or(i64::MAX).saturating_add(behind);
        let issue = usize::try_from(issue).map_err(|_| ForecastError::NoHistory)?;
        let end = held.min(issue);
        let first = (0..end)
            .find(|&at| history.reading(at).known().is_some())
            .ok_or(ForecastError::NoHistory)?;
        let mut view = Self { history: *history, first, issue, believed: end };
        let stuck = view.equal_at_the_end();
        if stuck >= STUCK_HOURS as usize {
            let newest = view.newest();
            view.believed = (newest + 2).saturating_sub(stuck);
        }
        Ok(view)
    }

    /// Place of the newest reading before `believed`.
    fn newest(&self) -> usize {
        (self.first..self.believed).rev().find(|&at| self.known_at(at).is_some()).unwrap_or(0)
    }

    /// How many hours in a row, up to the newest reading, hold its value. A
    /// hole ends the run.
    fn equal_at_the_end(&self) -> usize {
        let newest = self.newest();
        let value = self.known_at(newest);
        (self.first..=newest).rev().take_while(|&at| self.known_at(at) == value).count()
    }

    fn known_at(&self, at: usize) -> Option<u32> {
        if at >= self.believed {
            return None;
        }
        self.history.reading(at).known().map(|value| value.as_mg_per_kwh())
    }

    /// mg/kWh at a place not before `first`: where it is missing the value of
    /// the day before, else of the hour before.
    fn filled_at(&self, mut at: usize) -> u32 {
        loop {
            if let Some(value) = self.known_at(at) {
                return value;
            }
            // From behind the last believed reading by all its days at once:
            // a history may end years before the issue.
            let days = (at.saturating_sub(self.believed) / 24 + 1).min((at - self.first) / 24);
            let back = if days > 0 { 24 * days } else { 1 };
            if at < self.first + back {
                return 0;
            }
            at -= back;
        }
    }

    /// Whether a sensor stands still at the end.
    pub(in crate::forecast) fn is_stuck(&self) -> bool {
        self.believed < self.history.len().min(self.issue)
    }

    /// Hours from the first reading to the issue.
    pub(in crate::forecast) fn length(&self) -> usize {
        self.issue - self.first
    }

    /// mg/kWh `hours` before the issue as it was received.
    pub(in crate::forecast) fn known(&self, hours: usize) -> Option<u32> {
        self.issue
            .checked_sub(hours)
            .filter(|&at| at >= self.first)
            .and_then(|at| self.known_at(at))
    }

    /// mg/kWh `hours` before the issue, holes filled. Before the first reading
    /// its first week repeats backwards (its first day or hour, where there is
    /// no more).
    pub(in crate::forecast) fn filled(&self, hours: usize) -> u32 {
        let at = match self.issue.checked_sub(hours) {
            Some(at) if at >= self.first => at,
            _ => {
                let period = [WEEK, 24, 1].into_iter().find(|&p| p <= self.length()).unwrap_or(1);
                let before = (self.first + hours).saturating_sub(self.issue);
                // What is left of a period.
                let behind = before.checked_rem(period).unwrap_or(0);
                self.first + if behind == 0 { 0 } else { period - behind }
            }
        };
        self.filled_at(at)
    }

    /// The last so many hours as [`View::filled`] has them, oldest first.
    pub(in crate::forecast) fn each(&self, hours: usize, mut take: impl FnMut(u32)) {
        // What lies in one slice and is believed is read as it lies there.
        let mut run = [].iter();
        let mut back = hours;
        while back > 0 {
            let mut reading: Option<&Reading> = run.next();
            if reading.is_none() {
                let at = self.issue.checked_sub(back).filter(|&at| at >= self.first);
                run = at.map_or([].iter(), |at| self.history.run(at, self.believed).iter());
                reading = run.next();
            }
            let known = reading.and_then(|reading| reading.known());
            take(known.map_or_else(|| self.filled(back), |value| value.as_mg_per_kwh()));
            back -= 1;
        }
    }

    /// What the reader of a forecast should know about the history.
    pub(in crate::forecast) fn notes(&self) -> Notes {
        let count = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        let end = self.history.len().min(self.issue);
        let hidden = (self.believed..end).filter(|&at| self.history.reading(at).known().is_some());
        let recent = self.issue.saturating_sub(WEEK).max(self.first)..self.issue;
        let stuck = hidden.count();
        Notes {
            history_hours: count(self.length()),
            filled_hours: count(recent.filter(|&at| self.known_at(at).is_none()).count()),
            stale_hours: count(self.issue - 1 - self.newest()),
            stuck_hours: if stuck == 0 { 0 } else { count(stuck + 1) },
            ..Notes::default()
        }
    }
}
