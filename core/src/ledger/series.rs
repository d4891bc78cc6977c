//! Values that hold from one moment of UTC to the next.

use core::fmt;

use crate::units::{CarbonIntensity, Price, Utc};

/// What holds at a moment, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<V> {
    /// The value, `None` where none is known.
    pub value: Option<V>,
    /// The first moment at which another step begins, later than the one asked
    /// for; `None` where none does.
    pub until: Option<Utc>,
}

/// Values over UTC that change in steps: carbon intensity by the hour, a
/// tariff by the time of day.
pub trait StepSeries<V> {
    /// The step in which `at` lies.
    fn step_at(&self, at: Utc) -> Step<V>;

    /// The value, where it is the same at all times: it prices energy whose
    /// time is not known.
    fn constant(&self) -> Option<V> {
        None
    }
}

/// Carbon intensity in steps.
pub type IntensitySeries<'a> = Series<'a, CarbonIntensity>;
/// Prices in steps.
pub type PriceSeries<'a> = Series<'a, Price>;

/// One value at all times: a yearly emission factor, a flat tariff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constant<V>(pub V);

impl<V: Copy> StepSeries<V> for Constant<V> {
    fn step_at(&self, _: Utc) -> Step<V> {
        Step { value: Some(self.0), until: None }
    }

    fn constant(&self) -> Option<V> {
        Some(self.0)
    }
}

/// Steps from a slice: each value holds from its moment to that of the next,
/// the last one to the end of the series. Outside, no value is known.
///
/// ```
/// use wattcast_core::ledger::{Series, StepSeries};
/// use wattcast_core::units::{CarbonIntensity, Utc};
///
/// let gram = |g: u32| CarbonIntensity::from_mg_per_kwh(g * 1_000);
/// let hours = [(Utc::from_us(0), gram(50)), (Utc::from_us(3_600_000_000), gram(400))];
/// let series = Series::new(&hours, None).unwrap();
/// let step = series.step_at(Utc::from_us(1));
/// assert_eq!(step.value, Some(gram(50)));
/// assert_eq!(step.until, Some(Utc::from_us(3_600_000_000)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Series<'a, V> {
    steps: &'a [(Utc, V)],
    end: Option<Utc>,
}

impl<'a, V> Series<'a, V> {
    /// From steps in order of time. The last one holds until `end`, or for
    /// ever.
    ///
    /// # Errors
    ///
    /// [`SeriesError`] where a step does not lie after the one before it, or
    /// `end` not after the last.
    pub fn new(steps: &'a [(Utc, V)], end: Option<Utc>) -> Result<Self, SeriesError> {
        let pairs = steps.iter().zip(steps.iter().skip(1));
        if let Some(before) = pairs.into_iter().position(|(one, next)| next.0 <= one.0) {
            return Err(SeriesError { index: before + 1 });
        }
        if let (Some(last), Some(end)) = (steps.last(), end)
            && end <= last.0
        {
            return Err(SeriesError { index: steps.len() });
        }
        Ok(Self { steps, end })
    }
}

impl<V: Copy> StepSeries<V> for Series<'_, V> {
    fn step_at(&self, at: Utc) -> Step<V> {
        let next = self.steps.partition_point(|step| step.0 <= at);
        let value = next.checked_sub(1).and_then(|index| self.steps.get(index)).map(|step| step.1);
        match self.end {
            Some(end) if at >= end => Step { value: None, until: None },
            end => Step { value, until: self.steps.get(next).map(|step| step.0).or(end) },
        }
    }
}

/// A step that does not lie after the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesError {
    /// Which one, from 0; the number of steps where it is the end.
    pub index: usize,
}

impl fmt::Display for SeriesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} does not lie after the one before it; sort by time", self.index)
    }
}

impl core::error::Error for SeriesError {}
