//! What a network loses by its integers: the same windows, asked in both.

use serde::Serialize;
use wattcast_core::forecast::{Features, ForecastError, HORIZON, Hour, Model, Quantiles};

use super::{FloatHour, FloatNetwork, each_told};
use crate::backtest::{Grid, Windows};

/// Integers beside floats over all windows of some grids, both without the
/// record of the grid. `NaN`, in JSON `null`, where nothing is left to count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Windows in which both were asked.
    pub windows: usize,
    /// Hours that were held against what came.
    pub hours: usize,
    /// Error of the integers' median, mean of the share of what came.
    pub mape_pct_integers: f64,
    /// The same of the floats.
    pub mape_pct_float: f64,
    /// The first less the second: what the integers cost, in points.
    pub loss_points: f64,
    /// By how much the two differ, over all three quantiles, as a share of the
    /// mean of the last week.
    pub mean_difference_pct: f64,
    /// The same at its largest.
    pub most_difference_pct: f64,
}

/// Asks integers and floats about every window.
///
/// # Errors
/// [`ForecastError::NoHistory`] where a grid has no reading before its first
/// window.
pub fn compare(
    integers: &Model<'_>,
    float: &FloatNetwork,
    grids: &[Grid],
    windows: Windows,
) -> Result<Comparison, ForecastError> {
    let mut ask = |features: &Features<'_>| float.answer(&float.inputs(features));
    compare_with(integers, &mut ask, grids, windows)
}

/// The same with any other float evaluation of the network.
///
/// # Errors
/// As [`compare`].
pub fn compare_with(
    integers: &Model<'_>,
    float: &mut dyn FnMut(&Features<'_>) -> Vec<FloatHour>,
    grids: &[Grid],
    windows: Windows,
) -> Result<Comparison, ForecastError> {
    let mut scratch = vec![0; integers.scratch_words()];
    let mut sums = Sums::default();
    for grid in grids {
        let mut failed = None;
        each_told(grid, integers.kind(), windows, &mut |hour, features| {
            let mut told = [Quantiles::default(); HORIZON];
            if let Err(error) = features.ask(integers, &mut scratch, &mut told) {
                failed = Some(error);
                return;
            }
            sums.add(grid, hour, features, &told, &float(features), windows.horizon());
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
    }
    Ok(sums.finish())
}

#[derive(Default)]
struct Sums {
    windows: usize,
    hours: u32,
    integers: f64,
    float: f64,
    compared: u32,
    difference: f64,
    most: f64,
}

impl Sums {
    fn add(
        &mut self,
        grid: &Grid,
        issue: Hour,
        features: &Features<'_>,
        told: &[Quantiles],
        float: &[FloatHour],
        horizon: usize,
    ) {
        self.windows += 1;
        let [level, scale] = features.level_and_scale_mg().map(whole);
        for ((ahead, told), float) in (0..).zip(told).zip(float).take(horizon) {
            let at = |deviations: f64| (level + scale * deviations).max(0.0);
            let [low, middle, high] =
                [float.point - float.below, float.point, float.point + float.above].map(at);
            let told = [told.p10(), told.p50(), told.p90()];
            let [p10, p50, p90] = told.map(|value| f64::from(value.as_mg_per_kwh()));
            for difference in [p10 - low, p50 - middle, p90 - high] {
                let share = difference.abs() / level;
                self.compared += 1;
                self.difference += share;
                self.most = self.most.max(share);
            }
            let came = grid.series().value(issue.later(ahead));
            let Some(came) = came.map(|v| f64::from(v.as_mg_per_kwh())).filter(|v| *v > 0.0) else {
                continue;
            };
            self.hours += 1;
            self.integers += (p50 - came).abs() / came;
            self.float += (middle - came).abs() / came;
        }
    }

    fn finish(&self) -> Comparison {
        let of_hours = |sum: f64| 100.0 * sum / f64::from(self.hours);
        let (integers, float) = (of_hours(self.integers), of_hours(self.float));
        Comparison {
            windows: self.windows,
            hours: usize::try_from(self.hours).unwrap_or(usize::MAX),
            mape_pct_integers: integers,
            mape_pct_float: float,
            loss_points: integers - float,
            mean_difference_pct: 100.0 * self.difference / f64::from(self.compared),
            most_difference_pct: 100.0 * self.most,
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "an intensity in mg/kWh is far below 2^53")]
fn whole(mg: i64) -> f64 {
    mg as f64
}
