"""How much of the CPU time of short-lived children is seen."""

from __future__ import annotations

from collections.abc import Iterator

from context import Bench, Cell, Row
from sides import Metered, Peer

LEAST = 0.99


def rows(bench: Bench) -> Iterator[Row]:
    seconds = bench.pick(10.0, 2.0)
    forked = Row("CPU time counted of 1,000 forked children", "≥ 99 % of the kernel's")
    forked.cells[bench.wattcast.name] = ours(bench.wattcast.meter("thousand", seconds))
    for peer in bench.peers:
        forked.cells[peer.name] = theirs(peer, seconds)
    yield forked
    started = Row("CPU time counted of a shell that starts small programs",
                  "≥ 99 % of the kernel's")
    started.cells[bench.wattcast.name] = ours(bench.wattcast.meter("shell", bench.pick(2.0, 0.2)))
    yield started


def ours(done: Metered) -> Cell:
    if done.counted_s is None or not done.kernel_s:
        return Cell("no result", done.stderr.strip()[-200:], False)
    share = done.counted_s / done.kernel_s
    return Cell(f"{share:.2%}", f"{done.counted_s:.4f} of {done.kernel_s:.4f} s",
                LEAST <= share <= 2 - LEAST)


def theirs(peer: Peer, seconds: float) -> Cell:
    """They tell energy and no CPU time: what a CPU second in the process is
    worth to them stands for it."""
    base = peer.meter("process", seconds).cpu_kwh_per_s
    done = peer.meter("thousand", seconds)
    if not base or done.cpu_kwh_per_s is None:
        return Cell("no result", done.stderr.strip()[-200:])
    return Cell(f"{done.cpu_kwh_per_s / base:.0%}",
                f"by energy: {done.cpu_kwh:.3e} kWh where {base * seconds:.3e} are due")
