"""The three networks that ship: what each is made of and what it is trained on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace

import numpy as np

from . import features, weather
from .data import HORIZON, Series, load
from .features import WINDOW
from .net import Shape
from .train import Settings
from .windows import Sampler, Store
from .zones import grid_of

# How often a series of each source is drawn. Only sources whose terms allow it stand here.
WEIGHTS = {"em2023_lca": 1.0, "em2023_direct": 0.3, "em2022_lca": 0.4, "entsoe_lca": 0.6, "benchmark13": 1.0}
# A series that stands still this often is an estimate or a single plant: nothing to learn from.
_STILL_SHARE = 0.35
_SHARES = {"fresh": 0.65, "stale": 0.35, "none": 0.25}


@dataclass(frozen=True)
class Kind:
    name: str
    shape: Shape
    settings: Settings
    mixing: float
    uses_weather: bool
    uses_day_ahead: bool = False


HISTORY = Kind(
    "history",
    Shape(features.PAST_INPUTS, features.CONTEXT, features.BASES, features.HOUR_INPUTS, width=14, decoder=8),
    Settings(steps=2400, batch=128, decay=0.15, averaging=0.998, first_hours=3.0, shape_share=0.5, placing=1.0, placing_by_mean=1.0),
    mixing=0.8,
    uses_weather=False,
)
WEATHER = Kind(
    "weather",
    Shape(weather.PAST_INPUTS, weather.CONTEXT, weather.BASES, weather.HOUR_INPUTS, width=16, decoder=24),
    Settings(steps=2800, batch=128, first_day=2.5, first_hours=1.3, placing=0.05),
    mixing=0.0,
    uses_weather=True,
)
DAY_AHEAD = Kind(
    "day-ahead",
    WEATHER.shape,
    Settings(steps=2400, batch=128, first_day=4.0, first_hours=1.0, decay=0.15, averaging=0.998, placing=0.05),
    mixing=0.0,
    uses_weather=True,
    uses_day_ahead=True,
)
KINDS = {kind.name: kind for kind in (HISTORY, WEATHER, DAY_AHEAD)}


# What trials vary, by name: of the shape, of the training, of the drawing of windows.
VARIED = {
    "width": int, "decoder": int, "blocks": int, "stride": int, "dropout": float,
    "steps": int, "batch": int, "rate": float, "decay": float, "averaging": float, "first_day": float,
    "first_hours": float, "mean_share": float, "shape_share": float, "placing": float, "placing_by_mean": float,
    "teacher_share": float, "seed": int, "mixing": float,
}  # fmt: skip


def varied(kind: Kind, given: dict[str, int | float]) -> Kind:
    """`kind` with other values for some of `VARIED`."""
    of = lambda part: {f.name: given[f.name] for f in fields(part) if f.name in given}
    return replace(kind, shape=replace(kind.shape, **of(Shape)), settings=replace(kind.settings, **of(Settings)), **of(Kind))


def pool(cut: int, without: frozenset[str] = frozenset(), sources: Collection[str] = tuple(WEIGHTS)) -> list[Series]:
    """All series that may train what ships and hold a week of windows before hour `cut`.

    Less the grids (by `zones.grid_of`) held out. What happens later decides nothing.
    """
    found = []
    for source in sources:
        for series in load(source):
            seen = series.values[: max(cut - series.start, 0)]
            if len(seen) <= WINDOW + HORIZON + WINDOW or grid_of(series.zone) in without:
                continue
            if float((seen[1:] == seen[:-1]).mean()) <= _STILL_SHARE:
                found.append(series)
    return found


def sampler(kind: Kind, series: list[Series], cut: int, seed: int) -> Sampler:
    """Windows whose last target lies before hour `cut`."""
    if not kind.uses_weather:
        weights = np.array([WEIGHTS[item.source] for item in series])
        return Sampler(Store(series), weights, cut, seed, kind.mixing)
    if kind.uses_day_ahead:
        told = [item for item in series if item.day_ahead is not None]
        modes = ["day-ahead"] * len(told) + ["none"] * len(series)
        weights = [WEIGHTS[item.source] for item in told] + [WEIGHTS[item.source] * _SHARES["none"] for item in series]
        return Sampler(Store(told + series, modes, unit_until=cut), np.array(weights), cut, seed, kind.mixing)
    entries = [
        (item, mode, WEIGHTS[item.source] * share)
        for item in series
        for mode, share in _SHARES.items()
        if mode == "none" or item.weather is not None
    ]
    items, modes, weights = (list(part) for part in zip(*entries))
    return Sampler(Store(items, modes), np.array(weights), cut, seed, kind.mixing)


def calibration_sampler(kind: Kind, series: list[Series], cut: int, seed: int) -> Sampler:
    return sampler(replace(kind, mixing=0.0), series, cut, seed)
