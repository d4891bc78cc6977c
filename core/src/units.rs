//! Quantities as types: an integer inside, the unit in every constructor and
//! getter, and only the operators that make physical sense.
//!
//! ```
//! use wattcast_core::units::{Energy, Interval, Power, Uptime};
//!
//! let draw = Power::from_uw(1_500_000);
//! let span = Interval::new(Uptime::from_us(0), Uptime::from_us(2_000_000)).unwrap();
//! assert_eq!(draw.checked_over(span), Some(Energy::from_uj(3_000_000)));
//! ```

use serde::{Deserialize, Serialize};

/// Microseconds in one hour, the step of intensity and tariff series.
pub const US_PER_HOUR: u64 = 3_600_000_000;

/// Declares a quantity: a private integer, a constructor and a getter that
/// name the unit, and checked addition and subtraction.
macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident($int:ty), $from:ident, $as:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[serde(transparent)]
        pub struct $name($int);

        impl $name {
            /// Zero.
            pub const ZERO: Self = Self(0);
            /// The largest value that the type holds.
            pub const MAX: Self = Self(<$int>::MAX);

            #[doc = concat!("From ", $unit, ".")]
            #[must_use]
            pub const fn $from(value: $int) -> Self {
                Self(value)
            }

            #[doc = concat!("As ", $unit, ".")]
            #[must_use]
            pub const fn $as(self) -> $int {
                self.0
            }

            /// The sum, or `None` where it does not fit.
            #[must_use]
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(sum) => Some(Self(sum)),
                    None => None,
                }
            }

            /// The difference, or `None` where it does not fit.
            #[must_use]
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(rest) => Some(Self(rest)),
                    None => None,
                }
            }
        }
    };
}

quantity! {
    /// Electric power. Negative while a battery charges or a panel feeds in.
    Power(i64), from_uw, as_uw, "microwatts (µW)"
}
quantity! {
    /// Energy of one interval. Negative where energy flowed out.
    Energy(i64), from_uj, as_uj, "microjoules (µJ)"
}
quantity! {
    /// Cumulative energy in one direction: 100 kW for ten years is 3.2e19 µJ,
    /// more than 64 bits hold.
    TotalEnergy(u128), from_uj, as_uj, "microjoules (µJ)"
}
quantity! {
    /// Greenhouse gas per energy, in CO2 equivalents. Also an emission factor.
    CarbonIntensity(u32), from_mg_per_kwh, as_mg_per_kwh, "milligrams of CO2e per kilowatt-hour"
}
quantity! {
    /// A mass of greenhouse gas in CO2 equivalents.
    CarbonMass(u64), from_ug, as_ug, "micrograms of CO2e (µg)"
}
quantity! {
    /// An amount of money in a currency that is named elsewhere.
    Money(i64), from_micro, as_micro, "millionths of a currency unit"
}
quantity! {
    /// A price of energy. Negative where the grid pays for use.
    Price(i64), from_micro_per_kwh, as_micro_per_kwh, "millionths of a currency unit per kilowatt-hour"
}
quantity! {
    /// Time since the boot of a device or the start of a run, by a clock that
    /// never steps.
    Uptime(u64), from_us, as_us, "microseconds (µs) since boot"
}
quantity! {
    /// A moment in UTC, without leap seconds.
    Utc(u64), from_us, as_us, "microseconds (µs) since 1970-01-01T00:00:00Z"
}

impl Power {
    /// The energy of this power held over `span`, rounded towards negative
    /// infinity, or `None` where it does not fit.
    #[must_use]
    pub fn checked_over(self, span: Interval) -> Option<Energy> {
        let picojoules = i128::from(self.0) * i128::from(span.duration_us());
        let (microjoules, _) = crate::wide::div_floor(picojoules, 1_000_000)?;
        i64::try_from(microjoules).ok().map(Energy)
    }
}

impl TotalEnergy {
    /// Adds the energy of an interval that is not negative; `None` where it is
    /// negative or the sum does not fit.
    #[must_use]
    pub fn checked_add_energy(self, energy: Energy) -> Option<Self> {
        let added = u128::try_from(energy.0).ok()?;
        self.0.checked_add(added).map(Self)
    }
}

/// A stretch of uptime, the end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Interval {
    start: Uptime,
    end: Uptime,
}

impl Interval {
    /// From `start` up to `end`, or `None` where `end` lies before `start`.
    #[must_use]
    pub const fn new(start: Uptime, end: Uptime) -> Option<Self> {
        if end.0 < start.0 { None } else { Some(Self { start, end }) }
    }

    /// The first moment.
    #[must_use]
    pub const fn start(self) -> Uptime {
        self.start
    }

    /// The first moment after it.
    #[must_use]
    pub const fn end(self) -> Uptime {
        self.end
    }

    /// The length in microseconds.
    #[must_use]
    pub const fn duration_us(self) -> u64 {
        self.end.0 - self.start.0
    }
}

/// Power usage effectiveness: what a site draws over what its computers draw.
///
/// Source: ISO/IEC 30134-2. The Uptime Institute's survey average is 1.54
/// (2025); a machine outside a data centre has 1.0.
///
/// ```
/// use wattcast_core::units::Pue;
///
/// assert_eq!(Pue::from_millionths(1_540_000).unwrap().as_millionths(), 1_540_000);
/// assert!(Pue::from_millionths(900_000).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[serde(try_from = "u32", into = "u32")]
pub struct Pue(u32);

impl Pue {
    /// No overhead: 1.0.
    pub const ONE: Self = Self(1_000_000);

    /// From millionths, 1.0 to 10.0; `None` outside.
    #[must_use]
    pub const fn from_millionths(value: u32) -> Option<Self> {
        if value < 1_000_000 || value > 10_000_000 { None } else { Some(Self(value)) }
    }

    /// As millionths (1 000 000 is 1.0).
    #[must_use]
    pub const fn as_millionths(self) -> u32 {
        self.0
    }
}

impl Default for Pue {
    fn default() -> Self {
        Self::ONE
    }
}

impl TryFrom<u32> for Pue {
    type Error = PueOutOfRange;

    fn try_from(millionths: u32) -> Result<Self, Self::Error> {
        Self::from_millionths(millionths).ok_or(PueOutOfRange)
    }
}

impl From<Pue> for u32 {
    fn from(pue: Pue) -> Self {
        pue.0
    }
}

/// A power usage effectiveness outside 1.0 to 10.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PueOutOfRange;

impl core::fmt::Display for PueOutOfRange {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a PUE lies between 1.0 and 10.0")
    }
}

impl core::error::Error for PueOutOfRange {}

/// How a number came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// Read from an instrument: RAPL, an NVML counter, a power sensor.
    Measured,
    /// Computed from what was measured in another quantity: CPU time × TDP.
    Modelled,
    /// A constant of the kind of hardware: watts per gigabyte of RAM.
    Assumed,
}

/// What an emission factor counts. Two bases are never added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The whole life of the plants and their fuel.
    LifeCycle,
    /// Only what leaves the chimney.
    Direct,
    /// What one more kilowatt-hour would cause; the others are averages.
    Marginal,
}

/// Uptime tied to UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Anchor {
    /// The moment on the device's clock.
    pub uptime: Uptime,
    /// The same moment in UTC.
    pub utc: Utc,
    /// How far off `utc` may be, in microseconds.
    pub uncertainty_us: u32,
}

impl Anchor {
    /// The moment in UTC of an uptime, before the anchor too; `None` where it
    /// lies before 1970 or beyond what 64 bits hold.
    ///
    /// ```
    /// use wattcast_core::units::{Anchor, Uptime, Utc};
    ///
    /// let anchor =
    ///     Anchor { uptime: Uptime::from_us(500), utc: Utc::from_us(10_000), uncertainty_us: 0 };
    /// assert_eq!(anchor.utc_at(Uptime::from_us(400)), Some(Utc::from_us(9_900)));
    /// assert_eq!(anchor.uptime_at(Utc::from_us(9_900)), Some(Uptime::from_us(400)));
    /// assert_eq!(anchor.uptime_at(Utc::from_us(9_400)), None);
    /// ```
    #[must_use]
    pub fn utc_at(self, uptime: Uptime) -> Option<Utc> {
        let offset = i128::from(self.utc.0) - i128::from(self.uptime.0);
        u64::try_from(i128::from(uptime.0) + offset).ok().map(Utc)
    }

    /// The uptime of a moment in UTC; `None` where it lies before the boot.
    #[must_use]
    pub fn uptime_at(self, utc: Utc) -> Option<Uptime> {
        let offset = i128::from(self.uptime.0) - i128::from(self.utc.0);
        u64::try_from(i128::from(utc.0) + offset).ok().map(Uptime)
    }
}
