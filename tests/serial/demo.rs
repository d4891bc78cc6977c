//! The demo of the firmware as a newcomer runs it: the script, a board in QEMU,
//! the live view on a terminal, frames on a pipe.

use std::collections::BTreeSet;
use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::Value;

/// The script on a machine of its own, or `None`, with the reason told, where
/// this machine cannot run it.
fn demo(home: &Path) -> Option<Command> {
    let qemu = Command::new("qemu-system-arm").arg("--version").output();
    let target = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", "thumbv7em-none-eabihf"])
        .output();
    let libdir = target.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    if qemu.is_err() || !libdir.is_ok_and(|libdir| Path::new(&libdir).is_dir()) {
        assert!(env::var_os("WATTCAST_QEMU").is_none(), "QEMU for Arm or its target is missing");
        eprintln!("skipped: QEMU for Arm or its target is missing; ./tests/run installs both");
        return None;
    }
    let script: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "firmware", "demo"].iter().collect();
    let mut command = Command::new(script);
    command
        .env("WATTCAST", env!("CARGO_BIN_EXE_wattcast"))
        .env("TMPDIR", home)
        .env("TERM", "xterm")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET");
    Some(command)
}

/// What comes, piece by piece, until its end.
fn pieces(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sent, pieces) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 4_096];
        // A terminal that all have left gives an error.
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            if sent.send(buffer[..read].to_vec()).is_err() {
                return;
            }
        }
    });
    pieces
}

/// Only a hang takes so long: the firmware is built first.
const HANG: Duration = Duration::from_secs(1_800);

/// The script with all that it started.
struct Running(Child);

impl Running {
    fn start(mut command: Command) -> Self {
        // A terminal sends its Ctrl-C to all of such a group.
        Self(command.process_group(0).spawn().unwrap())
    }

    fn signal(&self, signal: Signal) {
        let group = Pid::from_raw(self.0.id().try_into().unwrap());
        killpg(group, signal).unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.signal(Signal::SIGTERM);
        }
        let _ = self.0.wait();
    }
}

#[test]
fn a_newcomer_sees_a_moving_load_and_a_plan_and_ends_it_with_ctrl_c() {
    let home = tempfile::tempdir().unwrap();
    let Some(mut command) = demo(home.path()) else { return };
    let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    let pair = openpty(&size, None).unwrap();
    let [stdin, stdout, stderr] = [(); 3].map(|()| Stdio::from(pair.slave.try_clone().unwrap()));
    command.stdin(stdin).stdout(stdout).stderr(stderr);
    let mut script = Running::start(command);
    drop(pair.slave);
    let screen = pieces(File::from(pair.master));

    let mut seen = String::new();
    let (mut powers, mut has_plan) = (BTreeSet::new(), false);
    while powers.len() < 3 || !has_plan {
        let piece = screen.recv_timeout(HANG).unwrap_or_else(|_| panic!("it ended: {seen}"));
        seen.push_str(&String::from_utf8_lossy(&piece));
        let lines = seen.lines().map(str::split_whitespace).map(Vec::from_iter);
        for words in lines {
            match words[..] {
                ["simulated", _, "workshop", watts, _, _, "measured"] if watts != "-" => {
                    powers.insert(watts.to_owned());
                }
                ["simulated:", "plans", _, _, "to", _, _, _, "g/kWh"] => has_plan = true,
                _ => {}
            }
        }
    }
    script.signal(Signal::SIGINT);
    // Nothing is left running that holds the terminal.
    let end = loop {
        if let Err(end) = screen.recv_timeout(HANG) {
            break end;
        }
    };
    assert_eq!(end, RecvTimeoutError::Disconnected, "{seen}");
    script.0.wait().unwrap();
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "the script cleans up");
}

#[test]
fn its_records_go_to_a_pipe() {
    let home = tempfile::tempdir().unwrap();
    let Some(mut command) = demo(home.path()) else { return };
    command.arg("--json").stdin(Stdio::null()).stdout(Stdio::piped());
    let mut script = Running::start(command);
    let mut lines = BufReader::new(script.0.stdout.take().unwrap()).lines();
    let mut kinds = BTreeSet::new();
    let wanted = ["Boot", "Channel", "Samples", "Checkpoint", "Forecast", "Plan"];
    while !wanted.iter().all(|kind| kinds.contains(*kind)) {
        let line = lines.next().unwrap_or_else(|| panic!("it ended after {kinds:?}")).unwrap();
        let frame: Value = serde_json::from_str(&line).unwrap();
        kinds.extend(frame["record"].as_object().into_iter().flat_map(|it| it.keys().cloned()));
    }
}
