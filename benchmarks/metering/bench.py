"""Measures what metering costs and whether its numbers can be trusted, beside
other tools, and prints the table. Called by `run`, which builds all of them."""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import traceback
from pathlib import Path

from context import Bench, Row
from measure import once, say
from sides import Peer, Wattcast
from table import header, markdown

MODULES = ["startup", "sampling", "fairness", "periods", "children", "killed", "storage", "clock",
           "inputs"]
PEERS = {"eco2ai": "eco2AI", "codecarbon": "CodeCarbon"}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/metering/run", description=__doc__)
    parser.add_argument("--quick", action="store_true",
                        help="a few seconds for each row: shows that all works, not how well")
    parser.add_argument("--rows", metavar="NAME,…", default=",".join(MODULES),
                        help="only some groups of rows: " + ", ".join(MODULES))
    parser.add_argument("--no-peers", action="store_true", help="wattcast alone")
    parser.add_argument("--check", action="store_true", help="exit code 1 where a bound is not kept")
    parser.add_argument("--output", metavar="FILE", type=Path, help="write the table to a file too")
    parser.add_argument("--binary", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--peers", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def runners(root: Path) -> dict[str, list[str]]:
    """Programs that run a command, for comparison of that alone: those that are
    here. `env -C` keeps what they write out of the way."""
    away = ["env", "-C", str(root)]
    known = {
        "CodeCarbon CLI": [*away, str(root / "codecarbon/bin/codecarbon"), "monitor", "--offline",
                           "--country-iso-code", "FRA", "--no-api", "--"],
        "perf stat": ["perf", "stat", "-o", "/dev/null"],
        "carbonara": [str(root / "carbonara/bin/energy"), "-m", "tdp", "--"],
    }
    found = {}
    for name, argv in known.items():
        try:
            works = once([*argv, "true"]).exit_code == 0
        except OSError:
            works = False
        if works:
            found[name] = argv
        else:
            say(f"{name}: not here, left out")
    return found


def measure(bench: Bench, names: list[str]) -> list[Row]:
    """All rows that were asked for; a group that fails costs no other one."""
    rows: list[Row] = []
    for name in names:
        try:
            for row in importlib.import_module(f"rows.{name}").rows(bench):
                ours = row.cells.get(bench.wattcast.name)
                say(f"{row.what}: {ours.text if ours else '–'}")
                rows.append(row)
        except Exception:
            traceback.print_exc()
            rows.append(Row(f"{name} failed", "", {}))
    return rows


def main() -> int:
    given = arguments()
    names = given.rows.split(",")
    if unknown := set(names) - set(MODULES):
        print(f"--rows: no {', '.join(sorted(unknown))}; there are {', '.join(MODULES)}",
              file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="wattcast-bench-") as folder:
        scratch = Path(folder)
        peers = [] if given.no_peers else [
            Peer(name, package, given.peers / package / "bin/python", scratch)
            for package, name in PEERS.items()]
        bench = Bench(given.quick, scratch, Wattcast(given.binary, scratch), peers,
                      {} if given.no_peers else runners(given.peers))
        head = header(bench)
        rows = measure(bench, names)
    text = head + "\n" + markdown(rows, bench)
    print(text)
    if given.output:
        given.output.write_text(text)
    kept = all(row.cells and all(cell.holds is not False for cell in row.cells.values())
               for row in rows)
    return 0 if kept or not given.check else 1


if __name__ == "__main__":
    sys.exit(main())
