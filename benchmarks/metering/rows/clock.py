"""The wall clock steps while the job runs."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from pathlib import Path

from context import Bench, Cell, Row
from sides import HERE, Metered, call

HOUR_S = 3600
#: The energy of the processor, and how far the time may be off.
WITHIN = 0.01


def rows(bench: Bench) -> Iterator[Row]:
    library = bench.scratch / "step_clock.so"
    built = call(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(HERE / "step_clock.c")])
    if built.returncode:
        raise RuntimeError(f"step_clock.c: {built.stderr}")
    seconds = bench.pick(10.0, 4.0)
    base = {side.name: side.meter("process", seconds) for side in (bench.wattcast, *bench.peers)}
    for step in (HOUR_S, -HOUR_S):
        row = Row(f"clock {step // HOUR_S:+d} h in mid run", "no effect")
        for side in (bench.wattcast, *bench.peers):
            offset = bench.scratch / "clock"
            write(offset, 0)
            env = {"LD_PRELOAD": str(library), "STEP_CLOCK_FILE": str(offset)}
            # Peers need two or three seconds before they begin.
            turn = threading.Timer(seconds / 2 + (0 if side is bench.wattcast else 2),
                                   write, (offset, step))
            turn.start()
            done = side.meter("process", seconds, env=env)
            turn.join()
            row.cells[side.name] = cell(done, base[side.name], ours=side is bench.wattcast)
        yield row


def write(file: Path, seconds: int) -> None:
    """Changes the offset in place, where it may be mapped."""
    mode = "r+b" if file.exists() else "wb"
    with file.open(mode) as out:
        out.write(struct.pack("q", seconds))


def cell(done: Metered, base: Metered, ours: bool) -> Cell:
    rate, fair = done.cpu_kwh_per_s, base.cpu_kwh_per_s
    if rate is None or not fair or done.duration_s is None:
        return Cell("no result", done.stderr.strip()[-200:], False if ours else None)
    ratio = rate / fair
    holds = None
    if ours:
        # The job takes its CPU seconds and what it had to wait for a core.
        holds = abs(ratio - 1) <= WITHIN and 0 < done.duration_s < HOUR_S / 2
    return Cell(f"energy × {ratio:.{4 if ours else 2}f}, {done.duration_s:.1f} s",
                f"{done.cpu_kwh:.3e} kWh, {base.cpu_kwh:.3e} and {base.duration_s:.1f} s without", holds)
