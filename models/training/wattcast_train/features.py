"""Integer preprocessing of one batch of windows, bit for bit what the device does.

Everything that leaves this module is int16 in Q11 (2048 is 1.0) unless its name says otherwise.
All divisions are floor divisions; `FORMULATION.md` states each formula.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .data import HORIZON

WINDOW = 168
MEMORY = 672
ONE = 2048
BASES = 11
LEVEL_BASES = 8  # the first ones are forecasts, the others deviations
CONTEXT = 29
PAST_INPUTS = 4
HOUR_INPUTS = 5 + BASES

_I16_MAX = 32767
_HOUR = np.arange(HORIZON)
_SIN24 = np.rint(ONE * np.sin(2 * np.pi * np.arange(24) / 24)).astype(np.int64)
_COS24 = np.rint(ONE * np.cos(2 * np.pi * np.arange(24) / 24)).astype(np.int64)
_SIN64 = np.rint(ONE * np.sin(2 * np.pi * np.arange(64) / 64)).astype(np.int64)
_COS64 = np.rint(ONE * np.cos(2 * np.pi * np.arange(64) / 64)).astype(np.int64)


def clamp16(values: np.ndarray) -> np.ndarray:
    return np.clip(values, -_I16_MAX, _I16_MAX)


def isqrt(values: np.ndarray) -> np.ndarray:
    """Floor of the square root; exact below 2^52."""
    root = np.sqrt(values.astype(np.float64)).astype(np.int64)
    root -= root * root > values
    root += (root + 1) * (root + 1) <= values
    return root


@dataclass
class Features:
    """`past` [B, C, 168], `context` [B, G], `bases` [B, J, 96], `hours` [B, U, 96]."""

    past: np.ndarray
    context: np.ndarray
    bases: np.ndarray
    hours: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    memory: np.ndarray


def normalisation(history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and scale of the last week in mg/kWh; the scale is at least 2 % of the mean."""
    recent = history[:, -WINDOW:]
    mean = (recent.sum(1) + WINDOW // 2) // WINDOW
    centred = recent - mean[:, None]
    deviation = isqrt((centred * centred).sum(1) // WINDOW)
    return mean, np.maximum(np.maximum(deviation, mean // 50), 1)


def relative(values: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    shape = (-1,) + (1,) * (values.ndim - 1)
    mean, scale = mean.reshape(shape), scale.reshape(shape)
    return clamp16(((values - mean) * ONE + scale // 2) // scale)


def log2_q8(values: np.ndarray) -> np.ndarray:
    """Base-2 logarithm in 1/256, straight between powers of two."""
    values = np.maximum(values, 1)
    exponent = np.frexp(values.astype(np.float64))[1].astype(np.int64) - 1
    return exponent * 256 + ((values << 8) >> exponent) - 256


def calendar(local_hour: np.ndarray) -> np.ndarray:
    """Sine and cosine of the hour of day and the weekend flag, on a new axis 1."""
    hour = local_hour % 24
    weekend = ((local_hour // 24 + 3) % 7 >= 5) * ONE
    return np.stack([_SIN24[hour], _COS24[hour], weekend], 1)


def lagged_errors(memory: np.ndarray) -> np.ndarray:
    """How far a day lies from the one d = 1..7 days before, and from the week that ended d days before."""
    columns = []
    recent = memory[:, WINDOW:]
    for days in range(1, 8):
        shifted = memory[:, WINDOW - 24 * days : MEMORY - 24 * days]
        columns.append(np.abs(recent - shifted).sum(1) // (MEMORY - WINDOW))
    for days in range(1, 5):
        sums = sum(memory[:, 240 - 24 * lag : MEMORY - 24 * lag] for lag in range(days, days + 7))
        columns.append(np.abs(memory[:, 240:] - sums // 7).sum(1) // (MEMORY - 240))
    return np.stack(columns, 1)


def simple_forecasts(memory: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The simple forecasts that the network blends, and the spread of each hour of the day."""
    batch = len(memory)
    days = memory.reshape(batch, MEMORY // 24, 24)
    hour_of_day = _HOUR % 24
    mean28 = days.sum(1) // 28
    spread = np.abs(days - mean28[:, None]).sum(1) // 28
    weeks = memory.reshape(batch, MEMORY // WINDOW, WINDOW)
    level = lambda values: np.repeat(values[:, None], HORIZON, 1)
    bases = [
        (days[:, -7:].sum(1) // 7)[:, hour_of_day],
        days[:, -1][:, hour_of_day],
        weeks[:, -1, :HORIZON],
        level(memory[:, -1]),
        level(days[:, -1].sum(1) // 24),
        mean28[:, hour_of_day],
        (weeks.sum(1) // 4)[:, :HORIZON],
        level(memory.sum(1) // MEMORY),
    ]
    # How far the last hours lie from their usual values: what carries over into the next few hours.
    surprise = days[:, -1] - days[:, -7:].sum(1) // 7
    bases += [
        level(surprise[:, -1]),
        level(surprise[:, -1] - surprise[:, -2]),
        level(surprise[:, -6:].sum(1) // 6),
    ]
    return np.stack(bases, 1), spread[:, hour_of_day]


def build(history: np.ndarray, issue: np.ndarray, offset: np.ndarray) -> Features:
    """`history` [B, 672] in mg/kWh before hour `issue` (hours since 1970, UTC)."""
    mean, scale = normalisation(history)
    memory = relative(history, mean, scale)
    local = issue + offset
    past_calendar = calendar(local[:, None] + np.arange(-WINDOW, 0))
    past = np.concatenate([memory[:, None, -WINDOW:], past_calendar], 1)

    day = local // 24
    year = (day * 4 % 1461) * 64 // 1461
    weekday = np.eye(7, dtype=np.int64)[(day + 3) % 7] * ONE
    weeks = memory.reshape(len(memory), 4, WINDOW).sum(2) // WINDOW
    context = np.concatenate(
        [
            np.stack([_SIN64[year], _COS64[year], _SIN24[local % 24], _COS24[local % 24]], 1),
            weekday,
            (scale * ONE // np.maximum(mean, 1))[:, None],
            ((log2_q8(mean) - 18 * 256) * 4)[:, None],
            weeks[:, :3],
            np.abs(memory[:, 1:] - memory[:, :-1]).sum(1)[:, None] // (MEMORY - 1),
            np.abs(memory).sum(1)[:, None] // MEMORY,
            lagged_errors(memory),
        ],
        1,
    )
    bases, spread = simple_forecasts(memory)
    horizon_share = np.broadcast_to(_HOUR * ONE // HORIZON, (len(memory), HORIZON))
    hours = np.concatenate(
        [
            calendar(local[:, None] + _HOUR),
            horizon_share[:, None],
            spread[:, None],
            bases,
        ],
        1,
    )
    return Features(past, clamp16(context), clamp16(bases), clamp16(hours), mean, scale, memory)


def denormalise(relative_q11: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """mg/kWh, never below zero."""
    shape = (-1,) + (1,) * (relative_q11.ndim - 1)
    value = mean.reshape(shape) + ((relative_q11 * scale.reshape(shape) + ONE // 2) >> 11)
    return np.maximum(value, 0)
