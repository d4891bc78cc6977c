"""Runs inside the virtual environment of a peer and does there what the
harness asks, the way that the peer's own documentation shows.

Usage: peer.py PEER FOLDER VERB [ARGUMENT...]

  job SHAPE CPU_SECONDS PERIOD [MODE]   meters the work of work.py
  samples COUNT                         prints the CPU and wall seconds and the
                                        bytes written of one sample
  accepts NAME VALUE                    prints what became of an odd setting
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))


def eco2ai(folder: Path, period: float, mode: str = "current", **odd: Any) -> Any:
    from eco2ai import Tracker

    options = {"alpha_2_code": "FR", "cpu_processes": mode} | odd
    return Tracker(project_name="bench", experiment_description="bench",
                   file_name=str(folder / "eco2ai.csv"), measure_period=period,
                   ignore_warnings=True, **options)


def codecarbon(folder: Path, period: float, mode: str = "process", **odd: Any) -> Any:
    from codecarbon import OfflineEmissionsTracker

    options = {"country_iso_code": "FRA", "tracking_mode": mode} | odd
    return OfflineEmissionsTracker(measure_power_secs=period, output_dir=str(folder),
                                   output_file="codecarbon.csv", log_level="critical",
                                   allow_multiple_runs=True, **options)


MAKE = {"eco2ai": eco2ai, "codecarbon": codecarbon}
SETTINGS = {("eco2ai", "zone"): "alpha_2_code", ("codecarbon", "zone"): "country_iso_code"}


def cpu_seconds() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def written_bytes() -> int:
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("wchar:"):
            return int(line.split()[1])
    return 0


def job(peer: str, folder: Path, shape: str, seconds: str, period: str, *mode: str) -> None:
    tracker = MAKE[peer](folder, float(period), *mode)
    tracker.start()
    if shape != "none":
        from work import work

        work(shape, float(seconds))
    tracker.stop()


def samples(peer: str, folder: Path, count: str) -> None:
    tracker = MAKE[peer](folder, 3600.0)
    tracker.start()
    sample = tracker._func_for_sched if peer == "eco2ai" else tracker._measure_power_and_energy
    sample()
    each = []
    for _ in range(int(count)):
        before = cpu_seconds(), time.perf_counter(), written_bytes()
        sample()
        after = cpu_seconds(), time.perf_counter(), written_bytes()
        each.append([b - a for a, b in zip(before, after)])
    print(json.dumps(each))
    tracker.stop()


def accepts(peer: str, folder: Path, name: str, value: str) -> None:
    given: Any = float(value) if name == "pue" else value
    tracker = MAKE[peer](folder, 1.0, **{SETTINGS.get((peer, name), name): given})
    tracker.start()
    time.sleep(2)
    tracker.stop()


def main() -> None:
    peer, folder, verb = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    {"job": job, "samples": samples, "accepts": accepts}[verb](peer, folder, *sys.argv[4:])


if __name__ == "__main__":
    main()
