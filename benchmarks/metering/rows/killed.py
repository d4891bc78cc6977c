"""The meter is killed in mid run."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from context import Bench, Cell, Row
from measure import cpu_clock, descendants, spawn
from sides import HERE, Peer

#: One sample, and what the machine may be late.
PERIOD_S = 1.0
LATE_S = 0.5


def rows(bench: Bench) -> Iterator[Row]:
    after = bench.pick(6.5, 3.5)
    row = Row(f"after SIGKILL at {after:g} s, a sample each second", "at most the last sample lost")
    fate = Row("the command after that", "ended or running, as chosen")
    kept, ends = killed(bench, "end", after)
    _, goes_on = killed(bench, "continue", after)
    name = bench.wattcast.name
    row.cells[name] = kept
    fate.cells[name] = Cell(f"`end`: {ends.text}; `continue`: {goes_on.text}",
                            f"{ends.raw}; {goes_on.raw}", bool(ends.holds and goes_on.holds))
    for peer in bench.peers:
        row.cells[peer.name], fate.cells[peer.name] = theirs(bench, peer, after)
    yield from (row, fate)


def killed(bench: Bench, choice: str, after: float) -> tuple[Cell, Cell]:
    side = bench.wattcast
    ledger = bench.folder(f"killed-{choice}")
    argv = side.argv(side.job("process", 60), "--period", "1s", "--on-death", choice, ledger=ledger)
    pid = spawn(argv, side.env)
    time.sleep(after)
    # Without the guardian, a copy of the meter.
    job = [one for one in descendants(pid) if command_line(one) != command_line(pid)]
    used = sum(cpu_clock(one) for one in job)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    runs = side.report(ledger)
    counted = runs[0]["cpu_time_us"] / 1e6 if runs else 0.0
    lost = used - counted
    told = f"; {runs[0]['warnings'][0]}" if runs and runs[0]["warnings"] else ""
    kept = Cell(f"{counted:.1f} of {used:.1f} CPU-s kept", f"lost {lost:.2f} CPU-s{told}",
                bool(runs) and lost <= PERIOD_S + LATE_S)
    return kept, fate_of(job, choice)


def fate_of(job: Sequence[int], choice: str) -> Cell:
    began = time.perf_counter()
    if choice == "end":
        while alive(job) and time.perf_counter() - began < 15:
            time.sleep(0.01)
        took = time.perf_counter() - began
        ended = not alive(job)
        end(job)
        return Cell("ended" if ended else "still runs", f"after {took:.2f} s", ended)
    time.sleep(1.5)
    before = sum(cpu_clock(one) for one in alive(job))
    time.sleep(1)
    used = sum(cpu_clock(one) for one in alive(job)) - before
    runs = len(alive(job)) == len(job) and used > 0
    end(job)
    return Cell("runs on" if runs else "does not run", f"{used:.2f} CPU-s in the second after", runs)


def theirs(bench: Bench, peer: Peer, after: float) -> tuple[Cell, Cell]:
    """eco2AI has no command line: its tracker dies with its program. For
    CodeCarbon its own command runs the job."""
    peer.fresh()
    start_s = 3.0
    if peer.package == "eco2ai":
        pid = spawn(peer.argv("job", "process", 60, PERIOD_S), peer.env)
    else:
        job = ["monitor", "--offline", "--country-iso-code", "FRA", "--no-api",
               "--measure-power-secs", "1", "--", *bench.wattcast.job("process", 60)]
        command = str(Path(peer.python).with_name("codecarbon"))
        pid = spawn(["env", "-C", str(peer.folder), command, *job], peer.env)
    time.sleep(after + start_s)
    job_pids = [one for one in descendants(pid) if str(HERE).encode() in command_line(one)]
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    time.sleep(1)
    rows = peer.rows(next(iter(peer.folder.glob("*.csv")), peer.csv))
    raw = f"killed {after + start_s:g} s after the start of its program"
    kept = Cell(f"{peer.figures(rows[-1])[2]:.1f} s kept" if rows else "all lost", raw)
    fate = "dies with it" if not job_pids else "left behind" if alive(job_pids) else "ended"
    end(job_pids)
    return kept, Cell(fate, "in the tracker's own process" if not job_pids else "")


def command_line(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def alive(pids: Sequence[int]) -> list[int]:
    """Those that have not ended; what nobody has waited for yet has."""
    living = []
    for pid in pids:
        with contextlib.suppress(OSError):
            stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
            if stat.rpartition(")")[2].split()[0] not in "ZX":
                living.append(pid)
    return living


def end(pids: Sequence[int]) -> None:
    for pid in alive(pids):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
