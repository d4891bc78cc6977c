//! The rule of eco4cast, mended.
//!
//! What the rule does, in this order:
//!
//! 1. A slot of a zone is *clean* where its intensity is at most
//!    `max_emission_value`. It is *possible* where it lies in a window of
//!    `min_interval_size` up to `min_interval_size + max_window_size − 1`
//!    consecutive known slots, the whole window inside the outlook, whose first
//!    and last slots are clean and whose mean is at most `max_emission_value`.
//!    So a window may bridge a short peak, and never pulls in the slots beside
//!    a clean stretch.
//! 2. From the first slot on: where the job is in no zone yet, it starts in the
//!    zone that is possible for `min_interval_size` slots with the lowest mean
//!    over the shortest stretch for which all such zones stay possible.
//! 3. Where it is in a zone, it moves to another one that is possible for
//!    `min_interval_size` slots if some stay there, of at least that length and
//!    within the possible, is better by `co2_delta_to_move` on the mean; to the
//!    one that saves most over its best such stay. The energy of the move is
//!    paid, and its time saves nothing.
//! 4. Else it stays while its slot is possible, or resumes there where it is
//!    possible for `min_interval_size` slots. Else it waits for a slot.
//! 5. The work is done in the slots so chosen, in order, until it is done.
//!
//! Where eco4cast 0.0.8 differs, each with a test of its own here: the last
//! interval lost its last hour; windows marked one hour too few at their end
//! and dirty hours before a clean stretch (of hours 20 to 23 it took 19 to 22,
//! of one clean hour two, and with one window none); a move was judged by one
//! step and cost nothing, and was free where only one zone was possible; zones
//! without a forecast counted as 0 g; a zone above the threshold was taken
//! where none was possible for the whole step; a step of zero never ended; only
//! 24 hours were accepted; an old forecast was used as if it began now.

use super::frame::Frame;
use super::schedule::settle;
use super::walk::Run;
use super::{Flaw, Job, Memory, Method, Outlook, PlanError, Proof, Schedule, ZoneSet};
use crate::units::{CarbonIntensity, Utc};

/// The parameters of eco4cast, in slots where it has hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greedy {
    /// The highest mean intensity at which the job runs.
    pub max_emission_value: CarbonIntensity,
    /// How much better another zone must be.
    pub co2_delta_to_move: CarbonIntensity,
    /// The shortest interval in slots, at least 1.
    pub min_interval_size: u16,
    /// How many sizes of window are tried, at least 1.
    pub max_window_size: u16,
    /// The only zones to use.
    pub include: ZoneSet,
    /// Zones not to use.
    pub exclude: ZoneSet,
}

impl Default for Greedy {
    /// As eco4cast has them: 180 and 30 g/kWh, 1 and 3 slots, all zones.
    fn default() -> Self {
        Self {
            max_emission_value: CarbonIntensity::from_mg_per_kwh(180_000),
            co2_delta_to_move: CarbonIntensity::from_mg_per_kwh(30_000),
            min_interval_size: 1,
            max_window_size: 3,
            include: ZoneSet::ALL,
            exclude: ZoneSet::NONE,
        }
    }
}

/// Plans by the rule of eco4cast: see the source of this module for what it
/// does and where it differs.
///
/// ```
/// use wattcast_core::plan::{Greedy, Job, Load, Outlook, ZoneOutlook, greedy};
/// use wattcast_core::units::{CarbonIntensity, CarbonMass, Power, Utc};
///
/// let hours = [300, 80, 90, 400].map(|g| Some(CarbonIntensity::from_mg_per_kwh(g * 1_000)));
/// let zones = [ZoneOutlook::new(&hours)];
/// let outlook = Outlook { start: Utc::from_us(0), slot_s: 3_600, zones: &zones };
/// let job = Job::new(2 * 3_600, Load::Constant(Power::from_uw(1_000_000_000)));
///
/// let plan = greedy::<4>(&outlook, &job, Utc::from_us(0), &Greedy::default()).unwrap();
/// assert_eq!(plan.expected, CarbonMass::from_ug(170_000_000));
/// ```
///
/// # Errors
///
/// [`PlanError`]; [`Conflict::Rule`](super::Conflict::Rule) where the possible
/// slots do not hold the work.
pub fn greedy<const N: usize>(
    outlook: &Outlook<'_>,
    job: &Job<'_>,
    now: Utc,
    rule: &Greedy,
) -> Result<Schedule<N>, PlanError> {
    let possible = Possible::<N>::new(outlook, job, now, rule)?;
    let choice = possible.choose(ZoneSet::ALL);
    let mut runs = heapless::Vec::<Run, N>::new();
    for (slot, zone) in choice.iter().enumerate() {
        let Some(zone) = *zone else { continue };
        match runs.last_mut() {
            Some(run) if run.zone == zone && run.to == slot => run.to += 1,
            // There are at most as many runs as slots.
            _ => drop(runs.push(Run { zone, from: slot, to: slot + 1 })),
        }
    }
    settle(&possible.frame, &runs, Method::Greedy, Proof::Rule)
}

/// The slots that the rule holds for possible, of every zone: to choose from
/// them for many sets of zones.
///
/// ```
/// use wattcast_core::plan::{Greedy, Job, Load, Outlook, Possible, ZoneOutlook, ZoneSet};
/// use wattcast_core::units::{CarbonIntensity, Power, Utc};
///
/// let gram = |g: u32| Some(CarbonIntensity::from_mg_per_kwh(g * 1_000));
/// let (here, there) = ([300, 80].map(gram), [60, 400].map(gram));
/// let zones = [ZoneOutlook::new(&here), ZoneOutlook::new(&there)];
/// let outlook = Outlook { start: Utc::from_us(0), slot_s: 3_600, zones: &zones };
/// let job = Job::new(3_600, Load::Constant(Power::from_uw(1_000_000_000)));
///
/// let rule = Greedy::default();
/// let possible = Possible::<2>::new(&outlook, &job, Utc::from_us(0), &rule).unwrap();
/// assert_eq!(possible.choose(ZoneSet::ALL), [Some(1), Some(0)]);
/// assert_eq!(possible.choose(ZoneSet::NONE.with(0)), [None, Some(0)]);
/// ```
#[derive(Clone, Copy)]
pub struct Possible<'a, const N: usize> {
    frame: Frame<'a>,
    rule: &'a Greedy,
    /// For each slot one bit for each zone.
    masks: [u16; N],
    /// The energy of the work and of a move.
    work_uj: i128,
    move_uj: i128,
}

impl<'a, const N: usize> Possible<'a, N> {
    /// Finds them.
    ///
    /// # Errors
    ///
    /// [`PlanError`], for flaws and where there are more than `N` slots.
    pub fn new(
        outlook: &'a Outlook<'a>,
        job: &'a Job<'a>,
        now: Utc,
        rule: &'a Greedy,
    ) -> Result<Self, PlanError> {
        if rule.min_interval_size == 0 || rule.max_window_size == 0 {
            return Err(Flaw::Rule.into());
        }
        let frame = Frame::new(outlook, job, now)?;
        if frame.slots > N {
            return Err(Memory::Slots { needed: frame.slots }.into());
        }
        let mut possible = Self {
            frame,
            rule,
            masks: [0; N],
            work_uj: frame.energy_uj(frame.work_s),
            move_uj: i128::from(job.moving.energy.as_uj()),
        };
        for zone in rule.include.without(rule.exclude).and(job.zones).iter() {
            possible.mark(zone);
        }
        Ok(possible)
    }

    /// In which zone the rule runs the job in each slot, if only the zones of
    /// the set exist. The work is not counted: it goes on to the last slot.
    #[must_use]
    pub fn choose(&self, zones: ZoneSet) -> [Option<u8>; N] {
        let here = self.frame.job.standing.zone();
        self.walk(zones, here, |slot, from, to| self.saving(slot, from, to))
    }

    /// What [`choose_by`](Self::choose_by) takes: for each slot, zone, and
    /// other zone in turn what a move saves, as far as `table` reaches. It
    /// holds all of them with slots × zones × zones values.
    pub fn fill_savings(&self, table: &mut [Option<i64>]) {
        let zones = self.frame.outlook.zones.len().max(1);
        for (place, saving) in table.iter_mut().enumerate() {
            let zone = |at: usize| u8::try_from(at % zones).unwrap_or(u8::MAX);
            let (from, to) = (zone(place / zones), zone(place));
            let slot = place / zones / zones;
            let is_move = from != to && slot < self.frame.slots;
            *saving = if is_move { self.saving(slot, from, to) } else { None };
        }
    }

    /// The same as [`choose`](Self::choose) for a job that is in `here`, with
    /// what moves save worked out before: for thousands of sets.
    #[must_use]
    pub fn choose_by(
        &self,
        savings: &[Option<i64>],
        zones: ZoneSet,
        here: Option<u8>,
    ) -> [Option<u8>; N] {
        let count = self.frame.outlook.zones.len();
        self.walk(zones, here, |slot, from, to| {
            let place = (slot * count + usize::from(from)) * count + usize::from(to);
            savings.get(place).copied().flatten()
        })
    }

    fn walk(
        &self,
        zones: ZoneSet,
        mut here: Option<u8>,
        saving: impl Fn(usize, u8, u8) -> Option<i64>,
    ) -> [Option<u8>; N] {
        let mut choice = [None; N];
        let mut owed = 0_u16;
        let mut is_running = false;
        for slot in 0..self.frame.slots {
            if owed == 0 {
                let goes_on =
                    is_running && here.is_some_and(|zone| self.mask(slot, zones).contains(zone));
                let next = self.next(slot, zones, here, goes_on, &saving);
                is_running = next.is_some();
                if is_running && !(goes_on && next == here) {
                    owed = self.rule.min_interval_size;
                }
                here = next.or(here);
            }
            owed = owed.saturating_sub(1);
            if let Some(chosen) = choice.get_mut(slot).filter(|_| is_running) {
                *chosen = here;
            }
        }
        choice
    }

    /// Where to run in a slot in which nothing is owed to an interval.
    fn next(
        &self,
        slot: usize,
        zones: ZoneSet,
        here: Option<u8>,
        goes_on: bool,
        saving: impl Fn(usize, u8, u8) -> Option<i64>,
    ) -> Option<u8> {
        let open = self.open(slot, zones);
        let Some(zone) = here.filter(|zone| self.frame.planned(*zone, slot).is_some()) else {
            return self.start(slot, open);
        };
        let others = open.without(ZoneSet::NONE.with(zone));
        let savings = others.iter().filter_map(|to| Some((saving(slot, zone, to)?, to)));
        // The first of equals.
        let best = savings.reduce(|best, other| if other.0 > best.0 { other } else { best });
        match best {
            Some((_, to)) => Some(to),
            None if goes_on || open.contains(zone) => Some(zone),
            None => None,
        }
    }

    /// The zone of the lowest mean, where the job is in none.
    fn start(&self, slot: usize, open: ZoneSet) -> Option<u8> {
        let shortest = open.iter().map(|zone| self.stretch(slot, zone)).min()?;
        let sum = |zone: u8| {
            let slots = slot..slot + shortest;
            slots.fold(0_i64, |sum, at| {
                sum.saturating_add(self.frame.planned(zone, at).unwrap_or(i64::MAX))
            })
        };
        open.iter().min_by_key(|zone| sum(*zone))
    }

    /// What a move saves over its best stay, in mg/kWh × seconds, where it is
    /// good enough.
    fn saving(&self, slot: usize, from: u8, to: u8) -> Option<i64> {
        let min = usize::from(self.rule.min_interval_size);
        let delta = i64::from(self.rule.co2_delta_to_move.as_mg_per_kwh());
        let cost = i128::from(self.frame.planned(to, slot)?)
            .checked_mul(self.move_uj)?
            .checked_mul(i128::from(self.frame.work_s))?
            .checked_div(self.work_uj)
            .unwrap_or(0);
        let mut saved = i64::try_from(-cost).ok()?;
        let mut moving_s = i64::from(self.frame.job.moving.seconds);
        let (mut stay_s, mut best) = (0_i64, None);
        for (length, at) in (1..).zip(slot..slot + self.stretch(slot, to)) {
            let Some(stay) = self.frame.planned(from, at) else { break };
            let open_s = self.frame.at(at + 1) - self.frame.at(at);
            let work_s = (open_s - moving_s).max(0);
            moving_s -= open_s - work_s;
            stay_s += open_s;
            let better = stay - self.frame.planned(to, at)?;
            saved = saved.saturating_add(better.saturating_mul(work_s));
            let is_enough = saved > 0 && saved >= delta.saturating_mul(stay_s);
            if length >= min && is_enough && best.is_none_or(|best| saved > best) {
                best = Some(saved);
            }
        }
        best
    }

    fn mask(&self, slot: usize, zones: ZoneSet) -> ZoneSet {
        ZoneSet::from_bits(self.masks.get(slot).copied().unwrap_or(0)).and(zones)
    }

    /// The zones that are possible for the shortest interval.
    fn open(&self, slot: usize, zones: ZoneSet) -> ZoneSet {
        let slots = slot..slot + usize::from(self.rule.min_interval_size);
        slots.fold(zones, |open, at| self.mask(at, open))
    }

    /// For how many slots a zone stays possible.
    fn stretch(&self, slot: usize, zone: u8) -> usize {
        let masks = self.masks.iter().skip(slot);
        masks.take_while(|mask| ZoneSet::from_bits(**mask).contains(zone)).count()
    }

    /// Marks the possible slots of a zone.
    fn mark(&mut self, zone: u8) {
        let frame = self.frame;
        let max = i64::from(self.rule.max_emission_value.as_mg_per_kwh());
        let value = |slot: usize| frame.planned(zone, slot).filter(|_| frame.allows(zone, slot));
        let is_clean = |slot: usize| value(slot).is_some_and(|value| value <= max);
        let sizes = usize::from(self.rule.min_interval_size)..;
        for size in sizes.take(usize::from(self.rule.max_window_size)) {
            for from in 0..(frame.slots + 1).saturating_sub(size) {
                let window = from..from + size;
                if !is_clean(from) || !is_clean(window.end - 1) {
                    continue;
                }
                let sum = window
                    .clone()
                    .try_fold(0_i128, |sum, slot| Some(sum + i128::from(value(slot)?)));
                let limit = window.clone().fold(0_i128, |sum, _| sum + i128::from(max));
                if sum.is_some_and(|sum| sum <= limit) {
                    let masks = self.masks.iter_mut().skip(from).take(size);
                    masks.for_each(|mask| *mask |= ZoneSet::NONE.with(zone).bits());
                }
            }
        }
    }
}
