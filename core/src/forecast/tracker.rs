//! What a grid's own recent forecasts teach: how much of the way to the plain
//! weekly profile would have been better, and how wide the range must be.

use super::features::Normal;
use super::model::DAYS;
use super::net::Raw;
use super::{HORIZON, Hour};

const DAY: usize = HORIZON / DAYS;
/// 1.0 of a share, Q12.
const SHARE_ONE: i64 = 1 << 12;
/// 1.0 of a width, Q16.
const WIDTH_ONE: i64 = 1 << 16;
/// A width stays between 0.4 and 2.5.
const WIDTHS: (i64, i64) = (26_214, 163_840);
/// Tenths of an hour of a day that should lie outside on either side: less
/// than 24, as a width follows the errors late.
const OUTSIDE: i64 = 21;
/// The sums lose 1/128 a day: half of it in 88 days.
const FORGET_SHIFT: u32 = 7;
/// Shares of the way to the profile that are compared: 0, 1/16, ..., 1.
const STEPS: usize = 17;
/// Each step has to gain so much of what staying costs, in 1/8192.
const RELUCTANCE: i64 = 25;
/// Errors beyond four times the actual value count as that.
const LIMIT: i64 = 4 << 11;

/// By share of the way to the profile, what it would have cost.
type Costs = [i64; STEPS];

/// What is remembered of a forecast until its hours have passed, in Q11.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    point: i32,
    plain: i32,
    lower: i32,
    upper: i32,
}

#[derive(Clone, Debug)]
struct Issued {
    at: Option<Hour>,
    normal: Normal,
    hours: [Told; HORIZON],
}

/// The record of one grid: which network answers were told at the last four
/// midnights of UTC, and what came of those before.
///
/// A forecaster that is lent one learns at each forecast that begins at 00:00
/// UTC, once a day; between two days left out nothing is lost but the days.
#[derive(Clone, Debug)]
pub struct Tracker {
    costs: [Costs; DAYS],
    low: [i64; DAYS],
    high: [i64; DAYS],
    issued: [Issued; DAYS],
    learned: Option<Hour>,
}

impl Default for Tracker {
    fn default() -> Self {
        Self::new()
    }
}

impl Tracker {
    /// Knows nothing: the network's answer stands as it is.
    #[must_use]
    pub fn new() -> Self {
        let none =
            || Issued { at: None, normal: Normal::default(), hours: [Told::default(); HORIZON] };
        Self {
            costs: [[0; STEPS]; DAYS],
            low: [WIDTH_ONE; DAYS],
            high: [WIDTH_ONE; DAYS],
            issued: core::array::from_fn(|_| none()),
            learned: None,
        }
    }

    /// How far each forecast day moves towards the weekly profile, in 1/4096.
    #[must_use]
    pub fn toward_profile(&self) -> [u16; DAYS] {
        core::array::from_fn(|day| u16::try_from(self.share(day)).unwrap_or(0))
    }

    fn share(&self, day: usize) -> i64 {
        let costs = self.costs.get(day).copied().unwrap_or([0; STEPS]);
        let staying = costs.first().copied().unwrap_or(0);
        let with_step = |(step, cost)| cost + ((staying * RELUCTANCE * step) >> 13);
        let all = (0_i64..).zip(costs);
        let best = all.min_by_key(|one| with_step(*one)).map_or(0, |(step, _)| step);
        best * (SHARE_ONE / 16)
    }

    /// Learns from the day that ends at `midnight`: its 24 hours in mg/kWh.
    /// Once a day; `false` where that was done before.
    pub(super) fn learn(&mut self, midnight: Hour, actual: &[Option<u32>; DAY]) -> bool {
        if self.learned == Some(midnight) {
            return false;
        }
        self.learned = Some(midnight);
        for day in 0..DAYS {
            let at = u32::try_from(DAY * (day + 1)).map(|hours| midnight.earlier(hours));
            let Some(issued) = self.issued.iter().find(|issued| issued.at == at.ok()) else {
                continue;
            };
            let told = issued.hours.chunks_exact(DAY).nth(day).unwrap_or_default();
            if let Some(lesson) = Lesson::of(issued.normal, told, actual) {
                let sums = self.costs.get_mut(day).into_iter().flatten();
                for (sum, add) in sums.zip(lesson.costs) {
                    *sum += add - (*sum >> FORGET_SHIFT);
                }
                let widths = [(&mut self.low, lesson.under), (&mut self.high, lesson.over)];
                for (width, outside) in
                    widths.into_iter().filter_map(|(w, count)| Some((w.get_mut(day)?, count)))
                {
                    let step = (*width * (10 * outside - OUTSIDE) * 10) >> 16;
                    *width = (*width + step).clamp(WIDTHS.0, WIDTHS.1);
                }
            }
        }
        true
    }

    /// Lower, point and upper of an hour in Q11, put right by what was
    /// learned.
    pub(super) fn correct(&self, hour: usize, raw: Raw) -> [i64; 3] {
        let day = hour / DAY;
        let width = |of: &[i64; DAYS], by: i32| {
            let factor = of.get(day).copied().unwrap_or(WIDTH_ONE);
            (i64::from(by) * factor + WIDTH_ONE / 2) >> 16
        };
        let step = i64::from(raw.plain) - i64::from(raw.point);
        let moved = (self.share(day) * step + SHARE_ONE / 2) >> 12;
        let point = i64::from(raw.point) + moved;
        [point - width(&self.low, raw.below), point, point + width(&self.high, raw.above)]
    }

    /// Makes room for what is told at `midnight`, the oldest making way.
    pub(super) fn begin(&mut self, midnight: Hour, normal: Normal) {
        self.issued.rotate_right(1);
        if let Some(issued) = self.issued.first_mut() {
            issued.at = Some(midnight);
            issued.normal = normal;
        }
    }

    /// Remembers what was told of an hour, after [`Tracker::begin`].
    pub(super) fn remember(&mut self, hour: usize, raw: Raw, [lower, _, upper]: [i64; 3]) {
        let bounded = |q11: i64| i32::try_from(q11).unwrap_or(i32::MAX);
        let told = Told {
            point: raw.point,
            plain: raw.plain,
            lower: bounded(lower),
            upper: bounded(upper),
        };
        let slot = self.issued.first_mut().and_then(|issued| issued.hours.get_mut(hour));
        if let Some(slot) = slot {
            *slot = told;
        }
    }
}

/// What one day says about one forecast of it.
struct Lesson {
    costs: Costs,
    under: i64,
    over: i64,
}

impl Lesson {
    /// `None` where an hour of the day is unknown.
    fn of(normal: Normal, told: &[Told], actual: &[Option<u32>; DAY]) -> Option<Self> {
        let mut lesson = Self { costs: [0; STEPS], under: 0, over: 0 };
        for (told, actual) in told.iter().zip(actual) {
            let actual = i64::from((*actual)?);
            let reached = i64::from(normal.relative(actual));
            let share = normal.share_of(actual);
            let point = i64::from(told.point);
            let way = i64::from(told.plain) - point;
            for (step, cost) in (0_i64..).zip(&mut lesson.costs) {
                let missed = reached - point - ((way * step) >> 4);
                *cost += ((missed.abs() * share) >> 11).min(LIMIT);
            }
            lesson.under += i64::from(reached < i64::from(told.lower));
            lesson.over += i64::from(reached > i64::from(told.upper));
        }
        Some(lesson)
    }
}
