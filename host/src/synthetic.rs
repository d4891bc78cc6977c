//! Grids that do not exist: carbon intensity and weather of any length from a
//! seed, the same on every machine, for tests and for trying things out.
//!
//! Demand has days, weekends, heating and cooling; wind and sun meet a part of
//! it, a plant that never stops a part of the rest, and what remains burns
//! fuel. So the intensity has the shape of a real one, and knowing the weather
//! helps. All of it is integers.
//!
//! ```
//! use wattcast::synthetic::SyntheticGrid;
//!
//! let mut hours = SyntheticGrid::new(1).hours();
//! let first = hours.next().unwrap();
//! assert_eq!(SyntheticGrid::new(1).hours().next().unwrap(), first);
//! assert!(hours.take(8760).all(|hour| hour.mg_per_kwh < 900_000));
//! ```

use wattcast_core::forecast::Hour;

/// One hour of a made-up grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntheticHour {
    /// The hour.
    pub start: Hour,
    /// Carbon intensity.
    pub mg_per_kwh: u32,
    /// Wind at 10 m, 0.01 m/s.
    pub wind: i32,
    /// Temperature at 2 m, 0.01 K.
    pub temperature: i32,
    /// Dew point at 2 m, 0.01 K.
    pub dew_point: i32,
    /// Irradiance, 0.1 W/m².
    pub sun: i32,
    /// Rain of three hours, 0.001 mm.
    pub rain: i32,
    /// Solar power as it is expected the day before, MW.
    pub solar_mw: u32,
    /// Wind power likewise.
    pub wind_mw: u32,
}

/// A made-up grid: what it is built of and its weather follow from a seed.
#[derive(Clone, Copy, Debug)]
pub struct SyntheticGrid {
    seed: u64,
}

/// 2023-01-01T00:00Z, a Sunday.
const START: u32 = 464_592;
/// 1.0 of sines and shares.
const ONE: i64 = 1 << 11;

impl SyntheticGrid {
    /// The grid of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Its hours from 2023-01-01T00:00Z on, without end.
    pub fn hours(self) -> impl Iterator<Item = SyntheticHour> {
        let mut random = Random(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95);
        let plant = Plant::new(&mut random);
        let mut sky = Sky::default();
        (START..).map(move |hour| {
            sky.step(&mut random);
            plant.hour(hour, &sky, &mut random)
        })
    }
}

/// xorshift64*.
struct Random(u64);

impl Random {
    /// Even over `-size..=size`.
    fn around_zero(&mut self, size: i64) -> i64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        i64::try_from(bits).unwrap_or(0).rem_euclid(2 * size + 1) - size
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.around_zero(high - low) + high - low) / 2
    }
}

/// What wanders from hour to hour, in Q11 about 0.
#[derive(Default)]
struct Sky {
    wind: i64,
    warmth: i64,
    cloud: i64,
    habit: i64,
}

impl Sky {
    fn step(&mut self, random: &mut Random) {
        let mut wander = |of: &mut i64, forget: u32, size: i64| {
            *of += random.around_zero(size) - (*of >> forget);
        };
        wander(&mut self.wind, 5, 420);
        wander(&mut self.warmth, 6, 220);
        wander(&mut self.cloud, 4, 700);
        wander(&mut self.habit, 5, 120);
    }
}

/// How much there is of each kind, in Q11 of the mean demand.
struct Plant {
    steady: i64,
    wind: i64,
    sun: i64,
    fuel_mg_per_kwh: i64,
}

impl Plant {
    fn new(random: &mut Random) -> Self {
        Self {
            steady: random.between(ONE / 8, ONE / 3),
            wind: random.between(ONE / 8, ONE / 2),
            sun: random.between(ONE / 4, ONE),
            fuel_mg_per_kwh: random.between(480_000, 820_000),
        }
    }

    fn hour(&self, start: u32, sky: &Sky, random: &mut Random) -> SyntheticHour {
        let hour = i64::from(start);
        let (of_day, of_year) = (hour % 24, hour % 8766);
        // Warmest in the middle of July and at 15:00.
        let season = -cosine(of_year - 14 * 24, 8766);
        let noon = -cosine(of_day - 3, 24);
        let temperature = 28_300 + (900 * season + 350 * noon + 500 * sky.warmth) / ONE;
        let dew_point = temperature - 200 - (300 * (ONE + noon) / ONE).max(0);
        let wind = (650 - 150 * season / ONE + 300 * sky.wind / ONE).clamp(0, 2_500);
        let cloud = (ONE / 3 + sky.cloud / 3).clamp(0, ONE);
        let height = (-cosine(of_day, 24) + 2 * season / 5 - ONE / 8).max(0);
        let sun = height * 7_000 / ONE * (ONE - 3 * cloud / 4) / ONE;
        let rain = (cloud - 3 * ONE / 4).max(0) * 4;

        let weekend = (hour / 24 + 3) % 7 >= 5;
        let cold = (28_700 - temperature).max(0);
        let heat = (temperature - 29_500).max(0);
        let demand = ONE - if weekend { ONE / 8 } else { 0 }
            + (300 * noon - 120 * cosine(2 * of_day - 14, 24)) / ONE
            + (cold + 2 * heat) / 8
            + sky.habit / 4;
        let demand = demand.max(ONE / 2);
        let blown = wind.min(1_200);
        let (blown, shining) = (self.wind * blown * blown / (700 * 700), self.sun * sun / 5_000);
        let clean = blown + shining;
        let clean = clean.min(demand - demand / 20);
        let burnt = (demand - clean - self.steady).max(demand / 25);
        let grams = (burnt * self.fuel_mg_per_kwh + (demand - burnt) * 18_000) / demand;
        let measured = grams + random.around_zero(3_000);
        let small = |value: i64| i32::try_from(value).unwrap_or(0);
        SyntheticHour {
            start: Hour::from_hours(start),
            mg_per_kwh: u32::try_from(measured.clamp(1_000, 900_000)).unwrap_or(0),
            wind: small(wind),
            temperature: small(temperature),
            dew_point: small(dew_point),
            sun: small(sun),
            rain: small(rain),
            solar_mw: expected(shining, start, 3),
            wind_mw: expected(blown, start, 5),
        }
    }
}

/// What is expected of so much, off by up to a fifth and the longer so the
/// slower `pace` is: of a grid of 10 GW.
fn expected(of: i64, hour: u32, pace: i64) -> u32 {
    let off = cosine(i64::from(hour), 7 * pace) * cosine(i64::from(hour), 11 * pace) / ONE;
    u32::try_from(of * (5 * ONE + off) / (5 * ONE) * 10_000 / ONE).unwrap_or(0)
}

/// `cos(2π at / period)` in Q11, off by less than 0.002 (Bhaskara's formula).
fn cosine(at: i64, period: i64) -> i64 {
    // Quarter turns of 1024 steps; cos is even and sin(x) is cos(x - 1/4).
    let step = (at.rem_euclid(period) * 4096 / period + 1024) % 4096;
    let (half, sign) = if step < 2048 { (step, 1) } else { (step - 2048, -1) };
    let product = half * (2048 - half);
    sign * (16 * product * ONE) / (5 * 2048 * 2048 - 4 * product)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_is_one() {
        for at in -30..60_i32 {
            let wanted = (f64::from(at) * std::f64::consts::TAU / 24.0).cos() * 2048.0;
            let found = f64::from(i32::try_from(cosine(i64::from(at), 24)).unwrap());
            assert!((wanted - found).abs() < 6.0, "{at}: {found}, not {wanted}");
        }
    }

    #[test]
    fn a_year_has_the_shape_of_a_real_one() {
        for seed in 0..4 {
            let year: Vec<_> = SyntheticGrid::new(seed).hours().take(8760).collect();
            let mean = |of: &dyn Fn(&SyntheticHour) -> i64| year.iter().map(of).sum::<i64>() / 8760;
            let level = mean(&|h| i64::from(h.mg_per_kwh));
            assert!((60_000..600_000).contains(&level), "{seed}: {level}");
            let day_before = year.iter().zip(year.iter().skip(24));
            let change: i64 = day_before
                .map(|(a, b)| (i64::from(a.mg_per_kwh) - i64::from(b.mg_per_kwh)).abs())
                .sum::<i64>()
                / 8736;
            assert!((level / 50..level / 2).contains(&change), "{seed}: {change} of {level}");
            assert!(year.iter().all(|h| h.dew_point < h.temperature && h.sun < 14_000));
        }
    }
}
