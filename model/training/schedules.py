"""Schedules: the learning rate of each step, as a share of the highest that changes over a training."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

Schedule: TypeAlias = Callable[[int], float]  # index of a step, from 0 -> its learning rate
STEP_SHARE, STEP_FACTOR = 1 / 3, 0.1


def constant(_: float) -> float:
    """The same rate all along."""
    return 1.0


def step(progress: float) -> float:
    """A tenth of it after each third of the training."""
    return STEP_FACTOR ** math.floor(progress / STEP_SHARE)


def cosine(progress: float) -> float:
    """From all of it to nothing, along half a cosine (Loshchilov and Hutter 2017)."""
    return 0.5 * (1 + math.cos(math.pi * progress))


SHAPES: Mapping[str, Callable[[float], float]] = MappingProxyType(
    {"constant": constant, "step": step, "cosine": cosine}
)


def schedule(shape: str, rate: float, steps: int, warm_up: int = 0) -> Schedule:
    """The learning rate of each of a training's steps.

    Args:
        shape: one of SHAPES, which take the progress after the warm-up, from 0 to 1.
        rate: the highest.
        steps: how many there will be.
        warm_up: how many of them the rate takes to rise to it, along a line (Goyal et al. 2017).
    """

    def rate_of(index: int) -> float:
        if index < warm_up:
            return rate * (index + 1) / warm_up
        return rate * SHAPES[shape](min((index - warm_up) / max(steps - warm_up, 1), 1))

    return rate_of
