"""Schedules: the learning rate of each step."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

Schedule: TypeAlias = Callable[[int], float]  # index of a step, from 0 -> its learning rate


def constant(rate: float, _: int) -> Schedule:
    """The same rate at every step."""
    return lambda _: rate


def cosine(rate: float, steps: int) -> Schedule:
    """From the rate to zero along half a cosine over all steps (Loshchilov and Hutter 2017)."""
    return lambda step: rate * 0.5 * (1 + math.cos(math.pi * min(step / steps, 1)))


SCHEDULES: Mapping[str, Callable[[float, int], Schedule]] = MappingProxyType(
    {"constant": constant, "cosine": cosine}
)
