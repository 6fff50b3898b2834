"""The floor: the matrix products of an epoch alone, on one batch that stays, into arrays made before."""

from itertools import pairwise

import numpy as np

from benchmarks.trainers.problems import Row
from model.arrays import Array


class Contender:
    """The products of one training, an epoch at a time."""

    def __init__(self, row: Row, images: Array, _: Array) -> None:
        whole, left = divmod(len(images), row.mini_batch)
        self._parts = [(whole, _Products(row, row.mini_batch))]
        if left:
            self._parts.append((1, _Products(row, left)))

    def epoch(self) -> None:
        """It costs nothing, and learns nothing."""
        for batches, products in self._parts:
            for _ in range(batches):
                products.run()

    def parameters(self) -> None:
        """They do not change."""


class _Products:
    """Those of m columns: W A and delta A.T of each layer, W.T delta of all but the first."""

    def __init__(self, row: Row, m: int) -> None:
        rng = np.random.default_rng(0)
        self._W = [W for W, _ in row.layers()]
        self._A = [rng.standard_normal((m, row.sizes[0]), np.float32).T]
        self._A += [rng.standard_normal((n, m), np.float32) for n in row.sizes[1:]]
        self._delta = [np.copy(A) for A in self._A]
        self._gradient = [np.empty((rows, columns), np.float32) for columns, rows in pairwise(row.sizes)]

    def run(self) -> None:
        W, A, delta = self._W, self._A, self._delta
        for layer in range(len(W)):
            np.matmul(W[layer], A[layer], out=A[layer + 1])
        for layer in reversed(range(len(W))):
            np.matmul(delta[layer + 1], A[layer].T, out=self._gradient[layer])
            if layer > 0:
                np.matmul(W[layer].T, delta[layer + 1], out=delta[layer])
