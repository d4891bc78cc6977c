//! The few files of `/proc` that are read here, each with one open and one
//! read into a buffer that is used again.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use nix::unistd::{SysconfVar, sysconf};

/// What is needed of `/proc/PID/stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) state: u8,
    pub(super) parent: u32,
    /// Own CPU time of all its threads, in ticks.
    pub(super) own_ticks: u64,
    /// CPU time of children that it has waited for, theirs included.
    pub(super) collected_ticks: u64,
    /// In ticks since boot: tells a process from a later one of the same id.
    pub(super) started: u64,
    /// Its children are forgotten when they end, with their CPU time.
    pub(super) ignores_children: bool,
    /// A thread that is not the first of its process.
    pub(super) is_thread: bool,
}

impl Stat {
    /// Field numbers are those of proc_pid_stat(5).
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        // The name may hold spaces and parentheses: it ends at the last one.
        let end = line.iter().rposition(|&byte| byte == b')')?;
        let rest = std::str::from_utf8(line.get(end + 1..)?).ok()?;
        let mut fields = rest.split_ascii_whitespace();
        let state = *fields.next()?.as_bytes().first()?; // 3
        let parent = fields.next()?.parse().ok()?; // 4
        let mut number = |skip: usize| fields.nth(skip)?.parse::<u64>().ok();
        let own_ticks = number(9)?.saturating_add(number(0)?); // 14, 15
        let collected_ticks = number(0)?.saturating_add(number(0)?); // 16, 17
        let started = number(4)?; // 22
        let ignored = number(10)?; // 33
        let exit_signal = fields.nth(4)?; // 38
        Some(Self {
            state,
            parent,
            own_ticks,
            collected_ticks,
            started,
            ignores_children: ignored & (1 << (nix::libc::SIGCHLD - 1)) != 0,
            is_thread: exit_signal == "-1",
        })
    }

    /// Ended, and not yet waited for.
    pub(super) fn is_zombie(&self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }
}

/// Memory of a process, in pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// What no other process uses, as good as.
    pub(super) private: u64,
    /// Files and shared memory that it has mapped.
    pub(super) shared: u64,
}

impl Memory {
    fn parse(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?;
        let mut fields = text.split_ascii_whitespace().skip(1);
        let resident: u64 = fields.next()?.parse().ok()?;
        let shared: u64 = fields.next()?.parse().ok()?;
        Some(Self { private: resident.saturating_sub(shared), shared })
    }
}

/// A `/proc`.
pub(super) struct Proc {
    root: PathBuf,
    load: Option<File>,
    stat: Option<File>,
    us_per_tick: u64,
    page_bytes: u64,
}

impl Proc {
    pub(super) fn new(root: &Path) -> Self {
        let number =
            |name| sysconf(name).ok().flatten().and_then(|value| u64::try_from(value).ok());
        Self {
            load: File::open(root.join("loadavg")).ok(),
            stat: File::open(root.join("stat")).ok(),
            root: root.to_owned(),
            us_per_tick: 1_000_000 / number(SysconfVar::CLK_TCK).unwrap_or(100).max(1),
            page_bytes: number(SysconfVar::PAGE_SIZE).unwrap_or(4096),
        }
    }

    pub(super) fn ticks_to_us(&self, ticks: u64) -> u64 {
        ticks.saturating_mul(self.us_per_tick)
    }

    pub(super) fn pages_to_bytes(&self, pages: u64) -> u64 {
        pages.saturating_mul(self.page_bytes)
    }

    /// The process or thread id that was given out last.
    pub(super) fn newest_pid(&self) -> Option<u32> {
        let mut buffer = [0; 128];
        let text = read_at_start(self.load.as_ref()?, &mut buffer).ok()?;
        text.split_ascii_whitespace().nth(4)?.parse().ok()
    }

    /// From now on there is no knowing the newest id: what `loadavg` says is
    /// made up, as in some containers.
    pub(super) fn distrust_load(&mut self) {
        self.load = None;
    }

    /// CPU time of all processors since boot.
    pub(super) fn machine_time(&self) -> Option<MachineTime> {
        let mut buffer = [0; 256];
        let text = read_at_start(self.stat.as_ref()?, &mut buffer).ok()?;
        let (busy, taken) = machine_ticks(text)?;
        Some(MachineTime { busy_us: self.ticks_to_us(busy), taken_us: self.ticks_to_us(taken) })
    }

    /// One process, or a thread by its own id.
    pub(super) fn process(&self, pid: u32) -> Option<Stat> {
        self.of(pid, "stat", Stat::parse)
    }

    pub(super) fn memory(&self, pid: u32) -> Option<Memory> {
        self.of(pid, "statm", Memory::parse)
    }

    /// Keeps the files of a process open, which halves the cost of reading
    /// them again.
    pub(super) fn watch(&self, pid: u32) -> Option<Watched> {
        let open = |file: &str| File::open(self.path(pid, file)).ok();
        Some(Watched { stat: open("stat")?, memory: open("statm")? })
    }

    pub(super) fn name(&self, pid: u32) -> Option<String> {
        self.of(pid, "comm", |line| {
            Some(String::from_utf8_lossy(line.trim_ascii_end()).into_owned())
        })
    }

    /// The variables that a process was started with, each ended by a zero;
    /// nothing where they belong to another user.
    pub(super) fn environment(&self, pid: u32) -> Vec<u8> {
        std::fs::read(self.path(pid, "environ")).unwrap_or_default()
    }

    /// All processes, in no order.
    pub(super) fn pids(&self) -> impl Iterator<Item = u32> + use<> {
        let entries = std::fs::read_dir(&self.root).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
    }

    fn of<T>(&self, pid: u32, file: &str, parse: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
        let mut buffer = [0; 1024];
        let length = File::open(self.path(pid, file)).ok()?.read(&mut buffer).ok()?;
        parse(buffer.get(..length)?)
    }

    fn path(&self, pid: u32, file: &str) -> String {
        format!("{}/{pid}/{file}", self.root.display())
    }
}

/// A process whose files stay open. They never show a later process of the
/// same id.
pub(super) struct Watched {
    stat: File,
    memory: File,
}

impl Watched {
    pub(super) fn process(&self) -> Option<Stat> {
        let mut buffer = [0; 1024];
        let length = self.stat.read_at(&mut buffer, 0).ok()?;
        Stat::parse(buffer.get(..length)?)
    }

    pub(super) fn memory(&self) -> Option<Memory> {
        let mut buffer = [0; 128];
        let length = self.memory.read_at(&mut buffer, 0).ok()?;
        Memory::parse(buffer.get(..length)?)
    }
}

/// CPU time of all processors together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MachineTime {
    /// In which any was busy: neither idle, nor waiting for a disk, nor taken
    /// away by a hypervisor.
    pub(super) busy_us: u64,
    /// In which a process was on a processor and yet did not run: taken away
    /// by a hypervisor or by an interrupt.
    pub(super) taken_us: u64,
}

fn machine_ticks(stat: &str) -> Option<(u64, u64)> {
    let mut fields = stat.strip_prefix("cpu ")?.split_ascii_whitespace();
    let mut next = || fields.next()?.parse::<u64>().ok();
    let (user, nice, system) = (next()?, next()?, next()?);
    let (_idle, _iowait) = (next()?, next()?);
    let (irq, softirq, steal) = (next()?, next()?, next().unwrap_or(0));
    let sum = |ticks: &[u64]| ticks.iter().try_fold(0, |sum: u64, more| sum.checked_add(*more));
    Some((sum(&[user, nice, system, irq, softirq])?, sum(&[irq, softirq, steal])?))
}

/// Reads the beginning of a file that stays open, up to the last whole
/// character.
fn read_at_start<'a>(file: &File, buffer: &'a mut [u8]) -> io::Result<&'a str> {
    let length = file.read_at(buffer, 0)?;
    let bytes = buffer.get(..length).unwrap_or_default();
    std::str::from_utf8(bytes).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let line = b"42 (a) R 1 (x) S 7 42 42 0 -1 4194304 1 2 3 4 11 22 33 44 20 0 1 0 \
            555 1000 10 18446744073709551615 1 1 0 0 0 0 0 65536 0 0 0 0 17 1 0 0";
        let stat = Stat::parse(line).unwrap();
        assert_eq!(stat.state, b'S');
        assert_eq!(stat.parent, 7);
        assert_eq!((stat.own_ticks, stat.collected_ticks), (33, 77));
        assert_eq!(stat.started, 555);
        assert!(stat.ignores_children && !stat.is_thread);
    }

    #[test]
    fn waiting_and_stolen_time_is_not_busy() {
        let stat = "cpu  100 20 30 4000 500 6 7 800 90 9\ncpu0 1 1";
        assert_eq!(machine_ticks(stat), Some((163, 813)));
        assert_eq!(machine_ticks("intr 1"), None);
    }

    #[test]
    fn own_files_can_be_read() {
        let proc = Proc::new(Path::new("/proc"));
        let own = proc.process(std::process::id()).unwrap();
        assert_eq!(own.parent, std::os::unix::process::parent_id());
        assert!(!own.is_thread);
        assert!(proc.memory(std::process::id()).unwrap().private > 0);
        assert!(proc.newest_pid().unwrap() > 0);
        assert!(proc.machine_time().unwrap().busy_us > 0);
    }
}
