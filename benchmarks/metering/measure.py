"""Runs programs and asks the kernel what they took."""

from __future__ import annotations

import ctypes
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PTRACE_CONT = 7
PTRACE_SEIZE = 0x4206
PTRACE_O_TRACEEXIT = 0x40
PTRACE_EVENT_EXIT = 6


@dataclass(frozen=True)
class Took:
    """What a program took, its children that it waited for included."""

    wall_s: float
    cpu_s: float
    exit_code: int


@dataclass(frozen=True)
class Spread:
    """Repetitions of one figure."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def least(self) -> float:
        return min(self.values)

    def text(self, scale: float = 1.0, unit: str = "", digits: int = 3) -> str:
        least, middle, most = (f"{value * scale:.{digits}g}" for value in
                               (self.least, self.median, max(self.values)))
        return f"{least} / {middle} / {most} {unit} (n = {len(self.values)})"


def spawn(argv: Sequence[str], env: Mapping[str, str] | None = None,
          stderr: Path | None = None) -> int:
    """Starts a program with nothing to read, whose output is dropped."""
    actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, str(stderr or "/dev/null"),
         os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
    ]
    return os.posix_spawnp(argv[0], list(argv), dict(env if env is not None else os.environ),
                           file_actions=actions)


def collect(pid: int, began: float) -> Took:
    """Waits for a program's end."""
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - began
    return Took(wall, usage.ru_utime + usage.ru_stime, os.waitstatus_to_exitcode(status))


def once(argv: Sequence[str], env: Mapping[str, str] | None = None) -> Took:
    """One run from start to end."""
    began = time.perf_counter()
    return collect(spawn(argv, env), began)


def extra(baseline: Sequence[str], tracked: Sequence[str], count: int,
          env: Mapping[str, str] | None = None) -> tuple[Spread, Spread]:
    """Wall and CPU seconds that `tracked` takes more than `baseline`, both run
    in turn, so that whatever else the machine does meets both."""
    for argv in (baseline, tracked):
        if code := once(argv, env).exit_code:
            raise RuntimeError(f"{' '.join(argv)}: exit code {code}")
    pairs = [(once(baseline, env), once(tracked, env)) for _ in range(count)]
    return (Spread(tuple(b.wall_s - a.wall_s for a, b in pairs)),
            Spread(tuple(b.cpu_s - a.cpu_s for a, b in pairs)))


def cpu_clock(pid: int) -> float:
    """CPU seconds of a living process, all its threads and none of its
    children, to the nanosecond (the clock of clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def status(pid: int, key: str) -> int:
    """A number of /proc/PID/status."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(key + ":"):
                return int(line.split()[1])
    raise KeyError(key)


def descendants(pid: int) -> list[int]:
    """All living processes under a process, found by going through /proc."""
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = Path(f"/proc/{entry}/stat").read_text(errors="replace")
        except OSError:
            continue
        fields = stat.rpartition(")")[2].split()
        if fields[0] != "Z":
            parents.setdefault(int(fields[1]), []).append(int(entry))
    found: list[int] = []
    todo = [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found


def peak_kib(argv: Sequence[str], env: Mapping[str, str] | None = None,
             during: Callable[[int], None] | None = None) -> int | None:
    """Peak resident memory of one process, in KiB, read in the moment of its
    exit. (`ru_maxrss` will not do: it begins with that of the process which
    forked.) `None` where the system lets nobody trace."""
    libc = ctypes.CDLL(None, use_errno=True)
    ptrace = libc.ptrace
    ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    pid = spawn(argv, env)
    if ptrace(PTRACE_SEIZE, pid, None, PTRACE_O_TRACEEXIT) != 0:
        os.waitpid(pid, 0)
        return None
    peak = None
    if during is not None:
        during(pid)
    while True:
        _, state = os.waitpid(pid, 0)
        if not os.WIFSTOPPED(state):
            return peak
        event = state >> 16
        if event == PTRACE_EVENT_EXIT:
            peak = status(pid, "VmHWM")
        forwarded = 0 if event else os.WSTOPSIG(state)
        ptrace(PTRACE_CONT, pid, None, forwarded)


def pss_kib(pids: Sequence[int]) -> int:
    """Memory of some processes, what they share counted once."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


class Background:
    """Processes that run beside a measurement and end with it."""

    def __init__(self, argv: Sequence[str], count: int):
        self.argv, self.count = argv, count
        self.pids: list[int] = []

    def __enter__(self) -> Background:
        self.pids = [spawn(self.argv) for _ in range(self.count)]
        time.sleep(0.5)
        return self

    def __exit__(self, *_: object) -> None:
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
        for pid in self.pids:
            os.waitpid(pid, 0)


def say(text: str) -> None:
    """Tells a person what is being done."""
    print(text, file=sys.stderr, flush=True)
