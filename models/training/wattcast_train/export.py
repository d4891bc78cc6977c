"""Writes one trained network as ONNX (the float reference) and as an integer archive."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from .net import DAYS, HORIZON, Net
from .quantise import IntegerNet, Ranges

INPUTS = ("past", "context", "bases", "hours")
WINDOW = 168
HOURS = HORIZON // DAYS
_OPSET = 17


class _Graph:
    """Nodes and weights of the ONNX file; every tensor carries the name of what makes it."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray | torch.Tensor) -> str:
        array = value.detach().numpy() if isinstance(value, torch.Tensor) else value
        self.weights.append(numpy_helper.from_array(array.copy(order="C"), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], output, **attributes))
        return output

    def reshape(self, value: str, shape: list[int], output: str) -> str:
        return self.node("Reshape", [value, self.constant(f"{output}.shape", np.array(shape))], output)

    def conv(self, value: str, name: str, layer: torch.nn.Conv1d, dilation: int, pads: list[int], reverse: bool) -> str:
        weight = layer.weight.flip(2) if reverse else layer.weight
        names = [value, self.constant(f"{name}.weight", weight), self.constant(f"{name}.bias", layer.bias)]
        return self.node("Conv", names, name, dilations=[dilation], pads=pads, strides=[1])

    def dense(self, value: str, name: str, layer: torch.nn.Linear) -> str:
        names = [value, self.constant(f"{name}.weight", layer.weight)]
        if layer.bias is not None:
            names.append(self.constant(f"{name}.bias", layer.bias))
        return self.node("Gemm", names, name, transB=1)


def _encoder(graph: _Graph, net: Net) -> str:
    """Ordinary causal dilated convolutions over the full window, oldest hour first.

    The training code computes the same values on the steps that the newest hour depends on; there time
    runs backwards, hence the reversed kernels.
    """
    value = "past"
    for index, block in enumerate(net.blocks):
        dilation, name = net.shape.stride**index, f"block{index}"
        pads = [2 * dilation, 0]
        hidden = graph.conv(value, f"{name}.first", block.first, dilation, pads, True)
        hidden = graph.node("Relu", [hidden], f"{name}.hidden")
        branch = graph.conv(hidden, f"{name}.second", block.second, dilation, pads, True)
        if block.skip is not None:
            value = graph.conv(value, f"{name}.skip", block.skip, 1, [0, 0], True)
        total = graph.node("Add", [branch, value], f"{name}.sum")
        value = graph.node("Relu", [total], f"{name}.out")
    newest = graph.node("Gather", [value, graph.constant("newest.index", np.array(WINDOW - 1))], "newest", axis=2)
    return graph.node("Concat", [newest, "context"], "state", axis=1)


def _decoder(graph: _Graph, net: Net, state: str) -> str:
    width = net.shape.decoder
    clipped = graph.node(
        "Clip",
        [
            graph.dense(state, "modulate", net.modulate),
            graph.constant("minus_one", np.array(-1, np.float32)),
            graph.constant("one", np.array(1, np.float32)),
        ],
        "modulate.clipped",
    )
    factor = graph.reshape(graph.node("Add", [clipped, "one"], "factor"), [1, width, 1], "factor.column")
    shift = graph.reshape(graph.dense(state, "shift", net.shift), [1, width, 1], "shift.column")
    # A dense layer over channels, the same at every hour: weights [out, in] times [in, hours].
    lifted = graph.node("MatMul", [graph.constant("lift.weight", net.lift.weight), "hours"], "lift")
    lifted = graph.node("Add", [graph.node("Mul", [lifted, factor], "lift.scaled"), shift], "lift.shifted")
    e = graph.node("Relu", [lifted], "decoder")
    mixed = graph.conv(e, "mix", net.mix, 1, [1, 1], False)
    e = graph.node("Add", [e, graph.node("Relu", [mixed], "mix.relu")], "decoder.mixed")
    return graph.node("MatMul", [graph.constant("out.weight", net.out.weight), e], "out")


def write_onnx(net: Net, path: Path) -> None:
    """Inputs are the integer features divided by 2048; the output is `[1, 3, 96]` in the same unit."""
    shape, graph = net.shape, _Graph()
    state = _encoder(graph, net)
    gate = graph.reshape(graph.dense(state, "gate", net.gate), [1, shape.bases, DAYS, 1], "gate.days")
    weight = graph.constant("blend.weight", net.weight.reshape(1, shape.bases, DAYS, HOURS))
    share = graph.node("Add", [weight, gate], "blend.share")
    bases = graph.reshape("bases", [1, shape.bases, DAYS, HOURS], "bases.days")
    weighted = graph.node("Mul", [share, bases], "blend.weighted")
    axes = graph.constant("blend.axes", np.array([1]))
    blend = graph.reshape(graph.node("ReduceSum", [weighted, axes], "blend.sum"), [1, 1, HORIZON], "blend")

    decoded = _decoder(graph, net, state)
    split = graph.constant("out.split", np.array([1, 2]))
    graph.nodes.append(helper.make_node("Split", [decoded, split], ["out.point", "out.widths"], "out.parts", axis=1))
    head = graph.reshape(graph.dense(state, "head", net.head), [1, 1, HORIZON], "head.row")
    point = graph.node("Add", [graph.node("Add", [head, "out.point"], "point.partial"), blend], "point")

    spread = graph.reshape(graph.dense(state, "spread", net.spread), [1, 2, DAYS, 1], "spread.days")
    by_day = graph.reshape("out.widths", [1, 2, DAYS, HOURS], "out.days")
    widths = graph.node("Relu", [graph.node("Add", [by_day, spread], "widths.sum")], "widths.relu")
    widths = graph.reshape(widths, [1, 2, HORIZON], "widths")
    graph.node("Concat", [point, widths], "forecast", axis=1)

    sizes = ([1, shape.past, WINDOW], [1, shape.context], [1, shape.bases, HORIZON], [1, shape.hours, HORIZON])
    inputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in zip(INPUTS, sizes)]
    output = helper.make_tensor_value_info("forecast", TensorProto.FLOAT, [1, 3, HORIZON])
    built = helper.make_graph(graph.nodes, "wattcast", inputs, [output], graph.weights)
    model = helper.make_model(built, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def write_integers(inet: IntegerNet, path: Path) -> None:
    """All integer tensors by name."""
    arrays: dict[str, np.ndarray] = {"blend.weight": inet.weight.astype(np.int16)}
    for name, layer in inet.layers().items():
        arrays[f"{name}.weight"] = layer.weight
        arrays[f"{name}.bias"] = layer.bias.astype(np.int32)
        arrays[f"{name}.multiplier"] = layer.multiplier.astype(np.int32)
    np.savez(path, **arrays)


def write_ranges(net: Net, ranges: Ranges, path: Path, inputs: str, trained_until: int, text: dict[str, str]) -> None:
    """Beside the ONNX file, all that the integer file needs: calibration ranges and description."""
    document = {
        "inputs": inputs,
        "trained_until": trained_until,
        "text": text,
        "shape": net.shape.as_dict(),
        "peak": ranges.peak,
        "bits": {name: ranges.bits(name) for name in ranges.peak},
    }
    path.write_text(json.dumps(document, indent=1) + "\n")
