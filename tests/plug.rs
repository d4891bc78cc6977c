//! What pulls the plug on `wattcast run`, and what `report` tells afterwards.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

#[cfg(target_os = "linux")]
use nix::{sys::signal::Signal, unistd::Pid};
use serde_json::Value;

fn wattcast(ledger: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wattcast"));
    command.env("WATTCAST_LEDGER", ledger).env_remove("WATTCAST_ZONE").env_remove("WATTCAST_RUN");
    command
}

fn runs(ledger: &Path) -> Vec<Value> {
    let output = wattcast(ledger).args(["report", "--json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    report["runs"].as_array().unwrap().clone()
}

#[cfg(target_os = "linux")]
fn kill(pid: &str, signal: Signal) {
    nix::sys::signal::kill(Pid::from_raw(pid.parse().unwrap()), signal).unwrap();
}

/// Polls until it holds; only a hang fails, no clock does.
fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    for _ in 0..3_000 {
        if let Some(value) = condition() {
            return value;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("waited a minute for {what}");
}

/// The state letter of a process, `None` where it is gone.
#[cfg(target_os = "linux")]
fn state(pid: &str) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let state = stat.rsplit(')').next()?.trim().chars().next();
    state.filter(|state| !"ZX".contains(*state))
}

/// A run of a command that tells its process id and goes on for ever.
fn endless(ledger: &Path, on_death: &str) -> (Child, String) {
    let told = ledger.join("pid");
    let script = format!("echo $$ > {0}.new; mv {0}.new {0}; while :; do :; done", told.display());
    let child = wattcast(ledger)
        .args(["run", "--period", "20ms", "--on-death", on_death, "--", "sh", "-c", &script])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let pid = wait_for("the command", || std::fs::read_to_string(&told).ok());
    std::fs::remove_file(&told).unwrap();
    (child, pid.trim().to_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn after_sigkill_the_ledger_stands_and_the_command_ends_or_goes_on_as_chosen() {
    for (on_death, goes_on) in [("end", false), ("continue", true)] {
        let ledger = tempfile::tempdir().unwrap();
        let (mut run, pid) = endless(ledger.path(), on_death);
        let seen = wait_for("some energy", || {
            let energy = runs(ledger.path()).first()?["energy_uj"].as_u64()?;
            (energy > 0).then_some(energy)
        });
        // Stopped by somebody else in the worst moment.
        kill(&pid, Signal::SIGSTOP);
        run.kill().unwrap();
        run.wait().unwrap();
        if goes_on {
            wait_for("the command to go on", || state(&pid).filter(|state| *state != 'T'));
            kill(&pid, Signal::SIGKILL);
        } else {
            wait_for("the command to end", || state(&pid).is_none().then_some(()));
        }
        let runs = runs(ledger.path());
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0]["state"], "cut-short", "{:#}", runs[0]);
        assert!(runs[0]["energy_uj"].as_u64().unwrap() >= seen);
        assert!(runs[0]["cpu_time_us"].as_u64().unwrap() > 0);
    }
}

#[test]
fn a_place_that_cannot_be_written_never_disturbs_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "not a folder").unwrap();
    let output = wattcast(&file.join("runs"))
        .env("TMPDIR", folder.path())
        .args(["run", "--json", "--", "sh", "-c", "exit 5"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(5));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["exit_code"], 5);
    let told = report["warnings"].to_string() + &String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("a-file"), "{told}");
}

#[test]
fn a_torn_tail_costs_what_was_torn_and_is_told() {
    let ledger = tempfile::tempdir().unwrap();
    let done = wattcast(ledger.path()).args(["run", "-q", "--", "sh", "-c", "exit 0"]).status();
    assert!(done.unwrap().success());
    let whole = runs(ledger.path());
    let entries = std::fs::read_dir(ledger.path()).unwrap().map(|entry| entry.unwrap().path());
    let file =
        entries.into_iter().find(|path| path.extension().is_some_and(|e| e == "wcl")).unwrap();
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 10]).unwrap();
    let torn = runs(ledger.path());
    assert_eq!(torn[0]["energy_uj"], whole[0]["energy_uj"]);
    assert_eq!(torn[0]["state"], "cut-short");
    assert!(torn[0]["ledger"]["lost_bytes"].as_u64().unwrap() > 0, "{:#}", torn[0]["ledger"]);
}

#[cfg(target_os = "linux")]
#[test]
fn runs_side_by_side_tell_each_other_and_their_sum_counts_the_idle_machine_once() {
    let ledger = tempfile::tempdir().unwrap();
    let (mut first, first_pid) = endless(ledger.path(), "end");
    let (mut second, second_pid) = endless(ledger.path(), "end");
    wait_for("both to be told of", || {
        let runs = runs(ledger.path());
        let told = |run: &Value| !run["overlaps"].as_array().is_none_or(Vec::is_empty);
        (runs.len() == 2 && runs.iter().all(told)).then_some(())
    });
    for pid in [first_pid, second_pid] {
        kill(&pid, Signal::SIGKILL);
    }
    assert_eq!(first.wait().unwrap().code(), Some(137));
    assert_eq!(second.wait().unwrap().code(), Some(137));
    let output = wattcast(ledger.path()).args(["report", "--json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let idle = |run: &Value| {
        let parts = run["parts"].as_array().unwrap();
        let idle = parts.iter().filter(|part| part["name"] == "idle");
        idle.map(|part| part["energy_uj"].as_u64().unwrap()).sum::<u64>()
    };
    let apart: u64 = report["runs"].as_array().unwrap().iter().map(idle).sum();
    let energy = |value: &Value| value["energy_uj"].as_u64().unwrap();
    let sum: u64 = report["runs"].as_array().unwrap().iter().map(energy).sum();
    assert!(apart > 0);
    assert!(energy(&report["totals"]) < sum, "{:#}", report["totals"]);
}
