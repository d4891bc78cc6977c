"""Which hours of a history are believed: a sensor that stands still tells nothing.

Where the newest known hours before an issue, 24 or more in a row, hold one value, all of them but
the first count as missing. As everywhere a missing hour takes the value of the day before.
"""

from __future__ import annotations

import numpy as np

STUCK_HOURS = 24


def believed_until(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """By place of the issue, 0 to n: the first place not believed; the issue itself where all are."""
    place = np.arange(len(values))
    goes_on = np.zeros(len(values), bool)
    goes_on[1:] = known[1:] & known[:-1] & (values[1:] == values[:-1])
    length = place + 1 - np.maximum.accumulate(np.where(goes_on, 0, place))
    newest = np.maximum.accumulate(np.where(known, place, 0))
    until = np.arange(len(values) + 1)
    stuck = length[newest] >= STUCK_HOURS
    until[1:] = np.where(stuck, newest + 2 - length[newest], until[1:])
    return until


def seen(places: np.ndarray, until: np.ndarray) -> np.ndarray:
    """Where the value of each place is read: the same place, or so many days before it.

    Where the series is too young for that, at the last believed place.
    """
    days = np.minimum((places - until) // 24 + 1, places // 24)
    moved = np.where(places < until, places, places - 24 * days)
    return np.where(moved < until, moved, until - 1)
