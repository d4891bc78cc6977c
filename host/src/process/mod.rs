//! A command and everything it starts: run, followed, accounted, and looked
//! after when wattcast itself dies.
//!
//! - [`Job`] starts the command, forwards signals to it, pauses and resumes it
//!   and keeps its exit.
//! - [`Accounting`] says what CPU time and memory its processes have used,
//!   [`MachineAccounting`] what those of the whole machine have.
//! - [`Guardian`] ends or thaws the command when wattcast is killed.
//! - [`Presence`] notices other runs that meter on this machine.
//! - [`RunTag`] marks what belongs to a run.
//!
//! ```no_run
//! use std::time::Duration;
//! use wattcast::process::{Job, RunTag, Spec};
//! use wattcast_core::units::Uptime;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let spec = Spec::new("make".into(), vec!["-j8".into()], RunTag::new("a1"));
//! let mut job = Job::start(&spec, None)?;
//! let exit = loop {
//!     if let Some(exit) = job.wait(Some(Duration::from_secs(1)))? {
//!         break exit;
//!     }
//!     println!("{} µs so far", job.usage(Uptime::ZERO).process_cpu_us);
//! };
//! let end = job.finish(Uptime::ZERO);
//! println!("{} µs in all, {exit:?}", end.usage.process_cpu_us);
//! # Ok(())
//! # }
//! ```
//!
//! Linux is served best. Elsewhere the accounting takes what sysinfo offers,
//! misses children that live shorter than a sample period, and there is no
//! guardian.

mod birth;
mod exit;
mod presence;
mod tag;

#[cfg(target_os = "linux")]
mod accounting;
#[cfg(not(target_os = "linux"))]
#[path = "accounting_portable.rs"]
mod accounting;

#[cfg(target_os = "linux")]
mod machine;
#[cfg(not(target_os = "linux"))]
#[path = "machine_portable.rs"]
mod machine;

#[cfg(unix)]
mod job;
#[cfg(not(unix))]
#[path = "job_portable.rs"]
mod job;

#[cfg(target_os = "linux")]
mod guardian;
#[cfg(not(target_os = "linux"))]
#[path = "guardian_portable.rs"]
mod guardian;

#[cfg(target_os = "linux")]
mod freezer;
#[cfg(unix)]
mod halt;
#[cfg(target_os = "linux")]
mod procfs;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod sys;
mod vigil;

pub use accounting::Accounting;
pub use birth::{birth_of, lives};
pub use exit::{Ended, Exit, LeftBehind, Spec, StartError};
pub use guardian::{Guardian, OnDeath};
pub use job::Job;
pub use machine::MachineAccounting;
pub use presence::{OtherRun, Presence, Relation};
pub use tag::RunTag;
pub use vigil::Vigil;
