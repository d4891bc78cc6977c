"""The tools that are compared, each asked to meter a job in its own usual way."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Metered:
    """What a tool said of a job, and what the kernel said."""

    exit_code: int
    kwh: float | None = None
    cpu_kwh: float | None = None
    #: CPU seconds of the job as the tool counted them.
    counted_s: float | None = None
    #: CPU seconds of the job as the kernel counted them.
    kernel_s: float = 0.0
    duration_s: float | None = None
    stderr: str = ""
    report: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cpu_kwh_per_s(self) -> float | None:
        """Energy of the processor for each CPU second of the job."""
        if self.cpu_kwh is None or not self.kernel_s:
            return None
        return self.cpu_kwh / self.kernel_s


def call(argv: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, **options)


class Wattcast:
    """The binary of this repository."""

    name = "wattcast"

    def __init__(self, binary: Path, scratch: Path):
        self.binary = str(binary)
        self.scratch = scratch
        self.ledger = scratch / "ledger"
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("WATTCAST_")}
        self.version = call([self.binary, "--version"]).stdout.split()[-1]

    def argv(self, job: list[str], *options: str, ledger: Path | None = None) -> list[str]:
        return [self.binary, "run", "--zone", "FR", "--ledger", str(ledger or self.ledger),
                *options, "--", *job]

    def job(self, shape: str, seconds: float) -> list[str]:
        return [sys.executable, "-S", "-E", str(HERE / "work.py"), shape, str(seconds),
                str(self.scratch / "kernel.json")]

    def meter(self, shape: str, seconds: float, period_s: float = 1.0, *,
              job: list[str] | None = None, ledger: Path | None = None,
              env: Mapping[str, str] | None = None, **options: Any) -> Metered:
        output, kernel = self.scratch / "run.json", self.scratch / "kernel.json"
        for file in (output, kernel):
            file.unlink(missing_ok=True)
        argv = self.argv(job or self.job(shape, seconds), "--period", f"{round(period_s * 1000)}ms",
                         "--json", "--output", str(output), ledger=ledger)
        done = call(argv, env=self.env | dict(env or {}), **options)
        if not output.exists() or not output.stat().st_size:
            return Metered(done.returncode, stderr=done.stderr)
        report = json.loads(output.read_text())
        kernel_s = json.loads(kernel.read_text())["cpu_seconds"] if kernel.exists() else 0.0
        return Metered(done.returncode, report["energy_uj"] / 3.6e12, cpu_kwh(report),
                       report["cpu_time_us"] / 1e6, kernel_s, report["duration_us"] / 1e6,
                       done.stderr, report)

    def report(self, ledger: Path, env: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """The runs of a ledger as `report` tells them."""
        argv = [self.binary, "report", "--json", "--ledger", str(ledger)]
        done = call(argv, env=self.env | dict(env or {}))
        return json.loads(done.stdout)["runs"] if done.stdout else []


def cpu_kwh(report: Mapping[str, Any]) -> float:
    parts = report["parts"]
    return sum(p["energy_uj"] for p in parts if p["name"].startswith("cpu")) / 3.6e12


class Peer:
    """A package from PyPI whose tracker runs inside the program that works."""

    def __init__(self, name: str, package: str, python: Path, scratch: Path):
        self.name, self.package, self.python = name, package, str(python)
        self.folder = scratch / package
        self.folder.mkdir(exist_ok=True)
        self.csv = self.folder / f"{package}.csv"
        self.env = os.environ | {"PYTHONWARNINGS": "ignore"}
        code = f"import importlib.metadata as m; print(m.version({package!r}))"
        self.version = call([self.python, "-c", code]).stdout.strip()

    def argv(self, verb: str, *arguments: object, folder: Path | None = None) -> list[str]:
        return [self.python, str(HERE / "peer.py"), self.package, str(folder or self.folder), verb,
                *map(str, arguments)]

    def fresh(self) -> None:
        """An empty folder for what it writes."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def meter(self, shape: str, seconds: float, period_s: float = 1.0, mode: str | None = None, *,
              env: Mapping[str, str] | None = None) -> Metered:
        """CPU seconds are those asked for: what its children need to start is
        little beside what it is off by."""
        self.fresh()
        arguments = [shape, seconds, period_s] + ([mode] if mode else [])
        done = call(self.argv("job", *arguments), env=self.env | dict(env or {}))
        rows = self.rows()
        if not rows:
            return Metered(done.returncode, stderr=done.stderr)
        kwh, cpu, duration = self.figures(rows[-1])
        return Metered(done.returncode, kwh, cpu, None, seconds, duration, done.stderr)

    def rows(self, file: Path | None = None) -> list[dict[str, str]]:
        """The rows of its log; those that a reader of CSV rejects are left out."""
        file = file or self.csv
        if not file.exists():
            return []
        with file.open(newline="") as text:
            return list(csv.DictReader(text))

    def figures(self, row: Mapping[str, str]) -> tuple[float, float, float]:
        """Energy in all and of the processor, and seconds. eco2AI tells one sum
        that holds some memory too."""
        if self.package == "eco2ai":
            kwh = float(row["power_consumption(kWh)"])
            return kwh, kwh, float(row["duration(s)"])
        # It leaves the cell of a NaN empty.
        columns = ("energy_consumed", "cpu_energy", "duration")
        return tuple(float(row[name] or "nan") for name in columns)
