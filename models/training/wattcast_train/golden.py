"""`python -m wattcast_train.golden OUT`: networks of random weights, made-up series, and what must come out.

No real series goes into any of the files. The Rust tests compare every number.
"""

from __future__ import annotations

import json
import sys
from types import ModuleType
from pathlib import Path

import numpy as np
import torch

from . import belief, dayahead, features, tracker, weather
from .data import DayAhead, Series, _fill_holes
from .features import MEMORY, WINDOW, Features
from .model_file import pack
from .net import HORIZON, Net, Shape
from .quantise import IntegerNet, Ranges, calibrate
from .train import to_tensors
from .windows import DayAheadTrack, day_ahead_track

_START = 455_832 + 5  # 2022-01-01T05:00Z
_LENGTH = 168 + 24 * 34 + HORIZON
_OFFSET = -6
_STUCK = slice(376, 406)  # a sensor stands still over the midnight of the fourth day kept
_KEPT_DAYS = (0, 1, 4, 9, 27)
_ODD_ISSUES = (_START + 7 * 24 + 1, _START + MEMORY + 13)


def made_up(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Hourly mg/kWh with days, weeks, weather of a sort, one spike and holes; and which hours are known."""
    random = np.random.default_rng(seed)
    hour = np.arange(_LENGTH)
    wander = np.zeros(_LENGTH)
    for index in range(1, _LENGTH):
        wander[index] = 0.97 * wander[index - 1] + random.normal(0, 12_000)
    values = 320_000 + 90_000 * np.sin(2 * np.pi * hour / 24) - 40_000 * (hour // 24 % 7 >= 5) + wander
    values[300] = 1_900_000
    values = np.maximum(np.rint(values), 0).astype(np.int64)
    known = random.random(_LENGTH) > 0.02
    known[430:470] = False
    known[0] = True
    return np.where(known, values, 0), known


def made_up_weather(seed: int) -> np.ndarray:
    """Raw values by hour, `[hours, 5]` in the units of `data.Weather`; some beyond every limit."""
    random = np.random.default_rng(seed)
    hour = np.arange(_LENGTH)
    wander = np.zeros((_LENGTH, 3))
    for index in range(1, _LENGTH):
        wander[index] = 0.95 * wander[index - 1] + random.normal(0, 1, 3)
    wind = 600 + 180 * wander[:, 0]
    kelvin = 28700 + 500 * np.sin(2 * np.pi * hour / 24) + 300 * wander[:, 1]
    sun = 4000 * np.maximum(np.sin(2 * np.pi * hour / 24), 0) * random.random(_LENGTH)
    rain = 900 * (wander[:, 2] - 1)
    raw = np.stack([wind, kelvin, kelvin - 400 - 100 * random.random(_LENGTH), sun, rain], 1)
    raw[250] = [9000, 40000, 10, 65535, 65535]
    return np.clip(np.rint(raw), 0, 65535).astype(np.int64)


def made_up_day_ahead(seed: int) -> DayAhead:
    """Solar and wind in kW; an hour far beyond the others, and an end two days before that of the series."""
    random = np.random.default_rng(seed)
    hour = np.arange(_LENGTH)
    wander = np.zeros(_LENGTH)
    for index in range(1, _LENGTH):
        wander[index] = 0.97 * wander[index - 1] + random.normal(0, 1)
    wind = np.maximum(2_000_000 + 400_000 * wander, 0)
    solar = 5_000_000 * np.maximum(np.sin(2 * np.pi * hour / 24), 0) * random.random(_LENGTH)
    wind[250], solar[250] = 4_000_000_000, 4_000_000_000
    solar, wind = (np.rint(values).astype(np.int64) for values in (solar, wind))
    return DayAhead(_START + _LENGTH - 48, solar, wind)


def random_net(seed: int, kind: ModuleType) -> Net:
    """Of the inputs of `kind`: the module `features` or `weather` (also for day-ahead solar and wind)."""
    torch.manual_seed(seed)
    shape = Shape(kind.PAST_INPUTS, kind.CONTEXT, kind.BASES, kind.HOUR_INPUTS, width=7, decoder=5)
    net = Net(shape).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.15)
    return net


def _before(series: np.ndarray, issue: int, until: np.ndarray | None = None) -> np.ndarray:
    """The 672 hours before `issue`, as `windows.Store` gives them."""
    hours = issue - _START + np.arange(-MEMORY, 0)
    hours = np.where(hours < 0, hours % WINDOW, hours)
    return series[hours if until is None else belief.seen(hours, until[issue - _START])]


def _told(raw: np.ndarray) -> np.ndarray:
    return weather.with_calendar(weather.variables(raw), np.arange(_START, _START + _LENGTH) + _OFFSET)


# What a network is told besides the history: nothing, the raw weather, or day-ahead solar and wind.
Told = np.ndarray | DayAhead | None
_UNIT_UNTIL = _START + 14 * 24


def _track(values: np.ndarray, until: np.ndarray, told: DayAhead) -> DayAheadTrack:
    series = Series("made-up", "US-TEX", _START, values, np.ones(len(values), bool), day_ahead=told)
    assert series.offset == _OFFSET
    return day_ahead_track(series, _UNIT_UNTIL, until)


def build(values: np.ndarray, until: np.ndarray, raw: Told, issues: np.ndarray) -> Features:
    """With weather as `raw` says it, past and future: each day's run begins at 00 UTC."""
    offset = np.full(len(issues), _OFFSET)
    histories = np.stack([_before(values, issue, until) for issue in issues])
    if raw is None:
        return features.build(histories, issues, offset)
    if isinstance(raw, DayAhead):
        track = _track(values, until, raw)
        past, future, age, in_force = (np.stack(part) for part in zip(*(track.at(int(issue)) for issue in issues)))
        return weather.build(histories, issues, offset, past, future, age, in_force)
    told = _told(raw)
    in_force = weather.responses(values, told, _START, until)[issues // 24 - _START // 24]
    past = np.stack([_before(told, issue) for issue in issues])
    future = np.stack([told[issue - _START :][:HORIZON] for issue in issues])
    return weather.build(histories, issues, offset, past, future, issues % 24, in_force)


def run(net: IntegerNet, built: Features) -> tracker.Raw:
    point, below, above = net(built.past, built.context, built.bases, built.hours).transpose(1, 0, 2)
    return tracker.Raw(point, below, above, built.bases[:, 0], built.mean, built.scale)


def forecast(raw: tracker.Raw, row: int, state: tracker.State | None) -> list[list[int]]:
    one = tracker.Raw(*(part[row : row + 1] for part in vars(raw).values()))
    if state is None:
        still = np.full((1, tracker.DAYS), tracker.FACTOR_ONE)
        parts = tracker.corrected(one, np.zeros_like(still), still, still)
    else:
        parts = tracker.corrected(one, *(part[row : row + 1] for part in vars(state).values()))
    point, lower, upper = (features.denormalise(part, one.mean, one.scale)[0] for part in parts)
    return [part.tolist() for part in (lower, point, upper)]


def _made_up_told(seed: int, inputs: str) -> Told:
    return {"history": lambda _: None, "weather": made_up_weather, "day-ahead": made_up_day_ahead}[inputs](seed)


def document(net: IntegerNet, seed: int, inputs: str) -> dict[str, object]:
    measured, known = made_up(seed)
    measured[_STUCK], known[_STUCK] = 300_000, True
    values = _fill_holes(measured, known)
    raw = _made_up_told(seed, inputs)
    first = -(-(_START + WINDOW) // 24) * 24
    midnights = np.arange(first, _START + _LENGTH - HORIZON, 24)
    until = belief.believed_until(values, known)
    told = run(net, build(values, until, raw, midnights))
    index = midnights[:, None] - _START + np.arange(HORIZON)
    state = tracker.follow(told, values[index], known[index], until[midnights - _START] == midnights - _START)
    odd = run(net, build(values, until, raw, np.array(_ODD_ISSUES)))
    found = {
        "start": _START,
        "offset": _OFFSET,
        "values": [int(value) if there else None for value, there in zip(measured, known)],
        "midnights": midnights.tolist(),
        "tracked": [
            {"issue": int(midnights[day]), "share": state.share[day].tolist(), "values": forecast(told, day, state)}
            for day in _KEPT_DAYS
        ],
        "alone": [{"issue": issue, "values": forecast(odd, row, None)} for row, issue in enumerate(_ODD_ISSUES)],
    }
    if isinstance(raw, DayAhead):
        track = _track(values, until, raw)
        found["unit_kw"] = track.unit
        found["day_ahead"] = np.stack([raw.solar, raw.wind], 1)[: raw.end - _START].tolist()
        found["told_until"] = [dayahead.published_end(int(issue), _OFFSET) for issue in [*midnights, *_ODD_ISSUES]]
        found["responses"] = [track.response[midnights[day] // 24 - _START // 24].tolist() for day in _KEPT_DAYS]
    elif raw is not None:
        response = weather.responses(values, _told(raw), _START, until)
        found["weather"] = raw.tolist()
        found["responses"] = [response[midnights[day] // 24 - _START // 24].tolist() for day in _KEPT_DAYS]
    return found


def write(path: Path, net: IntegerNet, seed: int, inputs: str) -> None:
    text = json.dumps(document(net, seed, inputs), separators=(",", ":"))
    path.write_text(text + "\n")


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    measured, known = made_up(1)
    series = _fill_holes(measured, known)
    until = belief.believed_until(series, known)
    issues = np.arange(_START + WINDOW, _START + _LENGTH - HORIZON, 5)
    kinds = ((features, "random", "history"), (weather, "random-weather", "weather"), (weather, "random-day-ahead", "day-ahead"))
    for kind, name, inputs in kinds:
        net = random_net(3, kind)
        ranges = calibrate(net, [to_tensors(build(series, until, _made_up_told(1, inputs), issues))])
        integers = IntegerNet(net, ranges)
        text = {"name": name, "sources": "none: random weights", "grids": "XX YY-Z"}
        (out / f"{name}.wcfm").write_bytes(pack(integers, ranges, inputs, _START, text))
        write(out / f"{name}.golden.json", integers, 2, inputs)


if __name__ == "__main__":
    main()
