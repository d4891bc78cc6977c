"""What it costs to meter a job that does nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from context import Bench, Cell, Row
from measure import Spread, descendants, extra, peak_kib, pss_kib

WALL_S = 0.008
CPU_S = 0.006
PEAK_KIB = 8 * 1024


def rows(bench: Bench) -> Iterator[Row]:
    wall = Row("a trivial job: extra wall time", "≤ 8 ms")
    cpu = Row("extra CPU time of that", "≤ 6 ms")
    memory = Row("peak memory of that", "≤ 8 MiB")
    ours(bench, wall, cpu, memory)
    for peer in bench.peers:
        tracked = peer.argv("job", "none", 0, 10)
        spreads = extra([peer.python, "-c", "pass"], tracked, bench.pick(10, 2), peer.env)
        put(wall, cpu, peer.name, spreads)
        memory.cells[peer.name] = memory_cell([peak_kib(tracked, peer.env) for _ in range(2)])
    for name, prefix in bench.runners.items():
        spreads = extra(["true"], [*prefix, "true"], bench.pick(50, 5))
        put(wall, cpu, name, spreads)
    yield from (wall, cpu, memory)


def ours(bench: Bench, wall: Row, cpu: Row, memory: Row) -> None:
    side = bench.wattcast
    took = extra(["true"], side.argv(["true"]), bench.pick(300, 40), side.env)
    put(wall, cpu, side.name, took, bounds=(WALL_S, CPU_S))
    during: list[int] = []

    def look(pid: int) -> None:
        # With its guardian, without the command.
        time.sleep(0.2)
        family = [pid, *descendants(pid)]
        during.append(pss_kib([one for one in family if program(one) == program(pid)]))

    peaks = [peak_kib(side.argv(["sleep", "0.4"]), side.env, look) for _ in range(5)]
    cell = memory_cell(peaks, PEAK_KIB)
    whole = f"; with its guardian, shared pages once: {max(during) / 1024:.1f} MiB"
    memory.cells[side.name] = Cell(cell.text, cell.raw + whole, cell.holds)


def program(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8")


def put(wall: Row, cpu: Row, name: str, spreads: tuple[Spread, Spread],
        bounds: tuple[float, float] | None = None) -> None:
    for index, row in enumerate((wall, cpu)):
        spread = spreads[index]
        holds = spread.median <= bounds[index] if bounds else None
        row.cells[name] = Cell(f"{spread.median * 1e3:.2g} ms", spread.text(1e3, "ms"), holds)


def memory_cell(peaks: Sequence[int | None], bound: int | None = None) -> Cell:
    known = [peak for peak in peaks if peak is not None]
    if not known:
        return Cell("not readable", "the system lets nobody trace")
    spread = Spread(tuple(float(peak) for peak in known))
    holds = max(known) <= bound if bound else None
    return Cell(f"{max(known) / 1024:.2g} MiB", spread.text(1 / 1024, "MiB"), holds)
