"""Costs: C, averaged over the m columns of a batch, each with its delta at the output.

A cost pairs its value with its output delta, so backpropagation never branches on it. The two
cross-entropies are computed from Z, not from log(A): they stay exact where A has saturated at 0 or 1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from model.arrays import Array
from model.network.activations import ACTIVATIONS, Activation


@dataclass(frozen=True)
class Cost:
    """A cost of the output layer.

    Attributes:
        name: what a document calls it.
        value: (Z, A, Y), each (n_L, m) -> the mean cost of a column.
        delta: (output activation, A, Y, out) -> dC/dZ_L (n_L, m), for each column alone (BP1).
        outputs: names of the output activations for which the cost is defined.
    """

    name: str
    value: Callable[[Array, Array, Array], float]
    delta: Callable[[Activation, Array, Array, Array], Array]
    outputs: frozenset[str]


def _quadratic(_: Array, A: Array, Y: Array) -> float:
    return 0.5 * _mean(np.square(A - Y))


def _bernoulli(Z: Array, _: Array, Y: Array) -> float:
    # -Y log s(Z) - (1 - Y) log(1 - s(Z)) = log(1 + e^Z) - Y Z
    return _mean(np.logaddexp(0, Z) - Y * Z)


def _categorical(Z: Array, _: Array, Y: Array) -> float:
    shifted = Z - Z.max(axis=0)
    log_sum = np.log(np.exp(shifted).sum(axis=0))
    return _mean(Y * (log_sum - shifted))


def _mean(costs: Array) -> float:
    return float(costs.sum() / costs.shape[1])


def _matched_delta(_: Activation, A: Array, Y: Array, out: Array) -> Array:
    delta: Array = np.subtract(A, Y, out=out)
    return delta


def _quadratic_delta(output: Activation, A: Array, Y: Array, out: Array) -> Array:
    return output.backward(A, np.subtract(A, Y, out=out))


COSTS: Mapping[str, Cost] = MappingProxyType(
    {
        cost.name: cost
        for cost in (
            Cost("quadratic", _quadratic, _quadratic_delta, frozenset(ACTIVATIONS)),
            Cost("bernoulli_cross_entropy", _bernoulli, _matched_delta, frozenset({"sigmoid"})),
            Cost("categorical_cross_entropy", _categorical, _matched_delta, frozenset({"softmax"})),
        )
    }
)
