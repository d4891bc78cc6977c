"""Turns a trained network into integers and evaluates it with nothing but integers.

Weights are int8 with one scale per output channel, activations int16 with a power-of-two scale per
tensor (`Q`), accumulators int32, requantised by `(acc * m + 2^31) >> 32`. This is the slow reference
for the Rust kernels; `FORMULATION.md` describes the file that holds the result.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from .net import DAYS, HORIZON, Net

INPUT_BITS = 11
_I16 = 32767
_I32 = 2**31 - 1


@dataclass
class Linear:
    """`out = clamp((x W + bias) * m)`: weights [out, in] int8, m < 2^31 applied as `* m >> 32`."""

    weight: np.ndarray
    bias: np.ndarray
    multiplier: np.ndarray
    relu: bool = False

    def accumulate(self, x: np.ndarray) -> np.ndarray:
        # Whole numbers below 2^53: exact in float64, and many times faster there than in int64.
        total = (x.astype(np.float64) @ self.weight.T.astype(np.float64)).astype(np.int64) + self.bias
        assert np.abs(total).max() <= _I32, "accumulator overflow"
        return total

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return finish(self.accumulate(x), self.multiplier, self.relu)

    def accumulator_bound(self) -> int:
        """Largest magnitude any int16 input can cause."""
        return int((np.abs(self.weight.astype(np.int64)).sum(1) * _I16 + np.abs(self.bias)).max())


def finish(total: np.ndarray, multiplier: np.ndarray, relu: bool) -> np.ndarray:
    value = (total * multiplier + 2**31) >> 32
    return np.clip(value, 0 if relu else -_I16, _I16)


def linear(weight: np.ndarray, bias: np.ndarray | None, bits_in: int, bits_out: int, relu: bool = False) -> Linear:
    """Float weights [out, in] to integers; `bits_*` are the fraction bits of input and output."""
    peak = np.maximum(np.abs(weight).max(1), 1e-6)
    scale = peak / 127
    quantised = np.clip(np.rint(weight / scale[:, None]), -127, 127).astype(np.int8)
    offset = np.zeros(len(weight)) if bias is None else bias
    rounded = np.rint(offset / scale * 2.0**bits_in).astype(np.int64)
    multiplier = np.rint(scale * 2.0 ** (bits_out - bits_in) * 2**32).astype(np.int64)
    layer = Linear(quantised, rounded, multiplier, relu)
    if multiplier.max() >= 2**31 or layer.accumulator_bound() > _I32:
        raise ValueError("a layer does not fit: multiplier or accumulator too large")
    return layer


def rescale(value: np.ndarray, bits_from: int, bits_to: int) -> np.ndarray:
    """Rounding shift between two activation formats."""
    if bits_to >= bits_from:
        return value << (bits_to - bits_from)
    shift = bits_from - bits_to
    return (value + (1 << (shift - 1))) >> shift


@dataclass
class IntegerBlock:
    first: Linear
    second: Linear
    skip: Linear | None
    bits_in: int
    bits_out: int
    stride: int

    def __call__(self, x: np.ndarray) -> np.ndarray:
        hidden = self.first(_taps(x, 1))
        branch = self.second(_taps(hidden, self.stride))
        direct = x[:, :: self.stride]
        direct = self.skip(direct) if self.skip else rescale(direct, self.bits_in, self.bits_out)
        return np.clip(branch + direct, 0, _I16)


def _taps(x: np.ndarray, stride: int) -> np.ndarray:
    """[B, T, C] newest first to [B, ⌈T/stride⌉, 3 C]: an hour and the two before it on this grid."""
    padded = np.concatenate([x, np.zeros((len(x), 2, x.shape[2]), np.int64)], 1)
    return np.concatenate([padded[:, k : k + x.shape[1]] for k in range(3)], 2)[:, ::stride]


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().double().numpy()


def _conv_matrix(weight: torch.Tensor) -> np.ndarray:
    """[out, in, 3] to [out, 3 in], tap by tap, as `_taps` lays its rows out."""
    return _array(weight).transpose(0, 2, 1).reshape(weight.shape[0], -1)


@dataclass
class Ranges:
    """Largest magnitudes seen per tensor on calibration windows."""

    peak: dict[str, float] = field(default_factory=dict)

    def see(self, name: str, value: torch.Tensor) -> None:
        self.peak[name] = max(self.peak.get(name, 0.0), float(value.abs().max()))

    def bits(self, name: str) -> int:
        """Fraction bits that leave a factor of two above the largest value seen."""
        return int(np.clip(np.floor(np.log2(_I16 / (2 * max(self.peak[name], 1e-3)))), 6, 14))


class IntegerNet:
    """The network in integers; call it with the four feature arrays, get int64 [B, 3, 96] in Q11."""

    def __init__(self, net: Net, ranges: Ranges) -> None:
        self.shape = net.shape
        self.blocks: list[IntegerBlock] = []
        bits = INPUT_BITS
        for index, block in enumerate(net.blocks):
            hidden, out = ranges.bits(f"block{index}.hidden"), ranges.bits(f"block{index}.out")
            skip = block.skip
            self.blocks.append(
                IntegerBlock(
                    linear(_conv_matrix(block.first.weight), _array(block.first.bias), bits, hidden, True),
                    linear(_conv_matrix(block.second.weight), _array(block.second.bias), hidden, out),
                    None if skip is None else linear(_array(skip.weight)[:, :, 0], _array(skip.bias), bits, out),
                    bits,
                    out,
                    net.shape.stride,
                )
            )
            bits = out
        self.state_bits = bits
        # The state joins the encoder's output and the context, so both use the context's format.
        dense = lambda layer, out: linear(
            _array(layer.weight), None if layer.bias is None else _array(layer.bias), INPUT_BITS, out
        )
        self.head = dense(net.head, INPUT_BITS)
        self.gate = dense(net.gate, 12)
        self.spread = dense(net.spread, INPUT_BITS)
        self.weight = np.rint(_array(net.weight) * 4096).astype(np.int64)
        self.modulate = dense(net.modulate, 12)
        self.decoder_bits = ranges.bits("decoder")
        self.lifted_bits = ranges.bits("lifted")
        self.shift = dense(net.shift, self.lifted_bits)
        self.lift = dense(net.lift, self.lifted_bits)
        mix = net.mix.weight
        self.mix = linear(_conv_matrix(mix), _array(net.mix.bias), self.lifted_bits, self.decoder_bits, True)
        self.out = linear(_array(net.out.weight), None, self.decoder_bits, INPUT_BITS)

    def __call__(self, past: np.ndarray, context: np.ndarray, bases: np.ndarray, hours: np.ndarray) -> np.ndarray:
        x = past.transpose(0, 2, 1)[:, ::-1]
        for block in self.blocks:
            x = block(x)
        newest = np.clip(rescale(x[:, 0], self.state_bits, INPUT_BITS), -_I16, _I16)
        state = np.concatenate([newest, context], 1)

        gate = self.gate(state).reshape(-1, self.shape.bases, DAYS).repeat(24, 2)
        share = np.clip(self.weight + gate, -_I16, _I16)
        blend = ((share * bases).sum(1) + 2048) >> 12

        factor = 4096 + np.clip(self.modulate(state), -4096, 4096)
        lifted = self.lift(hours.transpose(0, 2, 1))
        e = ((lifted * factor[:, None]) + 2048 >> 12) + self.shift(state)[:, None]
        e = np.clip(e, 0, _I16)
        padded = np.concatenate([np.zeros_like(e[:, :1]), e, np.zeros_like(e[:, :1])], 1)
        mixed = self.mix(np.concatenate([padded[:, k : k + HORIZON] for k in range(3)], 2))
        e = np.clip(rescale(e, self.lifted_bits, self.decoder_bits) + mixed, 0, _I16)
        decoded = self.out(e).transpose(0, 2, 1)

        point = self.head(state) + decoded[:, 0] + blend
        spread = self.spread(state).reshape(-1, 2, DAYS).repeat(24, 2)
        widths = np.maximum(decoded[:, 1:] + spread, 0)
        return np.concatenate([point[:, None], widths], 1)

    def layers(self) -> dict[str, Linear]:
        named = {"head": self.head, "gate": self.gate, "spread": self.spread, "modulate": self.modulate}
        named |= {"shift": self.shift, "lift": self.lift, "mix": self.mix, "out": self.out}
        for index, block in enumerate(self.blocks):
            named |= {f"block{index}.first": block.first, f"block{index}.second": block.second}
            if block.skip:
                named[f"block{index}.skip"] = block.skip
        return named

    def size_bytes(self) -> int:
        """int8 weights, int32 bias and multiplier per channel, int16 blend weights."""
        total = 2 * self.weight.size
        for layer in self.layers().values():
            total += layer.weight.size + 8 * len(layer.bias)
        return total


def calibrate(net: Net, batches: list[tuple[torch.Tensor, ...]]) -> Ranges:
    """Runs the float network and notes the range of every tensor that gets a format of its own."""
    ranges = Ranges()
    hooks = []
    for index, block in enumerate(net.blocks):
        def first(_module, _inputs, output, index=index):
            ranges.see(f"block{index}.hidden", output)

        def whole(_module, _inputs, output, index=index):
            ranges.see(f"block{index}.out", output)

        hooks += [block.first.register_forward_hook(first), block.register_forward_hook(whole)]
    hooks.append(net.lift.register_forward_hook(lambda _m, _i, output: ranges.see("lifted", output * 2)))
    hooks.append(net.shift.register_forward_hook(lambda _m, _i, output: ranges.see("lifted", output * 2)))
    hooks.append(net.mix.register_forward_hook(lambda _m, inputs, output: ranges.see("decoder", torch.cat([inputs[0], output], 1))))
    with torch.no_grad():
        for batch in batches:
            net(*batch)
    for hook in hooks:
        hook.remove()
    return ranges
