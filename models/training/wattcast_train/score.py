"""`python -m wattcast_train.score FILE.onnx ABC`: the integer network of a file on the public tests.

Of several files, by comma, the mean forecast is scored. Folds, for tuning: V, the 13 grids of the CarbonCast
benchmark in the half year after the training's end; S, the same with weather three days old; E, the zones
of test A from January 2022 to its beginning.

Reads `FILE.ranges.json` beside it. Besides the tables it prints which grids the best simple forecaster
and CarbonCast win. Write down each look at a test block.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from . import evaluate
from .data import data_root, load, to_hour, _rows
from .evaluate import Network, Scores
from .from_onnx import read_file
from .net import Net
from .quantise import IntegerNet

# Fold E of a network that saw no later hour: the months before test A.
BEFORE_A = to_hour("2022-01-01T00:00:00Z")


class FloatNet:
    """The float network behind the integer one's interface, to see what the quantisation costs."""

    def __init__(self, net: Net) -> None:
        self.net = net

    def __call__(self, *features: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            output = self.net(*(torch.from_numpy((part / 2048).astype(np.float32)) for part in features))
        return np.rint(output.double().numpy() * 2048).astype(np.int64)


def mean_of(networks: list[Network]) -> Network:
    return lambda *features: np.rint(sum(net(*features) for net in networks) / len(networks)).astype(np.int64)


def _against_simple(scores: list[Scores]) -> list[str]:
    lines, beaten = [], 0
    for item in scores:
        name, best = min(item.simple.items(), key=lambda pair: pair[1])
        ours = item.mape_by_day().mean()
        beaten += ours < best
        if ours >= best:
            lines.append(f"{item.zone}: {name} {best:.3f} beats {ours:.3f}")
    return [f"beats the best simple forecaster in {beaten} of {len(scores)} grids", *lines]


def _against_carboncast(scores: list[Scores]) -> str:
    wins = np.zeros(2, int)
    for item in scores:
        rows = _rows(data_root() / "benchmark13" / "carboncast" / f"{item.zone}.csv.gz")[1:]
        actual = np.array([float(row[2]) for row in rows])
        error = np.abs(np.array([float(row[3]) for row in rows]) - actual) / actual * 100
        first_day = np.array([int(row[1]) <= 24 for row in rows])
        days = item.mape_by_day()
        wins += [days.mean() < error.mean(), days[0] < error[first_day].mean()]
    return f"beats CarbonCast over four days in {wins[0]}, on day 1 in {wins[1]} of {len(scores)} grids"


def score(uses_weather: bool, net: Network, tests: str, cut: int) -> str:
    lines = []
    mode = lambda name: name if uses_weather else None
    folds = {}
    if "V" in tests:
        folds["benchmark13 at 00 UTC"] = evaluate.fold(net, load("benchmark13"), mode("fresh"), cut, 24)
    if "S" in tests:
        folds["the same, weather three days old"] = evaluate.fold(net, load("benchmark13"), mode("stale"), cut, 24)
    if "E" in tests:
        folds["em2023 every 7 hours"] = evaluate.fold(net, load("em2023_lca"), mode("none"), max(cut, BEFORE_A), 7)
    for name, scores in folds.items():
        found = list(scores)
        if found:
            lines += [f"fold, {name}", evaluate.table(found), *_against_simple(found)]
    if "A" in tests:
        scores = list(evaluate.test_a(net, load("em2023_lca"), mode("none")))
        by_hour = sum(item.mae_by_hour()[:24] for item in scores) / len(scores)
        lines += ["test A", evaluate.table(scores, 24), "MAE by horizon " + " ".join(f"{v:.2f}" for v in by_hour)]
    if "B" in tests:
        scores = list(evaluate.test_b(net, load("benchmark11"), mode("stale")))
        lines += ["test B", evaluate.table(scores), *_against_simple(scores)]
    if "C" in tests:
        scores = list(evaluate.test_c(net, load("benchmark13"), mode("fresh")))
        lines += ["test C", evaluate.table(scores), *_against_simple(scores), _against_carboncast(scores)]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="wattcast_train.score", description=__doc__)
    parser.add_argument("onnx", help="several by comma: their mean")
    parser.add_argument("tests", help="of A, B, C; of the folds V, S, E")
    parser.add_argument("--float", action="store_true", help="the float network instead, rounded to Q11 at its end")
    arguments = parser.parse_args()
    files = [read_file(Path(name)) for name in arguments.onnx.split(",")]
    networks = [FloatNet(net) if arguments.float else IntegerNet(net, ranges) for net, ranges, _ in files]
    document = files[0][2]
    print(score(document["inputs"] == "weather", mean_of(networks), arguments.tests, document["trained_until"]))


if __name__ == "__main__":
    main()
