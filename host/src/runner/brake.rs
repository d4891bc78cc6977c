//! How a command is paused and resumed.
//!
//! - By signals to all of its processes, or by the freezer of a control group:
//!   nothing is asked of the command.
//! - By the user's hooks, run by the shell with `WATTCAST_PID`,
//!   `WATTCAST_ZONE`, and where there is one `WATTCAST_ZONE_BEFORE`. They take
//!   the place of signals; one that fails is told, and signals are used.
//! - With a checkpoint before: the file named in `WATTCAST_CONTROL` then holds
//!   the word `checkpoint`, a signal may tell so too, and the command writes
//!   `saved` into it when it has saved. It is stopped then, or when it has not
//!   answered in time. When it goes on the file holds `run`.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::process::{Exit, Job};

/// The variable that names the control file.
pub(super) const CONTROL: &str = "WATTCAST_CONTROL";

/// How long a hook may take.
const HOOK_PATIENCE: Duration = Duration::from_secs(600);
/// How often the control file is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Commands of the user's, run by the shell.
#[derive(Clone, Debug, Default)]
pub struct Hooks {
    /// Pauses the work, in place of signals.
    pub pause: Option<OsString>,
    /// Resumes it.
    pub resume: Option<OsString>,
    /// Moves it to another zone while it is paused.
    pub moving: Option<OsString>,
}

/// A command that saves its work when it is asked to.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The signal that tells it to look at the control file.
    pub signal: Option<i32>,
    /// How long it may take.
    pub patience: Duration,
}

/// Pauses and resumes one job.
#[derive(Debug)]
pub struct Brake {
    hooks: Hooks,
    checkpoint: Option<Checkpoint>,
    control: Option<PathBuf>,
    zone: String,
    paused_by_hook: bool,
}

/// How far asking for a checkpoint came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// There is nobody to ask.
    Nobody,
    /// It has saved.
    Saved,
    /// It has not answered in time.
    Silent,
    /// It has ended meanwhile.
    Ended,
}

impl Brake {
    /// With the control file at `control` where there is a checkpoint to ask
    /// for.
    #[must_use]
    pub fn new(hooks: Hooks, checkpoint: Option<Checkpoint>, control: PathBuf) -> Self {
        let control = checkpoint.is_some().then_some(control);
        Self { hooks, checkpoint, control, zone: String::new(), paused_by_hook: false }
    }

    /// What the command finds in its environment.
    pub(super) fn environment(&self) -> Vec<(OsString, OsString)> {
        let control = self.control.iter();
        control.map(|path| (CONTROL.into(), path.clone().into_os_string())).collect()
    }

    /// The hook with which a guardian resumes what a hook has paused.
    pub(super) fn resume_hook(&self) -> Option<&OsString> {
        self.hooks.resume.as_ref()
    }

    /// The command is about to run in a zone.
    pub(super) fn release(&mut self, zone: &str) -> Result<(), String> {
        zone.clone_into(&mut self.zone);
        self.write("run")
    }

    fn write(&self, word: &str) -> Result<(), String> {
        let Some(path) = &self.control else { return Ok(()) };
        let failed = |error: io::Error| format!("{}: {error}", path.display());
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(path, format!("{word}\n")).map_err(failed)
    }

    /// Asks the command to save, and waits; `each` is called meanwhile.
    pub(super) fn ask(
        &self,
        job: &mut Job,
        mut each: impl FnMut(&mut Job),
    ) -> Result<Asked, String> {
        let (Some(checkpoint), Some(path)) = (&self.checkpoint, &self.control) else {
            return Ok(Asked::Nobody);
        };
        self.write("checkpoint")?;
        if let Some(signal) = checkpoint.signal {
            job.signal(signal);
        }
        let began = Instant::now();
        while began.elapsed() < checkpoint.patience {
            if has_saved(path) {
                return Ok(Asked::Saved);
            }
            match job.wait(Some(LOOK)) {
                Ok(Some(_)) => return Ok(Asked::Ended),
                Ok(None) => each(job),
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(Asked::Silent)
    }

    /// Stops the command; what went wrong comes back in words, and it is
    /// stopped all the same as far as that goes.
    pub(super) fn stop(&mut self, job: &mut Job) -> Option<String> {
        let mut trouble = None;
        if let Some(hook) = self.hooks.pause.clone() {
            job.tell_paused(true);
            match self.run(job, &hook, &[]) {
                Ok(()) => {
                    self.paused_by_hook = true;
                    return None;
                }
                Err(error) => trouble = Some(format!("--on-pause {error}; paused by signals")),
            }
        }
        self.paused_by_hook = false;
        match job.pause() {
            Ok(()) => trouble,
            Err(error) => Some(format!("the command is not paused: {error}")),
        }
    }

    /// Stops again what somebody has continued, where signals pause.
    pub(super) fn hold(&self, job: &mut Job) -> io::Result<()> {
        if self.paused_by_hook { Ok(()) } else { job.hold() }
    }

    /// Lets the command go on in `zone`, after a move where that is another.
    pub(super) fn go_on(&mut self, job: &mut Job, zone: &str) -> Vec<String> {
        let mut troubles = Vec::new();
        let before = std::mem::replace(&mut self.zone, zone.to_owned());
        if before != zone
            && let Some(hook) = self.hooks.moving.clone()
        {
            let moved = self.run(job, &hook, &[("WATTCAST_ZONE_BEFORE", before)]);
            troubles.extend(moved.err().map(|error| format!("--on-move {error}")));
        }
        troubles.extend(self.write("run").err());
        if self.paused_by_hook
            && let Some(hook) = self.hooks.resume.clone()
        {
            let resumed = self.run(job, &hook, &[]);
            troubles.extend(resumed.err().map(|error| format!("--on-resume {error}")));
            job.tell_paused(false);
        } else if let Err(error) = job.resume() {
            troubles.push(format!("the command is not resumed: {error}"));
        }
        self.paused_by_hook = false;
        troubles
    }

    fn run(&self, job: &mut Job, hook: &OsString, more: &[(&str, String)]) -> Result<(), String> {
        let mut env = vec![("WATTCAST_ZONE", self.zone.clone())];
        env.extend(more.iter().cloned());
        let name = hook.to_string_lossy();
        match job.run_hook(hook, &env, HOOK_PATIENCE) {
            Ok(Some(Exit::Code(0))) => Ok(()),
            Ok(Some(exit)) => Err(format!("`{name}` ended with exit code {}", exit.code())),
            Ok(None) => Err(format!("`{name}` took more than ten minutes and was killed")),
            Err(error) => Err(format!("`{name}`: {error}")),
        }
    }
}

impl Drop for Brake {
    fn drop(&mut self) {
        if let Some(path) = &self.control {
            // Nobody reads it any more.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn has_saved(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.trim() == "saved")
}
