//! What is expected of each zone, slot by slot.

use crate::units::{CarbonIntensity, Price, Utc};

/// The most zones that one plan weighs against each other.
pub const MAX_ZONES: usize = 16;

/// The expected carbon intensity of one zone, one value per slot of its
/// [`Outlook`]. `None`, or a slice that ends early, means that nothing is known
/// of a slot: no plan uses it.
#[derive(Clone, Copy, Debug, Default)]
pub struct ZoneOutlook<'a> {
    /// What is expected: the mean, of which sums are expected emissions, or the
    /// median.
    pub expected: &'a [Option<CarbonIntensity>],
    /// A lower quantile, or empty.
    pub low: &'a [Option<CarbonIntensity>],
    /// An upper quantile, or empty.
    pub high: &'a [Option<CarbonIntensity>],
    /// The price of energy, or empty where there is no tariff.
    pub price: &'a [Price],
}

impl<'a> ZoneOutlook<'a> {
    /// Without quantiles and prices.
    #[must_use]
    pub const fn new(expected: &'a [Option<CarbonIntensity>]) -> Self {
        Self { expected, low: &[], high: &[], price: &[] }
    }
}

/// Consecutive slots of equal length over some zones. A slot keeps the time for
/// which it was forecast: planning later with the same outlook uses what is
/// left of it and never shifts it to now.
///
/// ```
/// use wattcast_core::plan::{Outlook, ZoneOutlook};
/// use wattcast_core::units::{CarbonIntensity, Utc};
///
/// let hours = [50, 400].map(|g| Some(CarbonIntensity::from_mg_per_kwh(g * 1_000)));
/// let zones = [ZoneOutlook::new(&hours)];
/// let outlook = Outlook { start: Utc::from_us(0), slot_s: 3_600, zones: &zones };
/// assert_eq!(outlook.slots(), 2);
/// assert_eq!(outlook.end(), Some(Utc::from_us(7_200_000_000)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Outlook<'a> {
    /// The first moment of the first slot.
    pub start: Utc,
    /// The length of a slot in seconds, at least 1.
    pub slot_s: u32,
    /// The zones, at most [`MAX_ZONES`]. Plans name them by their place here.
    pub zones: &'a [ZoneOutlook<'a>],
}

impl Outlook<'_> {
    /// How many slots the longest zone has.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.zones.iter().map(|zone| zone.expected.len()).max().unwrap_or(0)
    }

    /// The first moment after the last slot, or `None` beyond what [`Utc`]
    /// holds.
    #[must_use]
    pub fn end(&self) -> Option<Utc> {
        let slots = u64::try_from(self.slots()).ok()?;
        let length_us = slots.checked_mul(u64::from(self.slot_s))?.checked_mul(1_000_000)?;
        self.start.as_us().checked_add(length_us).map(Utc::from_us)
    }
}

/// A set of zones of an outlook.
///
/// ```
/// use wattcast_core::plan::ZoneSet;
///
/// let two = ZoneSet::NONE.with(0).with(3);
/// assert!(two.contains(3) && !two.contains(1));
/// assert_eq!(ZoneSet::ALL.without(two).with(0), ZoneSet::ALL.without(ZoneSet::NONE.with(3)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ZoneSet(u16);

impl ZoneSet {
    /// Every zone.
    pub const ALL: Self = Self(u16::MAX);
    /// No zone.
    pub const NONE: Self = Self(0);

    /// The set whose members are the places of the ones in `bits`.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// One bit for each member, the first zone lowest.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// With one zone more. Places from [`MAX_ZONES`] on do not exist and are
    /// ignored.
    #[must_use]
    pub const fn with(self, zone: u8) -> Self {
        Self(self.0 | Self::bit(zone))
    }

    /// Only the zones that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Only the zones that are in `other` too.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether the zone is in it.
    #[must_use]
    pub const fn contains(self, zone: u8) -> bool {
        self.0 & Self::bit(zone) != 0
    }

    /// Whether no zone is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0_u8..16).filter(move |zone| self.contains(*zone))
    }

    const fn bit(zone: u8) -> u16 {
        if zone < 16 { 1 << zone } else { 0 }
    }
}
