//! The energy of one interval, both directions apart.

use crate::units::{Energy, Interval};

/// Energy that flowed during one interval: what was taken in and what was
/// given out, never netted. Neither is negative.
///
/// ```
/// use wattcast_core::meter::Flow;
/// use wattcast_core::units::{Energy, Interval, Uptime};
///
/// let second = Interval::new(Uptime::ZERO, Uptime::from_us(1_000_000)).unwrap();
/// let charging = Flow::from_net(second, Energy::from_uj(-5)).unwrap();
/// assert_eq!(charging.import(), Energy::ZERO);
/// assert_eq!(charging.export(), Energy::from_uj(5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Flow {
    interval: Interval,
    import: Energy,
    export: Energy,
}

impl Flow {
    /// Both directions; `None` where one is negative.
    #[must_use]
    pub const fn new(interval: Interval, import: Energy, export: Energy) -> Option<Self> {
        if import.as_uj() < 0 || export.as_uj() < 0 {
            return None;
        }
        Some(Self { interval, import, export })
    }

    /// One direction: taken in where `energy` is positive, given out where it
    /// is negative. `None` for the one value that has no opposite.
    #[must_use]
    pub const fn from_net(interval: Interval, energy: Energy) -> Option<Self> {
        if energy.as_uj() >= 0 {
            return Self::new(interval, energy, Energy::ZERO);
        }
        match Energy::ZERO.checked_sub(energy) {
            Some(export) => Self::new(interval, Energy::ZERO, export),
            None => None,
        }
    }

    /// When it flowed.
    #[must_use]
    pub const fn interval(self) -> Interval {
        self.interval
    }

    /// What was taken in.
    #[must_use]
    pub const fn import(self) -> Energy {
        self.import
    }

    /// What was given out.
    #[must_use]
    pub const fn export(self) -> Energy {
        self.export
    }

    /// Both flows as one, from the earlier start to the later end; `None`
    /// where a sum does not fit.
    #[must_use]
    pub fn merge(self, other: Self) -> Option<Self> {
        let start = self.interval.start().min(other.interval.start());
        let end = self.interval.end().max(other.interval.end());
        Self::new(
            Interval::new(start, end)?,
            self.import.checked_add(other.import)?,
            self.export.checked_add(other.export)?,
        )
    }
}
