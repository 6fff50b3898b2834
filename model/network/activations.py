"""Activations: A = f(Z), elementwise or, for softmax, down each column.

Each pairs its value with its vector-Jacobian product, which is all that backpropagation asks of it.
Every formula stays finite and silent for Z of +-1e4. Values are written to `out` as NumPy's own functions do,
into a new array without it; Z itself may be `out`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np

from model.arrays import Array


@dataclass(frozen=True)
class Activation:
    """A function of the weighted inputs and its way back.

    Attributes:
        name: what a document calls it.
        value: Z (n, m) -> A (n, m).
        backward: (A, dC/dA) -> dC/dZ, all (n, m); written over dC/dA.
    """

    name: str
    value: "Value"
    backward: Callable[[Array, Array], Array]


class Value(Protocol):
    """A = f(Z)."""

    def __call__(self, Z: Array, /, out: Array | None = None) -> Array:
        """A (n, m), in `out` where it is given."""


def sigmoid(Z: Array, /, out: Array | None = None) -> Array:
    """1 / (1 + exp(-Z)), through tanh: no exponential that could overflow."""
    A: Array = np.multiply(Z, 0.5, out=out)
    np.tanh(A, out=A)
    A += 1
    A *= 0.5
    return A


def softmax(Z: Array, /, out: Array | None = None) -> Array:
    """exp(Z) over the sum of its column; the column's maximum is taken off first, so nothing overflows."""
    A: Array = np.subtract(Z, Z.max(axis=0), out=out)
    np.exp(A, out=A)
    A /= A.sum(axis=0)
    return A


def relu(Z: Array, /, out: Array | None = None) -> Array:
    """The positive part of Z."""
    A: Array = np.maximum(Z, 0, out=out)
    return A


def _identity_backward(_: Array, dA: Array) -> Array:
    return dA


def _sigmoid_backward(A: Array, dA: Array) -> Array:
    dA *= A
    dA *= 1 - A
    return dA


def _tanh_backward(A: Array, dA: Array) -> Array:
    dA *= 1 - A * A
    return dA


def _relu_backward(A: Array, dA: Array) -> Array:
    dA *= A > 0
    return dA


def _softmax_backward(A: Array, dA: Array) -> Array:
    # J = diag(a) - a a^T for each column a, without building it.
    dA -= (A * dA).sum(axis=0)
    dA *= A
    return dA


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        activation.name: activation
        for activation in (
            Activation("identity", np.positive, _identity_backward),
            Activation("sigmoid", sigmoid, _sigmoid_backward),
            Activation("tanh", np.tanh, _tanh_backward),
            Activation("relu", relu, _relu_backward),
            Activation("softmax", softmax, _softmax_backward),
        )
    }
)
