//! What a reading came to.

use serde::{Deserialize, Serialize};

use super::Flow;
use crate::units::Interval;

/// What a reading came to. Only the variants with a [`Flow`] carry energy;
/// those with an [`Interval`] name a stretch whose energy is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Outcome {
    /// The first reading: nothing to compare it with.
    First,
    /// The usual case.
    Advanced(Flow),
    /// The counter passed the end of its range once.
    Wrapped(Flow),
    /// The counter restarted or jumped: its value cannot have come from this
    /// interval's energy. The next interval counts from here.
    Reset(Interval),
    /// The reading failed. The next one is compared with the last that worked.
    Unavailable,
    /// Longer than allowed since the last reading, but the counter went on, so
    /// the energy is known and only its course in time is not.
    Bridged(Flow),
    /// Longer than allowed since the last power sample, or so long that the
    /// counter may have wrapped unseen. The next interval counts from here.
    Gap(Interval),
    /// A second reading at the moment of the last one; ignored.
    Duplicate,
    /// A reading stamped before the last one; ignored.
    Backward,
    /// The sample or the one before it stood at the end of the sensor's
    /// scale: the true energy is at least this.
    Saturated(Flow),
}

impl Outcome {
    /// The energy of the interval, where it is known.
    #[must_use]
    pub const fn flow(self) -> Option<Flow> {
        match self {
            Self::Advanced(flow)
            | Self::Wrapped(flow)
            | Self::Bridged(flow)
            | Self::Saturated(flow) => Some(flow),
            Self::First
            | Self::Reset(_)
            | Self::Unavailable
            | Self::Gap(_)
            | Self::Duplicate
            | Self::Backward => None,
        }
    }

    /// The stretch whose energy is not known, where this reading found one.
    #[must_use]
    pub const fn unknown(self) -> Option<Interval> {
        match self {
            Self::Reset(interval) | Self::Gap(interval) => Some(interval),
            _ => None,
        }
    }
}

/// How often each outcome of a reading occurred. A reading counts in every
/// field that applies to it: a wrap across a gap in both. A field that has
/// reached its largest value means "at least so often".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Counts {
    /// Readings that advanced the energy.
    pub advanced: u32,
    /// Counter wraps.
    pub wrapped: u32,
    /// Counter resets.
    pub reset: u32,
    /// Readings that failed.
    pub unavailable: u32,
    /// Gaps longer than allowed.
    pub gaps: u32,
    /// Two readings at one moment.
    pub duplicates: u32,
    /// Readings stamped before the last one.
    pub backward: u32,
    /// Readings at the end of the sensor's scale.
    pub saturated: u32,
}

impl Counts {
    /// No reading yet.
    pub const NONE: Self = Self {
        advanced: 0,
        wrapped: 0,
        reset: 0,
        unavailable: 0,
        gaps: 0,
        duplicates: 0,
        backward: 0,
        saturated: 0,
    };
}

/// The energy of an interval does not fit. It is lost, the next interval
/// counts from this reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Overflow;

impl core::fmt::Display for Overflow {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the energy of one interval exceeds what 64 bits of microjoules hold")
    }
}

impl core::error::Error for Overflow {}

/// Adds one to a count.
pub(super) const fn count(field: &mut u32) {
    *field = field.saturating_add(1);
}
