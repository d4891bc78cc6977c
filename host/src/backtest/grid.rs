//! A grid whose past is looked at.

use crate::forecast::{Series, grid_code, standard_offset_hours};

/// The series of one grid.
#[derive(Clone, Debug)]
pub struct Grid {
    zone: String,
    series: Series,
}

impl Grid {
    /// A grid by its code, and its hours.
    #[must_use]
    pub fn new(zone: &str, series: Series) -> Self {
        Self { zone: zone.to_owned(), series }
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

    /// The code under which models know it.
    pub(super) fn code(&self) -> &str {
        grid_code(&self.zone)
    }

    /// Standard time less UTC; 0 where it is not known.
    pub(super) fn offset_hours(&self) -> i8 {
        standard_offset_hours(self.code()).unwrap_or(0)
    }
}
