"""The job that all sides meter: a known amount of CPU time in one of several
shapes.

Usage: work.py SHAPE CPU_SECONDS FILE

Does the work in a child and writes to FILE, as JSON, the CPU seconds that the
kernel counted for it: the figure that every side is compared with.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from _hashlib import pbkdf2_hmac

BURN = "import time\nwhile time.process_time() < {}: pass"


def burn(seconds: float) -> None:
    """Keeps one core busy; lets other threads of this process run meanwhile."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pbkdf2_hmac("sha256", b"watt", b"cast", 500)


def threads(seconds: float, count: int = 4) -> None:
    running = [threading.Thread(target=burn, args=(seconds / count,)) for _ in range(count)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def programs(seconds: float, count: int) -> None:
    """Children that run another program, two at a time."""
    argv = [sys.executable, "-S", "-E", "-c", BURN.format(seconds / count)]
    running: list[int] = []
    for _ in range(count):
        if len(running) == 2:
            os.waitpid(running.pop(0), 0)
        running.append(os.posix_spawn(argv[0], argv, dict(os.environ)))
    for pid in running:
        os.waitpid(pid, 0)


def forks(seconds: float, count: int) -> None:
    """Children that live for some milliseconds, one after the other."""
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            burn(seconds / count)
            os._exit(0)
        os.waitpid(pid, 0)


def shell(count: int) -> None:
    """A script that starts many small programs."""
    argv = ["sh", "-c", f"i=0; while [ $i -lt {count} ]; do env true; i=$((i+1)); done"]
    os.waitpid(os.posix_spawnp(argv[0], argv, dict(os.environ)), 0)


def bursts(seconds: float) -> None:
    """Work and rest in turn, at odds with every sampling period."""
    count = max(4, round(seconds / 1.3))
    for _ in range(count):
        burn(seconds / count)
        time.sleep(seconds / count / 1.9)


def family(seconds: float, count: int = 20) -> None:
    """A tree of processes that sleep."""
    for _ in range(count):
        if os.fork() == 0:
            time.sleep(seconds)
            os._exit(0)
    time.sleep(seconds)


def work(shape: str, seconds: float) -> None:
    match shape:
        case "process":
            burn(seconds)
        case "threads":
            threads(seconds)
        case "children":
            programs(seconds, 2)
        case "half-second":
            programs(seconds, max(1, round(seconds / 0.5)))
        case "thousand":
            forks(seconds, 1000)
        case "shell":
            shell(round(seconds * 1000))
        case "bursts":
            bursts(seconds)
        case "family":
            family(seconds)
        case "idle":
            time.sleep(seconds)
        case _:
            raise SystemExit(f"work.py: no shape {shape!r}")


def main() -> None:
    shape, seconds, file = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    pid = os.fork()
    if pid == 0:
        work(shape, seconds)
        os._exit(0)
    usage = os.wait4(pid, 0)[2]
    own = resource.getrusage(resource.RUSAGE_SELF)
    counted = sum(u.ru_utime + u.ru_stime for u in (usage, own))
    with open(file, "w", encoding="ascii") as out:
        json.dump({"cpu_seconds": counted}, out)
    # Not counted above is what comes after: as little as can be.
    os._exit(0)


if __name__ == "__main__":
    main()
