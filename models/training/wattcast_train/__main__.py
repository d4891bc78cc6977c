"""`python -m wattcast_train KIND --until 2021-07-01 --out FOLDER`: train, quantise, export, score."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from . import evaluate, golden
from .data import load, to_hour
from .export import write_integers, write_onnx, write_ranges
from .kinds import KINDS, calibration_sampler, pool, sampler
from .model_file import pack
from .quantise import IntegerNet, calibrate
from .train import to_tensors, train
from .zones import grid_of

CALIBRATION_BATCHES = 8
# Credited in every file that holds weights.
SOURCES = "Electricity Maps, ENTSO-E, US EIA, AEMO"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="wattcast_train", description=__doc__)
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--until", required=True, help="first day (UTC) of which nothing is seen, YYYY-MM-DD")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--without", default="", help="zones left out with all their aliases, by comma")
    parser.add_argument("--score", default="", help="of A, B, C (tests: write each time down), V (half year after --until)")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def _score(kind_uses_weather: bool, net: IntegerNet, tests: str, cut: int) -> str:
    lines = []
    if "V" in tests:
        mode = "fresh" if kind_uses_weather else None
        folds = {"benchmark13 at 00 UTC": evaluate.fold(net, load("benchmark13"), mode, cut, 24)}
        if not kind_uses_weather:
            folds["em2023 every 7 hours"] = evaluate.fold(net, load("em2023_lca"), None, cut, 7)
        for name, scores in folds.items():
            found = list(scores)
            if found:
                lines += [f"fold, {name}", evaluate.table(found)]
    if "A" in tests:
        scores = list(evaluate.test_a(net, load("em2023_lca"), "none" if kind_uses_weather else None))
        by_hour = sum(item.mae_by_hour()[:24] for item in scores) / len(scores)
        lines += ["test A", evaluate.table(scores, 24), "MAE by horizon " + " ".join(f"{v:.2f}" for v in by_hour)]
    if "B" in tests:
        scores = list(evaluate.test_b(net, load("benchmark11"), "stale" if kind_uses_weather else None))
        lines += ["test B", evaluate.table(scores)]
    if "C" in tests:
        scores = list(evaluate.test_c(net, load("benchmark13"), "fresh" if kind_uses_weather else None))
        lines += ["test C", evaluate.table(scores)]
    return "\n".join(lines)


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    kind, cut = KINDS[arguments.kind], to_hour(f"{arguments.until}T00:00:00Z")
    arguments.out.mkdir(parents=True, exist_ok=True)
    without = frozenset(grid_of(zone) for zone in arguments.without.split(",") if zone)
    series = pool(cut, without)

    began = time.process_time()
    net = train(kind.shape, sampler(kind, series, cut, seed=1), kind.settings)
    print(f"{kind.name}: {sum(p.numel() for p in net.parameters())} parameters, {time.process_time() - began:.0f} s CPU")
    torch.save(net.state_dict(), arguments.out / f"{kind.name}.pt")

    drawn = calibration_sampler(kind, series, cut, seed=2)
    ranges = calibrate(net, [to_tensors(drawn.draw(256).features) for _ in range(CALIBRATION_BATCHES)])
    integers = IntegerNet(net, ranges)
    write_onnx(net, arguments.out / f"{kind.name}.onnx")
    write_integers(integers, arguments.out / f"{kind.name}.npz")
    text = {"name": kind.name, "sources": SOURCES, "grids": " ".join(sorted({grid_of(s.zone) for s in series}))}
    write_ranges(net, ranges, arguments.out / f"{kind.name}.ranges.json", kind.name, cut, text)
    (arguments.out / f"{kind.name}.wcfm").write_bytes(pack(integers, ranges, kind.name, cut, text))
    golden.write(arguments.out / f"{kind.name}.golden.json", integers, 5, kind.uses_weather)
    print(f"{integers.size_bytes()} bytes of weights, biases and multipliers")
    if arguments.score:
        text = _score(kind.uses_weather, integers, arguments.score, cut)
        (arguments.out / f"{kind.name}.scores.txt").write_text(text + "\n")
        print(text)


if __name__ == "__main__":
    main()
