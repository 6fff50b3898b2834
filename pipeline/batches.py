"""Batches: pixels scaled to 0..1 and one-hot targets, stacked as columns, drawn afresh each epoch."""

from collections.abc import Iterator

import numpy as np

from model.activations import Array
from pipeline.examples import Examples

MAX_PIXEL = np.float32(255)


class Batches:
    """Mini-batches of examples; each iteration is one epoch.

    Rows are gathered into buffers that are made once, and handed out as their transposes: X (n_0, m) and
    Y (n_L, m) are column-stacked views, valid until the next pair is asked for.

    Args:
        examples: what to draw from.
        outputs: n_L, the number of classes; 1 for two classes and a single output unit.
        size: m; the last batch of an epoch may be smaller.
        rng: reshuffles each epoch; None keeps the order.
    """

    def __init__(
        self, examples: Examples, outputs: int, size: int, rng: np.random.Generator | None = None
    ) -> None:
        self._examples = examples
        self._rng = rng
        self._size = min(size, len(examples))
        self._targets = np.eye(outputs, dtype=np.float32) if outputs > 1 else np.array([[0], [1]], np.float32)
        self._bytes = np.empty((self._size, examples.images.shape[1]), np.uint8)
        self._pixels = np.empty(self._bytes.shape, np.float32)
        self._one_hot = np.empty((self._size, outputs), np.float32)

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        rows = self._examples.rows
        order = rows if self._rng is None else self._rng.permutation(rows)
        for start in range(0, len(order), self._size):
            yield self._gather(order[start : start + self._size])

    def _gather(self, rows: Array) -> tuple[Array, Array]:
        m = len(rows)
        pixels, one_hot = self._pixels[:m], self._one_hot[:m]
        # mode="clip" lets take write straight into out; the default mode copies
        self._examples.images.take(rows, 0, out=self._bytes[:m], mode="clip")
        np.divide(self._bytes[:m], MAX_PIXEL, out=pixels)
        self._targets.take(self._examples.labels[rows], 0, out=one_hot, mode="clip")
        return pixels.T, one_hot.T
