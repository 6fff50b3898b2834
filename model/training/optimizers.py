"""Optimizers: how a gradient becomes a direction, and a direction a step.

Weight decay shrinks the weights and not the biases, apart from the direction (decoupled). For SGD that is L2
regularisation: w <- (1 - eta * lambda / n) * w - eta * dC/dw (Nielsen 2015, chapter 3); for Adam it is AdamW
(Loshchilov and Hutter 2019).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Protocol

import numpy as np

from model.arrays import Array
from model.network.parameters import Parameters
from model.training.process_group import Team
from model.training.schedules import Schedule

SPAN = 1 << 16  # parameters that are stepped together: they and their gradients fit into a core's cache


class Rule(Protocol):
    """How a gradient becomes a direction. What a rule remembers is kept for it, and changed in place.

    Attributes:
        memory: a name for each vector that it remembers from step to step, zero at first.
    """

    memory: ClassVar[tuple[str, ...]]

    def direction(self, gradient: Array, step: int, memory: Sequence[Array]) -> Array:
        """What to go against in a step, counted from 1; `gradient` may be used up."""


@dataclass(frozen=True)
class Plain:
    """The gradient itself."""

    memory: ClassVar[tuple[str, ...]] = ()

    def direction(self, gradient: Array, _: int, __: Sequence[Array]) -> Array:
        """G."""
        return gradient


@dataclass(frozen=True)
class Momentum:
    """Gradients summed up, those of the past fading (Polyak 1964)."""

    decay: float = 0.9
    memory: ClassVar[tuple[str, ...]] = ("velocity",)

    def direction(self, gradient: Array, _: int, memory: Sequence[Array]) -> Array:
        """V <- mu V + g, then v."""
        (velocity,) = memory
        velocity *= self.decay
        velocity += gradient
        return velocity


@dataclass(frozen=True)
class Nesterov(Momentum):
    """Momentum that looks one step ahead (Nesterov 1983, in the form of Sutskever et al. 2013)."""

    def direction(self, gradient: Array, step: int, memory: Sequence[Array]) -> Array:
        """V <- mu v + g, then g + mu v."""
        gradient += self.decay * super().direction(gradient, step, memory)
        return gradient


@dataclass(frozen=True)
class Adam:
    """A step of its own size for each parameter (Kingma and Ba 2015)."""

    mean_decay: float = 0.9
    square_decay: float = 0.999
    epsilon: float = 1e-8
    memory: ClassVar[tuple[str, ...]] = ("mean", "square")

    def direction(self, gradient: Array, step: int, memory: Sequence[Array]) -> Array:
        """M / (1 - beta1^t) over sqrt(v / (1 - beta2^t)) + epsilon, m and v fading means of g and g^2."""
        mean, square = memory
        square *= self.square_decay
        square += (1 - self.square_decay) * gradient * gradient
        mean *= self.mean_decay
        mean += (1 - self.mean_decay) * gradient
        np.sqrt(square / (1 - self.square_decay**step), out=gradient)
        gradient += self.epsilon
        np.divide(mean / (1 - self.mean_decay**step), gradient, out=gradient)
        return gradient


RULES: Mapping[str, Callable[[], Rule]] = MappingProxyType(
    {"sgd": Plain, "momentum": Momentum, "nesterov": Nesterov, "adam": Adam}
)


class Optimizer:
    """Takes steps: the learning rate of the schedule, the direction of the rule, weight decay and averaging.

    Args:
        parameters: to be moved, in place.
        rule: how a gradient becomes a direction.
        schedule: eta, the learning rate, of each step.
        weight_decay: the share of eta by which the weights shrink: lambda / n for L2 regularisation.
        averaging: beta, of the fading mean a <- beta a + (1 - beta) w over the parameters of all steps, which
            begins as their plain mean (Polyak and Juditsky 1992); 0 keeps none.
        team: each member of which moves what leads to its own units.

    Attributes:
        steps: how many were taken.
        memory: what the rule remembers, and `average`: vectors as long as the parameters.
    """

    def __init__(
        self,
        parameters: Parameters,
        rule: Rule,
        schedule: Schedule,
        weight_decay: float = 0.0,
        averaging: float = 0.0,
        team: Team | None = None,
    ) -> None:
        self.steps = 0
        self._team = team or Team()
        flat = parameters.flat
        names = (*rule.memory, "average") if averaging else rule.memory
        self.memory: dict[str, Array] = {name: self._team.array(len(flat), flat.dtype) for name in names}
        self._parameters = parameters
        self._rule = rule
        self._schedule = schedule
        self._weight_decay = weight_decay
        self._averaging = averaging
        self._spans: list[slice] = []

    def step(self, gradient: Parameters) -> None:
        """Move the parameters, in place; the gradient is used up."""
        rate = self._schedule(self.steps)
        self.steps += 1
        self._spans = self._spans or _spans(self._parameters, self._team, decays=bool(self._weight_decay))
        for span in self._spans:
            self._move(span, rate, gradient.flat[span])

    def _move(self, span: slice, rate: float, gradient: Array) -> None:
        parameters = self._parameters.flat[span]
        memory = [self.memory[name][span] for name in self._rule.memory]
        direction = self._rule.direction(gradient, self.steps, memory)
        if self._weight_decay and span.stop <= self._parameters.weights:
            parameters *= 1 - rate * self._weight_decay
        parameters -= np.multiply(direction, rate, out=gradient)
        if self._averaging:
            average = self.memory["average"][span]
            np.subtract(parameters, average, out=gradient)
            gradient *= max(1 - self._averaging, 1 / self.steps)
            average += gradient


def _spans(parameters: Parameters, team: Team, *, decays: bool) -> list[slice]:
    """The parameters that lead to a member's own units; where weights decay, apart from the biases."""
    regions: list[slice] = []
    place = 0
    for array in (*parameters.W, *parameters.b):
        units, inputs = team.share(len(array)), array.shape[1]
        start, stop = place + units.start * inputs, place + units.stop * inputs
        if regions and regions[-1].stop == start and not (decays and start == parameters.weights):
            start = regions.pop().start
        regions.append(slice(start, stop))
        place += array.size
    return [
        slice(start, min(start + SPAN, region.stop))
        for region in regions
        for start in range(region.start, region.stop, SPAN)
    ]
