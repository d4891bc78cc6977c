"""The same work, sampled more or less often."""

from __future__ import annotations

from collections.abc import Iterator

from context import Bench, Cell, Row
from sides import Metered

WITHIN = 0.001


def rows(bench: Bench) -> Iterator[Row]:
    seconds = bench.pick(30.0, 3.0)
    periods = bench.pick((0.1, 1.0, 10.0, 60.0), (0.1, 1.0, 60.0))
    names = ", ".join(f"{period:g}" for period in periods)
    steady: dict[str, list[Metered]] = {}
    for shape, words in (("process", "steady"), ("bursts", "in bursts")):
        row = Row(f"energy of a CPU-second at periods of {names} s, work {words}",
                  "equal within 0.1 %")
        for side in (bench.wattcast, *bench.peers):
            done = [side.meter(shape, seconds, period) for period in periods]
            # Steady work at the shortest period is what all are compared with.
            base = steady.setdefault(side.name, done)[0].cpu_kwh_per_s
            row.cells[side.name] = cell(done, base, ours=side is bench.wattcast)
        yield row


def cell(done: list[Metered], base: float | None, ours: bool) -> Cell:
    rates = [one.cpu_kwh_per_s for one in done]
    known = [rate for rate in rates if rate is not None]
    if not base or len(known) != len(rates):
        return Cell("no result", "; ".join(one.stderr.strip()[-100:] for one in done),
                    False if ours else None)
    ratios = [rate / base for rate in known]
    raw = "; ".join(f"{one.cpu_kwh:.6e} kWh for {one.kernel_s:.4f} CPU-s" for one in done)
    holds = max(abs(ratio - 1) for ratio in ratios) <= WITHIN if ours else None
    return Cell(", ".join(f"{ratio:.{5 if ours else 2}f}" for ratio in ratios), raw, holds)
