"""The operators' day-ahead solar and wind as the variables to which a grid answers, in integers.

Everything else is as with the weather (`weather`): fifteen variables, the response, the features.
"""

from __future__ import annotations

import numpy as np

from . import features, weather
from .data import HORIZON, DayAhead
from .features import ONE

FORGET_SHIFT = 6  # sums lose 1/64 a day: half-life 44 days
LEVEL_EIGHTHS = 7
PUBLISHED_AT = 18  # local standard time, for the local day that follows
FADES_HOURS = 24
_FEATURE_MAX = 8 * ONE - 1


def unit_kw(told: DayAhead, start: int, until: int) -> int:
    """The mean of solar and wind together before hour `until`: what the variables are counted in."""
    count = max(min(until, told.end) - start, 1)
    return max(int((told.solar[:count] + told.wind[:count]).sum()) // count, 1)


def published_end(issue: int, offset: int) -> int:
    """The first hour not published at `issue`: the end of a local day, less an hour for summer time."""
    local = issue + offset
    days = local // 24 + (2 if local % 24 >= PUBLISHED_AT else 1)
    return days * 24 - offset - 1


def variables(solar: np.ndarray, wind: np.ndarray, unit: int, local_hour: np.ndarray) -> np.ndarray:
    """The fifteen variables of hours, `[T, 15]`: the same places as those of the weather.

    Wind and its square, solar and its square, wind by half days, what lies above the mean of both and
    below half of it; then wind and solar by hour of day, and the weekend.
    """
    scaled = lambda values: np.minimum(values * ONE // unit, _FEATURE_MAX)
    wind, solar = scaled(wind), scaled(solar)
    sine, cosine, _ = np.moveaxis(features.calendar(local_hour), 1, 0)
    together = wind + solar
    eight = np.stack(
        [
            wind,
            wind * wind >> 13,
            solar,
            solar * solar >> 13,
            wind * ((cosine * cosine >> 10) - ONE) >> 11,
            wind * (sine * cosine >> 10) >> 11,
            np.maximum(together - ONE, 0),
            np.maximum(ONE // 2 - together, 0) * 4,
        ],
        -1,
    )
    return weather.with_calendar(np.clip(eight, -_FEATURE_MAX, _FEATURE_MAX), local_hour)


def to_come(values: np.ndarray, place: int, known: int) -> np.ndarray:
    """The 96 hours from `place` on, of which `known` are published.

    The others are as usual at that hour over the last week; by how much the last published hour lies
    apart from that fades within a day.
    """
    usual = values[place - 168 : place].reshape(7, 24).sum(0) // 7
    hour = np.arange(HORIZON)
    apart = int(values[place + known - 1] - usual[(known - 1) % 24])
    left = np.maximum(FADES_HOURS - 1 - (hour - known), 0)
    filled = np.maximum(usual[hour % 24] + apart * left // FADES_HOURS, 0)
    filled[:known] = values[place : place + known]
    return filled
