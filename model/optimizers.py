"""Optimizers: how a gradient becomes a step."""

from dataclasses import dataclass

import numpy as np

from model.parameters import Parameters


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent with L2 regularisation of the weights, not of the biases.

    w <- (1 - eta * lambda / n) * w - eta * dC/dw (Nielsen 2015, chapter 3).

    Attributes:
        learning_rate: eta.
        weight_decay: lambda / n, n the number of training examples.
    """

    learning_rate: float
    weight_decay: float = 0.0

    def step(self, parameters: Parameters, gradient: Parameters) -> None:
        """Move the parameters, in place; the gradient is used up."""
        if self.weight_decay:
            for W in parameters.W:
                np.multiply(W, 1 - self.learning_rate * self.weight_decay, out=W)
        gradient.flat *= self.learning_rate
        parameters.flat -= gradient.flat
