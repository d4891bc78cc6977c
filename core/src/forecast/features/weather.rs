//! The inputs of a `weather` network.
//!
//! The effect of weather and weekend on the grid, as its [`Response`] has it,
//! is taken out of the past; the simple forecasts are made on the calm that is
//! left, and the effect of those to come is added.
//!
//! [`Response`]: crate::forecast::Response

use super::memory::{self, Usual};
use super::{HistoryInputs, MEMORY, Normal, ONE, WINDOW, Writer, clamp16, copy, floor_div, short};
use crate::forecast::Issue;
use crate::forecast::net::Inputs;
use crate::forecast::weather::{
    Coefficients, SHARE_SHIFT, VARIABLES, Variables, WEATHER, WeatherSeries,
};

/// Values per past hour: with weather also the calm intensity.
pub(in crate::forecast) const PAST: usize = super::PAST + 1;
/// Values once per forecast: with weather also lagged errors of the calm
/// intensity, and the response.
pub(in crate::forecast) const CONTEXT: usize = super::CONTEXT + 11 + VARIABLES;
/// Simple forecasts: those of the calm intensity, and two as they are.
pub(in crate::forecast) const BASES: usize = super::BASES + 2;
/// Values per hour to come: with weather also what is unusual in each effect,
/// the weather, and the age of what is known of it.
pub(in crate::forecast) const HOURS: usize = 5 + BASES + VARIABLES + WEATHER + 1;
/// Scratch words beside those of the network.
pub(in crate::forecast) const SCRATCH: usize = 2 * MEMORY + DAY * VARIABLES;

const DAY: usize = 24;
/// The first so many simple forecasts tell a level, to which the weather to
/// come adds; the others tell a difference.
const LEVELS: usize = 8;
/// The age of an unknown weather is that of a three days' old forecast.
const UNKNOWN_AGE: u32 = 72;
const MOST_AGE: u32 = 192;

/// The weather and the answer of the grid to it.
#[derive(Clone, Copy, Debug)]
pub(in crate::forecast) struct Known<'a> {
    pub(in crate::forecast) series: &'a WeatherSeries<'a>,
    pub(in crate::forecast) response: Coefficients,
}

/// The inputs of a `weather` network, known or unknown the weather.
#[derive(Debug)]
pub(in crate::forecast) struct WeatherInputs<'a> {
    plain: HistoryInputs<'a>,
    known: Option<Known<'a>>,
    effects: Effects,
    /// The last 672 hours without the effect of the weather, oldest first.
    calm: &'a [i16; MEMORY],
    calm_usual: Usual,
    /// The mean of each variable at an hour of the last seven days, counted
    /// from the issue.
    usual: &'a [Variables],
    age: u32,
}

impl<'a> WeatherInputs<'a> {
    /// `None` where `scratch` is shorter than [`SCRATCH`] less one memory.
    pub(in crate::forecast) fn new(
        plain: HistoryInputs<'a>,
        known: Option<Known<'a>>,
        scratch: &'a mut [i16],
    ) -> Option<Self> {
        let issue = plain.issue;
        let (calm, rest) = scratch.split_first_chunk_mut::<MEMORY>()?;
        let (usual, _) = rest.as_chunks_mut::<VARIABLES>();
        let usual = usual.get_mut(..DAY)?;
        usual.fill([0; VARIABLES]);
        *calm = *plain.memory;
        let unknown_age = UNKNOWN_AGE + issue.hour().as_hours() % 24;
        let (mut effects, mut age) = (Effects::default(), unknown_age);
        if let Some(known) = known {
            effects = Effects::of(known, issue, plain.normal);
            age = known.series.age(issue.hour());
            let at = |ahead| known.series.variables(issue, ahead);
            for (back, value) in (1_i64..).zip(calm.iter_mut().rev()) {
                *value = clamp16(wide(*value) - wide(effects.together(at(-back))));
            }
            for (back, slot) in (1_i64..).zip(usual.iter_mut().rev()) {
                let mut sums = [0_i64; VARIABLES];
                for days in 0..7 {
                    let of_day = at(-back - 24 * days);
                    sums.iter_mut().zip(of_day).for_each(|(sum, one)| *sum += wide(one));
                }
                *slot = sums.map(|sum| clamp16(floor_div(sum, 7)));
            }
        }
        let calm_usual = Usual::of(calm);
        Some(Self { plain, known, effects, calm, calm_usual, usual, age })
    }

    pub(in crate::forecast) fn normal(&self) -> Normal {
        self.plain.normal()
    }

    fn variables(&self, ahead: usize) -> Variables {
        let ahead = i64::try_from(ahead).unwrap_or(0);
        self.known.map_or([0; VARIABLES], |known| known.series.variables(self.plain.issue, ahead))
    }

    fn hour(&self, ahead: usize, row: &mut [i16; HOURS]) {
        let variables = self.variables(ahead);
        let add = i32::from(self.effects.together(variables));
        let mut bases = self.calm_usual.forecasts(self.calm, ahead);
        for level in bases.iter_mut().take(LEVELS) {
            *level = short(i32::from(*level) + add);
        }
        let [first, second, ..] = self.plain.usual.forecasts(self.plain.memory, ahead);
        let usual = self.usual.get(ahead % DAY).copied().unwrap_or_default();
        let age = (self.age + u32::try_from(ahead).unwrap_or(0)).min(MOST_AGE);
        let mut writer = Writer { rest: row.iter_mut() };
        writer.put(&self.plain.head(ahead));
        writer.put(&bases);
        writer.put(&[first, second]);
        writer.put(&self.effects.apart(variables, usual));
        writer.put(variables.first_chunk::<WEATHER>().unwrap_or(&[0; WEATHER]));
        writer.put(&[clamp16(i64::from(age) * i64::from(ONE) / 96)]);
    }
}

impl Inputs for WeatherInputs<'_> {
    fn past(&self, back: usize, rows: &mut [i16]) {
        let (rows, _) = rows.as_chunks_mut::<PAST>();
        let (mut values, mut clock) = self.plain.behind(back);
        for (row, calm) in rows.iter_mut().zip(self.calm.iter().rev().skip(back)) {
            let [sine, cosine, weekend] = clock.told();
            let [before @ .., value] = values else { return };
            *row = [*value, *calm, sine, cosine, weekend];
            (values, clock) = (before, clock.earlier(1));
        }
    }

    fn context(&self, row: &mut [i16]) {
        self.plain.context(row);
        let response = self.known.map_or([0; VARIABLES], |known| known.response);
        let rest = row.get_mut(super::CONTEXT..).unwrap_or_default();
        let response = response.map(|b| clamp16(b >> 2));
        copy(rest, memory::lagged_errors(self.calm).into_iter().chain(response));
    }

    fn hours(&self, ahead: usize, rows: &mut [i16]) {
        let (rows, _) = rows.as_chunks_mut::<HOURS>();
        for (ahead, row) in (ahead..).zip(rows) {
            self.hour(ahead, row);
        }
    }
}

fn wide(value: i16) -> i64 {
    i64::from(value)
}

/// What each variable adds to the intensity, in Q11 deviations.
#[derive(Clone, Copy, Debug, Default)]
struct Effects {
    /// Mean of the last week.
    centre: Variables,
    /// Deviations by unit of the variable, Q16, each below 2^25.
    share: Coefficients,
}

impl Effects {
    fn of(known: Known<'_>, issue: Issue, normal: Normal) -> Self {
        let mut sums = [0_i64; VARIABLES];
        for back in (1_i64..).take(WINDOW) {
            let of_hour = known.series.variables(issue, -back);
            sums.iter_mut().zip(of_hour).for_each(|(sum, value)| *sum += wide(value));
        }
        Self {
            centre: sums.map(|sum| clamp16(floor_div(sum, 168))),
            share: known.response.map(|b| normal.in_deviations(b)),
        }
    }

    /// Of all variables, against the mean of the last week.
    fn together(&self, variables: Variables) -> i16 {
        let unusual = variables.into_iter().zip(self.centre).map(|(v, c)| wide(v) - wide(c));
        let sum: i64 = unusual.zip(self.share).map(|(unusual, share)| unusual * share).sum();
        clamp16(sum >> SHARE_SHIFT)
    }

    /// Of each variable, against what is usual at the hour.
    fn apart(&self, variables: Variables, usual: Variables) -> Variables {
        let mut rest = usual.into_iter().zip(self.share);
        variables.map(|value| {
            let (usual, share) = rest.next().unwrap_or_default();
            clamp16(((wide(value) - wide(usual)) * share) >> SHARE_SHIFT)
        })
    }
}
