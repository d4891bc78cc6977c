//! cron and at: what they would do, done.

use std::process::Command;

use crate::{PLAN, schedule, text};

#[test]
fn cron_lines_hold_the_moment_and_the_year() {
    let folder = tempfile::tempdir().unwrap();
    let lines = text(schedule(folder.path(), "cron", PLAN, &[], &["./job", "100%"]));
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 4);
    for (line, moment) in lines[1..].iter().zip(["0 1 1 5 *", "0 2 1 5 *", "0 3 1 5 *"]) {
        let rest = line.strip_prefix(moment).unwrap();
        assert!(rest.contains("[ \"$(date +\\%Y)\" = 2030 ] &&"), "{line}");
        // Unescaped, a percent sign would end the command.
        assert!(!rest.replace("\\%", "").contains('%'), "{line}");
    }
}

/// The state letters of the processes of a group.
#[cfg(target_os = "linux")]
fn states(group: &str) -> Vec<char> {
    let stats = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
    let of_group = |stat: String| {
        let rest = stat.rsplit_once(") ")?.1.to_owned();
        let mut fields = rest.split(' ');
        let state = fields.next()?.chars().next()?;
        (fields.nth(1)? == group).then_some(state)
    };
    stats.filter_map(of_group).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn at_starts_stops_and_continues_the_group() {
    let folder = tempfile::tempdir().unwrap();
    let command = ["sh", "-c", "until [ -e stop ]; do sleep 0.01; done; echo 'it is' > done"];
    let script = text(schedule(folder.path(), "at", PLAN, &["--name", "night"], &command));
    // In place of at(1): keeps what it is given, with its moment.
    let path = folder.path().join("at");
    std::fs::write(&path, "#!/bin/sh\ncat > \"$2.sh\"\n").unwrap();
    std::fs::write(folder.path().join("script"), script).unwrap();
    let inherited = std::env::var("PATH").unwrap();
    let run = |line: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(folder.path());
        shell.env("PATH", format!("{}:{inherited}", folder.path().display()));
        shell
    };
    assert!(run("chmod +x at; sh script").status().unwrap().success());
    let mut job = run("sh 203005010100.sh").spawn().unwrap();
    let poll = |what: &str, condition: &dyn Fn() -> bool| {
        for _ in 0..3_000 {
            if condition() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("waited a minute for {what}");
    };
    let pid = || std::fs::read_to_string(folder.path().join(".night.pid")).unwrap_or_default();
    poll("the start", &|| pid().ends_with('\n'));
    let group = pid().trim().to_owned();
    assert!(run("sh 203005010200.sh").status().unwrap().success());
    poll("the stop", &|| {
        let states = states(&group);
        !states.is_empty() && states.iter().all(|state| "TZ".contains(*state))
    });
    assert!(run("sh 203005010300.sh").status().unwrap().success());
    std::fs::write(folder.path().join("stop"), "").unwrap();
    assert!(job.wait().unwrap().success());
    assert_eq!(std::fs::read_to_string(folder.path().join("done")).unwrap(), "it is\n");
    assert!(!folder.path().join(".night.pid").exists());
}
