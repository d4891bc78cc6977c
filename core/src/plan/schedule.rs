//! A plan, and what it comes to.

use heapless::Vec;

use super::figures::Figures;
use super::frame::Frame;
use super::walk::{Piece, Run, energy_uj, walk};
use super::{Conflict, Flaw, Memory, Overhead, PlanError};
use crate::units::{CarbonIntensity, CarbonMass, Energy, Money, Utc};

/// µJ × mg/kWh in one microgram.
pub(super) const PER_UG: i128 = 3_600_000_000;
/// µJ × millionths/kWh in one millionth of a currency unit.
pub(super) const PER_MICRO: i128 = 3_600_000_000_000;

/// When and where a job is to run, with what that is expected to emit.
///
/// Carbon and cost are of the energy at the meter and rounded down once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule<const N: usize> {
    /// The stays, in order of time.
    pub intervals: Vec<Stay, N>,
    /// The energy, overheads included.
    pub energy: Energy,
    /// The carbon, by the expected intensity.
    pub expected: CarbonMass,
    /// The carbon if the lower quantile came true in each slot, and the upper;
    /// where the outlook has both.
    pub range: Option<(CarbonMass, CarbonMass)>,
    /// The carbon by the intensity that was planned with, which differs from
    /// `expected` under caution; a budget is for this.
    pub planned: CarbonMass,
    /// The cost, where the outlook has prices.
    pub cost: Option<Money>,
    /// How often the job resumes after a pause.
    pub pauses: u16,
    /// How often it starts in another zone.
    pub moves: u16,
    /// What the same work would emit otherwise.
    pub figures: Figures,
    /// Who made the plan.
    pub method: Method,
    /// How good it is known to be.
    pub proof: Proof,
    /// µJ × the weight of the objective.
    pub(super) score: i128,
}

/// A stretch in one zone without a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Its place in the outlook.
    pub zone: u8,
    /// When it begins, with its overhead.
    pub start: Utc,
    /// When it ends.
    pub end: Utc,
    /// What the pause or move before it costs, within it.
    pub overhead: Overhead,
    /// Its energy, overhead included.
    pub energy: Energy,
    /// Its carbon, by the expected intensity.
    pub carbon: CarbonMass,
    /// The expected intensity, a mean over its time.
    pub intensity: CarbonIntensity,
}

/// Who made a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// [`greedy`](super::greedy()).
    Greedy,
    /// [`window`](super::window()).
    Window,
    /// [`optimal`](super::optimal()).
    Optimal,
}

/// How good a plan is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It came from a rule that claims nothing.
    Rule,
    /// No plan within the limits is better.
    Proven,
    /// A better one may exist.
    NotProven {
        /// By how much at most, in µg CO2e; in millionths of the currency where
        /// the price alone is made least.
        off_by: u64,
    },
}

/// Makes the schedule of some runs, or names the limit that they break.
pub(super) fn settle<const N: usize>(
    frame: &Frame<'_>,
    runs: &[Run],
    method: Method,
    proof: Proof,
) -> Result<Schedule<N>, PlanError> {
    let mut builder = Builder::default();
    let walked = walk(frame, runs, |piece| builder.add(frame, &piece))?;
    builder.close(frame)?;
    let sums = builder.sums;
    if let Some(budget) = frame.job.limits.budget
        && sums.planned > i128::from(budget.as_ug()) * PER_UG
    {
        return Err(Conflict::Budget { least: mass(sums.planned + PER_UG - 1)? }.into());
    }
    Ok(Schedule {
        intervals: builder.stays,
        energy: energy(sums.energy)?,
        expected: mass(sums.expected)?,
        range: match (sums.low, sums.high) {
            (Some(low), Some(high)) => Some((mass(low)?, mass(high)?)),
            _ => None,
        },
        planned: mass(sums.planned)?,
        cost: sums.money.map(money).transpose()?,
        pauses: u16::try_from(walked.pauses).unwrap_or(u16::MAX),
        moves: u16::try_from(walked.moves).unwrap_or(u16::MAX),
        figures: Figures::of(frame),
        method,
        proof,
        score: sums.score,
    })
}

/// Sums in µJ × mg/kWh, and the like.
#[derive(Clone, Copy)]
struct Sums {
    energy: i128,
    expected: i128,
    planned: i128,
    score: i128,
    low: Option<i128>,
    high: Option<i128>,
    money: Option<i128>,
}

/// A stay that may go on.
#[derive(Clone, Copy)]
struct Open {
    zone: u8,
    start_s: i64,
    end_s: i64,
    overhead: Overhead,
    energy: i128,
    carbon: i128,
    /// Seconds × mg/kWh.
    intensity: i128,
}

struct Builder<const N: usize> {
    stays: Vec<Stay, N>,
    open: Option<Open>,
    sums: Sums,
}

impl<const N: usize> Default for Builder<N> {
    fn default() -> Self {
        let sums = Sums {
            energy: 0,
            expected: 0,
            planned: 0,
            score: 0,
            low: Some(0),
            high: Some(0),
            money: Some(0),
        };
        Self { stays: Vec::new(), open: None, sums }
    }
}

impl<const N: usize> Builder<N> {
    fn add(&mut self, frame: &Frame<'_>, piece: &Piece) -> Result<(), PlanError> {
        let slot = frame.values(piece.zone, piece.slot);
        let (Some(expected), Some(planned), Some(weight)) = (
            slot.expected,
            frame.planned(piece.zone, piece.slot),
            frame.weight(piece.zone, piece.slot),
        ) else {
            return Err(Conflict::Unknown { available_s: 0 }.into());
        };
        let energy = energy_uj(frame, piece);
        let add = |sum: &mut Option<i128>, value: Option<i64>| {
            *sum = sum.zip(value).map(|(sum, value)| sum + energy * i128::from(value));
        };
        self.sums.energy += energy;
        self.sums.expected += energy * i128::from(expected);
        self.sums.planned += energy * i128::from(planned);
        self.sums.score += energy * i128::from(weight);
        add(&mut self.sums.low, slot.low);
        add(&mut self.sums.high, slot.high);
        add(&mut self.sums.money, slot.price);

        if let Some(entry) = piece.entry {
            self.close(frame)?;
            let (seconds, overhead) = frame.overhead(entry);
            self.open = Some(Open {
                zone: piece.zone,
                start_s: piece.end_s - piece.seconds,
                end_s: piece.end_s,
                overhead: Overhead {
                    seconds: u32::try_from(seconds).map_err(|_| Flaw::TooLarge)?,
                    energy: self::energy(overhead)?,
                },
                energy: 0,
                carbon: 0,
                intensity: 0,
            });
        }
        if let Some(open) = &mut self.open {
            open.end_s = piece.end_s;
            open.energy += energy;
            open.carbon += energy * i128::from(expected);
            open.intensity += i128::from(piece.seconds) * i128::from(expected);
        }
        Ok(())
    }

    fn close(&mut self, frame: &Frame<'_>) -> Result<(), PlanError> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let mean = open.intensity / i128::from((open.end_s - open.start_s).max(1));
        let stay = Stay {
            zone: open.zone,
            start: frame.utc(open.start_s),
            end: frame.utc(open.end_s),
            overhead: open.overhead,
            energy: energy(open.energy)?,
            carbon: mass(open.carbon)?,
            intensity: CarbonIntensity::from_mg_per_kwh(u32::try_from(mean).unwrap_or(u32::MAX)),
        };
        self.stays.push(stay).map_err(|_| Memory::Slots { needed: frame.slots }.into())
    }
}

/// The mass of a sum in µJ × mg/kWh.
pub(super) fn mass(sum: i128) -> Result<CarbonMass, Flaw> {
    u64::try_from(sum.div_euclid(PER_UG)).map(CarbonMass::from_ug).map_err(|_| Flaw::TooLarge)
}

fn money(sum: i128) -> Result<Money, Flaw> {
    i64::try_from(sum.div_euclid(PER_MICRO)).map(Money::from_micro).map_err(|_| Flaw::TooLarge)
}

fn energy(uj: i128) -> Result<Energy, Flaw> {
    i64::try_from(uj).map(Energy::from_uj).map_err(|_| Flaw::TooLarge)
}
