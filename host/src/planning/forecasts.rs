//! What is expected of some zones, on one grid of slots.

use wattcast_core::ledger::{DailyTariff, StepSeries};
use wattcast_core::plan::{MAX_ZONES, ZoneOutlook};
use wattcast_core::units::{Basis, CarbonIntensity, Price, Utc};

use super::{PlanningError, SLOTS};
use crate::pricing::Tariff;

/// What a value of a slot may be.
type Slot = Option<CarbonIntensity>;

/// The shortest slot that is planned with.
const SHORTEST_SLOT_S: u64 = 60;

/// Where a forecast comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A forecast that somebody else made.
    File(String),
    /// Made from a history file.
    History {
        /// The file.
        file: String,
        /// The network that answered; `None` where it was simple rules.
        network: Option<&'static str>,
    },
    /// Typical days of the season around the yearly factor.
    Typical {
        /// Whether they are those of its country, its own not being known.
        is_of_country: bool,
        /// Whose they are.
        sources: &'static str,
    },
    /// The yearly factor: every hour alike.
    Yearly {
        /// The table.
        source: &'static str,
        /// Its year.
        year: u16,
    },
    /// One value that was given by hand.
    Given,
}

/// What is expected of one zone, slot by slot.
#[derive(Clone, Debug)]
pub struct ZoneForecast {
    /// Its code.
    pub zone: String,
    /// What the intensity counts.
    pub basis: Basis,
    /// Where the values come from.
    pub origin: Origin,
    /// The first moment of the first slot.
    pub start: Utc,
    /// The length of a slot in seconds.
    pub slot_s: u32,
    /// The mean of each slot, or the value of a file, `None` where nothing is
    /// known.
    pub expected: Vec<Slot>,
    /// The lower quantile, or empty.
    pub low: Vec<Slot>,
    /// The upper quantile, or empty.
    pub high: Vec<Slot>,
}

impl ZoneForecast {
    /// The same value in every slot.
    pub(super) fn constant(
        (zone, basis, origin): (String, Basis, Origin),
        value: CarbonIntensity,
        (start, hours): (Utc, usize),
    ) -> Self {
        let expected = vec![Some(value); hours];
        let (low, high) = (Vec::new(), Vec::new());
        Self { zone, basis, origin, start, slot_s: 3_600, expected, low, high }
    }

    fn end_s(&self) -> u64 {
        let slots = u64::try_from(self.expected.len()).unwrap_or(u64::MAX);
        seconds(self.start).saturating_add(slots.saturating_mul(u64::from(self.slot_s)))
    }

    /// The values of one kind on another grid of slots, none of which is
    /// longer.
    fn on(&self, values: &[Slot], grid: &Grid) -> Vec<Slot> {
        if values.is_empty() {
            return Vec::new();
        }
        let at = |slot: u64| {
            let second = grid.start_s.saturating_add(slot.saturating_mul(grid.slot_s));
            let since = second.checked_sub(seconds(self.start))?;
            let index = usize::try_from(since / u64::from(self.slot_s.max(1))).ok()?;
            *values.get(index)?
        };
        (0..grid.slots).map(at).collect()
    }
}

fn seconds(moment: Utc) -> u64 {
    moment.as_us() / 1_000_000
}

/// Slots that all zones share.
struct Grid {
    start_s: u64,
    slot_s: u64,
    slots: u64,
}

/// What is expected of up to [`MAX_ZONES`] zones, on slots of one length.
#[derive(Clone, Debug)]
pub struct Forecasts {
    start: Utc,
    slot_s: u32,
    zones: Vec<ZoneForecast>,
}

impl Forecasts {
    /// Brings the zones onto slots of one length, from the one that holds
    /// `from` on.
    ///
    /// # Errors
    /// [`PlanningError`] where there is no zone, too many, two bases, slots
    /// that share no length, or more than [`SLOTS`] up to `until`.
    pub fn new(
        zones: Vec<ZoneForecast>,
        from: Utc,
        until: Option<Utc>,
    ) -> Result<Self, PlanningError> {
        let Some(first) = zones.first() else { return Err(PlanningError::NoZone) };
        if zones.len() > MAX_ZONES {
            return Err(PlanningError::TooManyZones { given: zones.len() });
        }
        if let Some(other) = zones.iter().find(|zone| zone.basis != first.basis) {
            return Err(PlanningError::TwoBases {
                one: first.zone.clone(),
                other: other.zone.clone(),
            });
        }
        let slot_s = zones.iter().fold(0, |common, zone| {
            let apart = seconds(zone.start).abs_diff(seconds(first.start));
            gcd(gcd(common, u64::from(zone.slot_s)), apart)
        });
        if slot_s < SHORTEST_SLOT_S {
            return Err(PlanningError::OddSlots);
        }
        let start_s = zones.iter().map(|zone| seconds(zone.start)).min().unwrap_or(0);
        let gone = seconds(from).saturating_sub(start_s) / slot_s;
        let start_s = start_s + gone * slot_s;
        let end_s = zones.iter().map(ZoneForecast::end_s).max().unwrap_or(0);
        let end_s = until.map_or(end_s, |until| end_s.min(until.as_us().div_ceil(1_000_000)));
        let slots = end_s.saturating_sub(start_s).div_ceil(slot_s);
        if slots == 0 {
            return Err(PlanningError::Ended { zone: first.zone.clone(), end: first_end(&zones) });
        }
        if usize::try_from(slots).map_or(true, |slots| slots > SLOTS) {
            return Err(PlanningError::TooLong { slots, slot_s });
        }
        let start = Utc::from_us(start_s.saturating_mul(1_000_000));
        let slot_s32 = u32::try_from(slot_s).unwrap_or(u32::MAX);
        let grid = Grid { start_s, slot_s, slots };
        let zones = zones.into_iter().map(|zone| ZoneForecast {
            start,
            slot_s: slot_s32,
            expected: zone.on(&zone.expected, &grid),
            low: zone.on(&zone.low, &grid),
            high: zone.on(&zone.high, &grid),
            ..zone
        });
        Ok(Self { start, slot_s: slot_s32, zones: zones.collect() })
    }

    /// The first moment of the first slot.
    #[must_use]
    pub fn start(&self) -> Utc {
        self.start
    }

    /// The length of each slot in seconds.
    #[must_use]
    pub fn slot_s(&self) -> u32 {
        self.slot_s
    }

    /// The zones, in the order in which plans number them.
    #[must_use]
    pub fn zones(&self) -> &[ZoneForecast] {
        &self.zones
    }

    /// The place of a zone among them.
    #[must_use]
    pub fn place(&self, zone: &str) -> Option<u8> {
        let place = self.zones.iter().position(|known| known.zone.eq_ignore_ascii_case(zone))?;
        u8::try_from(place).ok()
    }

    /// What it counts.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.zones.first().map_or(Basis::LifeCycle, |zone| zone.basis)
    }

    /// The price of each slot; where it changes within one, its mean.
    pub(super) fn prices(&self, tariff: &Tariff) -> Result<Vec<Price>, PlanningError> {
        DailyTariff::new(&tariff.rates, 0)
            .map_err(|error| PlanningError::Tariff(error.to_string()))?;
        let slot_us = u64::from(self.slot_s) * 1_000_000;
        let slots = self.zones.iter().map(|zone| zone.expected.len()).max().unwrap_or(0);
        let starts = (0..u64::try_from(slots).unwrap_or(0))
            .map(|slot| self.start.as_us().saturating_add(slot.saturating_mul(slot_us)));
        Ok(starts.map(|start| mean_price(tariff, start, slot_us)).collect())
    }

    /// Views of the zones for the planner.
    pub(super) fn outlooks<'a>(&'a self, prices: &'a [Price]) -> Vec<ZoneOutlook<'a>> {
        let view = |zone: &'a ZoneForecast| ZoneOutlook {
            expected: &zone.expected,
            low: &zone.low,
            high: &zone.high,
            price: prices,
        };
        self.zones.iter().map(view).collect()
    }
}

fn mean_price(tariff: &Tariff, start_us: u64, slot_us: u64) -> Price {
    let end_us = start_us.saturating_add(slot_us);
    let (mut at_us, mut sum) = (start_us, 0_i128);
    while at_us < end_us {
        let step = tariff.step_at(Utc::from_us(at_us));
        let until = step.until.map_or(end_us, Utc::as_us).clamp(at_us + 1, end_us);
        let micro = step.value.map_or(0, Price::as_micro_per_kwh);
        sum += i128::from(micro) * i128::from(until - at_us);
        at_us = until;
    }
    let mean = sum.div_euclid(i128::from(slot_us.max(1)));
    Price::from_micro_per_kwh(i64::try_from(mean).unwrap_or(i64::MAX))
}

fn first_end(zones: &[ZoneForecast]) -> Utc {
    let end_s = zones.iter().map(ZoneForecast::end_s).max().unwrap_or(0);
    Utc::from_us(end_s.saturating_mul(1_000_000))
}

/// The greatest common divisor; of zero and something, that.
const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
