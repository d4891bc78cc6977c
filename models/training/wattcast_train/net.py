"""The network: a pyramid of residual causal convolutions, a gated blend and a small decoder."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HORIZON = 96
DAYS = 4
# Of a network that a device runs; any other numbers are for trials.
BLOCKS = 3
STRIDE = 5


@dataclass(frozen=True)
class Shape:
    past: int
    context: int
    bases: int
    hours: int
    width: int
    decoder: int
    dropout: float = 0.0
    blocks: int = BLOCKS
    stride: int = STRIDE

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


class Block(nn.Module):
    """Two causal convolutions with a skip, kept at every fifth step of the input.

    Time runs backwards (index 0 is the newest hour), so dilation 5^l becomes stride 5 per level. The two
    kernels reach five steps: those under one output end where those under the next begin. Zeros stand
    before the window.
    """

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.first = nn.Conv1d(inputs, width, 3)
        self.second = nn.Conv1d(width, width, 3, stride=stride)
        self.skip = nn.Conv1d(inputs, width, 1) if inputs != width else None

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.relu(self.first(F.pad(x, (0, 2))))
        hidden = self.second(F.pad(hidden, (0, 2)))
        skipped = x[:, :, :: self.stride]
        if self.skip is not None:
            skipped = self.skip(skipped)
        return F.relu(hidden + skipped)


class Net(nn.Module):
    """Outputs [B, 3, 96] in units of the week's deviation: point, width below, width above."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        inputs = [shape.past] + [shape.width] * (shape.blocks - 1)
        self.blocks = nn.ModuleList(Block(n, shape.width, shape.stride) for n in inputs)
        state = shape.width + shape.context
        self.head = nn.Linear(state, HORIZON)
        self.gate = nn.Linear(state, DAYS * shape.bases, bias=False)
        self.spread = nn.Linear(state, DAYS * 2)
        self.weight = nn.Parameter(torch.zeros(shape.bases, HORIZON))
        self.lift = nn.Linear(shape.hours, shape.decoder, bias=False)
        self.modulate = nn.Linear(state, shape.decoder)
        self.shift = nn.Linear(state, shape.decoder)
        self.mix = nn.Conv1d(shape.decoder, shape.decoder, 3, padding=1)
        self.out = nn.Linear(shape.decoder, 3, bias=False)
        self.reset()

    def reset(self) -> None:
        with torch.no_grad():
            self.weight[0] = 1.0  # begin as the 7-day mean of the hour
            for layer in (self.head, self.gate, self.spread, self.out):
                layer.weight.mul_(0.1)
            for layer in (self.head, self.modulate):
                layer.bias.zero_()
            self.spread.bias.fill_(1.0)

    def forward(self, past: Tensor, context: Tensor, bases: Tensor, hours: Tensor) -> Tensor:
        x = past.flip(2)
        for block in self.blocks:
            x = block(x)
        newest = F.dropout(x[:, :, 0], self.shape.dropout, self.training)
        state = torch.cat([newest, context], 1)

        gate = self.gate(state).reshape(-1, self.shape.bases, DAYS).repeat_interleave(24, 2)
        blend = ((self.weight + gate) * bases).sum(1)

        factor = 1 + F.hardtanh(self.modulate(state))
        lifted = self.lift(hours.transpose(1, 2)).transpose(1, 2)
        e = F.relu(lifted * factor[:, :, None] + self.shift(state)[:, :, None])
        e = e + F.relu(self.mix(e))
        decoded = self.out(e.transpose(1, 2)).transpose(1, 2)

        point = self.head(state) + decoded[:, 0] + blend
        spread = self.spread(state).reshape(-1, 2, DAYS).repeat_interleave(24, 2)
        widths = F.relu(decoded[:, 1:] + spread)
        return torch.cat([point[:, None], widths], 1)
