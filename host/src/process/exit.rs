//! What a command is given and what comes back from it.

use std::ffi::OsString;
use std::io;

use crate::source::Usage;

use super::RunTag;

/// A command to run. Its standard streams, its directory, its terminal and its
/// process group are those of wattcast.
#[derive(Clone, Debug)]
pub struct Spec {
    /// A path, or a name that is looked up in `PATH`.
    pub program: OsString,
    /// Its arguments, the program itself excluded.
    pub args: Vec<OsString>,
    /// Handed down in the environment to all that the command starts.
    pub tag: RunTag,
    /// Variables of its environment beside the tag.
    pub env: Vec<(OsString, OsString)>,
    /// Whether to pause it by the freezer of a control group of its own rather
    /// than by signals, where that is allowed.
    pub freezer: bool,
}

impl Spec {
    /// A command with the environment of wattcast, paused by signals.
    #[must_use]
    pub fn new(program: OsString, args: Vec<OsString>, tag: RunTag) -> Self {
        Self { program, args, tag, env: Vec::new(), freezer: false }
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl Exit {
    /// The exit code that a shell would show: 128 + signal where a signal
    /// ended the command.
    ///
    /// ```
    /// use wattcast::process::Exit;
    ///
    /// assert_eq!(Exit::Code(3).code(), 3);
    /// assert_eq!(Exit::Signal(15).code(), 143);
    /// ```
    #[must_use]
    pub fn code(self) -> u8 {
        let code = match self {
            Self::Code(code) => code & 0xff,
            Self::Signal(signal) => (128 + signal) & 0xff,
        };
        u8::try_from(code).unwrap_or(u8::MAX)
    }
}

/// A process of the command that outlives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftBehind {
    /// Its process id.
    pub pid: u32,
    /// Its name as the system knows it, at most 15 bytes on Linux.
    pub name: String,
}

/// The end of a command.
#[derive(Clone, Debug)]
pub struct Ended {
    /// What it used from start to end.
    pub usage: Usage,
    /// What still runs, accounted up to now.
    pub left_behind: Vec<LeftBehind>,
}

/// Why a command could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No such program.
    #[error("{0}: command not found; check the spelling and PATH")]
    NotFound(String),
    /// It is there and cannot be executed.
    #[error(
        "{0}: cannot be executed ({1}); it needs `chmod +x` and a `#!` line or a binary for this machine"
    )]
    NotExecutable(String, io::Error),
    /// A job runs already in this process.
    #[error("this process supervises a command already; start the next when it has ended")]
    Busy,
    /// The system refused.
    #[error("{0}: cannot be started: {1}")]
    System(String, io::Error),
}

impl StartError {
    /// The exit code that a shell would show: 127 not found, 126 otherwise.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotFound(_) => 127,
            _ => 126,
        }
    }

    pub(super) fn new(program: &std::ffi::OsStr, error: io::Error) -> Self {
        let program = program.to_string_lossy().into_owned();
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound(program),
            // What the system says of a folder in PATH that is closed to us.
            io::ErrorKind::PermissionDenied if !is_in_path(&program) => Self::NotFound(program),
            io::ErrorKind::OutOfMemory | io::ErrorKind::WouldBlock => Self::System(program, error),
            _ => Self::NotExecutable(program, error),
        }
    }
}

/// Whether there is such a file, where it is looked for.
fn is_in_path(program: &str) -> bool {
    if program.contains('/') {
        return true;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
