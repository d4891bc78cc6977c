//! What only a process of its own can show: being killed, and a file system
//! that takes no more. The test binary runs itself under a shell that sets a
//! limit on file sizes, which fails like a full disk: after a partial write.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::*;

const DIR: &str = "WATTCAST_TEST_DIR";

fn child_dir() -> Option<PathBuf> {
    std::env::var_os(DIR).map(PathBuf::from)
}

fn child_options(dir: &Path) -> LedgerOptions {
    LedgerOptions {
        place: Place::File(dir.join("run.wcl")),
        fallback_dir: dir.join("tmp"),
        key_file: Some(dir.join("key")),
    }
}

fn spawn(shell: &str, test: &str, dir: &TempDir) -> Child {
    std::fs::create_dir_all(dir.path().join("tmp")).unwrap();
    let name = format!("store::tests::process::{test}");
    Command::new("sh")
        .args(["-c", shell, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args([&name, "--exact", "--ignored", "--nocapture"])
        .env(DIR, dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "run by the tests below, as a process of its own"]
fn writes_for_ever() {
    let Some(dir) = child_dir() else { return };
    let mut recorder = start(&child_options(&dir));
    for n in 1.. {
        recorder.push(&checkpoint(n));
        recorder.commit(Uptime::ZERO);
        println!("committed {n}");
    }
}

#[test]
fn a_killed_writer_loses_nothing_that_was_committed() {
    let dir = TempDir::new().unwrap();
    let mut child = spawn("exec \"$@\"", "writes_for_ever", &dir);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let committed = lines.map_while(Result::ok).filter_map(|line| {
        let number = line.split_once("committed ")?.1;
        number.parse::<u64>().ok()
    });
    let seen = committed.take(500).last().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    let run = runs(&child_options(dir.path())).remove(0);
    assert!(run.energy_uj >= energy_uj(seen));
    assert_eq!((run.state, run.exit_code), (State::CutShort, None));
    let ledger = run.ledger.unwrap();
    assert_eq!((ledger.lost_records, ledger.tags), (0, Tags::Verified));
}

/// 400 samples into files that take 8 KiB; then, where asked, the limit goes.
fn fill(lift: bool) {
    let Some(dir) = child_dir() else { return };
    let mut recorder = start(&child_options(&dir));
    for n in 1..=400 {
        recorder.push(&checkpoint(n));
        for warning in recorder.commit(Uptime::ZERO) {
            println!("\nwarning {warning}");
        }
    }
    if lift {
        let pid = std::process::id().to_string();
        let lifted = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status();
        assert!(lifted.unwrap().success());
    }
    let (report, warnings) = recorder.finish(Uptime::ZERO);
    assert_eq!(report.energy_uj, energy_uj(400));
    for warning in warnings {
        println!("\nwarning {warning}");
    }
    println!("\nlost {}", report.ledger.unwrap().lost_records);
}

#[test]
#[ignore = "run by the tests below, as a process of its own"]
fn fills_the_disk() {
    fill(false);
}

#[test]
#[ignore = "run by the tests below, as a process of its own"]
fn fills_the_disk_that_is_then_freed() {
    fill(true);
}

/// Lines that a filling process printed after a word.
fn printed(test: &str, dir: &TempDir, word: &str) -> Vec<String> {
    // Shells count in units of 512 or 1024 bytes.
    let child = spawn("ulimit -S -f 8; exec \"$@\"", test, dir);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.strip_prefix(word)).map(str::to_owned).collect()
}

#[test]
fn a_full_disk_keeps_what_was_written_and_tells_what_was_not() {
    let dir = TempDir::new().unwrap();
    let lost: u64 = printed("fills_the_disk", &dir, "lost ")[0].parse().unwrap();
    assert!(lost > 0);
    let options = child_options(dir.path());
    let run = runs(&options).remove(0);
    let ledger = run.ledger.unwrap();
    assert_eq!(ledger.files.len(), 2);
    // Boot, anchor, run, channel; then checkpoints, with two warnings among
    // them, in the file and in its continuation without a hole.
    assert_eq!(ledger.lost_records, 0);
    assert_eq!(ledger.tags, Tags::Verified);
    let pushed = 4 + 400 + 2 + 1;
    assert_eq!(ledger.records + lost, pushed);
    assert!(run.energy_uj > energy_uj(100));
    assert_eq!(run.state, State::CutShort);
}

#[test]
fn a_disk_that_is_freed_in_time_gets_the_whole_run_back() {
    let dir = TempDir::new().unwrap();
    let test = "fills_the_disk_that_is_then_freed";
    let warnings = printed(test, &dir, "warning ");
    assert!(warnings[0].contains("ulimit -f"), "{warnings:?}");
    assert!(warnings.last().unwrap().contains("holds the whole run"), "{warnings:?}");
    let run = runs(&child_options(dir.path())).remove(0);
    assert_eq!((run.energy_uj, run.state), (energy_uj(400), State::Finished));
    let ledger = run.ledger.unwrap();
    assert_eq!((ledger.files.len(), ledger.lost_records), (1, 0));
    assert_eq!(ledger.tags, Tags::Verified);
}
