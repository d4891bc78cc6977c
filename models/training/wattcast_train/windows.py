"""Draws windows from the series and turns them into features and targets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import belief, dayahead, features, weather
from .data import HORIZON, Series
from .features import Features, MEMORY, WINDOW


@dataclass
class Batch:
    features: Features
    target: np.ndarray
    known: np.ndarray


@dataclass
class Track:
    """Variables of one series in one mode by hour, as int16, and the response by day."""

    start: int
    past: np.ndarray
    runs: np.ndarray | None
    response: np.ndarray

    def at(self, issue: int) -> tuple[np.ndarray, np.ndarray, int, np.ndarray]:
        hours = issue + np.arange(-MEMORY, 0) - self.start
        past = self.past[np.where(hours < 0, hours % WINDOW, hours)]
        day = issue // 24 - self.start // 24
        ahead = np.arange(HORIZON)
        if self.runs is None:
            future = self.past[np.minimum(issue - self.start + ahead, len(self.past) - 1)]
            age = 72 + issue % 24
        else:
            future = self.runs[day, np.minimum(issue % 24 + ahead, HORIZON - 1)]
            age = issue % 24
        return past, future, age, self.response[day]


def track(series: Series, mode: str, until: np.ndarray | None = None) -> Track:
    found = series.weather
    first, days = series.start // 24, series.end // 24 - series.start // 24 + 1
    if mode == "none" or found is None:
        nothing = np.zeros((len(series.values), weather.VARIABLES), np.int16)
        return Track(series.start, nothing, None, np.zeros((days, weather.VARIABLES), np.int64))
    local = np.arange(series.start, series.end) + series.offset
    past = weather.with_calendar(weather.variables(found.fresh if mode == "fresh" else found.stale), local)
    response = weather.responses(series.values, past, series.start, until)
    runs = None
    if mode == "fresh":
        local = (first + np.arange(len(found.future)))[:, None] * 24 + np.arange(HORIZON) + series.offset
        runs = weather.with_calendar(weather.variables(found.future), local).astype(np.int16)
    return Track(series.start, past.astype(np.int16), runs, response)


@dataclass
class DayAheadTrack:
    """The same of a series whose day-ahead solar and wind are told."""

    series: Series
    unit: int
    past: np.ndarray
    response: np.ndarray

    def at(self, issue: int) -> tuple[np.ndarray, np.ndarray, int, np.ndarray]:
        series, place = self.series, issue - self.series.start
        hours = place + np.arange(-MEMORY, 0)
        past = self.past[np.where(hours < 0, hours % WINDOW, hours)]
        end = min(dayahead.published_end(issue, series.offset), series.day_ahead.end)
        known = int(np.clip(end - issue, 0, HORIZON))
        solar, wind = (dayahead.to_come(values, place, known) for values in (series.day_ahead.solar, series.day_ahead.wind))
        local = issue + series.offset + np.arange(HORIZON)
        future = dayahead.variables(solar, wind, self.unit, local).astype(np.int16)
        day = issue // 24 - series.start // 24
        return past, future, max(24 - known, 0), self.response[day]


def day_ahead_track(series: Series, unit_until: int, until: np.ndarray | None = None) -> DayAheadTrack:
    """`unit_until`: the hour before which the mean is taken that the variables are counted in."""
    told = series.day_ahead
    unit = dayahead.unit_kw(told, series.start, unit_until)
    local = np.arange(series.start, series.end) + series.offset
    past = dayahead.variables(told.solar, told.wind, unit, local)
    response = weather.responses(series.values, past, series.start, until, dayahead.FORGET_SHIFT, dayahead.LEVEL_EIGHTHS)
    return DayAheadTrack(series, unit, past.astype(np.int16), response)


class Store:
    """All series behind one flat array, so that a batch over many grids is one gather.

    `modes` is None for the network without weather, else one word per series: `fresh` (each day's own
    run), `stale` (a run three days older, past and future alike), `none` (weather unknown, all zero) or
    `day-ahead` (solar and wind in place of the weather, counted in their mean before hour `unit_until`).
    With `doubt` a sensor that stands still is not believed, as on a device (`belief`).
    """

    def __init__(self, series: list[Series], modes: list[str] | None = None, doubt: bool = False, unit_until: int = 0) -> None:
        self.series = series
        self.modes = modes
        lengths = [len(item.values) for item in series]
        self.base = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self.start = np.array([item.start for item in series])
        self.end = np.array([item.end for item in series])
        self.offset = np.array([item.offset for item in series])
        self.values = np.concatenate([item.values for item in series])
        self.known = np.concatenate([item.known for item in series])
        self.until = [belief.believed_until(item.values, item.known) for item in series] if doubt else None
        if modes is not None:
            until = self.until or [None] * len(series)
            self.tracks = [
                day_ahead_track(item, unit_until, trusted) if mode == "day-ahead" else track(item, mode, trusted)
                for item, mode, trusted in zip(series, modes, until)
            ]

    def usable_end(self) -> np.ndarray:
        """The hour after the last target: the series' end, or that of its weather."""
        if self.modes is None:
            return self.end
        told = [item.day_ahead if mode == "day-ahead" else item.weather for item, mode in zip(self.series, self.modes)]
        ends = [
            item.end if mode == "none" or found is None else min(found.end, item.end)
            for item, found, mode in zip(self.series, told, self.modes)
        ]
        return np.array(ends)

    def history(self, which: np.ndarray, issue: np.ndarray) -> np.ndarray:
        """The 672 hours before `issue`; where the series is younger its oldest week repeats."""
        hours = issue[:, None] + np.arange(-MEMORY, 0) - self.start[which][:, None]
        hours = np.where(hours < 0, hours % WINDOW, hours)
        if self.until is not None:
            hours = belief.seen(hours, self._until(which, issue)[:, None])
        return self.values[self.base[which][:, None] + hours]

    def _until(self, which: np.ndarray, issue: np.ndarray) -> np.ndarray:
        places = issue - self.start[which]
        return np.array([self.until[series][place] for series, place in zip(which, places)])

    def believed(self, which: np.ndarray, issue: np.ndarray) -> np.ndarray:
        """Whether all known hours before `issue` are believed."""
        return self._until(which, issue) == issue - self.start[which]

    def target(self, which: np.ndarray, issue: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The 96 hours from `issue` on and which of them are known."""
        hours = issue[:, None] + np.arange(HORIZON) - self.start[which][:, None]
        length = (self.end - self.start)[which][:, None]
        index = self.base[which][:, None] + np.minimum(hours, length - 1)
        known = self.known[index] & (hours < length)
        if self.modes is not None:
            fresh = np.array([mode == "fresh" for mode in self.modes])[which]
            known &= ~fresh[:, None] | (issue[:, None] % 24 + np.arange(HORIZON) < HORIZON)
        return self.values[index], known

    def build(self, history: np.ndarray, which: np.ndarray, issue: np.ndarray) -> Features:
        offset = self.offset[which]
        if self.modes is None:
            return features.build(history, issue, offset)
        parts = [self.tracks[k].at(hour) for k, hour in zip(which, issue)]
        past, future, age, b = (np.stack(part) for part in zip(*parts))
        return weather.build(history, issue, offset, past, future, age, b)

    def batch(self, which: np.ndarray, issue: np.ndarray) -> Batch:
        target, known = self.target(which, issue)
        built = self.build(self.history(which, issue), which, issue)
        return Batch(built, target, known)


class Sampler:
    """Even over the weights of the series; half of the windows begin at 00 UTC.

    Half of the windows are mixed with another one of the same hour of the week, scaled to the same
    mean: grids that do not exist, which is what a zone never seen looks like.
    """

    def __init__(self, store: Store, weights: np.ndarray, cut: int, seed: int, mixing: float = 0.5) -> None:
        self.store = store
        self.random = np.random.default_rng(seed)
        self.mixing = mixing
        self.first = store.start + WINDOW
        self.last = np.minimum(store.usable_end(), cut) - HORIZON
        usable = self.last - self.first > 24 * 7
        self.share = np.where(usable, weights, 0.0)
        self.share = self.share / self.share.sum()

    def _pick(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        which = self.random.choice(len(self.share), size, p=self.share)
        first, last = self.first[which], self.last[which]
        return which, first + (self.random.random(size) * (last - first + 1)).astype(np.int64)

    def draw(self, size: int) -> Batch:
        which, issue = self._pick(size)
        midnight = self.random.random(size) < 0.5
        issue = np.where(midnight, np.maximum(issue // 24 * 24, -(-self.first[which] // 24) * 24), issue)
        history = self.store.history(which, issue)
        target, known = self.store.target(which, issue)
        offset = self.store.offset[which]

        if self.mixing == 0:
            return Batch(self.store.build(history, which, issue), target, known)
        other, second = self._pick(size)
        second -= (second + self.store.offset[other] - issue - offset) % WINDOW
        second = np.maximum(second, -(-(self.first[other] - issue) // WINDOW) * WINDOW + issue)
        second = np.minimum(second, self.last[other])
        share = np.where(self.random.random(size) < self.mixing, 0.5 * self.random.random(size), 0.0)
        other_history = self.store.history(other, second)
        other_target, other_known = self.store.target(other, second)
        ratio = history[:, -WINDOW:].mean(1) / np.maximum(other_history[:, -WINDOW:].mean(1), 1)

        def mix(mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
            return np.rint(mine + share[:, None] * (theirs * ratio[:, None] - mine)).astype(np.int64)

        built = self.store.build(mix(history, other_history), which, issue)
        return Batch(built, mix(target, other_target), known & (other_known | (share == 0)[:, None]))
