"""`python -m wattcast_train.from_onnx FILE.onnx`: the device's file from the float network and its ranges.

Reads `FILE.onnx` and `FILE.ranges.json`, needs no data, and writes `FILE.wcfm`; with `--check` it
writes nothing and fails where the file that lies there has other bytes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from .model_file import pack
from .net import Net, Shape
from .quantise import IntegerNet, Ranges


def read_net(path: Path, shape: Shape) -> Net:
    """The network that `export.write_onnx` wrote: same names, the encoder's kernels turned round."""
    graph = onnx.load(path).graph
    tensors = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    net = Net(shape)
    state = {}
    for name, value in net.state_dict().items():
        if name == "weight":
            found = tensors["blend.weight"].reshape(value.shape)
        elif name.startswith("blocks."):
            _, index, layer, part = name.split(".")
            found = tensors[f"block{index}.{layer}.{part}"]
            found = found[..., ::-1] if part == "weight" else found
        else:
            found = tensors[name]
        state[name] = torch.from_numpy(np.array(found).reshape(value.shape))
    net.load_state_dict(state)
    return net.eval()


def read_file(path: Path) -> tuple[Net, Ranges, dict[str, Any]]:
    """The float network, its ranges, and what else `FILE.ranges.json` says."""
    document = json.loads(path.with_suffix(".ranges.json").read_text())
    return read_net(path, Shape(**document["shape"])), Ranges(document["peak"]), document


def rebuild(path: Path) -> bytes:
    net, ranges, document = read_file(path)
    integers = IntegerNet(net, ranges)
    return pack(integers, ranges, document["inputs"], document["trained_until"], document["text"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="wattcast_train.from_onnx", description=__doc__)
    parser.add_argument("onnx", type=Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    target = arguments.onnx.with_suffix(".wcfm")
    data = rebuild(arguments.onnx)
    if not arguments.check:
        target.write_bytes(data)
    elif data != target.read_bytes():
        raise SystemExit(f"{target}: other bytes than {arguments.onnx} and its ranges give")


if __name__ == "__main__":
    main()
