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
    /// Each hour in the zone that was told to be cleanest at the start of the
    /// day: the best plan by what was told, where moves are free.
    pub told: u64,
    /// The same by the newest forecast of each hour.
    pub anew: u64,
    /// The same as `anew`, but leaving the zone that was cleanest over the four
    /// weeks before the day only for one that is told to be cleaner by the
    /// margin.
    pub kept: u64,
    /// The same by what came.
    pub foreseen: u64,
    /// By the rule of eco4cast without its threshold, from what was told at the
    /// start of the day.
    pub greedy: u64,
    /// How often the plan by what was told changes the zone.
    pub told_moves: u32,
    /// How often that by the newest forecasts does.
    pub anew_moves: u32,
    /// How often that with the margin does.
    pub kept_moves: u32,
    /// How often the rule does.
    pub greedy_moves: u32,
}

/// Plays all sets, with a margin in mg/kWh. `done` is told how many days are.
#[must_use]
pub fn sweep(field: &Field, margin: u32, mut done: impl FnMut(u64)) -> Sweep {
    let zones = field.zones().len();
    let count = 1_usize << zones.min(16);
    let mut sets = vec![Set::default(); count];
    let mut told = Chosen::new(count);
    let mut anew = Chosen::new(count);
    let mut kept = Kept::new(count);
    let mut foreseen = Chosen::new(count);
    let mut standing: Vec<Option<u8>> = vec![None; count];
    let mut totals = vec![0_u64; zones];
    for (played, day) in (1..).zip(&field.days) {
        for (total, hours) in totals.iter_mut().zip(&day.came) {
            *total += hours.iter().map(|mg| u64::from(*mg)).sum::<u64>();
        }
        kept.begin(&day.before);
        for hour in 0..day.hours() {
            let came = at(&day.came, hour);
            told.choose(&Day::told_of(hour, day.first()), &came);
            let newest = Day::told_of(hour, &day.issues);
            anew.choose(&newest, &came);
            kept.choose(&anew.best, &newest, margin, &came);
            foreseen.choose(&came, &came);
        }
        by_rule(day, &mut sets, &mut standing);
        done(played);
    }
    for (set, told) in sets.iter_mut().zip(&told.sums) {
        (set.told, set.told_moves) = *told;
    }
    for (set, anew) in sets.iter_mut().zip(&anew.sums) {
        (set.anew, set.anew_moves) = *anew;
    }
    for (set, kept) in sets.iter_mut().zip(&kept.sums) {
        (set.kept, set.kept_moves) = *kept;
    }
    for (set, foreseen) in sets.iter_mut().zip(&foreseen.sums) {
        set.foreseen = foreseen.0;
    }
    finish(&mut sets, &totals);
    sets.remove(0);
    Sweep { hours: u64::try_from(field.hours()).unwrap_or(0), sets }
}

/// Where each set runs, hour by hour.
struct Chosen {
    /// The zone of least value, the first of equals, below its value in the
    /// lowest byte.
    best: Vec<u64>,
    last: Vec<u8>,
    /// What that emits, and how often it moves.
    sums: Vec<(u64, u32)>,
}

impl Chosen {
    fn new(count: usize) -> Self {
        let none = u8::MAX;
        Self { best: vec![u64::MAX; count], last: vec![none; count], sums: vec![(0, 0); count] }
    }

    /// Runs an hour in the zone of least value in each set.
    fn choose(&mut self, values: &[u32], came: &[u32]) {
        least(&mut self.best, values);
        let came = padded(came);
        for ((sums, last), best) in self.sums.iter_mut().zip(&mut self.last).zip(&self.best) {
            let zone = zone_of(*best);
            sums.0 += of(&came, zone);
            sums.1 += u32::from(zone != *last);
            *last = zone;
        }
    }
}

/// Where each set runs that leaves a zone only for a margin.
struct Kept {
    /// The zone that was cleanest before, packed as in [`Chosen::best`].
    home: Vec<u64>,
    last: Vec<u8>,
    sums: Vec<(u64, u32)>,
}

impl Kept {
    fn new(count: usize) -> Self {
        let none = u8::MAX;
        Self { home: vec![u64::MAX; count], last: vec![none; count], sums: vec![(0, 0); count] }
    }

    /// A day begins.
    fn begin(&mut self, before: &[u32]) {
        least(&mut self.home, before);
    }

    /// Runs an hour at home, or in the zone of least value where that is better
    /// by the margin.
    fn choose(&mut self, best: &[u64], values: &[u32], margin: u32, came: &[u32]) {
        let (values, came) = (padded(values), padded(came));
        let places = self.home.iter().zip(best);
        let states = self.sums.iter_mut().zip(&mut self.last);
        for ((sums, last), (home, best)) in states.zip(places) {
            let (home, best) = (zone_of(*home), zone_of(*best));
            let is_worth = of(&values, home) > of(&values, best) + u64::from(margin);
            let zone = if is_worth { best } else { home };
            sums.0 += of(&came, zone);
            sums.1 += u32::from(zone != *last);
            *last = zone;
        }
    }
}

/// The zone of least value in each set, packed below that value: with each zone
/// the sets double.
fn least(best: &mut [u64], values: &[u32]) {
    for (zone, value) in (0_u8..).zip(values) {
        let packed = u64::from(*value) << 8 | u64::from(zone);
        if let Some((known, more)) = best.split_at_mut_checked(1 << zone) {
            for (new, old) in more.iter_mut().zip(known) {
                *new = packed.min(*old);
            }
        }
    }
}

/// One hour of all zones.
fn at(values: &[Vec<u32>], hour: usize) -> Vec<u32> {
    values.iter().map(|hours| hours.get(hour).copied().unwrap_or(0)).collect()
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
    let all: Vec<usize> = (0..day.came.len()).collect();
    let Some(issue) = day.issues.first() else { return };
    let told = series(&issue.told, &all);
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
    let came: Vec<[u64; 16]> = (0..day.hours()).map(|hour| padded(&at(&day.came, hour))).collect();
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
        set.anew_moves = set.anew_moves.saturating_sub(1);
        set.kept_moves = set.kept_moves.saturating_sub(1);
    }
}
