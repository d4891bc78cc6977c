"""Scores an integer network on the three public tests; a test block is scored once per release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from . import features
from .data import HORIZON, Series, to_hour
from .features import WINDOW, denormalise
from .tracker import WARM_UP_DAYS, Raw, corrected, follow
from .windows import Store

# An `IntegerNet` or something of its interface: past, context, bases, hours to [B, 3, 96].
Network = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
# Rows of `bases`: means of the hour over 7 and 28 days, yesterday, last week, last value, four weeks.
SIMPLE = {"7 days": 0, "yesterday": 1, "last week": 2, "last value": 3, "28 days": 5, "4 weeks": 6}
DAY = 24
JOB_HOURS = (4, 12)
CHUNK = 1024

BLOCK_A = (to_hour("2022-05-28T00:00:00Z"), 5209)
BLOCK_B_HOURS = 4344
BLOCK_C = (to_hour("2021-07-01T00:00:00Z"), 181)


@dataclass
class Scores:
    """Of one zone; intensities in mg/kWh, arrays `[windows, 96]`; `simple`: MAPE of each simple forecaster."""

    zone: str
    point: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    actual: np.ndarray
    simple: dict[str, float]

    def relative_error(self) -> np.ndarray:
        return np.abs(self.point - self.actual) / np.maximum(self.actual, 1) * 100

    def mape_by_day(self) -> np.ndarray:
        return self.relative_error().mean(0).reshape(-1, DAY).mean(1)

    def mae_by_hour(self) -> np.ndarray:
        """gCO2eq/kWh."""
        return np.abs(self.point - self.actual).mean(0) / 1000

    def coverage(self, hours: int = HORIZON) -> float:
        inside = (self.actual >= self.lower) & (self.actual <= self.upper)
        return float(inside[:, :hours].mean())

    def mean(self) -> np.ndarray:
        """What plans go by: the mean by Swanson's rule."""
        return 0.4 * self.point + 0.3 * (self.lower + self.upper)

    def decision_share(self, hours: int) -> float:
        """Saving of the cleanest forecast hours of the first day over perfect foresight's."""
        actual = self.actual[:, :DAY].astype(float)
        chosen = np.argsort(self.mean()[:, :DAY], axis=1, kind="stable")[:, :hours]
        mean = actual.mean(1)
        saved = mean - np.take_along_axis(actual, chosen, 1).mean(1)
        possible = mean - np.sort(actual, 1)[:, :hours].mean(1)
        return float(saved.sum() / max(possible.sum(), 1e-9))


def _raw(net: Network, store: Store, which: int, issues: np.ndarray) -> tuple[Raw, np.ndarray, np.ndarray, np.ndarray]:
    """Network output, actual values, which of them are known, and the simple forecasts."""
    parts: list[tuple[np.ndarray, ...]] = []
    for begin in range(0, len(issues), CHUNK):
        chunk = issues[begin : begin + CHUNK]
        batch = store.batch(np.full(len(chunk), which), chunk)
        built = batch.features
        output = net(built.past, built.context, built.bases, built.hours)
        fields = (output[:, 0], output[:, 1], output[:, 2], built.bases[:, 0], built.mean, built.scale)
        plain = features.simple_forecasts(built.memory)[0][:, list(SIMPLE.values())].astype(np.int32)
        parts.append((*fields, batch.target, batch.known, plain))
    *fields, actual, known, plain = (np.concatenate(part) for part in zip(*parts))
    return Raw(*fields), actual, known, plain


def forecast(net: Network, store: Store, which: int, issues: np.ndarray, warm_up: int = WARM_UP_DAYS) -> Scores:
    """Forecasts at `issues`, each corrected by what the grid's earlier daily forecasts have shown."""
    series = store.series[which]
    oldest = max(int(issues.min()) // DAY - warm_up, -(-(series.start + WINDOW) // DAY))
    days = np.arange(oldest, int(issues.max()) // DAY + 1)
    believed = store.believed(np.full(len(days), which), days * DAY)
    state = follow(*_raw(net, store, which, days * DAY)[:3], believed)
    row = issues // DAY - oldest
    raw, actual, _, plain = _raw(net, store, which, issues)
    bounds = corrected(raw, state.share[row], state.low[row], state.high[row])
    point, lower, upper = (denormalise(part, raw.mean, raw.scale) for part in bounds)
    errors = np.abs(denormalise(plain, raw.mean, raw.scale) - actual[:, None]) / np.maximum(actual[:, None], 1)
    simple = dict(zip(SIMPLE, errors.mean((0, 2)) * 100))
    return Scores(series.zone, point, lower, upper, actual, simple)


def daily(first: int, end: int) -> np.ndarray:
    """Issues at 00 UTC whose 96 hours end by `end`."""
    return np.arange(-(-first // DAY) * DAY, end - HORIZON + 1, DAY)


def test_a(net: Network, series: list[Series], mode: str | None) -> Iterator[Scores]:
    """Every hour of the block; the last windows have 24 known hours, the rest of them is not scored."""
    first, count = BLOCK_A
    store = Store(series, None if mode is None else [mode] * len(series), doubt=True)
    for which in range(len(series)):
        yield forecast(net, store, which, np.arange(first, first + count))


def test_b(net: Network, series: list[Series], mode: str | None) -> Iterator[Scores]:
    store = Store(series, None if mode is None else [mode] * len(series), doubt=True)
    for which, item in enumerate(series):
        first = max(item.end - BLOCK_B_HOURS, item.start + WINDOW)
        yield forecast(net, store, which, daily(first, item.end))


def test_c(net: Network, series: list[Series], mode: str | None) -> Iterator[Scores]:
    first, count = BLOCK_C
    store = Store(series, None if mode is None else [mode] * len(series), doubt=True)
    for which in range(len(series)):
        yield forecast(net, store, which, first + DAY * np.arange(count))


def fold(net: Network, series: list[Series], mode: str | None, cut: int, step: int) -> Iterator[Scores]:
    """The half year after `cut`, for tuning: an issue every `step` hours, no look at a test block."""
    store = Store(series, None if mode is None else [mode] * len(series), doubt=True)
    for which, item in enumerate(series):
        end = min(cut + 181 * DAY, item.end, BLOCK_A[0])
        issues = np.arange(max(cut, item.start + WINDOW), end - HORIZON + 1, step)
        if len(issues):
            yield forecast(net, store, which, issues)


def table(scores: list[Scores], hours: int = HORIZON) -> str:
    """One line per zone and their mean: MAPE by day and over all, MAE of day 1, coverage, decisions."""
    lines = ["zone        day1   day2   day3   day4   mean  MAE24  cover    4 h   12 h"]
    rows = []
    for item in scores:
        days = item.mape_by_day()
        mae = item.mae_by_hour()[:DAY].mean()
        rows.append([*days, days.mean(), mae, item.coverage(hours), *map(item.decision_share, JOB_HOURS)])
        lines.append(f"{item.zone:9}" + "".join(f"{v:7.3f}" for v in rows[-1]))
    lines.append(f"{'mean':9}" + "".join(f"{v:7.3f}" for v in np.mean(rows, 0)))
    return "\n".join(lines)
