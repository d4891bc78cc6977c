//! When and where to run a job so that it emits least: an [`Outlook`] on the
//! carbon intensity of some zones and a [`Job`] in, a [`Schedule`] out. All in
//! integers, and in the memory that the caller lends.
//!
//! | planner | gives |
//! | --- | --- |
//! | [`optimal()`] | the best plan within all limits of the job, proven |
//! | [`pocket()`] | the same for one zone and a steady load, in the memory of a small board |
//! | [`window()`] | the best stretch without a break, in one zone |
//! | [`greedy()`] | what the rule of eco4cast gives, mended |
//! | [`decide`] | run now or wait, with the reason, from any of these |
//!
//! Every planner means the same by a plan, down to the second: see
//! [`optimal()`]. None of them forecasts, moves or pauses anything.
//!
//! The load and the overheads are taken at the meter. For a site with a PUE,
//! multiply both by it.

mod error;
mod figures;
mod frame;
mod greedy;
mod job;
mod optimal;
mod outlook;
mod pocket;
mod policy;
mod schedule;
mod walk;
mod window;

#[cfg(test)]
mod tests;

pub use error::{Conflict, Flaw, Memory, PlanError};
pub use figures::Figures;
pub use greedy::{Greedy, Possible, greedy};
pub use job::{Job, Limits, Load, LoadStep, Objective, Overhead, Standing};
pub use optimal::{Label, Needs, Scratch, Workspace, optimal, optimal_needs};
pub use outlook::{MAX_ZONES, Outlook, ZoneOutlook, ZoneSet};
pub use pocket::{Errand, Slots, Stretch, pocket, runs_now};
pub use policy::{Action, Decision, Reason, Urgency, decide};
pub use schedule::{Method, Proof, Schedule, Stay};
pub use window::window;
