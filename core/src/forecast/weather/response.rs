//! How a grid answers to the weather and to weekends, learned day by day: a
//! ridge regression of the intensity's distance from the usual on that of them.

use super::{LARGEST, VARIABLES, Variables, WeatherSeries};
use crate::forecast::history::View;
use crate::forecast::{History, Hour, Issue};

const DAY: u32 = 24;
const WEEK: u32 = 168;
/// What stands against any effect at all.
const PRIOR: i64 = 10 << 22;
const SWEEPS: usize = 8;
/// The intensity's distance from the usual is a share of its level in Q14, at
/// most four times the level.
const LEVEL_BITS: u32 = 14;
const MOST_DISTANCE: i64 = 4 << LEVEL_BITS;
/// Coefficients have 16 fraction bits, at most 4.
pub(in crate::forecast) const SHARE_SHIFT: u32 = 16;
const MOST_COEFFICIENT: i64 = 4 << SHARE_SHIFT;
/// From a moment (Q11 × Q14) to a gram (Q11 × Q11) times a coefficient (Q16).
const MOMENT_SHIFT: u32 = SHARE_SHIFT + 22 - 11 - LEVEL_BITS;

/// By variable, the change of the intensity as a share of its level; Q16.
pub(in crate::forecast) type Coefficients = [i64; VARIABLES];

/// What one grid's past teaches about its answer to the weather: how much
/// cleaner wind makes it, how much dirtier cold. A forecaster that is lent one
/// learns each day once, at the first forecast after it has ended.
///
/// It knows nothing at first, and the forecast is then little better than
/// without weather; twenty days of history are a fair start, and it keeps
/// gaining for half a year. One that has learned a day must not serve a
/// forecast of an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    gram: [[i64; VARIABLES]; VARIABLES],
    moment: [i64; VARIABLES],
    coefficients: Coefficients,
    learned: Option<Hour>,
    days: u32,
}

impl Response {
    /// Knows nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The days that it has learned from.
    #[must_use]
    pub const fn days(&self) -> u32 {
        self.days
    }

    pub(in crate::forecast) const fn coefficients(&self) -> Coefficients {
        self.coefficients
    }

    /// Learns from every day that has ended by `issue`, that it has not seen yet
    /// and that `history` and `weather` hold together with the week before. A
    /// day that ends in a run of equal values (a sensor that stands still)
    /// teaches nothing.
    pub fn learn(&mut self, history: &History<'_>, weather: &WeatherSeries<'_>, issue: Issue) {
        let last = issue.hour().min(history.end());
        let held = u32::try_from(history.len()).unwrap_or(u32::MAX);
        let first = history.end().earlier(held).max(weather.start).later(WEEK + DAY);
        let next = self.learned.map_or(first, |learned| learned.later(DAY).max(first));
        let days = next.as_hours().div_ceil(DAY)..=last.as_hours() / DAY;
        for midnight in days.map(|day| Hour::from_hours(day * DAY)) {
            let issue = issue.at(midnight);
            let Ok(view) = View::new(history, issue) else { continue };
            let enough = view.length() >= (WEEK + DAY) as usize;
            if enough && !view.is_stuck() && weather.serves_the_week(midnight) {
                self.add_day(&view, weather, issue);
                self.days = self.days.saturating_add(1);
            }
            self.learned = Some(midnight);
        }
    }

    fn add_day(&mut self, view: &View<'_>, weather: &WeatherSeries<'_>, midnight: Issue) {
        // Hours are counted back from midnight: the day lies in 24..=1, the
        // week before it in 192..=25.
        let intensity = |back: u32| i64::from(view.filled(back as usize));
        let level = (DAY + 1..=DAY + WEEK).map(intensity).sum::<i64>() / i64::from(WEEK);
        let told = |back: u32| weather.variables(midnight, -i64::from(back));
        let (forget_shift, eighths) = weather.lesson();
        for (row, forget) in self.gram.iter_mut().zip(self.moment.iter_mut()) {
            for sum in row.iter_mut().chain([forget]) {
                *sum -= *sum >> forget_shift;
            }
        }
        let lesson = |back: u32| {
            let week = (1..=7).map(|day| back + day * DAY);
            let usual = week.clone().map(intensity).sum::<i64>() / 7;
            let distance = (intensity(back) - usual) * (1 << LEVEL_BITS);
            let distance = distance.div_euclid(level.max(1)).clamp(-MOST_DISTANCE, MOST_DISTANCE);
            (unusual(told(back), week.map(told)), distance)
        };
        let (mut shared, mut shared_distance) = ([0; VARIABLES], 0);
        if eighths > 0 {
            for (unusual, distance) in (1..=DAY).map(lesson) {
                shared.iter_mut().zip(unusual).for_each(|(sum, one)| *sum += one);
                shared_distance += distance;
            }
            let part = |sum: i64| (sum * eighths).div_euclid(8 * i64::from(DAY));
            (shared, shared_distance) = (shared.map(part), part(shared_distance));
        }
        for (mut unusual, distance) in (1..=DAY).rev().map(lesson) {
            unusual.iter_mut().zip(shared).for_each(|(one, shared)| *one -= shared);
            let distance = distance - shared_distance;
            let sums = self.gram.iter_mut().zip(self.moment.iter_mut());
            for ((row, moment), one) in sums.zip(unusual) {
                *moment += one * distance;
                for (sum, other) in row.iter_mut().zip(unusual) {
                    *sum += one * other;
                }
            }
        }
        self.solve();
    }

    /// A few Gauss-Seidel sweeps over `(gram + PRIOR) b = moment`.
    fn solve(&mut self) {
        for _ in 0..SWEEPS {
            for (i, (row, moment)) in self.gram.iter().zip(self.moment).enumerate() {
                let (Some(&own), Some(&before)) = (row.get(i), self.coefficients.get(i)) else {
                    continue;
                };
                let explained: i64 = row.iter().zip(self.coefficients).map(|(g, b)| g * b).sum();
                let rest = moment * (1 << MOMENT_SHIFT) - explained + own * before;
                let divisor = own + PRIOR;
                let found = (rest + divisor / 2).div_euclid(divisor);
                if let Some(slot) = self.coefficients.get_mut(i) {
                    *slot = found.clamp(-MOST_COEFFICIENT, MOST_COEFFICIENT);
                }
            }
        }
    }
}

/// How far the variables lie from their mean over seven days.
fn unusual(told: Variables, week: impl Iterator<Item = Variables>) -> [i64; VARIABLES] {
    let mut sums = [0_i64; VARIABLES];
    for day in week {
        for (sum, value) in sums.iter_mut().zip(day) {
            *sum += i64::from(value);
        }
    }
    let mut rest = told.into_iter();
    sums.map(|sum| {
        let value = i64::from(rest.next().unwrap_or(0));
        (value - sum.div_euclid(7)).clamp(-LARGEST, LARGEST)
    })
}
