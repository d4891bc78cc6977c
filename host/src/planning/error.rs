//! Why there is no plan, in one line for a person.

use wattcast_core::plan::{Conflict, Flaw, PlanError};
use wattcast_core::units::Utc;

use crate::forecast::OutlookError;
use crate::grid::UnknownPlace;
use crate::intensity::{HistoryError, timestamp};
use crate::report::{carbon, duration};

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanningError {
    /// No zone was named.
    #[error("no zone to run in; name one with --zone, such as --zone DE")]
    NoZone,
    /// More zones than a plan weighs.
    #[error("{given} zones, a plan weighs at most 16; name fewer")]
    TooManyZones {
        /// How many.
        given: usize,
    },
    /// A zone that the tables do not know, and no file was given.
    #[error(transparent)]
    Place(#[from] UnknownPlace),
    /// It has no factor of the wanted basis.
    #[error("{zone} has no factor of that basis; give --history FILE or another --basis")]
    NoFactor {
        /// The zone.
        zone: String,
    },
    /// A file could not be read.
    #[error(transparent)]
    File(#[from] HistoryError),
    /// The history does not reach back before the plan begins.
    #[error("{file}: holds fewer than two values from before {}; a plan knows only what came before it", timestamp(*.before))]
    TooYoung {
        /// The file.
        file: String,
        /// When the plan begins.
        before: Utc,
    },
    /// No forecast could be made.
    #[error("{zone}: {error}")]
    Outlook {
        /// The zone.
        zone: String,
        /// Why.
        error: OutlookError,
    },
    /// Files of two kinds of intensity.
    #[error(
        "{one} and {other} count different things (life-cycle, direct, marginal); bases do not compare"
    )]
    TwoBases {
        /// A zone.
        one: String,
        /// Another one.
        other: String,
    },
    /// The slots of the zones fit no common length.
    #[error("the hours of the zones share no length of a minute or more; give all on full hours")]
    OddSlots,
    /// Too many slots.
    #[error(
        "{slots} slots of {slot_s} s until the deadline, a plan holds at most 672; set an earlier --deadline"
    )]
    TooLong {
        /// How many.
        slots: u64,
        /// Their length.
        slot_s: u64,
    },
    /// Nothing is forecast of the time of the plan.
    #[error("the forecast of {zone} ends at {}, before the plan begins; give newer data, or --from to plan back then", timestamp(*.end))]
    Ended {
        /// The zone.
        zone: String,
        /// Its end.
        end: Utc,
    },
    /// The tariff is wrong.
    #[error("--tariff: {0}")]
    Tariff(String),
    /// The work fits no integer, or is none.
    #[error("the job must take between a second and 136 years")]
    Work,
    /// What the planner said.
    #[error("{text}")]
    Plan {
        /// For programs.
        error: PlanError,
        /// For people.
        text: String,
    },
}

impl PlanningError {
    /// Names zones and writes amounts as people do.
    pub(super) fn of(error: PlanError, zones: &[&str]) -> Self {
        let name = |zone: u8| zones.get(usize::from(zone)).copied().unwrap_or("?");
        let time = |seconds: u32| duration(u64::from(seconds) * 1_000_000);
        let text = match error {
            PlanError::Flaw(Flaw::NoQuantile(zone)) => format!(
                "the forecast of {} has no upper range, so --caution cannot be kept; leave it out, \
                 or give --history or a forecast with a column p90_gco2_per_kwh",
                name(zone)
            ),
            PlanError::Conflict(Conflict::Deadline { needed_s, available_s }) => format!(
                "{} of work do not fit into the {} until the deadline; set a later --deadline",
                time(needed_s),
                time(available_s)
            ),
            PlanError::Conflict(Conflict::Horizon { needed_s, available_s }) => format!(
                "the forecast covers {} and the work takes {}; get a longer one or do less",
                time(available_s),
                time(needed_s)
            ),
            PlanError::Conflict(Conflict::Unknown { available_s }) => format!(
                "the forecast knows only {} of the time until the deadline, too little; fill its holes",
                time(available_s)
            ),
            PlanError::Conflict(Conflict::MaxIntensity { available_s }) => format!(
                "only {} are as clean as --threshold asks, too few; allow a higher one",
                time(available_s)
            ),
            PlanError::Conflict(Conflict::Rule { available_s }) => format!(
                "the rule of --method greedy leaves {}, too little for the work; allow a higher --threshold",
                time(available_s)
            ),
            PlanError::Conflict(Conflict::Budget { least }) => format!(
                "--carbon-budget is too small: it takes at least {}",
                carbon(least.as_ug().into())
            ),
            PlanError::Conflict(Conflict::MinRun) => {
                "no plan has stays as long as --min-run asks; allow shorter ones".to_owned()
            }
            PlanError::Conflict(Conflict::MaxPauses) => {
                "no plan has as few pauses as --max-pauses asks; allow more".to_owned()
            }
            PlanError::Conflict(Conflict::MaxMoves) => {
                "no plan has as few moves as --max-moves asks; allow more".to_owned()
            }
            other => other.to_string(),
        };
        Self::Plan { error, text }
    }
}
