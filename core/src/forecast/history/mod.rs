//! What is known of a grid's past, hour by hour, and how its holes are filled.

#[cfg(test)]
mod tests;
mod view;

use crate::units::CarbonIntensity;

use super::Hour;

pub(super) use view::{MEMORY, View};

/// The largest carbon intensity that counts as a reading: four times what the
/// dirtiest plant emits. Anything above is taken as missing.
pub const MAX_INTENSITY: CarbonIntensity = CarbonIntensity::from_mg_per_kwh(4_000_000);

/// So many equal hours in a row at the end of a history are a sensor that no
/// longer tells anything, not a grid.
pub const STUCK_HOURS: u32 = 24;

/// The mean carbon intensity of one hour, or a hole.
///
/// ```
/// use wattcast_core::forecast::Reading;
/// use wattcast_core::units::CarbonIntensity;
///
/// let clean = CarbonIntensity::from_mg_per_kwh(45_000);
/// assert_eq!(Reading::from(clean).known(), Some(clean));
/// assert_eq!(Reading::MISSING.known(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(transparent)]
pub struct Reading(u32);

impl Reading {
    /// Nothing was received for this hour.
    pub const MISSING: Self = Self(u32::MAX);

    /// The intensity, where there is one below [`MAX_INTENSITY`].
    #[must_use]
    pub const fn known(self) -> Option<CarbonIntensity> {
        if self.0 > MAX_INTENSITY.as_mg_per_kwh() {
            None
        } else {
            Some(CarbonIntensity::from_mg_per_kwh(self.0))
        }
    }
}

impl From<CarbonIntensity> for Reading {
    fn from(intensity: CarbonIntensity) -> Self {
        Self(intensity.as_mg_per_kwh())
    }
}

impl From<Option<CarbonIntensity>> for Reading {
    fn from(intensity: Option<CarbonIntensity>) -> Self {
        intensity.map_or(Self::MISSING, Self::from)
    }
}

/// The hours of one grid up to `end`, oldest first, in one slice or in the two
/// of a ring. 672 hours (28 days) are all that any forecaster here looks at;
/// more does no harm.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    older: &'a [Reading],
    newer: &'a [Reading],
    end: Hour,
}

impl<'a> History<'a> {
    /// The hours before `end`, the last one being the hour just before it.
    #[must_use]
    pub const fn new(end: Hour, hours: &'a [Reading]) -> Self {
        Self { older: hours, newer: &[], end }
    }

    /// As [`History::new`], from the two parts of a ring.
    #[must_use]
    pub const fn from_ring(end: Hour, older: &'a [Reading], newer: &'a [Reading]) -> Self {
        Self { older, newer, end }
    }

    /// The hour after the last one held.
    #[must_use]
    pub const fn end(&self) -> Hour {
        self.end
    }

    /// The number of hours held, holes included.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.older.len().saturating_add(self.newer.len())
    }

    /// Whether no hour is held.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The reading at a place in the order of time.
    fn reading(&self, index: usize) -> Reading {
        let found = match index.checked_sub(self.older.len()) {
            None => self.older.get(index),
            Some(rest) => self.newer.get(rest),
        };
        found.copied().unwrap_or(Reading::MISSING)
    }

    /// The readings from a place up to another, as far as they lie in one slice.
    fn run(&self, from: usize, to: usize) -> &'a [Reading] {
        let (slice, before) = match from.checked_sub(self.older.len()) {
            None => (self.older, 0),
            Some(_) => (self.newer, self.older.len()),
        };
        let end = to.saturating_sub(before).min(slice.len());
        slice.get(from - before..end).unwrap_or_default()
    }
}
