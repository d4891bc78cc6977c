//! The best plan of all: a dynamic programme over slots.
//!
//! What a plan is, exactly. All times are whole seconds.
//!
//! - Each slot is idle or given to one zone. Consecutive slots of one zone are
//!   a *stay*. A job runs through its slots from end to end: from the start of
//!   the first one (in the slot in which the plan begins, from then on), until
//!   the last one ends or the work is done. Only the last slot is used in part.
//!   For finer starts, give the outlook in shorter slots.
//! - A stay after an idle slot costs a pause, a stay in another zone than the
//!   one before a move, or both; the first start is free, unless
//!   [`Standing`](super::Standing) says where the job is. The [`Overhead`]
//!   takes the first seconds of the stay, over into the next slots where it is
//!   longer than one, and its energy is priced at the first slot. Each stay
//!   does at least a second of work.
//! - A stay lasts at least `min_run_s` from its start to its end, overhead
//!   included, except one that does all the work that is left.
//! - `max_intensity` holds for every slot that is used. The budget holds for
//!   the sum of energy × intensity. Both are compared with the intensity that
//!   is planned with, see `caution_permille`, and slots of which that is not
//!   known are not used.
//! - The objective is the sum of energy × weight, in integers; nothing is
//!   rounded unless the energies share no unit and are so large that their sums
//!   would leave 64 bits. Then powers are rounded up and the answer says by how
//!   much it can be off.
//!
//! Among equals, a plan that starts earlier, then one that runs on, then one
//! that stays, is preferred at each step.
//!
//! | file | holds |
//! | --- | --- |
//! | `scale` | the unit of energy |
//! | `lattice` | the states, and how one leads to the next |
//! | `counts` | how many pauses and moves there can be |
//! | `ground` | energies, weights and open zones in integers |
//! | `bound` | which states cannot be part of the best plan, at a glance |
//! | `past` | which, with zones and stays kept to |
//! | `tolls` | what makes a job without limits on pauses and moves keep to them |
//! | `sweep` | the programme, from the last slot to the first |
//! | `rows` | one step of it: what a state costs, from what the next ones cost |
//! | `ahead` | what those are |
//! | `kept` | the values that the next steps need |
//! | `trace` | from choices back to a plan |
//! | `dual` | a carbon budget beside another objective, by a multiplier |
//! | `gap` | what the multiplier leaves open, closed by a search |
//! | `labels` | that search |
//! | `blame` | which limit stands in the way |
//! | `slack` | how far an answer can be off |
//! | `scratch` | the memory that the caller lends |

mod ahead;
mod blame;
mod bound;
mod counts;
mod dual;
mod gap;
mod ground;
mod kept;
mod labels;
mod lattice;
mod past;
mod rows;
mod scale;
mod scratch;
mod slack;
mod sweep;
mod tolls;
mod trace;

use heapless::Vec;

use self::ground::Ground;
use self::lattice::Lattice;
use self::scale::Scale;
use self::sweep::Sweep;
use self::tolls::Tolls;
use super::frame::Frame;
use super::schedule::settle;
use super::walk::Run;
use super::{
    Job, Limits, Memory, Method, Objective, Outlook, Overhead, PlanError, Proof, Schedule,
};
use crate::units::Utc;

pub use self::labels::Label;
pub use self::scratch::{Needs, Scratch, Workspace};

/// From how many classes on the costs of the past are worth their while.
const PAST_CLASSES: usize = 5;

/// The best plan within all limits, in the memory that is lent. The schedule
/// must hold as many slots as lie before the deadline.
///
/// The answer is [`Proof::Proven`], but for three cases in which it says how
/// far off it can be: a budget beside a price with too little memory for the
/// search; pauses or moves that take time, not limited in number, and too
/// little memory for as many as there could be; and energies that had to be
/// rounded. [`optimal_needs`] tells the memory that avoids the first two.
///
/// ```
/// use wattcast_core::plan::{
///     Job, Limits, Load, Outlook, Overhead, Proof, Workspace, ZoneOutlook, optimal,
/// };
/// use wattcast_core::units::{CarbonIntensity, CarbonMass, Energy, Power, Utc};
///
/// let hours = [300, 80, 90, 400, 60, 50, 200].map(|g| {
///     Some(CarbonIntensity::from_mg_per_kwh(g * 1_000))
/// });
/// let zones = [ZoneOutlook::new(&hours)];
/// let outlook = Outlook { start: Utc::from_us(0), slot_s: 3_600, zones: &zones };
/// let job = Job {
///     limits: Limits { min_run_s: 3_600, max_pauses: Some(1), ..Limits::NONE },
///     pause: Overhead { seconds: 600, energy: Energy::from_uj(36_000_000_000) },
///     ..Job::new(3 * 3_600, Load::Constant(Power::from_uw(1_000_000_000)))
/// };
///
/// let mut workspace = Workspace::<256, 512, 0>::new();
/// let plan = optimal::<8>(&outlook, &job, Utc::from_us(0), workspace.lend()).unwrap();
/// assert_eq!((plan.intervals.len(), plan.pauses), (2, 1));
/// // An hour at 80 g; 10 Wh and 50 minutes at 60 g, an hour at 50 g, 10 minutes at 200 g.
/// assert_eq!(plan.expected, CarbonMass::from_ug(213_933_333));
/// assert_eq!(plan.proof, Proof::Proven);
/// ```
///
/// # Errors
///
/// [`PlanError`]: a flaw, too little memory, or the limit that cannot be kept.
pub fn optimal<const N: usize>(
    outlook: &Outlook<'_>,
    job: &Job<'_>,
    now: Utc,
    mut scratch: Scratch<'_>,
) -> Result<Schedule<N>, PlanError> {
    let frame = Frame::new(outlook, job, now)?;
    if frame.slots > N {
        return Err(Memory::Slots { needed: frame.slots }.into());
    }
    frame.check_capacity()?;
    let scale = Scale::new(&frame, is_dual(&frame));
    let lattice = Lattice::new(frame, |lattice| fits(lattice, &scratch))?;
    let guess = if lattice.classes > 2 { guess(&frame, scale, &mut scratch) } else { Guess::NONE };
    let Some(solved) = solve::<N>(lattice, scale, &mut scratch, &guess, None) else {
        return Err(if lattice.is_cut {
            let needed = optimal_needs(outlook, job, now)?.values;
            Memory::Values { needed }.into()
        } else {
            blame::blame(outlook, job, now, &mut scratch).into()
        });
    };
    let mut plan = settle::<N>(&frame, &solved.runs, Method::Optimal, Proof::Proven)?;
    let lower = if lattice.is_cut {
        slack::freest::<N>(&frame)
    } else if scale.is_exact {
        i128::from(solved.lower) * scale.unit_uj
    } else {
        i128::from(solved.lower) * scale.unit_uj - slack::rounding(&frame, &scale)
    };
    plan.proof = slack::proof(&frame, plan.score - lower);
    Ok(plan)
}

/// The memory with which [`optimal`] proves its answer, labels apart.
///
/// # Errors
///
/// [`PlanError`], for flaws and for conflicts that can be told without planning.
pub fn optimal_needs(outlook: &Outlook<'_>, job: &Job<'_>, now: Utc) -> Result<Needs, PlanError> {
    let frame = Frame::new(outlook, job, now)?;
    let lattice = Lattice::new(frame, |_| Ok(()))?;
    let Needs { values, choices } = lattice.needs();
    let dual = if is_dual(&frame) { dual_cells(&lattice) + search_cells(&lattice) } else { 0 };
    let past = match lattice.classes {
        PAST_CLASSES.. => lattice.past_cells().iter().sum(),
        _ => 0,
    };
    Ok(Needs { values: values + dual + past, choices })
}

/// The runs of a plan, and what no plan is below, in the units of the scale.
struct Solved<const N: usize> {
    runs: Vec<Run, N>,
    lower: i64,
    /// What is worth a try where there are more limits.
    guess: Guess<N>,
}

/// Where to start: plans, which may break the budget, the multiplier of carbon
/// to a thousandth, tolls for it, and about what the best plan comes to.
struct Guess<const N: usize> {
    runs: [Option<Vec<Run, N>>; 2],
    lambda_permille: i64,
    tolls: Tolls,
    start: Option<i64>,
}

impl<const N: usize> Guess<N> {
    const NONE: Self =
        Self { runs: [None, None], lambda_permille: 0, tolls: Tolls::NONE, start: None };

    fn of(runs: [Option<&Vec<Run, N>>; 2], lambda: i64, fineness: i64) -> Self {
        let lambda_permille = lambda.saturating_mul(1_000) / fineness.max(1);
        Self { runs: runs.map(|runs| runs.cloned()), lambda_permille, ..Self::NONE }
    }
}

/// What the same job gives whose pauses and moves take no time and are not
/// limited but pay tolls, which has far fewer states.
fn guess<const N: usize>(frame: &Frame<'_>, scale: Scale, scratch: &mut Scratch<'_>) -> Guess<N> {
    let job = frame.job;
    let free = |overhead: Overhead| Overhead { seconds: 0, ..overhead };
    let quick = Job {
        pause: free(job.pause),
        moving: free(job.moving),
        limits: Limits { max_pauses: None, max_moves: None, ..job.limits },
        ..*job
    };
    let quick = frame.with_job(&quick);
    let Ok(lattice) = Lattice::new(quick, |lattice| fits(lattice, scratch)) else {
        return Guess::NONE;
    };
    let mut scratch =
        Scratch { values: &mut *scratch.values, choices: &mut *scratch.choices, labels: &mut [] };
    let solved = solve::<N>(lattice, scale, &mut scratch, &Guess::NONE, Some(frame));
    solved.map_or(Guess::NONE, |solved| solved.guess)
}

/// Whether the budget is of something else than the objective.
fn is_dual(frame: &Frame<'_>) -> bool {
    frame.job.limits.budget.is_some() && frame.job.objective != Objective::Carbon
}

/// The values that a budget takes at least.
fn dual_cells(lattice: &Lattice<'_>) -> usize {
    2 * lattice.frame.slots * lattice.zones
}

/// The values that the search takes.
fn search_cells(lattice: &Lattice<'_>) -> usize {
    let cells = lattice.width * (1 + lattice.classes) + 2 * lattice.layer();
    lattice.frame.slots * cells
}

fn fits(lattice: &Lattice<'_>, scratch: &Scratch<'_>) -> Result<(), Memory> {
    let Needs { values, choices } = lattice.needs();
    let dual = if is_dual(&lattice.frame) { dual_cells(lattice) } else { 0 };
    if values + dual > scratch.values.len() {
        return Err(Memory::Values { needed: values + dual });
    }
    if choices > scratch.choices.len() {
        return Err(Memory::Choices { needed: choices });
    }
    Ok(())
}

/// The best plan of a lattice that fits, or `None` where there is no plan.
/// `limited`: the job that this one is a guess for, with all its limits.
fn solve<const N: usize>(
    lattice: Lattice<'_>,
    scale: Scale,
    scratch: &mut Scratch<'_>,
    guess: &Guess<N>,
    limited: Option<&Frame<'_>>,
) -> Option<Solved<N>> {
    let frame = lattice.frame;
    let cells = frame.slots * lattice.zones;
    let mut rest: &mut [i64] = scratch.values;
    let mut take = |length: usize| take(&mut rest, length);
    let ground = ground::Tables {
        energies: take((lattice.most_used + 2) * lattice.classes)?,
        weights: take(cells)?,
        masks: take(frame.slots)?,
        firsts: take(frame.slots + 1)?,
    };
    let mut tables = kept::Tables {
        running: take(lattice.ring * lattice.layer())?,
        idle: take(2 * lattice.layer())?,
        stamps: take(lattice.ring * lattice.width * lattice.classes)?,
        floors: &mut [],
        choices: scratch.choices,
    };
    let bounds = bound::Tables {
        least: take(frame.slots)?,
        before: take(frame.slots)?,
        sums_before: take(frame.slots + 1)?,
        after: take(frame.slots)?,
        sums_after: take(frame.slots + 1)?,
    };
    let dual = match is_dual(&frame) {
        true => Some((take(cells)?, take(cells)?)),
        false => None,
    };
    let is_searched = dual.is_some() && !scratch.labels.is_empty();
    let room = if is_searched { search_room(&mut rest, &lattice, scratch.labels) } else { None };
    let past = past_room(&mut rest, &lattice).map(|(past, floors)| {
        tables.floors = floors;
        past
    });
    let ground = Ground::new(lattice, scale, ground);
    let mut sweep = Sweep::new(ground, tables, bounds, past);
    if let Some((scores, carbons)) = dual {
        return dual::solve(&mut sweep, dual::Tables { scores, carbons, room }, guess, limited);
    }
    sweep.ground.set_weights(|zone, slot| frame.weight(zone, slot).unwrap_or(0));
    if let Some(limited) = limited {
        let sought =
            tolls::seek::<N>(&mut sweep, limited, None, |zone, slot| frame.weight(zone, slot))?;
        let (tolls, start) = (sought.tolls, Some(sought.lower));
        let guess = Guess { runs: [sought.runs, None], tolls, start, ..Guess::NONE };
        return Some(Solved { runs: Vec::new(), lower: sought.lower, guess });
    }
    (sweep.past_tolls, sweep.start) = (guess.tolls, guess.start);
    let known = guess.runs.iter().flatten().filter_map(|runs| sweep.cost(runs)).min();
    let lower = sweep.find_below(known)?;
    Some(Solved { runs: sweep.trace(), lower, guess: Guess::NONE })
}

/// The next of the values that are lent.
fn take<'t>(rest: &mut &'t mut [i64], length: usize) -> Option<&'t mut [i64]> {
    let (taken, left) = core::mem::take(rest).split_at_mut_checked(length)?;
    *rest = left;
    Some(taken)
}

/// Room for the search, where there is enough.
fn search_room<'t>(
    rest: &mut &'t mut [i64],
    lattice: &Lattice<'_>,
    labels: &'t mut [Label],
) -> Option<dual::Room<'t>> {
    if rest.len() < search_cells(lattice) {
        return None;
    }
    let values = 2 * lattice.frame.slots * lattice.layer();
    if i32::try_from(values).is_err() {
        return None;
    }
    let least = take(rest, lattice.frame.slots * lattice.width)?;
    let index = take(rest, lattice.frame.slots * lattice.width * lattice.classes)?;
    let values = take(rest, values)?;
    Some(dual::Room { least, index, values, labels })
}

/// Room for the costs of the past, and for floors, where they are worth it and
/// there is enough.
fn past_room<'t>(
    rest: &mut &'t mut [i64],
    lattice: &Lattice<'_>,
) -> Option<(past::Tables<'t>, &'t mut [i64])> {
    let cells = lattice.past_cells();
    if lattice.classes < PAST_CLASSES || rest.len() < cells.iter().sum() {
        return None;
    }
    let [costs, swings, floors] = cells.map(|cells| take(rest, cells));
    Some((past::Tables { costs: costs?, swings: swings? }, floors?))
}
