//! What is to run, and within what limits.

use super::ZoneSet;
use crate::units::{CarbonIntensity, CarbonMass, Energy, Power, Utc};

/// A job to be planned. Start from [`Job::new`] and set what differs.
///
/// ```
/// use wattcast_core::plan::{Job, Limits, Load, Overhead};
/// use wattcast_core::units::{Energy, Power, Utc};
///
/// let job = Job {
///     deadline: Some(Utc::from_us(86_400_000_000)),
///     limits: Limits { min_run_s: 3_600, max_pauses: Some(2), ..Limits::NONE },
///     pause: Overhead { seconds: 90, energy: Energy::from_uj(20_000_000_000) },
///     ..Job::new(4 * 3_600, Load::Constant(Power::from_uw(250_000_000)))
/// };
/// assert_eq!(job.remaining_s(), 14_400);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The work in seconds of running, overheads not counted.
    pub run_s: u32,
    /// How many of them are already done: a plan is for the rest.
    pub done_s: u32,
    /// What it draws at the meter while it works.
    pub load: Load<'a>,
    /// The zones in which it may run.
    pub zones: ZoneSet,
    /// It does not start before, where given.
    pub not_before: Option<Utc>,
    /// It ends by then, where given; else by the end of the outlook.
    pub deadline: Option<Utc>,
    /// What it is doing when the plan begins.
    pub standing: Standing,
    /// What a plan must keep to.
    pub limits: Limits,
    /// What each pause costs, when the job resumes.
    pub pause: Overhead,
    /// What each move to another zone costs, when the job starts there.
    pub moving: Overhead,
    /// What is made least.
    pub objective: Objective,
    /// How far to plan with the upper quantile instead of the expected
    /// intensity: 0 for the expected, 1000 for the upper, between them in
    /// proportion.
    pub caution_permille: u16,
}

impl<'a> Job<'a> {
    /// A job that has not started, may run anywhere and any time, pauses and
    /// moves for free, and is to emit as little as possible.
    #[must_use]
    pub const fn new(run_s: u32, load: Load<'a>) -> Self {
        Self {
            run_s,
            done_s: 0,
            load,
            zones: ZoneSet::ALL,
            not_before: None,
            deadline: None,
            standing: Standing::Fresh { home: None },
            limits: Limits::NONE,
            pause: Overhead::NONE,
            moving: Overhead::NONE,
            objective: Objective::Carbon,
            caution_permille: 0,
        }
    }

    /// The work that is left, in seconds.
    #[must_use]
    pub const fn remaining_s(&self) -> u32 {
        self.run_s.saturating_sub(self.done_s)
    }
}

/// What a job draws over its own progress: pauses do not advance it.
#[derive(Clone, Copy, Debug)]
pub enum Load<'a> {
    /// The same all the time.
    Constant(Power),
    /// Step by step from the start of the job. The last one lasts to its end,
    /// whatever its length.
    Steps(&'a [LoadStep]),
}

/// A stretch of work at one power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadStep {
    /// Its length in seconds.
    pub seconds: u32,
    /// The power, not negative.
    pub power: Power,
}

impl Load<'_> {
    /// Each power with the seconds for which it lasts, `None` for the last.
    pub(super) fn steps(&self) -> impl Iterator<Item = (Option<u32>, Power)> {
        let (constant, steps): (_, &[LoadStep]) = match *self {
            Self::Constant(power) => (Some((None, power)), &[]),
            Self::Steps(steps) => (None, steps),
        };
        let last = steps.len().saturating_sub(1);
        let steps = steps.iter().enumerate();
        constant
            .into_iter()
            .chain(steps.map(move |(at, s)| ((at < last).then_some(s.seconds), s.power)))
    }

    /// The sum of `weight(power)` over the first `seconds` of the job.
    pub(super) fn sum_to(&self, seconds: i64, weight: impl Fn(Power) -> i128) -> i128 {
        let mut left = i128::from(seconds.max(0));
        let mut sum = 0_i128;
        for (length, power) in self.steps() {
            let taken = length.map_or(left, |length| left.min(i128::from(length)));
            sum += taken * weight(power);
            left -= taken;
            if left == 0 {
                break;
            }
        }
        sum
    }

    /// The energy of the first `seconds` of the job in microjoules.
    pub(super) fn energy_to(&self, seconds: i64) -> i128 {
        self.sum_to(seconds, |power| i128::from(power.as_uw()))
    }
}

/// What an interruption costs. It is spent at the start of the stay that
/// follows, before any work: `seconds` go by, and `energy` is all that is drawn
/// in them, priced at the slot in which the stay starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overhead {
    /// The time without work.
    pub seconds: u32,
    /// The energy, not negative.
    pub energy: Energy,
}

impl Overhead {
    /// Free.
    pub const NONE: Self = Self { seconds: 0, energy: Energy::ZERO };
}

/// What a job is doing when its plan begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has not started. The first start costs nothing, except a move where
    /// it has a home and starts elsewhere.
    Fresh {
        /// Where its data are, or `None` where it may start anywhere for free.
        home: Option<u8>,
    },
    /// It runs. Not going on at once is a pause.
    Running {
        /// Where.
        zone: u8,
        /// For how long without a break, in seconds: counts towards the
        /// shortest stay.
        since_s: u32,
    },
    /// It is paused, and the pause is counted when it resumes.
    Paused {
        /// Where it last ran.
        zone: u8,
    },
}

impl Standing {
    /// Where the job is, where that is known.
    #[must_use]
    pub const fn zone(self) -> Option<u8> {
        match self {
            Self::Fresh { home } => home,
            Self::Running { zone, .. } | Self::Paused { zone } => Some(zone),
        }
    }
}

/// What a plan must keep to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// No slot of a higher intensity is used, not even in part.
    pub max_intensity: Option<CarbonIntensity>,
    /// The carbon of the whole plan, overheads included.
    pub budget: Option<CarbonMass>,
    /// How long each stay lasts at least, overhead included. Work that is left
    /// and done in one stay may be shorter.
    pub min_run_s: u32,
    /// How often it may resume after a pause.
    pub max_pauses: Option<u16>,
    /// How often it may start in another zone than the one it was in.
    pub max_moves: Option<u16>,
}

impl Limits {
    /// None.
    pub const NONE: Self =
        Self { max_intensity: None, budget: None, min_run_s: 0, max_pauses: None, max_moves: None };
}

/// What a plan makes as small as it can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// The carbon.
    Carbon,
    /// The carbon and the price together.
    CarbonAndPrice {
        /// How much carbon is worth one unit of the currency, in grams: at
        /// 100 € a tonne, 10 000.
        g_per_unit: u32,
    },
    /// The price alone; carbon only counts in [`Limits::budget`].
    Price,
}
