//! The weather of a grid, past and to come, and what a network is told of it.

mod response;
#[cfg(test)]
mod tests;

use super::{Hour, Issue, calendar};

pub use response::Response;
pub(super) use response::{Coefficients, SHARE_SHIFT};

/// Values that a network is told of the weather of an hour.
pub(super) const WEATHER: usize = 8;
/// What a grid may answer to: those values; wind and temperature by the hour
/// of the day, two each; the weekend, as it is and by the hour of the day.
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
        [
            scaled(wind, 300) - 4096,
            scaled(3 * square, 1_000_000),
            scaled(celsius, 800) - 2048,
            scaled((1_200 - celsius).max(0), 800),
            scaled((celsius - 2_000).max(0), 500),
            scaled(dew_point, 800),
            scaled(i64::from(self.irradiance_dw_per_m2), 2_500),
            scaled(rain, 1_500),
        ]
        .map(|value| i16::try_from(value.clamp(-LARGEST, LARGEST)).unwrap_or(0))
    }
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
#[derive(Clone, Copy, Debug)]
pub struct WeatherSeries<'a> {
    older: &'a [Weather],
    newer: &'a [Weather],
    start: Hour,
    run: Hour,
}

impl<'a> WeatherSeries<'a> {
    /// Hours from `start` on, those to come from a forecast of the weather
    /// that was begun at `run`: the network trusts it less with its age.
    #[must_use]
    pub const fn new(start: Hour, hours: &'a [Weather], run: Hour) -> Self {
        Self { older: hours, newer: &[], start, run }
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
        Self { older, newer, start, run }
    }

    /// Hours from the start of the weather forecast to `issue`.
    pub(super) fn age(&self, issue: Hour) -> u32 {
        issue.as_hours().saturating_sub(self.run.as_hours())
    }

    fn len(&self) -> usize {
        self.older.len().saturating_add(self.newer.len())
    }

    fn held(&self, place: usize) -> Weather {
        let found = match place.checked_sub(self.older.len()) {
            None => self.older.get(place),
            Some(rest) => self.newer.get(rest),
        };
        found.copied().unwrap_or(Weather::MISSING)
    }

    /// Whether enough is known to forecast with.
    pub(super) fn serves(&self, issue: Hour) -> bool {
        self.serves_the_week(issue) && self.missing(issue, HORIZON) <= MOST_MISSING
    }

    /// Hours of the week before `issue` and of those to come that are not known.
    pub(super) fn filled(&self, issue: Hour) -> u32 {
        self.missing(issue.earlier(WEEK), WEEK) + self.missing(issue, HORIZON)
    }

    /// Whether enough is known of the week before an hour.
    fn serves_the_week(&self, before: Hour) -> bool {
        self.missing(before.earlier(WEEK), WEEK) <= MOST_MISSING
    }

    /// Hours of `count` from `from` on that are not known.
    fn missing(&self, from: Hour, count: u32) -> u32 {
        let known = (0..count).filter(|&k| {
            let place = i64::from(from.later(k).as_hours()) - i64::from(self.start.as_hours());
            usize::try_from(place).is_ok_and(|place| self.held(place).is_known())
        });
        let known = u32::try_from(known.count()).unwrap_or(0);
        count - known
    }

    /// What the grid answers to in the hour `ahead` hours after `issue`,
    /// negative before it.
    pub(super) fn variables(&self, issue: Issue, ahead: i64) -> Variables {
        let told = self.told(issue.hour(), ahead);
        let local = issue.local(i32::try_from(ahead).unwrap_or(0));
        let [sine, cosine] = calendar::hour_of_day(local.hour_of_day());
        let weekend = if local.is_weekend() { 2048 } else { 0 };
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
        let Some(last) = self.len().checked_sub(1) else { return [0; WEATHER] };
        let place = i64::from(issue.as_hours()) + ahead - i64::from(self.start.as_hours());
        let repeated = if place < 0 { place.rem_euclid(i64::from(WEEK)) } else { place };
        let mut place = usize::try_from(repeated).unwrap_or(last).min(last);
        loop {
            let weather = self.held(place);
            if weather.is_known() {
                return weather.told();
            }
            let back = if place >= 24 { 24 } else { 1 };
            match place.checked_sub(back) {
                Some(before) => place = before,
                None => return [0; WEATHER],
            }
        }
    }
}
