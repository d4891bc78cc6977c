"""What a sample costs: alone, beside many processes, and after many samples."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

from context import Bench, Cell, Row
from measure import Background, Spread, collect, cpu_clock, once, spawn, status
from sides import Peer, call

SAMPLE_S = 0.0001
SHARE = 0.001
STRANGERS = 400
LOG_ROWS = 50_000


@dataclass(frozen=True)
class Window:
    """A stretch of a run: what metering took in it."""

    samples: int
    cpu_s: float
    wall_s: float

    @property
    def each_s(self) -> float:
        return self.cpu_s / max(1, self.samples)


def windows(bench: Bench, job: list[str], period: str, lengths: list[float]) -> list[Window]:
    """Looks at consecutive stretches of one run, after its first half second.
    wattcast sleeps once for each sample, so the kernel's count of its sleeps
    is the number of samples."""
    side = bench.wattcast
    began = time.perf_counter()
    pid = spawn(side.argv(job, "--period", period), side.env)
    time.sleep(0.5)
    marks = [mark(pid)]
    for length in lengths:
        time.sleep(length)
        marks.append(mark(pid))
    os.kill(pid, signal.SIGTERM)
    collect(pid, began)
    return [Window(b[0] - a[0], b[1] - a[1], b[2] - a[2]) for a, b in zip(marks, marks[1:])]


def mark(pid: int) -> tuple[int, float, float]:
    return status(pid, "voluntary_ctxt_switches"), cpu_clock(pid), time.perf_counter()


def rows(bench: Bench) -> Iterator[Row]:
    own = Row("CPU for each sample: own process tree", "≤ 0.1 ms")
    crowd = Row(f"the same beside {STRANGERS} other processes", "≤ 0.1 ms")
    often = Row("CPU at 10 samples a second", "≤ 0.1 % of a core")
    log = Row(f"a sample's CPU after {LOG_ROWS:,} rows of log", "as the first")
    ours(bench, own, crowd, often)
    ours_late(bench, log)
    for peer in bench.peers:
        theirs(bench, peer, own, crowd, often, log)
    yield from (own, crowd, often, log)


def ours(bench: Bench, own: Row, crowd: Row, often: Row) -> None:
    name = bench.wattcast.name
    lengths = [bench.pick(4.0, 1.0)] * 5
    sleep = ["sleep", "600"]
    alone = windows(bench, sleep, "100ms", lengths)
    family = windows(bench, bench.wattcast.job("family", 600), "100ms", lengths)
    with Background(sleep, STRANGERS):
        beside = windows(bench, sleep, "100ms", lengths)
    cost = each(alone)
    raw = f"{cost.text(1e6, 'µs')}; a tree of 22 processes: {each(family).text(1e6, 'µs')}"
    own.cells[name] = Cell(ms(cost.median), raw, cost.median <= SAMPLE_S)
    cost = each(beside)
    crowd.cells[name] = Cell(ms(cost.median), cost.text(1e6, "µs"), cost.median <= SAMPLE_S)
    share = Spread(tuple(w.cpu_s / w.wall_s for w in alone))
    often.cells[name] = Cell(f"{share.median:.3%}", share.text(100, "%"), share.median <= SHARE)


def ours_late(bench: Bench, log: Row) -> None:
    """One run at 1 ms, its first stretch beside its last. Each sample is
    several records of the ledger."""
    length = bench.pick(4.0, 0.5)
    between = bench.pick(60.0, 1.0)
    first, middle, last = windows(bench, ["sleep", "600"], "1ms", [length, between, length])
    ratio = last.each_s / first.each_s
    newest = max(bench.wattcast.ledger.iterdir(), key=lambda file: file.stat().st_mtime)
    raw = (f"first {first.each_s * 1e6:.1f} µs ({first.samples:,} samples), last "
           f"{last.each_s * 1e6:.1f} µs ({last.samples:,}), {middle.samples:,} between; "
           f"ledger {newest.stat().st_size:,} bytes")
    log.cells[bench.wattcast.name] = Cell(
        f"{ms(last.each_s)} ({ratio:.2f} × the first)", raw, ratio <= 1.1)


def theirs(bench: Bench, peer: Peer, own: Row, crowd: Row, often: Row, log: Row) -> None:
    count = bench.pick(20, 3)
    own.cells[peer.name] = samples_cell(peer, count)
    with Background(["sleep", "600"], STRANGERS):
        crowd.cells[peer.name] = samples_cell(peer, count)
    seconds = bench.pick(20.0, 4.0)
    idle = once(peer.argv("job", "none", 0, 0.1), peer.env)
    busy = once(peer.argv("job", "idle", seconds, 0.1), peer.env)
    share = (busy.cpu_s - idle.cpu_s) / seconds
    often.cells[peer.name] = Cell(f"{share:.1%}", f"{busy.cpu_s:.2f} s less the {idle.cpu_s:.2f} s "
                                  f"of start and stop, in {seconds:g} s")
    if peer.package == "eco2ai":
        fill_log(peer, bench.pick(LOG_ROWS, 2000))
        log.cells[peer.name] = samples_cell(peer, bench.pick(5, 2))
    else:
        log.cells[peer.name] = Cell("–", "keeps no log while it runs")


def samples_cell(peer: Peer, count: int) -> Cell:
    done = call(peer.argv("samples", count), env=peer.env)
    costs = json.loads(done.stdout.splitlines()[-1])
    cpu = Spread(tuple(cost[0] for cost in costs))
    written = max(cost[2] for cost in costs)
    return Cell(ms(cpu.median), f"{cpu.text(1e3, 'ms')}; {written:,} bytes written by each")


def fill_log(peer: Peer, count: int) -> None:
    """A log of many runs."""
    peer.meter("none", 0)
    header, row = peer.csv.read_text().splitlines()[:2]
    run, rest = row.split(",", 1)
    with peer.csv.open("w") as file:
        file.write(header + "\n")
        file.writelines(f"{index:08x}{run[8:]},{rest}\n" for index in range(count))


def each(parts: list[Window]) -> Spread:
    return Spread(tuple(part.each_s for part in parts))


def ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2g} ms"
