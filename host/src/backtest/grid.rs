//! A grid whose past is looked at.

use wattcast_core::forecast::{Hour, Profile, Typical};
use wattcast_core::units::CarbonIntensity;

use crate::forecast::{Series, grid_code, standard_offset_hours, typical_profile};
use crate::weather::WeatherFile;

const WEEK: u32 = 168;

/// The series of one grid, and its weather where there is a file of it.
#[derive(Clone, Debug)]
pub struct Grid {
    zone: String,
    series: Series,
    weather: Option<WeatherFile>,
}

impl Grid {
    /// A grid by its code, and its hours.
    #[must_use]
    pub fn new(zone: &str, series: Series) -> Self {
        Self { zone: zone.to_owned(), series, weather: None }
    }

    /// For networks that are told the weather.
    #[must_use]
    pub fn with_weather(mut self, weather: WeatherFile) -> Self {
        self.weather = Some(weather);
        self
    }

    /// The code as it was given.
    #[must_use]
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// Its hours.
    #[must_use]
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// Whose typical day is known of it.
    #[must_use]
    pub fn typical(&self) -> Typical {
        self.typical_day(self.series.start()).typical()
    }

    /// Its typical day; the newest reading before an hour is its level, as long
    /// as the last week holds too few to tell one.
    pub(super) fn typical_day(&self, before: Hour) -> Profile<'static> {
        let back = (1..=WEEK).map(|hours| before.earlier(hours));
        let newest = back.filter_map(|hour| self.series.value(hour)).next();
        typical_profile(self.code(), newest.unwrap_or(CarbonIntensity::ZERO)).0
    }

    /// Its weather.
    pub(crate) fn weather(&self) -> Option<&WeatherFile> {
        self.weather.as_ref()
    }

    /// The code under which models know it.
    pub(super) fn code(&self) -> &str {
        grid_code(&self.zone)
    }

    /// Standard time less UTC; 0 where it is not known.
    pub(crate) fn offset_hours(&self) -> i8 {
        standard_offset_hours(self.code()).unwrap_or(0)
    }
}
