"""Integer weather features and the grid's own response to them, learned while it runs.

One state per grid: the sums of a ridge regression of the intensity's daily anomaly on the anomalies of
fifteen variables (weather, weather by hour of the day, weekend by hour of the day), updated once a day
at 00 UTC, and its coefficients after a few Gauss-Seidel sweeps.
"""

from __future__ import annotations

from operator import mul

import numpy as np

from . import features
from .data import HORIZON
from .features import ONE, WINDOW, Features, clamp16

WEATHER = 8
VARIABLES = WEATHER + 4 + 3
RESPONSE_BITS = 14  # intensity anomaly as a share of the week's mean
COEFFICIENT_BITS = 16
FORGET_SHIFT = 8  # sums lose 1/256 a day: half-life 177 days
PRIOR = 10 << 22
SWEEPS = 8
_COEFFICIENT_MAX = 1 << 18
_FEATURE_MAX = 8 * ONE - 1  # keeps every product of the sums below 2^63

BASES = features.BASES + 2
PAST_INPUTS = features.PAST_INPUTS + 1
CONTEXT = features.CONTEXT + 11 + VARIABLES
HOUR_INPUTS = 5 + BASES + VARIABLES + WEATHER + 1


def variables(raw: np.ndarray) -> np.ndarray:
    """Eight Q11 features from the five raw values (`data.Weather`), on the last axis.

    Wind and a bounded square of it (turbines), temperature with what lies below 12 and above 20
    degrees (heating, cooling), dew point, irradiance, rain.
    """
    wind, kelvin, dew, sun, rain = (raw[..., i] for i in range(5))
    celsius = kelvin - 27315
    bounded = np.clip(wind, 0, 1300)
    return np.clip(
        np.stack(
            [
                wind * ONE // 300 - 2 * ONE,
                bounded * bounded * 3 * ONE // 1_000_000,
                celsius * ONE // 800 - ONE,
                np.maximum(1200 - celsius, 0) * ONE // 800,
                np.maximum(celsius - 2000, 0) * ONE // 500,
                (dew - 27315) * ONE // 800,
                sun * ONE // 2500,
                np.clip(rain, 0, 3000) * ONE // 1500,
            ],
            -1,
        ),
        -_FEATURE_MAX,
        _FEATURE_MAX,
    )


def with_calendar(told: np.ndarray, local_hour: np.ndarray) -> np.ndarray:
    """The fifteen variables: the eight of `variables`, wind and temperature by hour of day, weekend."""
    calendar = np.moveaxis(features.calendar(local_hour), 1, 0)
    sine, cosine, weekend = (np.broadcast_to(values, told.shape[:-1])[..., None] for values in calendar)
    wind, celsius, waves = told[..., 0:1], told[..., 2:3], [cosine, sine]
    by_hour = [values * wave >> 11 for values in (wind, celsius) for wave in waves]
    return np.concatenate([told, *by_hour, weekend, *(weekend * wave >> 11 for wave in waves)], -1)


def sweep(gram: np.ndarray, moment: np.ndarray, coefficients: list[int]) -> list[int]:
    """Gauss-Seidel on `(gram + PRIOR) b = moment`, in place order, `b` in Q16."""
    b = list(coefficients)
    wanted = [value << (COEFFICIENT_BITS + 22 - 11 - RESPONSE_BITS) for value in moment.tolist()]
    rows = gram.tolist()
    for _ in range(SWEEPS):
        for i, row in enumerate(rows):
            divisor = row[i] + PRIOR
            rest = wanted[i] - sum(map(mul, row, b)) + row[i] * b[i]
            b[i] = min(max((rest + divisor // 2) // divisor, -_COEFFICIENT_MAX), _COEFFICIENT_MAX)
    return b


def responses(
    values: np.ndarray,
    observed: np.ndarray,
    start: int,
    until: np.ndarray | None = None,
    forget_shift: int = FORGET_SHIFT,
    level_eighths: int = 0,
) -> np.ndarray:
    """Coefficients in force on each UTC day of a series that begins at hour `start`: `[days, 15]`.

    Row d holds what was known when day d began. The first day counted is the first 00 UTC with a
    week before it. A day at whose end something is not believed (`until`, from `belief`) teaches nothing.
    `level_eighths` of the day's mean are taken out of what it teaches: the more, the more counts what
    changes within the day.
    """
    first = -start % 24
    days = (len(values) - first) // 24
    gram = np.zeros((VARIABLES, VARIABLES), np.int64)
    moment = np.zeros(VARIABLES, np.int64)
    b = [0] * VARIABLES
    table = np.zeros((days + 1 + (first > 0), VARIABLES), np.int64)
    rows_before = 1 if first > 0 else 0
    for day in range(days + 1):
        table[rows_before + day] = b
        at = first + day * 24
        if at < WINDOW or day == days or (until is not None and until[at + 24] < at + 24):
            continue
        level = max(int(values[at - WINDOW : at].sum()) // WINDOW, 1)
        week_values = values[at - WINDOW : at].reshape(7, 24).sum(0) // 7
        week_features = observed[at - WINDOW : at].reshape(7, 24, VARIABLES).sum(0) // 7
        anomaly = np.clip(((values[at : at + 24] - week_values) << RESPONSE_BITS) // level, -65536, 65536)
        weather = np.clip(observed[at : at + 24] - week_features, -_FEATURE_MAX, _FEATURE_MAX)
        anomaly = anomaly - anomaly.sum() * level_eighths // 192
        weather = weather - weather.sum(0) * level_eighths // 192
        gram = gram - (gram >> forget_shift) + weather.T @ weather
        moment = moment - (moment >> forget_shift) + weather.T @ anomaly
        b = sweep(gram, moment, b)
    return table


def weighted_sum(unusual: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Q11 effect of all variables together; `unusual` [B, T, 15], `share` [B, 15]."""
    # Whole numbers below 2^53: exact in float64, and many times faster there than in int64.
    total = np.matmul(unusual.astype(np.float64), share[:, :, None].astype(np.float64))[:, :, 0]
    return clamp16(total.astype(np.int64) >> COEFFICIENT_BITS)


def build(
    history: np.ndarray,
    issue: np.ndarray,
    offset: np.ndarray,
    past: np.ndarray,
    future: np.ndarray,
    age: np.ndarray,
    b: np.ndarray,
) -> Features:
    """As `features.build`, with the fifteen variables of the past 672 and the next 96 hours.

    `age` [B] is the lead of the forecast for the first hour to come; `b` the response in force. The
    effect of weather and weekend is taken out of the history, the simple forecasts are made on what
    is left, and the effect of those to come is added.
    """
    plain = features.build(history, issue, offset)
    week = past[:, -WINDOW:].astype(np.int64)
    centre = week.sum(1) // WINDOW
    share = b * plain.mean[:, None] // plain.scale[:, None]
    calm = clamp16(plain.memory - weighted_sum(past - centre[:, None], share))
    calm_bases, _ = features.simple_forecasts(calm)
    levels = features.LEVEL_BASES
    calm_bases[:, :levels] += weighted_sum(future - centre[:, None], share)[:, None]
    bases = clamp16(np.concatenate([calm_bases, plain.bases[:, :2]], 1))
    usual = week.reshape(len(past), 7, 24, VARIABLES).sum(1) // 7
    unusual = future - np.tile(usual, (1, HORIZON // 24, 1))
    unusual = clamp16(unusual * share[:, None] >> COEFFICIENT_BITS)
    ages = np.minimum(age[:, None] + np.arange(HORIZON), 2 * HORIZON) * ONE // HORIZON
    hours = np.concatenate(
        [plain.hours[:, :5], bases, unusual.transpose(0, 2, 1), future[:, :, :WEATHER].transpose(0, 2, 1), ages[:, None]], 1
    )
    context = np.concatenate([plain.context, clamp16(features.lagged_errors(calm)), clamp16(b >> 2)], 1)
    recent = np.concatenate([plain.past[:, :1], calm[:, None, -WINDOW:], plain.past[:, 1:]], 1)
    return Features(recent, context, bases, hours, plain.mean, plain.scale, plain.memory)
