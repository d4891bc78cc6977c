//! Carbon intensity as JSON: the UK Carbon Intensity API and WattTime.

use serde::Deserialize;
use serde_json::Number;
use wattcast_core::units::Basis;

use super::number::{Unit, intensity, moment};
use super::{HistoryError, Point, ReadOptions};

#[derive(Deserialize)]
struct Answer {
    data: Vec<Entry>,
}

/// An entry of either provider; each field is missing in the other.
#[derive(Deserialize)]
struct Entry {
    from: Option<String>,
    intensity: Option<UkIntensity>,
    point_time: Option<String>,
    value: Option<Number>,
}

#[derive(Deserialize)]
struct UkIntensity {
    actual: Option<Number>,
    forecast: Option<Number>,
}

/// Parses the answer of either provider.
pub(super) fn parse(
    file: &str,
    text: &str,
    options: &ReadOptions,
) -> Result<(Basis, Vec<Point>), HistoryError> {
    let answer: Answer = serde_json::from_str(text).map_err(|e| HistoryError::Shape {
        file: file.into(),
        reason: format!("line {}: {e}", e.line()),
    })?;
    let marginal = answer.data.first().is_some_and(|entry| entry.point_time.is_some());
    let mut points = Vec::with_capacity(answer.data.len());
    for (index, entry) in (1u64..).zip(&answer.data) {
        let point = entry.point(options).map_err(|reason| HistoryError::Row {
            file: file.into(),
            line: index,
            reason: format!("entry {index} of `data`: {reason}"),
        })?;
        points.extend(point);
    }
    Ok((if marginal { Basis::Marginal } else { Basis::Direct }, points))
}

impl Entry {
    fn point(&self, options: &ReadOptions) -> Result<Option<Point>, String> {
        let (time, value, unit) = match (&self.point_time, &self.from) {
            (Some(time), _) => (time, self.value.as_ref(), Unit::PoundPerMwh),
            (None, Some(time)) => {
                let value = self.intensity.as_ref();
                let value = value.and_then(|i| i.actual.as_ref().or(i.forecast.as_ref()));
                (time, value, Unit::GramPerKwh)
            }
            (None, None) => return Err("neither `from` nor `point_time`".into()),
        };
        let start = moment(time, &options.time_zone)?;
        value.map(|v| Ok(Point { start, intensity: intensity(&v.to_string(), unit)? })).transpose()
    }
}
