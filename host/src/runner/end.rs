//! The end of a command, as its meter records it.

use wattcast_core::wire::record::EventKind;

use crate::metering::Session;
use crate::process::{Exit, Job};

/// Takes the last sample and records how the command ended and what it left
/// behind. Gives what a person should be told now.
pub(crate) fn end(job: Job, session: &mut Session, exit: Exit) -> Vec<String> {
    let pids = [job.id()];
    let ended = job.finish(session.now());
    let left: Vec<_> =
        ended.left_behind.iter().map(|p| format!("{} ({})", p.name, p.pid)).collect();
    // A command shorter than a period is told to the sources here alone.
    let warnings = session.sample(&ended.usage, &pids);
    match exit {
        Exit::Code(code) => session.event(EventKind::Exited, code.into(), ""),
        Exit::Signal(signal) => session.event(EventKind::Signalled, signal.into(), ""),
    }
    if !left.is_empty() {
        let count = i64::try_from(left.len()).unwrap_or(i64::MAX);
        session.event(EventKind::LeftBehind, count, &left.join(", "));
    }
    warnings
}
