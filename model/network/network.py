"""The network: its layers and what it answers. How it starts and how it learns are elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike

from model.arrays import Array
from model.network.activations import ACTIVATIONS, Activation
from model.network.costs import COSTS, Cost
from model.network.parameters import Parameters

THRESHOLD = 0.5  # of a single output unit, between class 0 and class 1


@dataclass(frozen=True)
class Network:
    """A fully connected feed-forward network.

    Attributes:
        sizes: n_0 .. n_L, units in each layer, the input first.
        activations: one for each layer after the input.
        cost: what training lowers; it must be defined for the output's activation.
        parameters: the weights and biases.
    """

    sizes: tuple[int, ...]
    activations: tuple[Activation, ...]
    cost: Cost
    parameters: Parameters

    @classmethod
    def build(
        cls, sizes: Sequence[int], activations: Sequence[str], cost: str, dtype: DTypeLike = np.float32
    ) -> "Network":
        """A network of zeros, from the names that a document or a recipe gives.

        Raises:
            ValueError: a size, a name or a combination is not one that a network can have.
        """
        _check_sizes(sizes, activations)
        for index, name in enumerate(activations):
            _check_name(f"activations[{index}]", name, ACTIVATIONS)
        _check_name("cost", cost, COSTS)
        if activations[-1] not in COSTS[cost].outputs:
            allowed = " or ".join(sorted(COSTS[cost].outputs))
            raise ValueError(f"cost {cost}: expected {allowed} at the output, got {activations[-1]}")
        chosen = tuple(ACTIVATIONS[name] for name in activations)
        try:
            parameters = Parameters(sizes, dtype)
        except (MemoryError, ValueError):
            raise ValueError(f"sizes: expected a network that fits into memory, got {list(sizes)}") from None
        return cls(tuple(sizes), chosen, COSTS[cost], parameters)

    def astype(self, dtype: DTypeLike) -> "Network":
        """The same network with its parameters in another precision."""
        parameters = Parameters(self.sizes, dtype)
        parameters.flat[...] = self.parameters.flat
        return replace(self, parameters=parameters)

    def forward(self, X: Array) -> Array:
        """The output A_L (n_L, m) for a batch X (n_0, m)."""
        return self.output(X)[1]

    def output(self, X: Array) -> tuple[Array, Array]:
        """Z_L and A_L (n_L, m) for a batch X (n_0, m): one matrix product a layer, whatever m is."""
        A = X
        *hidden, (W, b, activation) = zip(self.parameters.W, self.parameters.b, self.activations, strict=True)
        for W_l, b_l, f in hidden:
            A = W_l @ A
            A += b_l
            A = f.value(A, out=A)
        Z = W @ A + b
        return Z, activation.value(Z)


def class_probabilities(A: Array) -> Array:
    """The output A (n_L, m) as one row a class: a single unit p is a binary classifier, (1 - p, p)."""
    return np.vstack([1 - A, A]) if A.shape[0] == 1 else A


def predicted_classes(A: Array) -> Array:
    """The index (m,) of the likeliest class in each column of A (n_L, m); a threshold for a single unit."""
    classes: Array = (A[0] >= THRESHOLD).astype(np.intp) if A.shape[0] == 1 else A.argmax(axis=0)
    return classes


def _check_sizes(sizes: Sequence[int], activations: Sequence[str]) -> None:
    if len(sizes) <= 1 or any(type(size) is not int or size < 1 for size in sizes):
        raise ValueError(f"sizes: expected two or more positive integers, got {list(sizes)}")
    if len(activations) != len(sizes) - 1:
        raise ValueError(
            f"activations: expected {len(sizes) - 1}, one for each layer, got {len(activations)}"
        )


def _check_name(what: str, name: str, table: Mapping[str, object]) -> None:
    if not isinstance(name, str) or name not in table:
        raise ValueError(f"{what}: expected one of {', '.join(table)}, got {name!r}")
