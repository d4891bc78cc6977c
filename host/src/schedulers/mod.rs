//! Plans for engines that already run jobs where one machine is outgrown: each
//! function gives the files or the script that the engine takes. None of them
//! is called here.
//!
//! | engine | starts | pauses and resumes |
//! | --- | --- | --- |
//! | [`slurm`] | `sbatch --begin` | small jobs that call `scontrol requeuehold` and `release`; the command begins again, so it has to save its work |
//! | [`systemd`] | a timer | timers that freeze and thaw the service (cgroup v2) |
//! | [`cron`], [`at`] | a process group | SIGSTOP and SIGCONT to the group |
//! | [`kubernetes`] | a `Job` that is suspended at first | `CronJob`s that set `suspend`; pods begin again, so they have to save their work |

mod kubernetes;
mod shell;
mod slurm;
mod systemd;

use wattcast_core::units::Utc;

pub use kubernetes::kubernetes;
pub use shell::{at, cron};
pub use slurm::slurm;
pub use systemd::systemd;

/// What is to run, and when.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    /// Short, of lower-case letters, digits and `-`: it names units and jobs.
    pub name: &'a str,
    /// The command and its arguments.
    pub command: &'a [String],
    /// From when until when, in order of time; not empty.
    pub stretches: &'a [(Utc, Utc)],
}

/// A file to be written, or a part of a text to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A moment at which something changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Start,
    Pause,
    Resume,
}

impl Order<'_> {
    /// Every change in order of time. What is left when the last stretch ends
    /// runs on.
    fn changes(&self) -> Vec<(Utc, Change)> {
        let last = self.stretches.len().saturating_sub(1);
        let of = |(index, (start, end)): (usize, &(Utc, Utc))| {
            let begins = if index == 0 { Change::Start } else { Change::Resume };
            let pause = (index < last).then_some((*end, Change::Pause));
            std::iter::once((*start, begins)).chain(pause)
        };
        self.stretches.iter().enumerate().flat_map(of).collect()
    }

    /// The command as one line for a shell.
    fn shell(&self) -> String {
        self.command.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }
}

/// A word that a shell reads as it is.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Whole seconds since 1970.
fn epoch(at: Utc) -> u64 {
    at.as_us() / 1_000_000
}

fn timestamp(at: Utc) -> jiff::Timestamp {
    let seconds = i64::try_from(epoch(at)).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX)
}

/// A moment in UTC by a format of strftime.
fn utc(at: Utc, format: &str) -> String {
    timestamp(at).to_zoned(jiff::tz::TimeZone::UTC).strftime(format).to_string()
}
