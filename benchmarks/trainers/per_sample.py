"""The loop over the samples of a mini-batch that teaching networks have: sigmoids and the quadratic cost."""

import numpy as np

from benchmarks.trainers.problems import Row, flat
from model.arrays import Array


class Contender:
    """One training, an epoch at a time."""

    def __init__(self, row: Row, images: Array, labels: Array) -> None:
        self._row = row
        self._rng = row.shuffling()
        self._xs = (images / np.float32(255))[:, :, None]
        self._ys = np.eye(row.sizes[-1], dtype=np.float32)[labels][:, :, None]
        layers = row.layers()
        self._weights, self._biases = [W for W, _ in layers], [b[:, None] for _, b in layers]

    def epoch(self) -> None:
        """The sources do not look at the cost while they train."""
        order = self._rng.permutation(len(self._xs))
        for start in range(0, len(order), self._row.mini_batch):
            self._learn(order[start : start + self._row.mini_batch])

    def parameters(self) -> Array:
        """All of them, as model.network.parameters has them."""
        return flat(list(zip(self._weights, self._biases, strict=True)))

    def _learn(self, rows: Array) -> None:
        nabla_w = [np.zeros_like(w) for w in self._weights]
        nabla_b = [np.zeros_like(b) for b in self._biases]
        for row in rows:
            delta_w, delta_b = self._gradient(self._xs[row], self._ys[row])
            nabla_w = [total + part for total, part in zip(nabla_w, delta_w, strict=True)]
            nabla_b = [total + part for total, part in zip(nabla_b, delta_b, strict=True)]
        rate = self._row.learning_rate / len(rows)
        self._weights = [w - rate * nabla for w, nabla in zip(self._weights, nabla_w, strict=True)]
        self._biases = [b - rate * nabla for b, nabla in zip(self._biases, nabla_b, strict=True)]

    def _gradient(self, x: Array, y: Array) -> tuple[list[Array], list[Array]]:
        zs, activations = [], [x]
        for w, b in zip(self._weights, self._biases, strict=True):
            zs.append(w @ activations[-1] + b)
            activations.append(_sigmoid(zs[-1]))
        delta = (activations[-1] - y) * _sigmoid_prime(zs[-1])
        deltas = [delta]
        for w, z in zip(self._weights[:0:-1], zs[-2::-1], strict=True):
            delta = (w.T @ delta) * _sigmoid_prime(z)
            deltas.insert(0, delta)
        return [delta @ a.T for delta, a in zip(deltas, activations[:-1], strict=True)], deltas


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _sigmoid_prime(z: Array) -> Array:
    return _sigmoid(z) * (1 - _sigmoid(z))
