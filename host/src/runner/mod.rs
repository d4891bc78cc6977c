//! A command that runs when its plan says so: it waits, starts, pauses,
//! resumes, is planned anew each hour, and is metered while it runs.
//!
//! | module | holds |
//! | --- | --- |
//! | `agenda` | the stretches in which to run, and what is due now |
//! | `planner`, `request` | who makes an agenda: a file, a request and forecasts, or whoever implements [`Planner`] |
//! | `brake` | how a command is paused: signals, freezer, hooks, checkpoints |
//! | `budget`, `spending` | a limit to carbon, energy or money |
//! | `state` | what has to outlive this process, on disk |
//! | `drive`, `running` | the loop over all of it, before and after the command is started |
//! | `outcome` | what was planned, what came of it |
//!
//! Time is UTC by the system's clock, asked anew at each step, so that sleep
//! and a clock that is set move nothing but the next step. The energy of a
//! pause is not counted: neither what the stopped command holds in memory, nor
//! what the machine draws idle meanwhile.

mod agenda;
mod brake;
mod budget;
mod drive;
mod end;
mod outcome;
mod planner;
mod request;
mod running;
mod spending;
mod state;

pub use agenda::{Agenda, AgendaError, Due, Stretch};
pub use brake::{Brake, Checkpoint, Hooks};
pub use budget::{AtBudget, Budget, BudgetError};
pub use drive::{Drive, DriveError, Finished};
pub(crate) use end::end;
pub use planner::{FilePlan, Hindsight, Planner, Progress, Standing, Trouble};
pub use request::{Clean, CleanPlanner, NoPlan, RequestPlanner};
pub use state::{Saved, StateError, StateFile};

/// How long a command that is asked to end may take before it is killed.
pub(crate) const GRACE: std::time::Duration = std::time::Duration::from_secs(10);
