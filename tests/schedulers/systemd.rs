//! The units through systemd's own checks.

use std::process::Command;

use crate::{PLAN, has, schedule};

#[test]
fn systemd_reads_every_unit_and_every_moment() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["/bin/sh", "-c", "echo \"$HOME\" 100% 'done'"];
    schedule(folder.path(), "systemd", PLAN, &["--output", "units"], &words);
    let units: Vec<_> = std::fs::read_dir(folder.path().join("units"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(units.len(), 6);
    let service = std::fs::read_to_string(folder.path().join("units/green.service")).unwrap();
    let expected = "ExecStart=/usr/bin/env \"/bin/sh\" \"-c\" \"echo \\\"$$HOME\\\" 100%% 'done'\"";
    assert!(service.contains(expected), "{service}");
    if !has("systemd-analyze") {
        return;
    }
    let verified = Command::new("systemd-analyze").arg("verify").args(&units).output().unwrap();
    let told = String::from_utf8_lossy(&verified.stderr).into_owned();
    let ours = told.lines().filter(|line| line.contains("green"));
    assert_eq!(ours.collect::<Vec<_>>(), Vec::<&str>::new());
    for unit in units {
        let text = std::fs::read_to_string(unit).unwrap();
        for moment in text.lines().filter_map(|line| line.strip_prefix("OnCalendar=")) {
            let read = Command::new("systemd-analyze").args(["calendar", moment]).output().unwrap();
            assert!(read.status.success(), "{moment}");
            let read = String::from_utf8_lossy(&read.stdout).into_owned();
            assert!(read.contains(moment), "{read}");
        }
    }
}
