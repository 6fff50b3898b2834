"""Optimizers: how a gradient becomes a step."""

import numpy as np

from model.parameters import Parameters
from model.schedules import Schedule


class SGD:
    """Stochastic gradient descent with L2 regularisation of the weights, not of the biases.

    w <- (1 - eta * lambda / n) * w - eta * dC/dw (Nielsen 2015, chapter 3).

    Args:
        schedule: eta, the learning rate, of each step.
        weight_decay: lambda / n, n the number of training examples.
    """

    def __init__(self, schedule: Schedule, weight_decay: float = 0.0) -> None:
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
        gradient.flat *= rate
        parameters.flat -= gradient.flat
