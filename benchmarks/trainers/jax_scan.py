"""JAX: the whole epoch is one jitted scan, which gathers its mini-batches; the parameters are donated.

The images stay uint8 on the device and become float32 in the scan, and W is (n_out, n_in): the fastest
form found.
"""

import time

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.trainers.problems import Row, flat
from model.arrays import Array

UNROLLED_EXAMPLES = 40  # in one turn of the scan, where a mini-batch is as small as the sources'


class Contender:
    """One training, an epoch at a time."""

    def __init__(self, row: Row, images: Array, labels: Array) -> None:
        self._row = row
        self._rng = row.shuffling()
        self._data = jnp.asarray(images), jax.nn.one_hot(labels, row.sizes[-1])
        self._layers = jax.tree.map(jnp.asarray, row.layers())
        start = time.perf_counter()
        lowered = jax.jit(self._train, donate_argnums=0).lower(
            self._layers, self._data, self._order(row.shuffling())
        )
        self._compiled = lowered.compile()
        self.note = f"compiled in {time.perf_counter() - start:.1f} s before"

    def epoch(self) -> float:
        """Its mean training cost."""
        self._layers, cost = self._compiled(self._layers, self._data, self._order(self._rng))
        return float(cost)

    def parameters(self) -> Array:
        """All of them, as model.network.parameters has them."""
        return flat(self._layers)

    def _order(self, rng: np.random.Generator) -> Array:
        return rng.permutation(len(self._data[0])).astype(np.int32)

    def _train(self, layers: list, data: tuple, order: jax.Array) -> tuple[list, jax.Array]:
        m = self._row.mini_batch
        whole = len(order) // m * m

        def step(layers: list, rows: jax.Array) -> tuple[list, jax.Array]:
            X, Y = (array.at[rows].get(mode="promise_in_bounds") for array in data)
            cost, gradient = jax.value_and_grad(self._cost)(layers, X.astype(jnp.float32) / 255, Y)
            moved = jax.tree.map(lambda p, g: p - self._row.learning_rate * g, layers, gradient)
            return moved, cost * len(rows)

        unroll = max(1, UNROLLED_EXAMPLES // m)
        layers, costs = jax.lax.scan(step, layers, order[:whole].reshape(-1, m), unroll=unroll)
        layers, cost = step(layers, order[whole:]) if whole < len(order) else (layers, 0.0)
        return layers, (costs.sum() + cost) / len(order)

    def _cost(self, layers: list, A: jax.Array, Y: jax.Array) -> jax.Array:
        activation = jax.nn.sigmoid if self._row.quadratic else jax.nn.relu
        for W, b in layers[:-1]:
            A = activation(A @ W.T + b)
        W, b = layers[-1]
        Z = A @ W.T + b
        if self._row.quadratic:
            return jnp.square(jax.nn.sigmoid(Z) - Y).sum() / (2 * len(Y))
        return -(jax.nn.log_softmax(Z) * Y).sum() / len(Y)
