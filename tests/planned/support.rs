//! A planned run, its command, and what they tell.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use nix::sys::signal::Signal;
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

/// An hour of the plan takes three seconds, so that a busy machine does not
/// miss one; the plan begins here.
pub(crate) const CLOCK: &str = "2024-05-01T00:00Z,x1200";

/// Works until the file `stop` is there, and tells its process and how far it
/// has come.
pub(crate) const WORK: &str = "echo $$ > pid.new; mv pid.new pid; i=0
    until [ -e stop ]; do i=$((i+1)); echo $i > count; done; echo done > done";

pub(crate) struct Planned {
    pub(crate) folder: TempDir,
    file: Vec<String>,
    pub(crate) options: Vec<String>,
    pub(crate) script: String,
    pub(crate) clock: String,
}

pub(crate) struct Run {
    pub(crate) child: Child,
    lines: BufReader<ChildStderr>,
    pub(crate) told: Vec<String>,
}

impl Planned {
    /// In these hours of the day of the clock, as `(1, 3)` from 1 to 3.
    pub(crate) fn hours(hours: &[(u32, u32)]) -> Self {
        let folder = TempDir::new().unwrap();
        let interval = |(from, to): &(u32, u32)| {
            serde_json::json!({"zone": "DE", "intensity_mg_per_kwh": 100_000,
                "start": format!("2024-05-01T{from:02}:00:00Z"),
                "end": format!("2024-05-01T{to:02}:00:00Z")})
        };
        let plan = serde_json::json!({"intervals": hours.iter().map(interval).collect::<Vec<_>>()});
        std::fs::write(folder.path().join("plan.json"), plan.to_string()).unwrap();
        let options = ["--period", "50ms", "--json", "--output", "out.json"];
        Self {
            folder,
            file: ["--plan", "plan.json"].map(str::to_owned).to_vec(),
            options: options.map(str::to_owned).to_vec(),
            script: WORK.to_owned(),
            clock: CLOCK.to_owned(),
        }
    }

    /// Without a plan from a file.
    pub(crate) fn free() -> Self {
        Self { file: Vec::new(), ..Self::hours(&[]) }
    }

    pub(crate) fn option(mut self, words: &[&str]) -> Self {
        self.options.extend(words.iter().map(|word| (*word).to_owned()));
        self
    }

    pub(crate) fn script(self, script: &str) -> Self {
        Self { script: script.to_owned(), ..self }
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub(crate) fn read(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(self.path(file)).ok().map(|text| text.trim().to_owned())
    }

    pub(crate) fn touch(&self, file: &str) {
        std::fs::write(self.path(file), "").unwrap();
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = wattcast(self.folder.path());
        command.arg("run").args(&self.file).args(&self.options);
        command.args(["--", "sh", "-c", &self.script]).env("WATTCAST_CLOCK", &self.clock);
        command
    }

    pub(crate) fn start(&self) -> Run {
        self.start_as(self.command())
    }

    pub(crate) fn start_as(&self, mut command: Command) -> Run {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap());
        Run { child, lines, told: Vec::new() }
    }

    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.read("out.json").unwrap()).unwrap()
    }

    /// All runs that the ledger holds.
    pub(crate) fn runs(&self) -> Vec<Value> {
        let output = wattcast(self.folder.path()).args(["report", "--json"]).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["runs"].as_array().unwrap().clone()
    }

    /// The process of the command.
    pub(crate) fn pid(&self) -> u32 {
        wait_for("the command", || self.read("pid")).parse().unwrap()
    }
}

/// A bare machine has no `kill` but that of its shells.
pub(crate) fn kill(pid: u32, signal: Signal) {
    nix::sys::signal::kill(Pid::from_raw(pid.cast_signed()), signal).unwrap();
}

pub(crate) fn wattcast(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wattcast"));
    command.current_dir(folder).env("WATTCAST_LEDGER", folder.join("ledger"));
    command.env_remove("WATTCAST_ZONE").env_remove("WATTCAST_RUN").stdin(Stdio::null());
    command
}

impl Run {
    /// Reads what wattcast tells until a line holds `words`.
    pub(crate) fn until(&mut self, words: &str) {
        loop {
            let mut line = String::new();
            let length = self.lines.read_line(&mut line).unwrap();
            assert!(length > 0, "no `{words}` in {:#?}", self.told);
            self.told.push(line);
            if self.told.last().is_some_and(|line| line.contains(words)) {
                return;
            }
        }
    }

    /// Waits for the end; the exit code.
    pub(crate) fn end(&mut self) -> i32 {
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            self.told.push(std::mem::take(&mut line));
        }
        self.child.wait().unwrap().code().unwrap()
    }
}

/// Polls until it holds; only a hang fails, no clock does.
pub(crate) fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    for _ in 0..6_000 {
        if let Some(value) = condition() {
            return value;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("waited a minute for {what}");
}

/// The state letter of a process, `None` where it is gone.
pub(crate) fn state(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let state = stat.rsplit(')').next()?.trim().chars().next();
    state.filter(|state| !"ZX".contains(*state))
}

/// All processes that bear the tag of a run, with their states.
pub(crate) fn tagged(run: &str) -> Vec<(u32, char)> {
    let needle = format!("WATTCAST_RUN={run}");
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let bears = |pid: &u32| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == needle.as_bytes())
    };
    pids.filter(bears).filter_map(|pid| Some((pid, state(pid)?))).collect()
}
