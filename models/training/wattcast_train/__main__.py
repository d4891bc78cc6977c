"""`python -m wattcast_train KIND --until 2021-07-01 --out FOLDER`: train, quantise, export, score."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from . import golden
from .data import to_hour
from .export import write_integers, write_onnx, write_ranges
from .from_onnx import read_file
from .kinds import KINDS, VARIED, WEIGHTS, calibration_sampler, pool, sampler, varied
from .model_file import pack
from .net import BLOCKS, STRIDE
from .quantise import IntegerNet, calibrate
from .score import score
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
    parser.add_argument("--score", default="", help="of A, B, C (tests: write each time down) and the folds V, S, E (`score`)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sources", default=",".join(WEIGHTS), help="of the series, by comma")
    parser.add_argument("--teacher", default="", help="ONNX files, by comma: their mean is a second target")
    trial = parser.add_argument_group("for trials, in place of what ships (kinds.py)")
    for name, kind in VARIED.items():
        trial.add_argument(f"--{name.replace('_', '-')}", type=kind)
    arguments = parser.parse_args()
    if arguments.score and KINDS[arguments.kind].uses_day_ahead:
        parser.error("day-ahead is scored by `wattcast simulate` (its card says how)")
    return arguments


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    given = {name: getattr(arguments, name) for name in VARIED if getattr(arguments, name) is not None}
    kind, cut = varied(KINDS[arguments.kind], given), to_hour(f"{arguments.until}T00:00:00Z")
    arguments.out.mkdir(parents=True, exist_ok=True)
    without = frozenset(grid_of(zone) for zone in arguments.without.split(",") if zone)
    series = pool(cut, without, arguments.sources.split(","))
    teachers = [read_file(Path(name))[0] for name in arguments.teacher.split(",") if name]

    began = time.process_time()
    net = train(kind.shape, sampler(kind, series, cut, seed=1), kind.settings, teachers)
    print(f"{kind.name}: {sum(p.numel() for p in net.parameters())} parameters, {time.process_time() - began:.0f} s CPU")
    torch.save(net.state_dict(), arguments.out / f"{kind.name}.pt")

    drawn = calibration_sampler(kind, series, cut, seed=2)
    ranges = calibrate(net, [to_tensors(drawn.draw(256).features) for _ in range(CALIBRATION_BATCHES)])
    integers = IntegerNet(net, ranges)
    write_onnx(net, arguments.out / f"{kind.name}.onnx")
    write_integers(integers, arguments.out / f"{kind.name}.npz")
    text = {"name": kind.name, "sources": SOURCES, "grids": " ".join(sorted({grid_of(s.zone) for s in series}))}
    write_ranges(net, ranges, arguments.out / f"{kind.name}.ranges.json", kind.name, cut, text)
    if (kind.shape.blocks, kind.shape.stride) == (BLOCKS, STRIDE):
        (arguments.out / f"{kind.name}.wcfm").write_bytes(pack(integers, ranges, kind.name, cut, text))
    golden.write(arguments.out / f"{kind.name}.golden.json", integers, 5, kind.name)
    print(f"{integers.size_bytes()} bytes of weights, biases and multipliers")
    if arguments.score:
        text = score(kind.uses_weather, integers, arguments.score, cut)
        (arguments.out / f"{kind.name}.scores.txt").write_text(text + "\n")
        print(text)


if __name__ == "__main__":
    main()
