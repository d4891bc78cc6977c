"""Settings that cannot be right."""

from __future__ import annotations

from collections.abc import Iterator

from context import Bench, Cell, Row
from sides import Peer, call

CASES = [
    ("PUE −1", "pue", "-1", {}),
    ("PUE NaN", "pue", "nan", {}),
    ("unknown country", "zone", "XX", {"codecarbon": "XXX"}),
]


def rows(bench: Bench) -> Iterator[Row]:
    for words, name, value, other in CASES:
        row = Row(words, "refused, exit 2")
        side = bench.wattcast
        done = call([side.binary, "run", f"--{name}", value, "--", "true"], env=side.env)
        refused = done.returncode == 2
        row.cells[side.name] = Cell(f"{'refused' if refused else 'accepted'}, exit {done.returncode}",
                                    done.stderr.strip(), refused)
        for peer in bench.peers:
            row.cells[peer.name] = theirs(peer, name, other.get(peer.package, value))
        yield row


def theirs(peer: Peer, name: str, value: str) -> Cell:
    peer.fresh()
    done = call(peer.argv("accepts", name, value), env=peer.env)
    rows = peer.rows()
    if done.returncode or not rows:
        lines = done.stderr.strip().splitlines()
        return Cell(f"refused, exit {done.returncode}", lines[-1][:200] if lines else "")
    row = rows[-1]
    key, where = ("CO2_emissions(kg)", "region/country") if peer.package == "eco2ai" else (
        "emissions", "country_name")
    kwh = peer.figures(row)[0]
    grams = float(row[key]) / kwh * 1000 if kwh else float("nan")
    return Cell(f"accepted: {kwh:.1e} kWh, {grams:.3g} g/kWh", f"{where} `{row[where]}`")
