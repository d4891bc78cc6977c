//! Every set of zones, all hours.

use wattcast_core::plan::{Greedy, Job, Load, Outlook, Possible, ZoneSet};
use wattcast_core::units::CarbonIntensity;

use super::field::{DAY, Day, Field};
use super::one_zone::{POWER, series, views};

/// All sets of the zones of a field.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// The hours that were played.
    pub hours: u64,
    /// By their bits, from 1 up: the first zone of the field is the lowest.
    pub sets: Vec<Set>,
}

/// What a job that runs all hours emits in a set of zones: sums of mg/kWh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// One bit for each zone.
    pub zones: u16,
    /// In the zone that came out cleanest over all hours.
    pub best_fixed: u64,
    /// In all zones alike, rounded down.
    pub mean: u64,
    /// Each hour in the zone that was told to be cleanest: the best plan by
    /// what was told, where moves are free.
    pub told: u64,
    /// The same by what came.
    pub foreseen: u64,
    /// By the rule of eco4cast without its threshold, from what was told.
    pub greedy: u64,
    /// How often the plan by what was told changes the zone.
    pub told_moves: u32,
    /// How often the rule does.
    pub greedy_moves: u32,
}

/// Plays all sets. `done` is told how many days are.
#[must_use]
pub fn sweep(field: &Field, mut done: impl FnMut(u64)) -> Sweep {
    let zones = field.zones().len();
    let count = 1_usize << zones.min(16);
    let mut sets = vec![Set::default(); count];
    let (mut by_told, mut by_came) = (vec![u64::MAX; count], vec![u64::MAX; count]);
    let mut last = vec![u8::MAX; count];
    let mut standing: Vec<Option<u8>> = vec![None; count];
    let mut totals = vec![0_u64; zones];
    for (played, day) in (1..).zip(&field.days) {
        for (total, hours) in totals.iter_mut().zip(&day.came) {
            *total += hours.iter().map(|mg| u64::from(*mg)).sum::<u64>();
        }
        for hour in 0..day.hours() {
            let at = |of: &[Vec<u32>]| -> Vec<u32> {
                of.iter().map(|hours| hours.get(hour).copied().unwrap_or(0)).collect()
            };
            let (told, came) = (at(&day.told), padded(&at(&day.came)));
            cleanest(&mut by_told, &told);
            cleanest(&mut by_came, &at(&day.came));
            let chosen = by_told.iter().zip(&mut last);
            for ((set, (now, last)), foreseen) in sets.iter_mut().zip(chosen).zip(&by_came) {
                let zone = zone_of(*now);
                set.told += of(&came, zone);
                set.foreseen += of(&came, zone_of(*foreseen));
                set.told_moves += u32::from(zone != *last);
                *last = zone;
            }
        }
        by_rule(day, &mut sets, &mut standing);
        done(played);
    }
    finish(&mut sets, &totals);
    sets.remove(0);
    Sweep { hours: u64::try_from(field.hours()).unwrap_or(0), sets }
}

/// The zone of least value in each set, the first of equals, below its value
/// in the lowest byte. With each zone the sets double.
fn cleanest(best: &mut [u64], values: &[u32]) {
    for (zone, value) in (0_u8..).zip(values) {
        let packed = u64::from(*value) << 8 | u64::from(zone);
        if let Some((known, more)) = best.split_at_mut_checked(1 << zone) {
            for (new, old) in more.iter_mut().zip(known) {
                *new = packed.min(*old);
            }
        }
    }
}

/// The zone of a choice.
fn zone_of(packed: u64) -> u8 {
    packed.to_le_bytes()[0]
}

/// Sixteen values, so that each zone of four bits has one.
fn padded(values: &[u32]) -> [u64; 16] {
    let mut all = [0; 16];
    for (place, value) in all.iter_mut().zip(values) {
        *place = u64::from(*value);
    }
    all
}

fn of(values: &[u64; 16], zone: u8) -> u64 {
    values.get(usize::from(zone & 15)).copied().unwrap_or(0)
}

/// The rule over a day, each set going on where it was.
fn by_rule(day: &Day, sets: &mut [Set], standing: &mut [Option<u8>]) {
    let all: Vec<usize> = (0..day.told.len()).collect();
    let told = series(&day.told, &all);
    let zones = views(&told);
    let start = day.start.start();
    let outlook = Outlook { start, slot_s: 3_600, zones: &zones };
    let seconds = u32::try_from(day.hours() * 3_600).unwrap_or(0);
    let job = Job::new(seconds, Load::Constant(POWER));
    let no_threshold = CarbonIntensity::from_mg_per_kwh(u32::MAX);
    let rule = Greedy { max_emission_value: no_threshold, ..Greedy::default() };
    // A day of known hours, and no more zones than fit.
    let Ok(possible) = Possible::<DAY>::new(&outlook, &job, start, &rule) else { return };
    let mut savings = vec![None; day.hours() * zones.len() * zones.len()];
    possible.fill_savings(&mut savings);
    let came: Vec<[u64; 16]> = (0..day.hours())
        .map(|hour| {
            let hours = day.came.iter().map(|zone| zone.get(hour).copied().unwrap_or(0));
            padded(&hours.collect::<Vec<u32>>())
        })
        .collect();
    for ((bits, set), here) in (0_u16..).zip(sets).zip(standing).skip(1) {
        let choice = possible.choose_by(&savings, ZoneSet::from_bits(bits), *here);
        for (values, zone) in came.iter().zip(choice) {
            let Some(chosen) = zone else { continue };
            set.greedy += of(values, chosen);
            set.greedy_moves += u32::from(here.is_some_and(|last| last != chosen));
            *here = zone;
        }
    }
}

/// What the sets are held against.
fn finish(sets: &mut [Set], totals: &[u64]) {
    for (bits, set) in (0_u16..=u16::MAX).zip(sets) {
        let members = ZoneSet::from_bits(bits).iter();
        let of_set = members.filter_map(|zone| totals.get(usize::from(zone)));
        let (mut sum, mut count, mut least) = (0, 0, u64::MAX);
        for total in of_set {
            (sum, count, least) = (sum + total, count + 1, least.min(*total));
        }
        set.zones = bits;
        set.best_fixed = least;
        set.mean = sum / count.max(1);
        // The first hour is no move.
        set.told_moves = set.told_moves.saturating_sub(1);
    }
}
