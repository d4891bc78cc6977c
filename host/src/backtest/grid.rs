//! A grid whose past is looked at.

use crate::forecast::{Series, grid_code, standard_offset_hours};
use crate::weather::WeatherFile;

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

    /// Its weather.
    pub(super) fn weather(&self) -> Option<&WeatherFile> {
        self.weather.as_ref()
    }

    /// The code under which models know it.
    pub(super) fn code(&self) -> &str {
        grid_code(&self.zone)
    }

    /// Standard time less UTC; 0 where it is not known.
    pub(super) fn offset_hours(&self) -> i8 {
        standard_offset_hours(self.code()).unwrap_or(0)
    }
}
