//! Sums over the last four weeks: at most 672 distances of 17 bits, in 32.

use super::{BASES, clamp16};
use crate::forecast::history::MEMORY;

const DAY: usize = 24;
const DAYS: usize = MEMORY / DAY;
const WEEK: usize = 168;

fn wide(value: &i16) -> i32 {
    i32::from(*value)
}

/// Rounded down.
fn share(sum: i32, count: i32) -> i16 {
    short(sum.checked_div_euclid(count).unwrap_or(0))
}

fn short(value: i32) -> i16 {
    clamp16(value.into())
}

fn mean_of<'a>(values: impl Iterator<Item = &'a i16>, count: i32) -> i16 {
    share(values.map(wide).sum(), count)
}

/// Value at a place, 0 is the oldest hour.
fn at(memory: &[i16; MEMORY], place: usize) -> i32 {
    memory.get(place).map_or(0, wide)
}

/// What is usual at an hour of the day, hours counted from the issue.
#[derive(Debug)]
pub(super) struct Usual {
    week: [i16; DAY],
    month: [i16; DAY],
    spread: [i16; DAY],
    day_level: i16,
    month_level: i16,
    surprises: [i16; 3],
}

impl Usual {
    pub(super) fn of(memory: &[i16; MEMORY]) -> Self {
        let hour_of_all_days = |p: usize| memory.iter().skip(p).step_by(DAY);
        let week = core::array::from_fn(|p| mean_of(hour_of_all_days(p).skip(DAYS - 7), 7));
        let month: [i16; DAY] = core::array::from_fn(|p| mean_of(hour_of_all_days(p), 28));
        let spread = core::array::from_fn(|p| {
            let usual = month.get(p).map_or(0, wide);
            let sum = hour_of_all_days(p).map(|value| (wide(value) - usual).abs()).sum();
            share(sum, 28)
        });
        let last_day = || memory.iter().skip(MEMORY - DAY);
        let surprise = |p: usize| at(memory, MEMORY - DAY + p) - week.get(p).map_or(0, wide);
        let surprises = [
            short(surprise(23)),
            short(surprise(23) - surprise(22)),
            share((18..24).map(surprise).sum(), 6),
        ];
        Self {
            week,
            month,
            spread,
            day_level: mean_of(last_day(), 24),
            month_level: mean_of(memory.iter(), 672),
            surprises,
        }
    }

    /// How far the days lie from their mean at this hour.
    pub(super) fn spread(&self, ahead: usize) -> i16 {
        self.spread.get(ahead % DAY).copied().unwrap_or(0)
    }

    /// The simple forecasts of an hour to come; the last three are deviations
    /// of the last hours from the usual, the same for every hour.
    pub(super) fn forecasts(&self, memory: &[i16; MEMORY], ahead: usize) -> [i16; BASES] {
        let p = ahead % DAY;
        let hour_of_week = memory.iter().skip(ahead).step_by(WEEK);
        let [surprise, change, surprise_of_six] = self.surprises;
        [
            self.week.get(p).copied().unwrap_or(0),
            short(at(memory, MEMORY - DAY + p)),
            short(at(memory, MEMORY - WEEK + ahead)),
            short(at(memory, MEMORY - 1)),
            self.day_level,
            self.month.get(p).copied().unwrap_or(0),
            mean_of(hour_of_week, 4),
            self.month_level,
            surprise,
            change,
            surprise_of_six,
        ]
    }
}

/// Means of the three weeks before the last one.
pub(super) fn week_levels(memory: &[i16; MEMORY]) -> [i16; 3] {
    [0, 1, 2].map(|week| mean_of(memory.iter().skip(week * WEEK).take(WEEK), 168))
}

/// Mean step from hour to hour, and mean distance from the week's level.
pub(super) fn movement(memory: &[i16; MEMORY]) -> [i16; 2] {
    let after = memory.iter().skip(1);
    let steps = memory.iter().zip(after).map(|(a, b)| (wide(b) - wide(a)).abs()).sum();
    let distance = memory.iter().map(|value| wide(value).abs()).sum();
    [share(steps, 671), share(distance, 672)]
}

/// How far an hour lies from the same one 1 to 7 days before, and from the
/// mean of the seven days that end 1 to 4 days before.
pub(super) fn lagged_errors(memory: &[i16; MEMORY]) -> impl Iterator<Item = i16> {
    let by_day = (1..=7_usize).map(|days| {
        let before = memory.iter().skip(WEEK - DAY * days);
        let recent = memory.iter().skip(WEEK);
        let sum = recent.zip(before).map(|(a, b)| (wide(a) - wide(b)).abs()).sum();
        share(sum, 504)
    });
    let by_week = (1..=4_usize).map(|days| {
        let before = |lag: usize| memory.iter().skip(240 - DAY * (days + lag));
        let usual = before(0)
            .zip(before(1))
            .zip(before(2))
            .zip(before(3))
            .zip(before(4))
            .zip(before(5))
            .zip(before(6))
            .map(|((((((a, b), c), d), e), f), g)| {
                [a, b, c, d, e, f, g].map(wide).iter().sum::<i32>().div_euclid(7)
            });
        let recent = memory.iter().skip(240);
        let sum = recent.zip(usual).map(|(a, b)| (wide(a) - b).abs()).sum();
        share(sum, 432)
    });
    by_day.chain(by_week)
}
