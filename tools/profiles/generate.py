#!/usr/bin/env python3
"""Writes the typical-day profiles of `core` (from ENTSO-E, EIA and AEMO series) and of
`electricity-maps` (from Electricity Maps series, under the ODbL) from the hourly series below
`WATTCAST_DATA`. With `--check` it fails where a checked-in table differs; without the data it says so.

The rows are specified in `core/src/forecast/profile/mod.rs`. Only means and quantiles leave the series.
"""

import csv
import gzip
import os
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models" / "training"))
from wattcast_train.zones import grid_of, utc_offset_hours  # noqa: E402

# Of ENTSO-E only zones whose production is close to what they use.
ENTSOE = ["BE", "DE", "ES", "FI", "FR", "GB", "PL"]
EIA = ["BPAT", "CISO", "ERCO", "FPL", "ISNE", "NYISO", "PJM", "SE", "AUS_QLD"]
NAMES = {"AUS_QLD": "AU-QLD"}
EPOCH = date(1970, 1, 1).toordinal()
MONTHS, POINTS = 12, 12
ONE = 4096


def read(path):
    """Hours since 1970 and values; one value per hour, holes left out."""
    found = []
    with gzip.open(path, "rt", newline="") as handle:
        for row in list(csv.reader(handle))[1:]:
            if row[1] and float(row[1]) >= 0:
                day, hour = date.fromisoformat(row[0][:10]), int(row[0][11:13])
                found.append(((day.toordinal() - EPOCH) * 24 + hour, float(row[1])))
    return found


def quantile(values, share):
    values = sorted(values)
    return values[min(int(share * len(values)), len(values) - 1)]


class Shape:
    """Ratios to the mean of all hours: by month and hour of local standard time, and of weekends."""

    def __init__(self, series, offset):
        self.offset = offset
        mean = sum(value for _, value in series) / len(series)
        cells = [[[] for _ in range(24)] for _ in range(MONTHS)]
        ends, works = [], []
        located = []
        for hour, value in series:
            local = hour + offset
            day = date.fromordinal(local // 24 + EPOCH)
            located.append((day.month - 1, local % 24, day.weekday() >= 5, value / mean))
            (ends if day.weekday() >= 5 else works).append(value / mean)
        self.weekend = sum(ends) / len(ends)
        work = (7 - 2 * self.weekend) / 5
        for month, hour, weekend, ratio in located:
            cells[month][hour].append(ratio / (self.weekend if weekend else work))
        self.hours = [[sum(cell) / len(cell) for cell in row] for row in cells]
        ratios = [[] for _ in range(MONTHS)]
        for month, hour, weekend, ratio in located:
            usual = self.hours[month][hour] * (self.weekend if weekend else work)
            ratios[month].append(ratio / max(usual, 0.01))
        self.low = [quantile(row, 0.1) for row in ratios]
        self.high = [quantile(row, 0.9) for row in ratios]

    @classmethod
    def mean_of(cls, shapes):
        result = cls.__new__(cls)
        mean = lambda rows: sum(rows) / len(rows)
        result.offset = sorted(shape.offset for shape in shapes)[len(shapes) // 2]
        result.weekend = mean([shape.weekend for shape in shapes])
        # Hours of different local times are averaged as local hours: noon with noon.
        result.hours = [[mean([s.hours[m][h] for s in shapes]) for h in range(24)] for m in range(MONTHS)]
        result.low = [min(s.low[m] for s in shapes) for m in range(MONTHS)]
        result.high = [max(s.high[m] for s in shapes) for m in range(MONTHS)]
        return result

    def row(self):
        points = [[(row[2 * i] * 2 + row[2 * i - 1] + row[2 * i + 1]) / 4 for i in range(POINTS)] for row in self.hours]
        peak = max(max(row) for row in points)
        byte = lambda value: min(max(round(value), 0), 255)
        whole = min(round(peak * ONE), 65535)
        out = [self.offset % 256, byte(self.weekend * 128), whole % 256, whole // 256]
        out += [byte(value * 256) for value in self.low] + [byte(value * 64) for value in self.high]
        return out + [byte(value / peak * 255) for row in points for value in row]


def shapes_of(root, names, known):
    for name in names:
        path = root / f"{name}.csv.gz"
        code = NAMES.get(name) or (name if root.name != "ci" else grid_of(name))
        if code not in known:
            known[code] = Shape(read(path), utc_offset_hours(name))
    return known


def with_countries(shapes):
    """Adds the mean of its zones for each country that has no row of its own."""
    for country in sorted({code.split("-")[0] for code in shapes if "-" in code}):
        if country not in shapes:
            parts = [shape for code, shape in shapes.items() if code.split("-")[0] == country]
            shapes[country] = Shape.mean_of(parts)
    return shapes


def table(shapes, head):
    rows = [f"    ({code!r:<16}, {shape.row()}),".replace("'", '"') for code, shape in sorted(shapes.items())]
    text = f"{head}\n/// Code and row, in order of code.\npub(super) static ROWS: [(&str, [u8; 172]); {len(rows)}] = [\n"
    return text + "\n".join(rows) + "\n];\n"


def main():
    root = os.environ.get("WATTCAST_DATA")
    if not root:
        print("profiles: not checked, WATTCAST_DATA does not name the folder with the hourly series")
        return 0
    root = Path(root)
    generated = "//! Written by tools/profiles/generate.py.\n"
    core = shapes_of(root / "entsoe_lca", ENTSOE, {})
    core = with_countries(shapes_of(root / "benchmark13" / "ci", EIA, core))
    zones = lambda folder: sorted(path.name.removesuffix(".csv.gz") for path in (root / folder).glob("*.csv.gz"))
    maps = shapes_of(root / "em2023_lca", zones("em2023_lca"), {})
    maps = with_countries(shapes_of(root / "em2022_lca", zones("em2022_lca"), maps))
    maps = {code: shape for code, shape in maps.items() if code not in core}
    files = {
        ROOT / "core/src/forecast/profile/table.rs": table(
            core, generated + "//!\n//! From ENTSO-E, US EIA and AEMO series, 2019 to 2022.\n"
        ),
        ROOT / "electricity-maps/src/profiles.rs": table(
            maps, generated + "//!\n//! From Electricity Maps series of 2021 and 2022, under the ODbL 1.0.\n"
        ),
    }
    failed = False
    for path, text in files.items():
        if "--check" in sys.argv[1:]:
            same = path.exists() and path.read_text() == text
            failed |= not same
            print(f"{path.relative_to(ROOT)}: {'as generated' if same else 'differs'}")
        else:
            path.write_text(text)
            print(f"{path.relative_to(ROOT)}: {text.count('    (')} zones")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
