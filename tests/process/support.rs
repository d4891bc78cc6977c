//! Starting the helper programs and asking the system about processes.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;

/// CPU time of one piece of work.
pub(crate) const SPIN_US: u64 = 60_000;

/// Names the helper program that this one is to be.
pub(crate) const PROGRAM: &str = "TEST_PROGRAM";

fn this_program() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// A command to be run under supervision.
pub(crate) struct Supervised {
    folder: TempDir,
    id: String,
    command: Command,
}

/// One that runs.
pub(crate) struct Running {
    folder: TempDir,
    id: String,
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    printed: String,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    pub(crate) id: String,
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) cpu_us: u64,
    pub(crate) samples: Vec<u64>,
    pub(crate) most_pids: usize,
    pub(crate) most_rss: u64,
    pub(crate) finding: String,
    pub(crate) left_behind: Vec<String>,
}

impl Supervised {
    pub(crate) fn new(words: &[impl AsRef<str>]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = TempDir::new().unwrap();
        let id = format!("test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        let mut command = Command::new(this_program());
        command
            .env(PROGRAM, "supervise")
            .env("TEST_COMMAND", words.join("\n"))
            .env("TEST_ID", &id)
            .env("TEST_OUT", folder.path().join("out"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        Self { folder, id, command }
    }

    pub(crate) fn period_ms(mut self, period: u32) -> Self {
        self.command.env("TEST_PERIOD_MS", period.to_string());
        self
    }

    pub(crate) fn on_death(mut self, on_death: &str) -> Self {
        self.command.env("TEST_DEATH", on_death);
        self
    }

    pub(crate) fn own_group(mut self) -> Self {
        self.command.process_group(0);
        self
    }

    /// Started with this signal ignored, as `nohup` does.
    pub(crate) fn ignoring(mut self, signal: &str) -> Self {
        let inner = std::mem::replace(&mut self.command, Command::new("env"));
        self.command.arg(format!("--ignore-signal={signal}")).arg(inner.get_program());
        self.command.args(inner.get_args());
        self.command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        self.command.stdin(Stdio::null()).stdout(Stdio::piped());
        self
    }

    /// Started on a terminal of its own, into which `typed` is typed when
    /// `ready` appears.
    pub(crate) fn in_terminal(mut self, typed: &str) -> Ran {
        let inner = std::mem::replace(&mut self.command, Command::new("script"));
        let words = std::iter::once(inner.get_program()).chain(inner.get_args());
        let line: Vec<_> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
        // Not every shell replaces itself by its last command unasked, and one
        // that stays would get the typed signal too and end before it.
        let line = format!("exec {}", line.join(" "));
        self.command.env("SHELL", "/bin/sh").args(["-qefc", &line, "/dev/null"]);
        self.command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut run = self.start();
        run.until_printed("ready");
        let mut keyboard = run.child.stdin.take().unwrap();
        std::io::Write::write_all(&mut keyboard, typed.as_bytes()).unwrap();
        let ran = run.end();
        drop(keyboard);
        ran
    }

    pub(crate) fn start(mut self) -> Running {
        let mut child = self.command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Running { folder: self.folder, id: self.id, child, stdout, printed: String::new() }
    }

    pub(crate) fn run(self) -> Ran {
        self.start().end()
    }
}

impl Running {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The process that is supervised.
    pub(crate) fn command_pid(&self) -> u32 {
        let mut pid = None;
        wait_for("the command's id", || {
            let out = std::fs::read_to_string(self.folder.path().join("out")).unwrap_or_default();
            pid = values(&out, "command").next().and_then(|pid| pid.parse().ok());
            pid.is_some()
        });
        pid.unwrap()
    }

    pub(crate) fn until_printed(&mut self, line: &str) {
        while !self.printed.contains(line) {
            assert!(self.stdout.read_line(&mut self.printed).unwrap() > 0, "{}", self.printed);
        }
    }

    pub(crate) fn signal(&self, signal: &str) {
        kill(self.pid(), signal);
    }

    pub(crate) fn signal_group(&self, signal: &str) {
        killpg(process(self.pid()), named(signal)).unwrap();
    }

    /// Waits for its end and reads what it learnt.
    pub(crate) fn end(mut self) -> Ran {
        let status = self.child.wait().unwrap();
        let out = std::fs::read_to_string(self.folder.path().join("out")).unwrap_or_default();
        // Where it was killed, its command may go on and hold the pipe.
        if status.signal().is_none() {
            self.stdout.read_to_string(&mut self.printed).unwrap();
        }
        let samples: Vec<Vec<u64>> = values(&out, "sample")
            .map(|line| line.split(' ').map(|number| number.parse().unwrap()).collect())
            .collect();
        let most = |column: usize| samples.iter().map(|sample| sample[column]).max().unwrap_or(0);
        Ran {
            id: self.id,
            code: status.code().unwrap_or(-1),
            stdout: self.printed,
            cpu_us: values(&out, "cpu").next().map_or(0, |us| us.parse().unwrap()),
            most_pids: most(1) as usize,
            most_rss: most(2),
            samples: samples.iter().map(|sample| sample[0]).collect(),
            finding: values(&out, "finding").collect(),
            left_behind: values(&out, "left").map(str::to_owned).collect(),
        }
    }
}

fn values<'a>(out: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    out.lines().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(' '))
}

/// A program that uses CPU time and keeps account of it.
pub(crate) struct Workload {
    folder: TempDir,
    shape: &'static str,
}

impl Workload {
    pub(crate) fn new(shape: &'static str) -> Self {
        Self { folder: TempDir::new().unwrap(), shape }
    }

    pub(crate) fn command(&self) -> Vec<String> {
        let account = self.folder.path().join("account");
        vec![
            "env".to_owned(),
            format!("{PROGRAM}={}", self.shape),
            format!("TEST_ACCOUNT={}", account.display()),
            this_program().display().to_string(),
        ]
    }

    /// The sum of what the kernel told each of its processes.
    pub(crate) fn own_account_us(&self) -> u64 {
        let account = std::fs::read_to_string(self.folder.path().join("account")).unwrap();
        account.lines().map(|line| line.parse::<u64>().unwrap()).sum()
    }
}

/// Starts this program again where it may have been told to ignore signals, as
/// by `nohup`: a shell under test could not trap them.
pub(crate) fn heed_signals() {
    const DONE: &str = "TEST_SIGNALS";
    if std::env::var_os(DONE).is_none() {
        let mut again = Command::new("env");
        again.arg("--default-signal=HUP,INT,QUIT").arg(this_program());
        let error = again.args(std::env::args_os().skip(1)).env(DONE, "heeded").exec();
        panic!("env: {error}");
    }
}

pub(crate) fn lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.is_empty()).collect()
}

/// Waits for something that must come; the limit is for when it does not.
pub(crate) fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < limit, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn kill(pid: u32, signal: &str) {
    nix::sys::signal::kill(process(pid), named(signal)).unwrap();
}

fn process(pid: u32) -> Pid {
    Pid::from_raw(pid.cast_signed())
}

fn named(signal: &str) -> Signal {
    format!("SIG{signal}").parse().unwrap()
}

/// The letter of `/proc/PID/stat`, and its parent.
fn stat(pid: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

pub(crate) fn state(pid: u32) -> Option<char> {
    Some(stat(pid)?.0)
}

pub(crate) fn alive(pid: u32) -> bool {
    state(pid).is_some_and(|state| state != 'Z')
}

fn all_pids() -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// A process and all below it.
pub(crate) fn descendants(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut at = 0;
    while let Some(&parent) = found.get(at) {
        found
            .extend(all_pids().into_iter().filter(|&pid| stat(pid).is_some_and(|s| s.1 == parent)));
        at += 1;
    }
    found
}

/// Whether any process still belongs to the run.
pub(crate) fn tagged_remain(run: &str) -> bool {
    let needle = format!("={run}");
    all_pids().into_iter().any(|pid| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment)
            .split('\0')
            .any(|variable| variable.ends_with(&needle))
    })
}
