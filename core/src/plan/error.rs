//! Why there is no plan.

use core::fmt;

use crate::units::CarbonMass;

/// Why there is no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// What was asked makes no sense.
    Flaw(Flaw),
    /// No plan keeps to everything that was asked.
    Conflict(Conflict),
    /// The lent memory is too small.
    Memory(Memory),
}

/// What makes no sense in what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// No zone, or more than [`MAX_ZONES`](super::MAX_ZONES).
    ZoneCount,
    /// A zone is named that the outlook does not have.
    UnknownZone(u8),
    /// A slot lasts no time, or the outlook ends beyond what UTC holds.
    Slots,
    /// The outlook ended before the plan begins: a new forecast is needed.
    Stale,
    /// The load has no steps, or a negative power.
    Load,
    /// An overhead of negative energy.
    Overhead,
    /// All the work is done.
    NothingLeft,
    /// A caution above 1000.
    Caution,
    /// Caution is asked for and a zone has no upper quantile.
    NoQuantile(u8),
    /// The price is to count and a zone has none.
    NoPrice(u8),
    /// Powers, intensities or prices beyond what can be computed with.
    TooLarge,
    /// A rule with a shortest interval or a number of windows of zero.
    Rule,
}

/// What cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The deadline comes before the work can be done.
    Deadline {
        /// The work that is left.
        needed_s: u32,
        /// The time there is for it.
        available_s: u32,
    },
    /// The outlook ends before the work can be done.
    Horizon {
        /// The work that is left.
        needed_s: u32,
        /// The time that it covers.
        available_s: u32,
    },
    /// Too little is known of the slots before the deadline.
    Unknown {
        /// The time of which something is known.
        available_s: u32,
    },
    /// Too few slots are as clean as asked.
    MaxIntensity {
        /// The time of those that are.
        available_s: u32,
    },
    /// The carbon budget is too small.
    Budget {
        /// The least carbon with which the rest can be kept; more may be
        /// needed where the method is not the optimal one.
        least: CarbonMass,
    },
    /// The shortest stay is too long.
    MinRun,
    /// It takes more pauses.
    MaxPauses,
    /// It takes more moves.
    MaxMoves,
    /// Pauses and moves take too much time.
    Overhead,
    /// No single stretch in one zone holds the work.
    Contiguous,
    /// The rule leaves too few slots.
    Rule {
        /// The time of those that it leaves.
        available_s: u32,
    },
    /// Several limits together; none alone stands in the way.
    Together,
}

/// What must be larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// The schedule holds fewer slots than lie before the deadline.
    Slots {
        /// How many it must hold.
        needed: usize,
    },
    /// The scratch values.
    Values {
        /// How many there must be.
        needed: usize,
    },
    /// The scratch choices.
    Choices {
        /// How many there must be.
        needed: usize,
    },
}

impl From<Flaw> for PlanError {
    fn from(flaw: Flaw) -> Self {
        Self::Flaw(flaw)
    }
}

impl From<Conflict> for PlanError {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}

impl From<Memory> for PlanError {
    fn from(memory: Memory) -> Self {
        Self::Memory(memory)
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flaw(flaw) => flaw.fmt(f),
            Self::Conflict(conflict) => conflict.fmt(f),
            Self::Memory(memory) => memory.fmt(f),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::ZoneCount => "a plan needs between 1 and 16 zones",
            Self::UnknownZone(zone) => {
                return write!(f, "zone {zone} is not in the forecast; name one that is");
            }
            Self::Slots => "a slot of the forecast must last at least a second, and end in time",
            Self::Stale => "the forecast has ended; make a new one",
            Self::Load => "the power of the job must be given and must not be negative",
            Self::Overhead => "a pause or a move cannot have a negative energy",
            Self::NothingLeft => "no work is left to plan",
            Self::Caution => "the caution is a share of 0 to 1000 thousandths",
            Self::NoQuantile(zone) => {
                return write!(f, "zone {zone} has no upper quantile; plan without caution");
            }
            Self::NoPrice(zone) => {
                return write!(f, "zone {zone} has no price; plan by carbon alone");
            }
            Self::TooLarge => "the powers, intensities or prices are too large to plan with",
            Self::Rule => "the shortest interval and the number of windows must be at least 1",
        };
        f.write_str(words)
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Deadline { needed_s, available_s } => {
                return write!(
                    f,
                    "{needed_s} s of work do not fit into the {available_s} s before the deadline; \
                     set a later one"
                );
            }
            Self::Horizon { needed_s, available_s } => {
                return write!(
                    f,
                    "the forecast covers {available_s} s and the work takes {needed_s} s; \
                     get a longer one"
                );
            }
            Self::Unknown { available_s } => {
                return write!(
                    f,
                    "the forecast knows only {available_s} s before the deadline, too few; \
                     fill its holes"
                );
            }
            Self::MaxIntensity { available_s } => {
                return write!(
                    f,
                    "only {available_s} s are as clean as asked, too few; allow a higher intensity"
                );
            }
            Self::Budget { least } => {
                return write!(
                    f,
                    "the carbon budget is too small; it takes at least {} µg",
                    least.as_ug()
                );
            }
            Self::MinRun => "no plan has stays as long as asked; allow shorter ones",
            Self::MaxPauses => "no plan has as few pauses as asked; allow more",
            Self::MaxMoves => "no plan has as few moves as asked; allow more",
            Self::Overhead => "pauses and moves take too much of the time; set a later deadline",
            Self::Contiguous => "no single stretch holds the work; allow pauses",
            Self::Rule { available_s } => {
                return write!(
                    f,
                    "the rule leaves {available_s} s, too few for the work; allow a higher intensity"
                );
            }
            Self::Together => "no plan keeps to all limits together; loosen one",
        };
        f.write_str(words)
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, needed) = match self {
            Self::Slots { needed } => ("slots in the schedule", needed),
            Self::Values { needed } => ("scratch values", needed),
            Self::Choices { needed } => ("scratch choices", needed),
        };
        write!(f, "this plan needs {needed} {what}; lend more, or plan a shorter time")
    }
}

impl core::error::Error for PlanError {}
impl core::error::Error for Flaw {}
impl core::error::Error for Conflict {}
impl core::error::Error for Memory {}
