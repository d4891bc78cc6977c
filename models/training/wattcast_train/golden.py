"""`python -m wattcast_train.golden OUT`: a network of random weights, a made-up year, and what must come out.

No real series goes into either file. The Rust tests compare every number.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch

from . import features, tracker
from .data import _fill_holes
from .features import BASES, CONTEXT, HOUR_INPUTS, MEMORY, PAST_INPUTS, WINDOW
from .model_file import pack
from .net import HORIZON, Net, Shape
from .quantise import IntegerNet, Ranges, calibrate
from .train import to_tensors

_START = 455_832 + 5  # 2022-01-01T05:00Z
_LENGTH = 168 + 24 * 34 + HORIZON
_OFFSET = -6
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


def random_net(seed: int) -> Net:
    torch.manual_seed(seed)
    shape = Shape(PAST_INPUTS, CONTEXT, BASES, HOUR_INPUTS, width=7, decoder=5)
    net = Net(shape).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.15)
    return net


def history(values: np.ndarray, issue: int) -> np.ndarray:
    hours = issue - _START + np.arange(-MEMORY, 0)
    return values[np.where(hours < 0, hours % WINDOW, hours)]


def run(net: IntegerNet, values: np.ndarray, issues: np.ndarray) -> tracker.Raw:
    offset = np.full(len(issues), _OFFSET)
    built = features.build(np.stack([history(values, issue) for issue in issues]), issues, offset)
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


def document(net: IntegerNet, seed: int) -> dict[str, object]:
    measured, known = made_up(seed)
    values = _fill_holes(measured, known)
    first = -(-(_START + WINDOW) // 24) * 24
    midnights = np.arange(first, _START + _LENGTH - HORIZON, 24)
    raw = run(net, values, midnights)
    index = midnights[:, None] - _START + np.arange(HORIZON)
    state = tracker.follow(raw, values[index], known[index])
    odd = run(net, values, np.array(_ODD_ISSUES))
    return {
        "start": _START,
        "offset": _OFFSET,
        "values": [int(value) if there else None for value, there in zip(measured, known)],
        "midnights": midnights.tolist(),
        "tracked": [
            {"issue": int(midnights[day]), "share": state.share[day].tolist(), "values": forecast(raw, day, state)}
            for day in _KEPT_DAYS
        ],
        "alone": [{"issue": issue, "values": forecast(odd, row, None)} for row, issue in enumerate(_ODD_ISSUES)],
    }


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    net = random_net(3)
    series = _fill_holes(*made_up(1))
    issues = np.arange(_START + WINDOW, _START + _LENGTH - HORIZON, 5)
    built = features.build(np.stack([history(series, i) for i in issues]), issues, np.full(len(issues), _OFFSET))
    ranges = calibrate(net, [to_tensors(built)])
    integers = IntegerNet(net, ranges)
    text = {"name": "random", "sources": "none: random weights", "grids": "XX YY-Z"}
    (out / "random.wcfm").write_bytes(pack(integers, ranges, "history", _START, text))
    (out / "random.golden.json").write_text(json.dumps(document(integers, 2), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
