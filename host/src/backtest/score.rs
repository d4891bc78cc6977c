//! Errors, ranges and decisions, counted.

use serde::Serialize;
use wattcast_core::forecast::Quantiles;
use wattcast_core::units::CarbonIntensity;

const DAY: usize = 24;
/// A job of so many hours is to be placed within a day.
const JOB_HOURS: usize = 4;

/// How well a forecaster did. Intensities in gCO2e/kWh, shares in %. Hours of
/// which the value is not known are left out, and hours at zero where an error
/// is divided by the value. A field is `NaN`, in JSON `null`, where nothing is
/// left to count.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// Forecasts made.
    pub windows: usize,
    /// Mean absolute error of the median.
    pub mae: f64,
    /// Mean of the error divided by the value.
    pub mape_pct: f64,
    /// Mean quantile loss of the 10 %, 50 % and 90 % quantile.
    pub pinball: f64,
    /// Share of hours between the 10 % and the 90 % quantile; 80 would be right.
    pub coverage_80_pct: f64,
    /// Of what a job of four hours, which may be split, can save against the
    /// mean of the first 24 hours: the share that placing it by the mean
    /// of the forecast saves. `NaN` where windows are shorter than a day.
    pub decision_saving_pct: f64,
    /// By day of the forecast.
    pub mae_by_day: Vec<f64>,
    /// By day of the forecast.
    pub mape_pct_by_day: Vec<f64>,
    /// By day of the forecast.
    pub pinball_by_day: Vec<f64>,
    /// By day of the forecast.
    pub coverage_80_pct_by_day: Vec<f64>,
    /// By hour of the forecast.
    pub mae_by_horizon: Vec<f64>,
    /// By hour of the forecast.
    pub mape_pct_by_horizon: Vec<f64>,
    /// By hour of the forecast.
    pub pinball_by_horizon: Vec<f64>,
    /// By hour of the forecast.
    pub coverage_80_pct_by_horizon: Vec<f64>,
}

impl Scores {
    /// The mean over grids, each counting alike; `None` of none.
    #[must_use]
    pub fn mean(all: &[Self]) -> Option<Self> {
        let first = all.first()?;
        let one = |of: fn(&Self) -> f64| mean(all.iter().map(of));
        let many = |of: fn(&Self) -> &Vec<f64>| -> Vec<f64> {
            let nth = |at: usize| mean(all.iter().filter_map(|s| of(s).get(at).copied()));
            (0..of(first).len()).map(nth).collect()
        };
        Some(Self {
            windows: all.iter().map(|s| s.windows).sum(),
            mae: one(|s| s.mae),
            mape_pct: one(|s| s.mape_pct),
            pinball: one(|s| s.pinball),
            coverage_80_pct: one(|s| s.coverage_80_pct),
            decision_saving_pct: one(|s| s.decision_saving_pct),
            mae_by_day: many(|s| &s.mae_by_day),
            mape_pct_by_day: many(|s| &s.mape_pct_by_day),
            pinball_by_day: many(|s| &s.pinball_by_day),
            coverage_80_pct_by_day: many(|s| &s.coverage_80_pct_by_day),
            mae_by_horizon: many(|s| &s.mae_by_horizon),
            mape_pct_by_horizon: many(|s| &s.mape_pct_by_horizon),
            pinball_by_horizon: many(|s| &s.pinball_by_horizon),
            coverage_80_pct_by_horizon: many(|s| &s.coverage_80_pct_by_horizon),
        })
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), v| (sum + v, count + 1));
    sum / f64::from(count)
}

/// Of one hour of the forecast, over all windows; in mg/kWh.
#[derive(Clone, Copy, Debug, Default)]
struct Hour {
    known: u64,
    error: u64,
    above_zero: u64,
    relative: f64,
    tenths_of_pinball: u64,
    inside: u64,
}

impl Hour {
    fn add(&mut self, told: Quantiles, actual: CarbonIntensity) {
        let mg = |value: CarbonIntensity| u64::from(value.as_mg_per_kwh());
        let actual = mg(actual);
        let error = mg(told.p50()).abs_diff(actual);
        self.known += 1;
        self.error += error;
        if actual > 0 {
            self.above_zero += 1;
            self.relative += precise(error) / precise(actual);
        }
        let loss = |quantile: CarbonIntensity, tenths: u64| {
            let weight = if actual >= mg(quantile) { tenths } else { 10 - tenths };
            mg(quantile).abs_diff(actual) * weight
        };
        self.tenths_of_pinball += loss(told.p10(), 1) + loss(told.p50(), 5) + loss(told.p90(), 9);
        self.inside += u64::from((mg(told.p10())..=mg(told.p90())).contains(&actual));
    }

    fn sum(hours: &[Self]) -> Self {
        hours.iter().fold(Self::default(), |sum, hour| Self {
            known: sum.known + hour.known,
            error: sum.error + hour.error,
            above_zero: sum.above_zero + hour.above_zero,
            relative: sum.relative + hour.relative,
            tenths_of_pinball: sum.tenths_of_pinball + hour.tenths_of_pinball,
            inside: sum.inside + hour.inside,
        })
    }

    fn mae(&self) -> f64 {
        precise(self.error) / precise(self.known) / 1e3
    }

    fn mape_pct(&self) -> f64 {
        self.relative / precise(self.above_zero) * 100.0
    }

    fn pinball(&self) -> f64 {
        precise(self.tenths_of_pinball) / precise(self.known) / 30e3
    }

    fn coverage_pct(&self) -> f64 {
        precise(self.inside) / precise(self.known) * 100.0
    }
}

/// Sums stay far below 2^53.
#[allow(clippy::cast_precision_loss, reason = "scores are for people to read")]
fn precise(count: u64) -> f64 {
    count as f64
}

/// Sums on the way to [`Scores`].
#[derive(Clone, Debug)]
pub(super) struct Sums {
    windows: usize,
    hours: Vec<Hour>,
    saved: f64,
    possible: f64,
}

impl Sums {
    pub(super) fn new(horizon: usize) -> Self {
        Self { windows: 0, hours: vec![Hour::default(); horizon], saved: 0.0, possible: 0.0 }
    }

    pub(super) fn add(&mut self, window: &[(Quantiles, Option<CarbonIntensity>)]) {
        self.windows += 1;
        for (sums, (told, actual)) in self.hours.iter_mut().zip(window) {
            if let Some(actual) = actual {
                sums.add(*told, *actual);
            }
        }
        let day: Option<Vec<(u32, u32)>> = window
            .iter()
            .take(self.hours.len())
            .take(DAY)
            .map(|(told, actual)| Some((told.mean().as_mg_per_kwh(), (*actual)?.as_mg_per_kwh())))
            .collect();
        if let Some(mut day) = day.filter(|day| day.len() == DAY) {
            let total = |hours: &[(u32, u32)]| hours.iter().map(|h| f64::from(h.1)).sum::<f64>();
            let cleanest = |day: &[(u32, u32)]| total(day.get(..JOB_HOURS).unwrap_or_default());
            // What the job would emit if it ran at any hour of the day alike.
            let share = precise(JOB_HOURS as u64) / precise(DAY as u64);
            let unplaced = total(&day) * share;
            day.sort_by_key(|hour| hour.0);
            self.saved += unplaced - cleanest(&day);
            day.sort_by_key(|hour| hour.1);
            self.possible += unplaced - cleanest(&day);
        }
    }

    pub(super) fn finish(&self) -> Scores {
        let all = Hour::sum(&self.hours);
        let days: Vec<Hour> = self.hours.chunks(DAY).map(Hour::sum).collect();
        let each = |of: &[Hour], score: fn(&Hour) -> f64| of.iter().map(score).collect();
        Scores {
            windows: self.windows,
            mae: all.mae(),
            mape_pct: all.mape_pct(),
            pinball: all.pinball(),
            coverage_80_pct: all.coverage_pct(),
            decision_saving_pct: self.saved / self.possible * 100.0,
            mae_by_day: each(&days, Hour::mae),
            mape_pct_by_day: each(&days, Hour::mape_pct),
            pinball_by_day: each(&days, Hour::pinball),
            coverage_80_pct_by_day: each(&days, Hour::coverage_pct),
            mae_by_horizon: each(&self.hours, Hour::mae),
            mape_pct_by_horizon: each(&self.hours, Hour::mape_pct),
            pinball_by_horizon: each(&self.hours, Hour::pinball),
            coverage_80_pct_by_horizon: each(&self.hours, Hour::coverage_pct),
        }
    }
}
