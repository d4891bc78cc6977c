"""The same CPU time in different processes, and somebody else's."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from context import Bench, Cell, Row
from measure import Background
from sides import HERE, Metered

WITHIN = 0.01

SHAPES = {
    "process": "in the process",
    "threads": "in 4 threads",
    "children": "in 2 children",
    "half-second": "in children of 0.5 s",
    "thousand": "in 1,000 short-lived children",
}

STRANGER = [sys.executable, "-S", "-E", "-c",
            f"import sys; sys.path.insert(0, {str(HERE)!r}); import work; work.burn(1e9)"]


def rows(bench: Bench) -> Iterator[Row]:
    seconds = bench.pick(30.0, 3.0)
    in_process: dict[str, Metered] = {}
    for shape, words in SHAPES.items():
        row = Row(f"kWh of {seconds:g} CPU-seconds {words}", "equal within 1 %")
        for side in (bench.wattcast, *bench.peers):
            done = side.meter(shape, seconds)
            first = in_process.setdefault(side.name, done)
            row.cells[side.name] = work_cell(done, first, ours=side is bench.wattcast)
        yield row
    yield beside_a_stranger(bench, seconds, in_process)
    yield strangers_work(bench, bench.pick(15.0, 3.0))


def beside_a_stranger(bench: Bench, seconds: float, in_process: dict[str, Metered]) -> Row:
    row = Row(f"kWh of {seconds:g} CPU-seconds in the process, a stranger busy",
              "equal within 1 %")
    with Background(STRANGER, os.cpu_count() or 1):
        for side in (bench.wattcast, *bench.peers):
            done = side.meter("process", seconds)
            row.cells[side.name] = work_cell(done, in_process[side.name],
                                             ours=side is bench.wattcast)
        put_mode_all(bench, row, "process", seconds)
    return row


def strangers_work(bench: Bench, seconds: float) -> Row:
    """A job that sleeps while a stranger keeps every core busy."""
    row = Row(f"kWh of the processor for {seconds:g} s of sleep, a stranger busy",
              "own CPU time alone")
    with Background(STRANGER, os.cpu_count() or 1):
        for side in (bench.wattcast, *bench.peers):
            done = side.meter("idle", seconds)
            row.cells[side.name] = idle_cell(done, ours=side is bench.wattcast)
        put_mode_all(bench, row, "idle", seconds)
    return row


def put_mode_all(bench: Bench, row: Row, shape: str, seconds: float) -> None:
    """eco2AI can also be asked to count the whole machine."""
    eco2ai = bench.peer("eco2ai")
    if eco2ai is None:
        return
    done = eco2ai.meter(shape, seconds, mode="all")
    cell = row.cells[eco2ai.name]
    told = f"; mode `all`: {kwh(done.kwh)}"
    row.cells[eco2ai.name] = Cell(cell.text + told, cell.raw + told)


def work_cell(done: Metered, first: Metered, ours: bool) -> Cell:
    rate, base = done.cpu_kwh_per_s, first.cpu_kwh_per_s
    if rate is None or not base:
        return Cell("no result", done.stderr.strip()[-200:], False if ours else None)
    ratio = rate / base
    raw = f"{done.cpu_kwh:.6e} kWh for {done.kernel_s:.4f} CPU-s"
    if done.counted_s is not None:
        raw += f", {done.counted_s:.4f} counted"
    raw += f"; in all {kwh(done.kwh)} kWh"
    return Cell(f"{kwh(done.cpu_kwh)} (× {ratio:.{4 if ours else 2}f})", raw,
                abs(ratio - 1) <= WITHIN if ours else None)


def idle_cell(done: Metered, ours: bool) -> Cell:
    if done.cpu_kwh is None:
        return Cell("no result", done.stderr.strip()[-200:], False if ours else None)
    raw = f"in all {kwh(done.kwh)} kWh"
    holds = None
    if ours and done.counted_s is not None:
        # A hundredth, or what ends a process that has been counted.
        holds = abs(done.counted_s - done.kernel_s) <= max(0.005, WITHIN * done.kernel_s)
        raw += f"; {done.counted_s:.4f} CPU-s counted, {done.kernel_s:.4f} by the kernel"
    return Cell(kwh(done.cpu_kwh), raw, holds)


def kwh(value: float | None) -> str:
    return "none" if value is None else f"{value:.2e}"
