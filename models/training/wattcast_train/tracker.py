"""What a grid's own recent forecasts teach: a selector and the width of the interval, in integers.

Once a day, at 00 UTC, the four forecasts issued at the last four 00 UTC are compared with the day that
has just ended; forecast `g` days older saw it as its day `g + 1`. Per forecast day the state holds what
each of 17 shares of the way to the plain 7-day mean would have cost, and two interval factors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .data import HORIZON
from .features import ONE, relative

DAYS = 4
WARM_UP_DAYS = 60
FORGET_SHIFT = 7  # sums lose 1/128 a day: half-life 88 days
SHARE_BITS = 12
STEPS = 16  # shares 0, 1/16, ..., 1
RELUCTANCE = 25  # each step must gain 25/8192 of the cost of staying
FACTOR_ONE = 1 << 16
FACTOR_RANGE = (FACTOR_ONE * 2 // 5, FACTOR_ONE * 5 // 2)
_STEP = 10  # factor changes by 10/65536 of itself per tenth of an hour too many or too few outside
# Tenths of an hour of a day wanted outside on either side: less than 24, as the factor follows the errors late.
_OUTSIDE = 21
_LIMIT = 4 * ONE


@dataclass
class Raw:
    """Network output for n issues in Q11 of each week's deviation, `[n, 96]`; `plain` is the 7-day mean."""

    point: np.ndarray
    below: np.ndarray
    above: np.ndarray
    plain: np.ndarray
    mean: np.ndarray
    scale: np.ndarray


@dataclass
class State:
    """`share` in Q12, `low` and `high` in Q16, each `[days, 4]`: in force from 00 UTC of each day."""

    share: np.ndarray
    low: np.ndarray
    high: np.ndarray


def corrected(raw: Raw, share: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, ...]:
    """Point, lower and upper in Q11; `share`, `low`, `high` `[n, 4]`."""
    by_hour = lambda values: values.repeat(HORIZON // DAYS, 1)
    move = (by_hour(share) * (raw.plain - raw.point) + (1 << SHARE_BITS - 1)) >> SHARE_BITS
    point = raw.point + move
    below = (raw.below * by_hour(low) + FACTOR_ONE // 2) >> 16
    above = (raw.above * by_hour(high) + FACTOR_ONE // 2) >> 16
    return point, point - below, point + above


def follow(raw: Raw, actual: np.ndarray, known: np.ndarray, believed: np.ndarray) -> State:
    """Runs the state over consecutive daily issues; row i uses only what was known at issue i.

    `believed` says of each issue whether the history before it was: else the day teaches nothing.
    """
    count = len(raw.point)
    result = State(*(np.zeros((count, DAYS), np.int64) for _ in range(3)))
    step = np.arange(STEPS + 1)
    cost = np.zeros((DAYS, STEPS + 1), np.int64)
    low, high = np.full(DAYS, FACTOR_ONE), np.full(DAYS, FACTOR_ONE)
    target = relative(actual, raw.mean, raw.scale)
    per_actual = (raw.scale[:, None] * ONE) // np.maximum(actual, raw.mean[:, None] // 5 + 1)
    way = (raw.plain - raw.point)[:, :, None]
    missed = np.abs((target - raw.point)[:, :, None] - (way * step >> 4)) * per_actual[:, :, None]
    missed = np.minimum(missed >> 11, _LIMIT)
    lower, upper = np.zeros_like(raw.point), np.zeros_like(raw.point)
    for day in range(count):
        for g in range(min(DAYS, day)):
            old, hours = day - 1 - g, slice(24 * g, 24 * g + 24)
            if not (believed[day] and known[old, hours].all()):
                continue
            cost[g] += missed[old, hours].sum(0) - (cost[g] >> FORGET_SHIFT)
            under = int((target[old, hours] < lower[old, hours]).sum())
            over = int((target[old, hours] > upper[old, hours]).sum())
            low[g] = np.clip(low[g] + (low[g] * (10 * under - _OUTSIDE) * _STEP >> 16), *FACTOR_RANGE)
            high[g] = np.clip(high[g] + (high[g] * (10 * over - _OUTSIDE) * _STEP >> 16), *FACTOR_RANGE)
        found = (cost + (cost[:, :1] * (RELUCTANCE * step) >> 13)).argmin(1)
        result.share[day] = found << SHARE_BITS - 4
        result.low[day], result.high[day] = low, high
        row = slice(day, day + 1)
        one = Raw(*(part[row] for part in vars(raw).values()))
        _, lower[row], upper[row] = corrected(one, result.share[row], result.low[row], result.high[row])
    return result
