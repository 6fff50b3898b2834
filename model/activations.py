"""Activations: A = f(Z), elementwise or, for softmax, down each column.

Each pairs its value with its vector-Jacobian product, which is all that backpropagation asks of it.
Every formula stays finite and silent for Z of +-1e4.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class Activation:
    """A function of the weighted inputs and its way back.

    Attributes:
        name: what a document calls it.
        value: Z (n, m) -> A (n, m).
        backward: (A, dC/dA) -> dC/dZ, all (n, m).
    """

    name: str
    value: Callable[[Array], Array]
    backward: Callable[[Array, Array], Array]


def sigmoid(Z: Array) -> Array:
    """1 / (1 + exp(-Z)), through tanh: no exponential that could overflow."""
    A: Array = np.tanh(Z * 0.5)
    A += 1
    A *= 0.5
    return A


def softmax(Z: Array) -> Array:
    """exp(Z) over the sum of its column; the column's maximum is taken off first, so nothing overflows."""
    A: Array = np.exp(Z - Z.max(axis=0))
    A /= A.sum(axis=0)
    return A


def relu(Z: Array) -> Array:
    """The positive part of Z."""
    A: Array = np.maximum(Z, 0)
    return A


def _identity(Z: Array) -> Array:
    return Z


def _softmax_backward(A: Array, dA: Array) -> Array:
    # J = diag(a) - a a^T for each column a, without building it.
    dZ: Array = A * (dA - (A * dA).sum(axis=0))
    return dZ


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        activation.name: activation
        for activation in (
            Activation("identity", _identity, lambda _, dA: dA),
            Activation("sigmoid", sigmoid, lambda A, dA: dA * A * (1 - A)),
            Activation("tanh", np.tanh, lambda A, dA: dA * (1 - A * A)),
            Activation("relu", relu, lambda A, dA: dA * (A > 0)),
            Activation("softmax", softmax, _softmax_backward),
        )
    }
)
