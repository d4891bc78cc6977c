//! The built binary in a folder of made-up grids.

use std::path::Path;
use std::process::{Command, Output};

pub(crate) fn wattcast(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wattcast"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("WATTCAST_ZONE")
        .output()
        .unwrap()
}

pub(crate) fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = wattcast(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Bad input is told in one line that holds `told`.
pub(crate) fn refused(folder: &Path, arguments: &[&str], told: &str) {
    let output = wattcast(folder, arguments);
    let error = String::from_utf8(output.stderr).unwrap();
    let found = (output.status.code(), error.lines().count());
    assert_eq!(found, (Some(2), 1), "{arguments:?}: {error}");
    assert!(error.contains(told), "{arguments:?}: {error}");
}

/// Two grids that do not exist, so many days each.
pub(crate) fn two_grids(days: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let days = days.to_string();
    printed(folder.path(), &["synthetic", ".", "--grids", "2", "--days", &days]);
    folder
}
