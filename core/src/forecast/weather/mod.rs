//! The weather of a grid, past and to come, or its operator's day-ahead solar
//! and wind, and what a network is told of it.

mod day_ahead;
mod response;
#[cfg(test)]
mod tests;

use super::{Hour, Issue, ModelKind, calendar};

pub use day_ahead::DayAhead;
pub use response::Response;
pub(super) use response::{Coefficients, SHARE_SHIFT};

/// Values that a network is told of the weather of an hour.
pub(super) const WEATHER: usize = 8;
/// What a grid may answer to: those values; wind and temperature (or solar) by
/// the hour of the day, two each; the weekend, as it is and by the hour of the day.
pub(super) const VARIABLES: usize = WEATHER + 4 + 3;
/// Such values in Q11, each within ±16 383.
pub(super) type Variables = [i16; VARIABLES];
type Told = [i16; WEATHER];

const WEEK: u32 = 168;
const HORIZON: u32 = 96;
/// Hours of the last week that may be missing, and of the four days to come.
const MOST_MISSING: u32 = 48;

/// The weather of one hour as a mean over a grid's area, or a hole. Forecasts
/// of the weather come in these values (GFS, ICON, IFS, Open-Meteo).
///
/// ```
/// use wattcast_core::forecast::Weather;
///
/// // 5.2 m/s, 11.3 °C with a dew point of 6.0 °C, 250 W/m², dry.
/// let mild = Weather {
///     wind_cm_per_s: 520,
///     temperature_ck: 27_315 + 1_130,
///     dew_point_ck: 27_315 + 600,
///     irradiance_dw_per_m2: 2_500,
///     rain_um_per_3h: 0,
/// };
/// assert!(mild.is_known() && !Weather::MISSING.is_known());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Weather {
    /// Wind 10 m above ground, in 0.01 m/s.
    pub wind_cm_per_s: u16,
    /// Temperature 2 m above ground, in 0.01 K. 0 makes the hour a hole.
    pub temperature_ck: u16,
    /// Dew point 2 m above ground, in 0.01 K.
    pub dew_point_ck: u16,
    /// Sunshine on the ground in 0.1 W/m², the mean of the hours before as the
    /// forecast of the weather gives it (of up to six).
    pub irradiance_dw_per_m2: u16,
    /// Rain and melted snow of three hours, in 0.001 mm.
    pub rain_um_per_3h: u16,
}

impl Weather {
    /// Nothing is known of the hour.
    pub const MISSING: Self = Self {
        wind_cm_per_s: 0,
        temperature_ck: 0,
        dew_point_ck: 0,
        irradiance_dw_per_m2: 0,
        rain_um_per_3h: 0,
    };

    /// Whether it is no hole.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.temperature_ck != 0
    }

    /// Wind and a bounded square of it (turbines), temperature, what lies
    /// below 12 °C (heating) and above 20 °C (cooling), dew point, irradiance,
    /// rain.
    fn told(self) -> Told {
        let wind = i64::from(self.wind_cm_per_s);
        let square = wind.min(1_300) * wind.min(1_300);
        let celsius = i64::from(self.temperature_ck) - 27_315;
        let dew_point = i64::from(self.dew_point_ck) - 27_315;
        let rain = i64::from(self.rain_um_per_3h.min(3_000));
        let scaled = |value: i64, by: i64| (value * 2048).div_euclid(by);
        bounded([
            scaled(wind, 300) - 4096,
            scaled(3 * square, 1_000_000),
            scaled(celsius, 800) - 2048,
            scaled((1_200 - celsius).max(0), 800),
            scaled((celsius - 2_000).max(0), 500),
            scaled(dew_point, 800),
            scaled(i64::from(self.irradiance_dw_per_m2), 2_500),
            scaled(rain, 1_500),
        ])
    }
}

fn bounded(values: [i64; WEATHER]) -> Told {
    values.map(|value| i16::try_from(value.clamp(-LARGEST, LARGEST)).unwrap_or(0))
}

/// The largest magnitude of a variable, and of its distance from what is
/// usual: it keeps all sums of the response within 64 bits.
const LARGEST: i64 = 16_383;

/// The weather of one grid hour by hour, past and to come in one row: what a
/// forecast of the weather said of the hours before the issue when they came,
/// and what the newest says of those to come. In one slice or in the two of a
/// ring, oldest first. Of the past, 672 hours are looked at (192 of them by
/// [`Response`]), and 96 of those to come.
///
/// A hole takes the value of the day before, else of the hour before. The
/// hours after the last one stay as that is. Before the first one its first
/// week repeats backwards.
///
/// In place of the weather it may hold the [`DayAhead`] solar and wind that the
/// operator of the grid publishes, for networks of kind
/// [`ModelKind::DayAhead`]: see [`WeatherSeries::day_ahead_from_parts`].
#[derive(Clone, Copy, Debug)]
pub struct WeatherSeries<'a> {
    held: Held<'a>,
    start: Hour,
    run: Hour,
}

/// Hours in two parts, the older first.
#[derive(Clone, Copy, Debug)]
enum Held<'a> {
    Weather(&'a [Weather], &'a [Weather]),
    DayAhead { older: &'a [DayAhead], newer: &'a [DayAhead], unit_kw: u32 },
}

fn at<T: Copy>(older: &[T], newer: &[T], place: usize) -> Option<T> {
    let found = match place.checked_sub(older.len()) {
        None => older.get(place),
        Some(rest) => newer.get(rest),
    };
    found.copied()
}

impl<'a> WeatherSeries<'a> {
    /// Hours from `start` on, those to come from a forecast of the weather
    /// that was begun at `run`: the network trusts it less with its age.
    #[must_use]
    pub const fn new(start: Hour, hours: &'a [Weather], run: Hour) -> Self {
        Self::from_parts(start, hours, &[], run)
    }

    /// As [`WeatherSeries::new`], from two parts: of a ring, or the past and
    /// the forecast.
    #[must_use]
    pub const fn from_parts(
        start: Hour,
        older: &'a [Weather],
        newer: &'a [Weather],
        run: Hour,
    ) -> Self {
        Self { held: Held::Weather(older, newer), start, run }
    }

    /// What the operator of the grid told of the hours from `start` on, those
    /// past as they were told the day before; it ends with the last hour that
    /// is published. What is not is taken to be as usual over the last week,
    /// and the last hour told fades into that within a day.
    ///
    /// `unit_kw` is what solar and wind together come to in the mean, roughly:
    /// they are counted in it. The answer of the grid is learned in this unit,
    /// so it must stay as long as a [`Response`] is kept.
    #[must_use]
    pub const fn day_ahead_from_parts(
        start: Hour,
        older: &'a [DayAhead],
        newer: &'a [DayAhead],
        unit_kw: u32,
    ) -> Self {
        Self { held: Held::DayAhead { older, newer, unit_kw }, start, run: start }
    }

    /// The kind of network that is told this.
    pub(super) const fn kind(&self) -> ModelKind {
        match self.held {
            Held::Weather(..) => ModelKind::Weather,
            Held::DayAhead { .. } => ModelKind::DayAhead,
        }
    }

    /// Hours from the start of the weather forecast to `issue`; of what the
    /// operator told, the hours of the next day that are not told yet.
    pub(super) fn age(&self, issue: Hour) -> u32 {
        match self.held {
            Held::Weather(..) => issue.as_hours().saturating_sub(self.run.as_hours()),
            Held::DayAhead { .. } => 24_u32.saturating_sub(self.told_ahead(issue)),
        }
    }

    fn len(&self) -> usize {
        match self.held {
            Held::Weather(older, newer) => older.len().saturating_add(newer.len()),
            Held::DayAhead { older, newer, .. } => older.len().saturating_add(newer.len()),
        }
    }

    /// The weather at a place in the order of time.
    fn weather(&self, place: usize) -> Weather {
        match self.held {
            Held::Weather(older, newer) => at(older, newer, place).unwrap_or(Weather::MISSING),
            Held::DayAhead { .. } => Weather::MISSING,
        }
    }

    fn operator_told(&self, place: usize) -> DayAhead {
        match self.held {
            Held::Weather(..) => DayAhead::MISSING,
            Held::DayAhead { older, newer, .. } => {
                at(older, newer, place).unwrap_or(DayAhead::MISSING)
            }
        }
    }

    fn is_known(&self, place: usize) -> bool {
        match self.held {
            Held::Weather(..) => self.weather(place).is_known(),
            Held::DayAhead { .. } => self.operator_told(place).is_known(),
        }
    }

    /// Whether enough is known to forecast with.
    pub(super) fn serves(&self, issue: Hour) -> bool {
        let to_come = match self.held {
            Held::Weather(..) => self.missing(issue, HORIZON) <= MOST_MISSING,
            Held::DayAhead { .. } => self.told_ahead(issue) > 0,
        };
        to_come && self.serves_the_week(issue)
    }

    /// Hours of the week before `issue` and of those to come that are not
    /// known; of what the operator told, up to the last one told.
    pub(super) fn filled(&self, issue: Hour) -> u32 {
        match self.held {
            Held::Weather(..) => {
                self.missing(issue.earlier(WEEK), WEEK) + self.missing(issue, HORIZON)
            }
            Held::DayAhead { .. } => self.holes_in_day_ahead(issue),
        }
    }

    /// Whether enough is known of the week before an hour.
    fn serves_the_week(&self, before: Hour) -> bool {
        self.missing(before.earlier(WEEK), WEEK) <= MOST_MISSING
    }

    /// Hours of `count` from `from` on that are not known.
    fn missing(&self, from: Hour, count: u32) -> u32 {
        let known = (0..count).filter(|&k| {
            let place = i64::from(from.later(k).as_hours()) - i64::from(self.start.as_hours());
            usize::try_from(place).is_ok_and(|place| self.is_known(place))
        });
        let known = u32::try_from(known.count()).unwrap_or(0);
        count - known
    }

    /// What the grid answers to in the hour `ahead` hours after `issue`,
    /// negative before it.
    pub(super) fn variables(&self, issue: Issue, ahead: i64) -> Variables {
        let told = match self.held {
            Held::Weather(..) => self.told(issue.hour(), ahead),
            Held::DayAhead { unit_kw, .. } => self.day_ahead(unit_kw, issue, ahead),
        };
        let local = issue.local(i32::try_from(ahead).unwrap_or(0));
        let [sine, cosine] = calendar::hour_of_day(local.hour_of_day());
        let weekend = if local.is_weekend() { 2048 } else { 0 };
        // Of the operator's forecast the third is solar.
        let [wind, _, celsius, ..] = told;
        let by = |value: i16, wave: i16| {
            i16::try_from((i32::from(value) * i32::from(wave)) >> 11).unwrap_or(0)
        };
        let mut all = [0; VARIABLES];
        let by_hour = [by(wind, cosine), by(wind, sine), by(celsius, cosine), by(celsius, sine)];
        let weekend = [weekend, by(weekend, cosine), by(weekend, sine)];
        let values = told.into_iter().chain(by_hour).chain(weekend);
        all.iter_mut().zip(values).for_each(|(slot, value)| *slot = value);
        all
    }

    /// Zeros where nothing at all is known.
    fn told(&self, issue: Hour, ahead: i64) -> Told {
        self.known_place(issue, ahead).map_or([0; WEATHER], |place| self.weather(place).told())
    }

    /// Where the values of an hour are read: at its own place, else at that of
    /// the day before, else of the hour before.
    fn known_place(&self, issue: Hour, ahead: i64) -> Option<usize> {
        let last = self.len().checked_sub(1)?;
        let place = i64::from(issue.as_hours()) + ahead - i64::from(self.start.as_hours());
        let repeated = if place < 0 { place.rem_euclid(i64::from(WEEK)) } else { place };
        let mut place = usize::try_from(repeated).unwrap_or(last).min(last);
        while !self.is_known(place) {
            place = place.checked_sub(if place >= 24 { 24 } else { 1 })?;
        }
        Some(place)
    }

    /// How a response learns from it: how fast the sums forget, and how many
    /// eighths of a day's mean do not count.
    const fn lesson(&self) -> (u32, i64) {
        match self.held {
            // 1/256 a day: half of it in 177 days.
            Held::Weather(..) => (8, 0),
            // Half of it in 44 days. What counts is mostly how a day runs, which
            // hides behind how days differ.
            Held::DayAhead { .. } => (6, 7),
        }
    }
}
