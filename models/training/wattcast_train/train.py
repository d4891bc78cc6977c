"""Trains one network on windows drawn from a store."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from .features import ONE, Features
from .net import DAYS, Net, Shape
from .windows import Batch, Sampler


# Hours that the jobs take that a network learns to place, each within the day ahead.
JOBS = (4, 12)
JOB_DAY = 24


@dataclass(frozen=True)
class Settings:
    steps: int = 2400
    batch: int = 192
    rate: float = 2e-3
    decay: float = 0.05
    clip: float = 0.5
    averaging: float = 0.995
    spread_share: float = 0.3
    first_day: float = 2.0
    first_hours: float = 2.0
    mean_share: float = 0.0
    shape_share: float = 0.0
    placing: float = 0.0
    placing_by_mean: float = 0.0
    teacher_share: float = 0.5
    seed: int = 1


def to_tensors(built: Features) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    parts = (built.past, built.context, built.bases, built.hours)
    past, context, bases, hours = (torch.from_numpy((part / ONE).astype(np.float32)) for part in parts)
    return past, context, bases, hours


def _course(error: Tensor, known: Tensor) -> Tensor:
    """How far the error of each hour lies from the mean error of its day."""
    days, weight = error.unflatten(1, (DAYS, -1)), known.unflatten(1, (DAYS, -1))
    level = (days * weight).sum(2, keepdim=True) / weight.sum(2, keepdim=True).clamp(min=1)
    return (days - level).abs().flatten(1)


def _misplaced(point: Tensor, wanted: Tensor, known: Tensor) -> Tensor:
    """A bound of what jobs of the first day lose that take the hours with the lowest points.

    The SPO+ loss of Elmachtoub and Grigas (Smart "Predict, then Optimize", 2022): unlike the loss itself
    it falls smoothly, and it is least where the points are the means of what may come.
    """
    told, came, whole = point[:, :JOB_DAY], wanted[:, :JOB_DAY], known[:, :JOB_DAY].amin(1)
    mirrored = 2 * told - came
    total = torch.zeros(())
    for hours in JOBS:
        best = came.argsort(1)[:, :hours]
        taken = mirrored.detach().argsort(1)[:, :hours]
        lost = mirrored.gather(1, best).mean(1) - mirrored.gather(1, taken).mean(1)
        total = total + (lost * whole).sum() / whole.sum().clamp(min=1)
    return total / len(JOBS)


def loss_of(output: Tensor, batch: Batch, settings: Settings, taught: Tensor | None = None) -> Tensor:
    """Relative error of the point and pinball loss of the two quantiles around it.

    With `taught`, the point of teachers, `teacher_share` of the point's error is measured against it;
    `mean_share` of the error is relative to the week's mean instead of to the hour's value; from the
    second day on `shape_share` of it is what the error of an hour differs from the mean error of its day, as
    a job is placed by the course of a day, whatever its level. `placing` weighs what jobs of the first day
    lose that are placed by the point, in deviations of the week (0) or in shares of its mean (1 of
    `placing_by_mean`), which leaves more to the first hours.

    The quantiles are scored against the mean level: dividing by the actual value would shift them.
    """
    mean = batch.features.mean[:, None]
    scale = batch.features.scale[:, None]
    wanted = torch.from_numpy(((batch.target - mean) / scale).astype(np.float32))
    by_value = torch.from_numpy((scale / np.maximum(batch.target, 0.1 * mean)).astype(np.float32))
    by_mean = torch.from_numpy((scale / np.maximum(mean, 1)).astype(np.float32))
    known = torch.from_numpy(batch.known.astype(np.float32))
    point, below, above = output[:, 0], output[:, 1], output[:, 2]
    error = (wanted - point).abs()
    if taught is not None:
        error = error.lerp((taught - point).abs(), settings.teacher_share)
    error = error * by_value.lerp(by_mean.expand_as(by_value), settings.mean_share)
    course = _course(wanted - point, known) * by_mean
    error = torch.cat([error[:, :JOB_DAY], error.lerp(course, settings.shape_share)[:, JOB_DAY:]], 1)
    centre = point.detach()
    under = wanted - (centre - below)
    over = wanted - (centre + above)
    pinball = torch.maximum(0.1 * under, -0.9 * under) + torch.maximum(0.9 * over, -0.1 * over)
    total = error + settings.spread_share * 2 * pinball * by_mean
    # Errors far ahead are mostly chance and would drown what can be learned about the first hours.
    weight = known.clone()
    weight[:, :24] *= settings.first_day
    weight[:, :6] *= settings.first_hours
    loss = (total * weight).sum() / weight.sum()
    if settings.placing == 0:
        return loss
    unit = torch.ones_like(by_mean).lerp(by_mean, settings.placing_by_mean)
    return loss + settings.placing * _misplaced(point * unit, wanted * unit, known)


def prefetched(sampler: Sampler, settings: Settings) -> Iterator[Batch]:
    """Draws the next batch in a thread while the network works on the last one; order unchanged."""
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(sampler.draw, settings.batch)
        for _ in range(settings.steps):
            batch = pending.result()
            pending = pool.submit(sampler.draw, settings.batch)
            yield batch


def train(
    shape: Shape,
    sampler: Sampler,
    settings: Settings,
    teachers: Sequence[Net] = (),
    report: Callable[[str], None] = print,
) -> Net:
    """`teachers` are trained networks of the same inputs; the mean of their points is a second target."""
    torch.manual_seed(settings.seed)
    net = Net(shape)
    average = copy.deepcopy(net)
    groups = [
        {"params": [p for p in net.parameters() if p.ndim > 1], "weight_decay": settings.decay},
        {"params": [p for p in net.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=settings.rate, betas=(0.9, 0.99))
    warm_up = 100
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min(1.0, step / warm_up) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / settings.steps))),
    )
    began, running = time.process_time(), 0.0
    for step, batch in enumerate(prefetched(sampler, settings), 1):
        inputs, taught = to_tensors(batch.features), None
        if teachers:
            with torch.no_grad():
                taught = sum(teacher(*inputs)[:, 0] for teacher in teachers) / len(teachers)
        loss = loss_of(net(*inputs), batch, settings, taught)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), settings.clip)
        optimiser.step()
        schedule.step()
        keep = min(settings.averaging, step / (step + 10))
        with torch.no_grad():
            for slow, fast in zip(average.parameters(), net.parameters()):
                slow.lerp_(fast, 1 - keep)
        running = loss.item() if step == 1 else 0.98 * running + 0.02 * loss.item()
        if step % 400 == 0:
            report(f"step {step} loss {running:.4f} cpu {time.process_time() - began:.0f} s")
    return average.eval()
