"""Optimizers: how a gradient becomes a direction, and a direction a step.

Weight decay shrinks the weights and not the biases, apart from the direction (decoupled). For SGD that is L2
regularisation: w <- (1 - eta * lambda / n) * w - eta * dC/dw (Nielsen 2015, chapter 3); for Adam it is AdamW
(Loshchilov and Hutter 2019). Each class below keeps its state from step to step and works in place.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

import numpy as np

from model.activations import Array
from model.parameters import Parameters
from model.schedules import Schedule


class Rule(Protocol):
    """Turns gradients into directions, one after another."""

    def direction(self, gradient: Array) -> Array:
        """What to go against, as long as `gradient`, which may be used up."""


class Plain:
    """The gradient itself."""

    def direction(self, gradient: Array) -> Array:
        """G."""
        return gradient


class Momentum:
    """Gradients summed up, those of the past fading (Polyak 1964)."""

    def __init__(self, decay: float = 0.9) -> None:
        self._decay = np.float32(decay)
        self._velocity: Array | None = None

    def direction(self, gradient: Array) -> Array:
        """V <- mu V + g, then v."""
        return self._follow(gradient)

    def _follow(self, gradient: Array) -> Array:
        if self._velocity is None:
            self._velocity = np.zeros_like(gradient)
        self._velocity *= self._decay
        self._velocity += gradient
        return self._velocity


class Nesterov(Momentum):
    """Momentum that looks one step ahead (Nesterov 1983, in the form of Sutskever et al. 2013)."""

    def direction(self, gradient: Array) -> Array:
        """V <- mu v + g, then g + mu v."""
        gradient += self._decay * self._follow(gradient)
        return gradient


class Adam:
    """A step of its own size for each parameter (Kingma and Ba 2015)."""

    def __init__(self, mean_decay: float = 0.9, square_decay: float = 0.999, epsilon: float = 1e-8) -> None:
        self._decays = mean_decay, square_decay
        self._epsilon = epsilon
        self._steps = 0
        self._mean: Array | None = None
        self._square: Array | None = None

    def direction(self, gradient: Array) -> Array:
        """M / (1 - beta1^t) over sqrt(v / (1 - beta2^t)) + epsilon, m and v fading means of g and g^2."""
        if self._mean is None or self._square is None:
            self._mean, self._square = np.zeros_like(gradient), np.zeros_like(gradient)
        self._steps += 1
        self._fade(self._square, gradient * gradient, self._decays[1])
        self._fade(self._mean, gradient, self._decays[0])
        mean_share, square_share = (1 - decay**self._steps for decay in self._decays)
        np.sqrt(self._square / square_share, out=gradient)
        gradient += self._epsilon
        np.divide(self._mean / mean_share, gradient, out=gradient)
        return gradient

    @staticmethod
    def _fade(average: Array, value: Array, decay: float) -> None:
        average *= decay
        average += (1 - decay) * value


RULES: Mapping[str, Callable[[], Rule]] = MappingProxyType(
    {"sgd": Plain, "momentum": Momentum, "nesterov": Nesterov, "adam": Adam}
)


class Optimizer:
    """Takes steps: the learning rate of the schedule, the direction of the rule, and weight decay.

    Args:
        rule: how a gradient becomes a direction.
        schedule: eta, the learning rate, of each step.
        weight_decay: the share of eta by which the weights shrink: lambda / n for L2 regularisation.
    """

    def __init__(self, rule: Rule, schedule: Schedule, weight_decay: float = 0.0) -> None:
        self._rule = rule
        self._schedule = schedule
        self._weight_decay = weight_decay
        self._steps = 0

    def step(self, parameters: Parameters, gradient: Parameters) -> None:
        """Move the parameters, in place; the gradient is used up."""
        rate = self._schedule(self._steps)
        self._steps += 1
        if self._weight_decay:
            for W in parameters.W:
                np.multiply(W, 1 - rate * self._weight_decay, out=W)
        direction = self._rule.direction(gradient.flat)
        np.multiply(direction, rate, out=gradient.flat)
        parameters.flat -= gradient.flat
