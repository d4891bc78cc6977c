//! Sums over the last four weeks.
//!
//! Loops over slices rather than chains of iterators: on a board optimised for
//! size each link of a chain is a call.

use core::num::NonZeroU32;

use super::{BASES, floor, short};
use crate::forecast::history::MEMORY;
use crate::forecast::kernel::distance;

const DAY: usize = 24;
const WEEK: usize = 168;

fn wide(value: i16) -> i32 {
    i32::from(value)
}

/// A sum of so many activations as their mean, rounded down.
fn mean<const COUNT: u32>(sum: i32) -> i16 {
    const { assert!(COUNT > 0) };
    let count = NonZeroU32::new(COUNT).unwrap_or(NonZeroU32::MIN);
    // The mean of 16 bits has no more of them.
    let [a, b, ..] = floor(sum, count).to_le_bytes();
    i16::from_le_bytes([a, b])
}

/// A sum of so many distances as their mean, rounded down.
fn mean_distance<const COUNT: i32>(sum: i32) -> i16 {
    i16::try_from(sum / COUNT).unwrap_or(i16::MAX)
}

/// The sum of up to 672 values.
fn sum(values: &[i16]) -> i32 {
    let mut sum = 0;
    for value in values {
        sum += wide(*value);
    }
    sum
}

/// The sums of days by their hour.
fn sums_of(days: &[[i16; DAY]]) -> [i32; DAY] {
    let mut sums = [0_i32; DAY];
    for day in days {
        for (sum, value) in sums.iter_mut().zip(day) {
            *sum += wide(*value);
        }
    }
    sums
}

/// Value at a place, 0 is the oldest hour.
fn at(memory: &[i16; MEMORY], place: usize) -> i32 {
    memory.get(place).map_or(0, |value| wide(*value))
}

/// What is usual at an hour of the day, hours counted from the issue.
#[derive(Debug)]
pub(super) struct Usual {
    week: [i16; DAY],
    month: [i16; DAY],
    spread: [i16; DAY],
    /// The newest value, the means of the last day and of all, and how far the
    /// last hours lie from the usual: the same for every hour to come.
    newest: i16,
    day_level: i16,
    month_level: i16,
    surprises: [i16; 3],
}

impl Usual {
    pub(super) fn of(memory: &[i16; MEMORY]) -> Self {
        let (days, _) = memory.as_chunks::<DAY>();
        let (before, last_week) = days.split_at_checked(21).unwrap_or_default();
        let (mut sums, of_week) = (sums_of(before), sums_of(last_week));
        for (sum, of_week) in sums.iter_mut().zip(of_week) {
            *sum += of_week;
        }
        let month = sums.map(mean::<28>);
        let week = of_week.map(mean::<7>);
        let mut apart = [0_i32; DAY];
        for day in days {
            for ((apart, value), usual) in apart.iter_mut().zip(day).zip(&month) {
                *apart += (wide(*value) - wide(*usual)).abs();
            }
        }
        let last_day = days.last().copied().unwrap_or_default();
        let mut surprise = [0_i32; DAY];
        for ((surprise, value), usual) in surprise.iter_mut().zip(last_day).zip(week) {
            *surprise = wide(value) - wide(usual);
        }
        let [.., of_six, e, d, c, b, a] = surprise;
        let of_six = of_six + a + b + c + d + e;
        Self {
            week,
            month,
            spread: apart.map(mean_distance::<28>),
            newest: last_day.last().copied().map_or(0, |value| short(wide(value))),
            day_level: mean::<24>(sum(&last_day)),
            month_level: mean::<672>(sums.iter().sum()),
            surprises: [a, a - b, of_six.div_euclid(6)].map(short),
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
        let last_week = at(memory, ahead + 3 * WEEK);
        let before = at(memory, ahead) + at(memory, ahead + WEEK) + at(memory, ahead + 2 * WEEK);
        let [surprise, change, surprise_of_six] = self.surprises;
        [
            self.week.get(p).copied().unwrap_or(0),
            short(at(memory, MEMORY - DAY + p)),
            short(last_week),
            self.newest,
            self.day_level,
            self.month.get(p).copied().unwrap_or(0),
            mean::<4>(before + last_week),
            self.month_level,
            surprise,
            change,
            surprise_of_six,
        ]
    }
}

/// Means of the three weeks before the last one.
pub(super) fn week_levels(memory: &[i16; MEMORY]) -> [i16; 3] {
    let (weeks, _) = memory.as_chunks::<WEEK>();
    [0, 1, 2].map(|week| mean::<168>(weeks.get(week).map_or(0, |week| sum(week))))
}

/// Mean step from hour to hour, and mean distance from the week's level.
pub(super) fn movement(memory: &[i16; MEMORY]) -> [i16; 2] {
    let steps = distance(memory.get(1..).unwrap_or_default(), memory);
    let mut distance = 0;
    for value in memory {
        distance += wide(*value).abs();
    }
    [mean_distance::<671>(steps), mean_distance::<672>(distance)]
}

/// How far an hour lies from the same one 1 to 7 days before, and from the
/// mean of the seven days that end 1 to 4 days before.
pub(super) fn lagged_errors(memory: &[i16; MEMORY]) -> [i16; 11] {
    let mut errors = [0; 11];
    let (by_day, by_week) = errors.split_at_mut(7);
    let recent = memory.get(WEEK..).unwrap_or_default();
    for (days, slot) in (1..).zip(by_day) {
        let before = memory.get(WEEK - DAY * days..).unwrap_or_default();
        *slot = mean_distance::<504>(distance(recent, before));
    }
    // At each hour of the day the mean of the last seven, of the days before
    // the one that it is compared with.
    let mut sums = [0_i32; DAY];
    let mut usual = [[0_i16; DAY]; 4];
    let mut errors_by_week = [0_i32; 4];
    let (days, _) = memory.as_chunks::<DAY>();
    for (index, day) in days.iter().enumerate() {
        if index >= 10 {
            for (before, error) in (1..).zip(&mut errors_by_week) {
                *error += usual.get((index - before) % 4).map_or(0, |usual| distance(day, usual));
            }
        }
        let oldest = index.checked_sub(7).and_then(|index| days.get(index));
        let oldest = oldest.unwrap_or(&[0; DAY]);
        if let Some(usual) = usual.get_mut(index % 4) {
            for (((sum, value), oldest), usual) in sums.iter_mut().zip(day).zip(oldest).zip(usual) {
                *sum += wide(*value) - wide(*oldest);
                *usual = mean::<7>(*sum);
            }
        }
    }
    for (slot, error) in by_week.iter_mut().zip(errors_by_week) {
        *slot = mean_distance::<432>(error);
    }
    errors
}
