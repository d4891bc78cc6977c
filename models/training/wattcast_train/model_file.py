"""Packs an integer network into the file that a device reads (`core/src/forecast/FORMAT.md`)."""

from __future__ import annotations

import struct

import numpy as np

from .net import BLOCKS, STRIDE
from .quantise import IntegerNet, Linear, Ranges

_MAGIC = b"WCFM"
_VERSION = 3
_BLEND = 1
INPUTS = {"history": 1, "weather": 2, "day-ahead": 3}
# Layers that never have a bias, so the file leaves it out.
_WITHOUT_BIAS = ("gate", "lift", "out")
_DESCRIPTION = ("name", "sources", "grids")
_AFTER_BLOCKS = ("head", "gate", "spread", "modulate", "shift", "lift", "mix", "out")


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def _aligned(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _in_file_order(weight: np.ndarray) -> np.ndarray:
    """Of each whole group of four inputs the middle two are swapped."""
    ordered = weight.copy()
    grouped = weight.shape[1] // 4 * 4
    groups = weight[:, :grouped].reshape(len(weight), -1, 4)
    ordered[:, :grouped] = groups[:, :, [0, 2, 1, 3]].reshape(len(weight), -1)
    return ordered


def _layer(name: str, layer: Linear) -> bytes:
    if name in _WITHOUT_BIAS:
        assert not layer.bias.any()
        bias = b""
    else:
        bias = layer.bias.astype("<i4").tobytes()
    return _aligned(bias + layer.multiplier.astype("<i4").tobytes() + _in_file_order(layer.weight).astype("i1").tobytes())


def pack(net: IntegerNet, ranges: Ranges, inputs: str, trained_until: int, text: dict[str, str]) -> bytes:
    """`trained_until` is the first hour since 1970 of which the training saw nothing."""
    shape = net.shape
    if (shape.blocks, shape.stride) != (BLOCKS, STRIDE):
        raise ValueError(f"a device runs {BLOCKS} blocks of stride {STRIDE}, not {shape.blocks} of {shape.stride}")
    bits = [ranges.bits(f"block{index}.{part}") for index in range(BLOCKS) for part in ("hidden", "out")]
    bits += [ranges.bits("lifted"), ranges.bits("decoder")]
    described = "".join(f"{key}={text[key]}\n" for key in _DESCRIPTION).encode()
    widths = (shape.past, shape.context, shape.bases, shape.hours, shape.width, shape.decoder)
    body = struct.pack("<IHH6H8B", trained_until, len(described), 0, *widths, *bits)
    body = _aligned(body + described)
    layers = net.layers()
    order = [f"block{index}.{part}" for index in range(BLOCKS) for part in ("first", "second", "skip")]
    for name in [*order, *_AFTER_BLOCKS]:
        if name in layers:
            body += _layer(name, layers[name])
    body += _aligned(net.weight.astype("<i2").tobytes())
    head = _MAGIC + struct.pack("<HBBI", _VERSION, _BLEND, INPUTS[inputs], 16 + len(body))
    return head + struct.pack("<I", crc32c(head + body)) + body
