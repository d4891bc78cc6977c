"""Reads the hourly series below `WATTCAST_DATA` into integer arrays on one hour axis."""

from __future__ import annotations

import csv
import gzip
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .zones import grid_of, utc_offset_hours

HORIZON = 96
WEATHER_VALUES = 5
_LARGEST = 4000  # gCO2eq/kWh; what lies above is no reading
_LEADS = 33  # GFS leads 0, 3, ..., 96

# Sources whose terms allow that weights trained on them are shipped.
SHIPPABLE = ("em2023_lca", "em2023_direct", "em2022_lca", "entsoe_lca", "benchmark13")


@dataclass
class Weather:
    """Raw integer weather of one grid.

    `fresh[t]` comes from the run of the same day, `stale[t]` from a run three days older;
    `future[d, h]` is what the run of day `d` says about its hour `h`. Values are wind in 0.01 m/s,
    temperature and dew point in 0.01 K, irradiance in 0.1 W/m2, rain of 3 h in 0.001 mm. From hour
    `end` on there is none.
    """

    end: int
    fresh: np.ndarray
    stale: np.ndarray
    future: np.ndarray


@dataclass
class DayAhead:
    """The operator's day-ahead forecast of one grid by hour of its series, in kW; holes are filled.

    From hour `end` on there is none.
    """

    end: int
    solar: np.ndarray
    wind: np.ndarray


@dataclass
class Series:
    """One grid in one source: mg/kWh by hour, `start` in hours since 1970, `known` per hour."""

    source: str
    zone: str
    start: int
    values: np.ndarray
    known: np.ndarray
    weather: Weather | None = None
    day_ahead: DayAhead | None = None

    @property
    def offset(self) -> int:
        return utc_offset_hours(self.zone)

    @property
    def end(self) -> int:
        return self.start + len(self.values)


def data_root() -> Path:
    root = os.environ.get("WATTCAST_DATA")
    if not root:
        raise SystemExit("WATTCAST_DATA is not set: it names the folder with the hourly series")
    return Path(root)


def to_hour(stamp: str) -> int:
    return int(_to_hours([stamp])[0])


def _to_hours(stamps: list[str]) -> np.ndarray:
    return np.array([stamp.rstrip("Z") for stamp in stamps], "datetime64[h]").astype(np.int64)


def _rows(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", newline="") as handle:
        return list(csv.reader(handle))


def _fill_holes(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """A missing hour takes the value of a day before, else the last one."""
    filled = values.copy()
    for index in np.flatnonzero(~known):
        if index >= 24:
            filled[index] = filled[index - 24]
        elif index > 0:
            filled[index] = filled[index - 1]
    return filled


def _series(source: str, zone: str, stamps: list[str], numbers: list[str]) -> Series:
    hours = _to_hours(stamps)
    start = int(hours.min())
    length = int(hours.max()) - start + 1
    values = np.zeros(length, np.int64)
    known = np.zeros(length, bool)
    for hour, number in zip(hours - start, numbers):
        if number and 0 <= float(number) <= _LARGEST:
            values[hour] = round(float(number) * 1000)
            known[hour] = True
    return Series(source, zone, start, _fill_holes(values, known), known)


def _read_plain(source: str, folder: Path) -> list[Series]:
    found = []
    for path in sorted(folder.glob("*.csv.gz")):
        rows = _rows(path)[1:]
        zone = path.name.removesuffix(".csv.gz")
        found.append(_series(source, zone, [row[0] for row in rows], [row[1] for row in rows]))
    return found


def _weather_runs(path: Path) -> tuple[int, np.ndarray]:
    """First day and raw values `[day, lead, 5]`; a missing number takes the lead or run before."""
    rows = _rows(path)[1:]
    scale = (100, 100, 100, 10, 1000)
    days = _to_hours([row[0] for row in rows]) // 24
    first = int(days.min())
    runs = np.full((int(days.max()) - first + 1, _LEADS, WEATHER_VALUES), np.nan)
    for day, row in zip(days - first, rows):
        runs[day, int(row[1]) // 3] = [
            float(cell) * factor if cell else np.nan for cell, factor in zip(row[2:], scale)
        ]
    # Sums and means over the 3 h before a run's start are known only to the run of the day before.
    runs[1:, 0] = np.where(np.isnan(runs[1:, 0]), runs[:-1, 8], runs[1:, 0])
    # In these files lead 81 repeats the irradiance and rain of lead 78; lead 84 covers its hours.
    runs[:, 27, 3:] = runs[:, 28, 3:]
    for lead in range(1, _LEADS):
        runs[:, lead] = np.where(np.isnan(runs[:, lead]), runs[:, lead - 1], runs[:, lead])
    for day in range(1, len(runs)):
        runs[day] = np.where(np.isnan(runs[day]), runs[day - 1], runs[day])
    return first, np.rint(np.nan_to_num(runs)).astype(np.int64)


def _attach_weather(series: Series, path: Path) -> None:
    first_day, runs = _weather_runs(path)
    steps = (np.arange(HORIZON) + 2) // 3  # the value stamped at a lead covers the 3 h before it
    future_runs = runs[:, steps]
    hours = np.arange(series.start, series.end)
    day = np.clip(hours // 24 - first_day, 0, len(runs) - 1)
    old = np.clip(hours // 24 - 3 - first_day, 0, len(runs) - 1)
    run_of = np.clip(np.arange(series.start // 24, series.end // 24 + 1) - first_day, 0, len(runs) - 1)
    end = min((first_day + len(runs)) * 24, series.end)
    if series.start >= end:
        return
    series.weather = Weather(
        end,
        fresh=future_runs[day, hours % 24],
        stale=future_runs[old, 72 + hours % 24],
        future=future_runs[run_of],
    )


def load(source: str) -> list[Series]:
    root = data_root()
    if source == "benchmark13":
        found = _read_plain(source, root / "benchmark13" / "ci")
    elif source == "benchmark11":
        return _read_benchmark11(root / "benchmark11")
    else:
        found = _read_plain(source, root / source)
    for series in found:
        runs = root / "benchmark13" / "weather_runs" / f"{series.zone}.csv.gz"
        if runs.exists():
            _attach_weather(series, runs)
        told = root / "dayahead_solar_wind" / f"{grid_of(series.zone)}.csv.gz"
        if told.exists():
            _attach_day_ahead(series, told)
    return found


def _attach_day_ahead(series: Series, path: Path) -> None:
    rows = _rows(path)[1:]
    places = _to_hours([row[0] for row in rows]) - series.start
    values = np.zeros((len(series.values), 2), np.int64)
    known = np.zeros(len(series.values), bool)
    for place, row in zip(places, rows):
        if 0 <= place < len(values) and row[1] and row[2]:
            values[place] = [round(float(cell) * 1000) for cell in row[1:3]]
            known[place] = True
    if known.mean() < 0.1:
        return
    values = _fill_holes(values, known)
    end = series.start + int(np.flatnonzero(known)[-1]) + 1
    series.day_ahead = DayAhead(end, values[:, 0], values[:, 1])


def _read_benchmark11(folder: Path) -> list[Series]:
    """The EnsembleCI block: its weather is a 72-96 h old forecast at every hour, past and future."""
    found = []
    scale = (100, 100, 100, 10, 1000)
    for path in sorted(folder.glob("*.csv.gz")):
        rows = _rows(path)[1:]
        series = _series("benchmark11", path.name.removesuffix(".csv.gz"), [r[0] for r in rows], [r[1] for r in rows])
        stale = np.zeros((len(series.values), WEATHER_VALUES), np.int64)
        for hour, row in zip(_to_hours([r[0] for r in rows]), rows):
            stale[hour - series.start] = [
                round(float(cell) * factor) for cell, factor in zip(row[3:8], scale)
            ]
        hour_of_day = np.arange(series.start, series.end) % 24
        for hour in np.flatnonzero((hour_of_day >= 7) & (hour_of_day <= 9)):
            covering = hour + 10 - hour_of_day[hour]  # as in `_weather_runs`: these are leads 72-95
            if covering < len(stale):
                stale[hour, 3:] = stale[covering, 3:]
        series.weather = Weather(series.end, stale, stale, np.zeros((0, HORIZON, WEATHER_VALUES), np.int64))
        found.append(series)
    return found
