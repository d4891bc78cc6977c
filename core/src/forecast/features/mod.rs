//! What the network is told, as 16-bit integers in which 2048 is 1.0 (Q11).
//!
//! Intensity is told in deviations of the grid's own last week, so that one
//! network serves any grid. All divisions round down.

mod given;
mod memory;
mod weather;

use core::num::NonZeroU32;

use crate::forecast::calendar;
use crate::forecast::history::{MEMORY, View};
use crate::forecast::hour::Issue;
use crate::forecast::model::ModelKind;
use crate::forecast::net::Inputs;

pub use given::Features;
use memory::Usual;
pub(super) use weather::{Known, WeatherInputs};

/// Fraction bits of every feature and of the network's answer.
pub(super) const BITS: u8 = 11;
/// 1.0 in Q11.
const ONE: i16 = 1 << BITS;
/// Hours of the window that the encoder sees and that normalise.
const WINDOW: usize = 168;
/// Values per past hour: intensity, sine, cosine, weekend.
pub(super) const PAST: usize = 4;
/// Values once per forecast.
pub(super) const CONTEXT: usize = 29;
/// Simple forecasts that are blended.
pub(super) const BASES: usize = 11;
/// Values per hour to come: sine, cosine, weekend, how far ahead, spread, and
/// the simple forecasts.
pub(super) const HOURS: usize = 5 + BASES;

/// Numbers of values that a network is told, by what it is told of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub(super) past: usize,
    pub(super) context: usize,
    pub(super) bases: usize,
    pub(super) hours: usize,
    /// Scratch words in which the values are prepared.
    pub(super) scratch: usize,
}

impl Counts {
    pub(super) const fn of(kind: ModelKind) -> Self {
        match kind {
            ModelKind::History => {
                Self { past: PAST, context: CONTEXT, bases: BASES, hours: HOURS, scratch: MEMORY }
            }
            ModelKind::Weather | ModelKind::DayAhead => Self {
                past: weather::PAST,
                context: weather::CONTEXT,
                bases: weather::BASES,
                hours: weather::HOURS,
                scratch: weather::SCRATCH,
            },
        }
    }
}

/// Limits to ±32 767; -32 768 occurs nowhere, which the model's proof against
/// overflow counts on.
pub(super) fn clamp16(value: i64) -> i16 {
    i16::try_from(value.clamp(-32_767, 32_767)).unwrap_or(0)
}

/// The same of a number of 32 bits.
pub(super) fn short(value: i32) -> i16 {
    // In two steps, the first of which is one instruction on a Cortex-M4.
    let value = value.max(i16::MIN.into()).min(i16::MAX.into());
    i16::try_from(value).unwrap_or(0).max(-i16::MAX)
}

/// `a / b` rounded down; 0 where `b` is not above 0.
///
/// Small cores divide 32 bits in one instruction, and 64 bits in hundreds.
fn floor_div(a: i64, b: i64) -> i64 {
    if let (Ok(a), Ok(b)) = (i32::try_from(a), u32::try_from(b)) {
        return NonZeroU32::new(b).map_or(0, |b| floor(a, b).into());
    }
    a.checked_div_euclid(b).unwrap_or(0)
}

/// `a / b` rounded down.
fn floor(a: i32, b: NonZeroU32) -> i32 {
    // A negative number is its complement less one: turned, divided, turned
    // back.
    let sign = a >> 31;
    ((a ^ sign).cast_unsigned() / b).cast_signed() ^ sign
}

/// The level and the deviation of the last week, in mg/kWh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Normal {
    mean: i64,
    scale: i64,
}

impl Normal {
    pub(super) fn of(view: &View<'_>) -> Self {
        let (mut sum, mut squares) = (0_i64, 0_i64);
        view.each(WINDOW, |mg| {
            sum += i64::from(mg);
            squares += i64::from(mg) * i64::from(mg);
        });
        let mean = (sum + 84) / 168;
        // The sum of the squares of what each lies from the mean.
        let squares = squares - 2 * mean * sum + 168 * mean * mean;
        let deviation = root(squares / 168);
        Self { mean, scale: deviation.max(mean / 50).max(1) }
    }

    const fn parts(self) -> [i64; 2] {
        [self.mean, self.scale]
    }

    /// Writes the last hours in Q11 deviations from the mean, oldest first.
    fn relate(self, view: &View<'_>, memory: &mut [i16; MEMORY]) {
        // Below 2^19 all of it goes into 32 bits.
        const NARROW: u32 = 1 << 19;
        let mean = i32::try_from(self.mean).unwrap_or(i32::MAX);
        let scale = u32::try_from(self.scale).ok().filter(|&scale| scale < NARROW);
        let scale = scale.and_then(NonZeroU32::new);
        let half = i32::try_from(self.scale / 2).unwrap_or(0);
        if let Some(scale) = scale {
            let mut all = 0;
            let mut slots = memory.iter_mut();
            view.each(MEMORY, |mg| {
                // No reading is above 4 million.
                let deviation = mg.cast_signed().wrapping_sub(mean);
                all |= deviation ^ (deviation >> 31);
                if let Some(slot) = slots.next() {
                    *slot = short(floor(deviation.wrapping_mul(2048).wrapping_add(half), scale));
                }
            });
            if all.cast_unsigned() < NARROW {
                return;
            }
        }
        let mut slots = memory.iter_mut();
        view.each(MEMORY, |mg| {
            if let Some(slot) = slots.next() {
                *slot = self.relative(mg.into());
            }
        });
    }

    /// A value in Q11 deviations from the mean.
    pub(super) fn relative(self, mg: i64) -> i16 {
        clamp16(floor_div((mg - self.mean) * 2048 + self.scale / 2, self.scale))
    }

    /// The value, in mg/kWh, of so many deviations in Q11; below zero where
    /// they lead there.
    pub(super) fn absolute(self, q11: i64) -> i64 {
        self.mean + ((q11 * self.scale + 1024) >> 11)
    }

    /// A share of the mean in deviations, with the fraction bits of the share.
    fn in_deviations(self, share: i64) -> i64 {
        floor_div(share * self.mean, self.scale)
    }

    /// What a deviation comes to as a share of `actual`, in Q11; a share of a
    /// fifth of the mean where `actual` lies below that.
    pub(super) fn share_of(self, actual: i64) -> i64 {
        floor_div(self.scale * 2048, actual.max(self.mean / 5 + 1))
    }
}

/// The inputs of a `history` network.
#[derive(Debug)]
pub(super) struct HistoryInputs<'a> {
    issue: Issue,
    normal: Normal,
    /// The last 672 hours, oldest first.
    memory: &'a [i16; MEMORY],
    usual: Usual,
    clock: Clock,
}

impl<'a> HistoryInputs<'a> {
    /// Writes the last four weeks into `memory`.
    pub(super) fn new(view: &View<'_>, issue: Issue, memory: &'a mut [i16; MEMORY]) -> Self {
        let normal = Normal::of(view);
        normal.relate(view, memory);
        let usual = Usual::of(memory);
        Self { issue, normal, memory, usual, clock: Clock::of(issue) }
    }

    pub(super) fn normal(&self) -> Normal {
        self.normal
    }

    /// The values of the past hours from `back` on, newest last, and the clock
    /// of the newest one.
    fn behind(&self, back: usize) -> (&[i16], Clock) {
        let values = self.memory.get(..MEMORY - back.min(MEMORY)).unwrap_or_default();
        (values, self.clock.earlier(back + 1))
    }

    /// What is told of an hour to come before the simple forecasts.
    fn head(&self, ahead: usize) -> [i16; 5] {
        let [sine, cosine, weekend] = self.clock.later(ahead).told();
        let distance = i16::try_from(ahead * 2048 / 96).unwrap_or(0);
        [sine, cosine, weekend, distance, self.usual.spread(ahead)]
    }
}

/// An hour of the local week.
#[derive(Clone, Copy, Debug)]
struct Clock {
    /// 0 to 167, from Monday on.
    hour: usize,
}

impl Clock {
    fn of(issue: Issue) -> Self {
        let local = issue.local(0);
        Self { hour: 24 * local.weekday() + local.hour_of_day() }
    }

    fn later(self, hours: usize) -> Self {
        Self { hour: (self.hour + hours) % WINDOW }
    }

    fn earlier(self, hours: usize) -> Self {
        self.later(WINDOW - hours % WINDOW)
    }

    /// Sine, cosine and weekend.
    fn told(self) -> [i16; 3] {
        let [sine, cosine] = calendar::hour_of_day(self.hour % 24);
        [sine, cosine, if self.hour >= 5 * 24 { ONE } else { 0 }]
    }
}

fn copy(row: &mut [i16], values: impl IntoIterator<Item = i16>) {
    for (slot, value) in row.iter_mut().zip(values) {
        *slot = value;
    }
}

/// The square root, rounded down; 0 below 1.
fn root(square: i64) -> i64 {
    let mut root = 0_i64;
    for bit in (0..31).rev() {
        let more = root | 1 << bit;
        if more * more <= square {
            root = more;
        }
    }
    root
}

/// Writes values one behind the other.
struct Writer<'r> {
    rest: core::slice::IterMut<'r, i16>,
}

impl Writer<'_> {
    fn put(&mut self, values: &[i16]) {
        for (value, slot) in values.iter().zip(&mut self.rest) {
            *slot = *value;
        }
    }
}

/// `floor(256 log2 v)`, straight between powers of two.
fn log2_q8(value: i64) -> i64 {
    let value = value.max(1);
    let exponent = i64::from(63 - value.leading_zeros());
    exponent * 256 + ((value << 8) >> exponent) - 256
}

impl Inputs for HistoryInputs<'_> {
    fn past(&self, back: usize, rows: &mut [i16]) {
        let (rows, _) = rows.as_chunks_mut::<PAST>();
        let (mut values, mut clock) = self.behind(back);
        for row in rows {
            let [sine, cosine, weekend] = clock.told();
            let [before @ .., value] = values else { return };
            *row = [*value, sine, cosine, weekend];
            (values, clock) = (before, clock.earlier(1));
        }
    }

    fn context(&self, row: &mut [i16]) {
        let local = self.issue.local(0);
        let mut weekday = [0_i16; 7];
        if let Some(day) = weekday.get_mut(local.weekday()) {
            *day = ONE;
        }
        let Normal { mean, scale } = self.normal;
        let size = [
            clamp16(floor_div(scale * 2048, mean.max(1))),
            clamp16((log2_q8(mean) - 18 * 256) * 4),
        ];
        let mut writer = Writer { rest: row.iter_mut() };
        writer.put(&calendar::phase_of_year(local.phase_of_year()));
        writer.put(&calendar::hour_of_day(local.hour_of_day()));
        writer.put(&weekday);
        writer.put(&size);
        writer.put(&memory::week_levels(self.memory));
        writer.put(&memory::movement(self.memory));
        writer.put(&memory::lagged_errors(self.memory));
    }

    fn hours(&self, ahead: usize, rows: &mut [i16]) {
        let (rows, _) = rows.as_chunks_mut::<HOURS>();
        for (ahead, row) in (ahead..).zip(rows) {
            let [a, b, c, d, e, bases @ ..] = row;
            [*a, *b, *c, *d, *e] = self.head(ahead);
            *bases = self.usual.forecasts(self.memory, ahead);
        }
    }
}
