"""Dropout: hidden units left out at random while training (Srivastava et al. 2014).

What is left is scaled up, so that a unit passes on the same on average, and the network is used as it is
afterwards. A unit that is left out has no part in the gradient either.
"""

from dataclasses import replace

import numpy as np

from model.arrays import Array
from model.network.activations import Activation
from model.network.network import Network


def with_dropout(network: Network, rate: float, rng: np.random.Generator) -> Network:
    """A network over the same parameters whose hidden units are left out at random, to be trained alone.

    Args:
        network: what to train.
        rate: probability of leaving a unit out, anew for each example; from 0 to less than 1.
        rng: draws.

    Raises:
        ValueError: the rate is not a probability below 1.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"dropout: expected 0 or more and less than 1, got {rate}")
    *hidden, output = network.activations
    thinned = [_Thinned(activation, rate, rng).activation() for activation in hidden]
    return replace(network, activations=(*thinned, output))


class _Thinned:
    """An activation, what it gave for the latest mini-batch, and which units of it were kept."""

    def __init__(self, whole: Activation, rate: float, rng: np.random.Generator) -> None:
        self._whole = whole
        self._rate = rate
        self._rng = rng
        self._answer = np.empty((0, 0))
        self._kept = np.empty((0, 0), bool)

    def activation(self) -> Activation:
        return Activation(self._whole.name, self._value, self._backward)

    def _value(self, Z: Array, /, out: Array | None = None) -> Array:
        A = self._whole.value(Z, out=out)
        self._answer = A.copy()
        self._kept = self._rng.random(A.shape, np.float32) >= self._rate
        return self._thin(A)

    def _backward(self, _: Array, dA: Array) -> Array:
        return self._whole.backward(self._answer, self._thin(dA))

    def _thin(self, values: Array) -> Array:
        values *= self._kept
        values /= 1 - self._rate
        return values
