//! A grid whose past is looked at.

use wattcast_core::forecast::{Hour, ModelKind, Profile, Typical};
use wattcast_core::units::CarbonIntensity;

use crate::forecast::{Series, grid_code, standard_offset_hours, typical_profile};
use crate::weather::{DayAheadFile, Told, WeatherFile};

const WEEK: u32 = 168;

/// The series of one grid, and its weather or the solar and wind that its
/// operator expects, where there is a file of it.
#[derive(Clone, Debug)]
pub struct Grid {
    zone: String,
    series: Series,
    weather: Option<WeatherFile>,
    day_ahead: Option<DayAheadFile>,
}

impl Grid {
    /// A grid by its code, and its hours.
    #[must_use]
    pub fn new(zone: &str, series: Series) -> Self {
        Self { zone: zone.to_owned(), series, weather: None, day_ahead: None }
    }

    /// For networks that are told the weather.
    #[must_use]
    pub fn with_weather(mut self, weather: WeatherFile) -> Self {
        self.weather = Some(weather);
        self
    }

    /// For networks that are told the operator's day-ahead solar and wind.
    #[must_use]
    pub fn with_day_ahead(mut self, day_ahead: DayAheadFile) -> Self {
        self.day_ahead = Some(day_ahead);
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

    /// Whether its day-ahead solar and wind reach beyond an hour.
    #[must_use]
    pub fn has_day_ahead_at(&self, hour: Hour) -> bool {
        self.day_ahead.as_ref().is_some_and(|file| file.end() > hour)
    }

    /// What a network of a kind is told from `first` on.
    pub(crate) fn told(&self, kind: ModelKind, first: Hour) -> Option<Told<'_>> {
        match kind {
            ModelKind::History => None,
            ModelKind::Weather => self.weather.as_ref().map(Told::Weather),
            ModelKind::DayAhead => {
                let file = self.day_ahead.as_ref()?;
                Some(Told::DayAhead(file.from(first, self.offset_hours())))
            }
        }
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
