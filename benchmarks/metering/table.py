"""The result as Markdown."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Sequence
from pathlib import Path

from context import Bench, Row
from sides import call


def header(bench: Bench) -> str:
    """When, where and with what it was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    git = call(["git", "describe", "--always", "--dirty"], cwd=Path(__file__).parent).stdout.strip()
    versions = [f"wattcast {bench.wattcast.version} ({git})"]
    versions += [f"{peer.name} {peer.version}" for peer in bench.peers]
    facts = [
        ("date", datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("mode", "quick: a smoke test, not for the record" if bench.quick else "full"),
        ("machine", f"{cpu_model()}, {os.cpu_count()} CPUs, {memory:.0f} GiB, "
                    f"Linux {platform.release()}"),
        ("load before", "{:.1f}, {:.1f}, {:.1f}".format(*os.getloadavg())),
        ("sides", ", ".join(versions) + f", Python {platform.python_version()}"),
    ]
    return "\n".join(f"- {name}: {text}" for name, text in facts) + "\n"


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return platform.machine()


def columns(rows: Sequence[Row], bench: Bench) -> list[str]:
    """The peers, then ours, then what else was run in some row."""
    names = [peer.name for peer in bench.peers] + [bench.wattcast.name]
    for row in rows:
        names += [name for name in row.cells if name not in names]
    return names


def markdown(rows: Sequence[Row], bench: Bench) -> str:
    """The table and, under it, the raw figures of each of its cells."""
    ours = bench.wattcast.name
    names = [peer.name for peer in bench.peers] + [ours]
    lines = ["| what | " + " | ".join(names) + " | bound | kept |",
             "| --- |" + " --- |" * (len(names) + 2)]
    for row in rows:
        cells = [row.cells[name].text if name in row.cells else "" for name in names]
        others = [f"{name} {cell.text}" for name, cell in row.cells.items() if name not in names]
        what = row.what + (f" ({', '.join(others)})" if others else "")
        mine = row.cells.get(ours)
        kept = {True: "yes", False: "**no**", None: ""}[mine.holds if mine else None]
        lines.append(" | ".join(["| " + what, *cells, row.bound, kept + " |"]))
    lines += ["", "Raw rows: least / median / most, where there are several.", ""]
    for row in rows:
        lines.append(f"- {row.what}")
        lines += [f"  - {name}: {cell.text}" + (f" · {plain(cell.raw)}" if cell.raw else "")
                  for name, cell in row.cells.items()]
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
