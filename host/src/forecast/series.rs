//! Slots of any length as whole hours.

use wattcast_core::forecast::{self, Hour, Reading};
use wattcast_core::units::{CarbonIntensity, US_PER_HOUR};

use crate::intensity::History;

/// One reading per hour, from the first to the last slot of a history.
///
/// ```
/// use wattcast::forecast::Series;
/// use wattcast::intensity::{History, ReadOptions};
///
/// let csv = "2024-01-01T00:00Z,100\n2024-01-01T00:30Z,200\n2024-01-01T01:00Z,90\n";
/// let series = Series::of(&History::parse("a.csv", csv, &ReadOptions::default())?);
/// let first = series.start();
/// assert_eq!(series.value(first).map(|v| v.as_mg_per_kwh()), Some(150_000));
/// assert_eq!(series.end(), first.later(2));
/// # Ok::<(), wattcast::intensity::HistoryError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Series {
    start: Hour,
    readings: Vec<Reading>,
}

impl Series {
    /// The mean of the slots that begin in an hour; a slot longer than an hour
    /// holds for all that it covers.
    #[must_use]
    pub fn of(history: &History) -> Self {
        let points = history.points();
        let covered = u32::try_from(history.slot_us() / US_PER_HOUR).unwrap_or(1).max(1);
        let hour_of = |point: &crate::intensity::Point| Hour::containing(point.start);
        let start = points.first().map_or(Hour::from_hours(0), hour_of);
        let end = points.last().map_or(start, hour_of).later(covered);
        let hours = end.as_hours() - start.as_hours();
        let mut sums = vec![(0_u64, 0_u64); usize::try_from(hours).unwrap_or(0)];
        for point in points {
            let first = hour_of(point).as_hours() - start.as_hours();
            let first = usize::try_from(first).unwrap_or(usize::MAX);
            let covered = usize::try_from(covered).unwrap_or(1);
            for (sum, count) in sums.iter_mut().skip(first).take(covered) {
                *sum += u64::from(point.intensity.as_mg_per_kwh());
                *count += 1;
            }
        }
        let reading = |(sum, count): (u64, u64)| {
            let mean = (sum + count / 2).checked_div(count);
            let mean = mean.and_then(|mg| u32::try_from(mg).ok());
            Reading::from(mean.map(CarbonIntensity::from_mg_per_kwh))
        };
        Self { start, readings: sums.into_iter().map(reading).collect() }
    }

    /// The first hour.
    #[must_use]
    pub fn start(&self) -> Hour {
        self.start
    }

    /// The hour after the last one.
    #[must_use]
    pub fn end(&self) -> Hour {
        self.start.later(u32::try_from(self.readings.len()).unwrap_or(u32::MAX))
    }

    /// The intensity of an hour; `None` where it is missing or outside.
    #[must_use]
    pub fn value(&self, hour: Hour) -> Option<CarbonIntensity> {
        let at = hour.as_hours().checked_sub(self.start.as_hours())?;
        self.readings.get(usize::try_from(at).ok()?)?.known()
    }

    /// At most `most` hours, all of them before `hour`.
    #[must_use]
    pub fn before(&self, hour: Hour, most: usize) -> forecast::History<'_> {
        let end = hour.min(self.end());
        let held = end.as_hours().saturating_sub(self.start.as_hours());
        let held = usize::try_from(held).unwrap_or(usize::MAX).min(self.readings.len());
        let known = self.readings.get(held.saturating_sub(most)..held).unwrap_or_default();
        forecast::History::new(end, known)
    }
}
