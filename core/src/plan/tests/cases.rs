//! Random plans to make: small ones, with every limit and cost in use.

extern crate std;

use std::vec::Vec;

use crate::plan::{
    Job, Limits, Load, LoadStep, Objective, Outlook, Overhead, Standing, ZoneOutlook, ZoneSet,
};
use crate::units::{CarbonIntensity, CarbonMass, Energy, Power, Price, Utc};

/// SplitMix64, so that a case is its seed.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(super) fn between<T: TryFrom<u64>>(&mut self, from: u64, to: u64) -> T {
        T::try_from(from + self.below(to - from + 1)).ok().unwrap()
    }

    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.one_in(2) { Some(value(self)) } else { None }
    }
}

/// All that a plan needs, owned.
pub(super) struct Case {
    pub(super) start_us: u64,
    pub(super) slot_s: u32,
    pub(super) series: Vec<Series>,
    pub(super) steps: Vec<LoadStep>,
    /// Its load is a placeholder: see [`Case::job`].
    job: Job<'static>,
    pub(super) now: Utc,
}

#[derive(Default)]
pub(super) struct Series {
    expected: Vec<Option<CarbonIntensity>>,
    low: Vec<Option<CarbonIntensity>>,
    high: Vec<Option<CarbonIntensity>>,
    price: Vec<Price>,
}

impl Case {
    /// Small enough to try everything.
    pub(super) fn small(seed: u64) -> Self {
        let random = &mut Random(seed);
        let zones = random.between(1, 3);
        let slots: u64 = match zones {
            1 => random.between(1, 8),
            2 => random.between(1, 6),
            _ => random.between(1, 5),
        };
        let slot_s: u64 = random.between(1, 6);
        let horizon_s = slots * slot_s;
        let start_us = 1_000_000_000_000 + random.below(2) * 500_000;
        let moment = |second: u64| Utc::from_us(start_us + second * 1_000_000);
        let zone = |random: &mut Random| random.between(0, zones - 1);
        let done_s = if random.one_in(3) { random.below(4) } else { 0 };
        let load = Load::Constant(Power::ZERO);
        let overhead = |random: &mut Random| Overhead {
            seconds: if random.one_in(3) { 0 } else { random.between(0, slot_s + 2) },
            energy: Energy::from_uj(random.between(0, 6_000_000_000)),
        };
        let remaining_s: u64 = random.between(1, 2 + horizon_s * 2 / 3);
        let job = Job {
            run_s: u32::try_from(done_s + remaining_s).unwrap(),
            done_s: u32::try_from(done_s).unwrap(),
            zones: if random.one_in(4) {
                ZoneSet::from_bits(random.between(1, 7))
            } else {
                ZoneSet::ALL
            },
            not_before: random.one_in(3).then(|| moment(random.below(slot_s * 2))),
            deadline: random
                .maybe(|random| moment(horizon_s - random.below(slot_s * 2).min(horizon_s))),
            standing: match random.below(6) {
                0 => Standing::Paused { zone: zone(random) },
                1 => Standing::Running { zone: zone(random), since_s: random.between(0, 8) },
                2 => Standing::Fresh { home: Some(zone(random)) },
                _ => Standing::Fresh { home: None },
            },
            limits: Limits {
                max_intensity: random
                    .one_in(4)
                    .then(|| CarbonIntensity::from_mg_per_kwh(random.between(8, 25))),
                budget: random.one_in(2).then(|| CarbonMass::from_ug(random.below(120))),
                min_run_s: if random.one_in(2) { random.between(0, slot_s * 3) } else { 0 },
                max_pauses: random.maybe(|random| random.between(0, 3)),
                max_moves: random.maybe(|random| random.between(0, 3)),
            },
            pause: overhead(random),
            moving: overhead(random),
            objective: match random.below(3) {
                0 => Objective::Carbon,
                1 => Objective::Price,
                _ => Objective::CarbonAndPrice { g_per_unit: random.between(0, 3_000) },
            },
            caution_permille: if random.one_in(4) { random.between(0, 1_000) } else { 0 },
            ..Job::new(1, load)
        };
        let steps = (0..random.between(1, 3))
            .map(|_| LoadStep {
                seconds: random.between(0, 6),
                power: Power::from_uw(random.between::<i64>(0, 4) * 1_000_000_000),
            })
            .collect();
        let now = Utc::from_us(start_us + random.below(3) * random.below(slot_s * 1_500_000));
        let series = (0..zones).map(|_| Series::small(random, slots)).collect();
        Self { start_us, slot_s: u32::try_from(slot_s).unwrap(), series, steps, job, now }
    }

    pub(super) fn job(&self) -> Job<'_> {
        Job { load: Load::Steps(&self.steps), ..self.job }
    }

    /// Lends the outlook.
    pub(super) fn with<T>(&self, use_it: impl FnOnce(&Outlook<'_>, &Job<'_>) -> T) -> T {
        let zones: Vec<ZoneOutlook<'_>> = self
            .series
            .iter()
            .map(|series| ZoneOutlook {
                expected: &series.expected,
                low: &series.low,
                high: &series.high,
                price: &series.price,
            })
            .collect();
        let start = Utc::from_us(self.start_us);
        use_it(&Outlook { start, slot_s: self.slot_s, zones: &zones }, &self.job())
    }
}

impl Series {
    fn small(random: &mut Random, slots: u64) -> Self {
        let mut series = Self::default();
        for _ in 0..slots {
            let low: u32 = random.between(0, 12);
            let expected = low + random.between::<u32>(0, 8);
            let high = expected + random.between::<u32>(0, 10);
            let is_known = !random.one_in(12);
            let value = |mg: u32| is_known.then_some(CarbonIntensity::from_mg_per_kwh(mg));
            series.expected.push(value(expected));
            series.low.push(value(low));
            series.high.push(value(high));
            series.price.push(Price::from_micro_per_kwh(random.between::<i64>(0, 30) - 6));
        }
        series
    }
}
