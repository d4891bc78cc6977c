//! How a verb fails.

use std::process::ExitCode;

/// A failure of a verb, told in one line on standard error.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The user can mend it: exit code 2. The text names what is wrong, where,
    /// and the mend.
    #[error("{0}")]
    Input(String),
    /// The command of `run` could not be started: its exit code as a shell
    /// would show it.
    #[error("{0}")]
    NotStarted(String, u8),
    /// The user's input was fine: exit code 1.
    #[error("{0}")]
    Failed(String),
    /// Nobody reads what a verb would go on to tell: no failure.
    #[error("nobody reads standard output")]
    ReaderGone,
}

impl CliError {
    /// Bad input.
    pub fn input(reason: impl ToString) -> Self {
        Self::Input(reason.to_string())
    }

    /// Anything else.
    pub fn failed(reason: impl ToString) -> Self {
        Self::Failed(reason.to_string())
    }

    /// The exit code of the process.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Input(_) => ExitCode::from(2),
            Self::NotStarted(_, code) => ExitCode::from(*code),
            Self::Failed(_) => ExitCode::FAILURE,
            Self::ReaderGone => ExitCode::SUCCESS,
        }
    }
}
