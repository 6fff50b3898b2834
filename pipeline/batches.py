"""Batches: pixels scaled to 0..1 and one-hot targets, stacked as columns, drawn afresh each epoch."""

import math
from collections.abc import Iterable, Iterator
from itertools import repeat

import numpy as np
from numpy.typing import DTypeLike

from model.activations import Array
from pipeline.examples import Examples

MAX_PIXEL = 255
GATHERED = 256  # rows at a time: small batches are cut from a block that stays in a core's cache


def targets(outputs: int, smoothing: float = 0.0) -> Array:
    """The target of each class, one a row: one-hot, or 0 and 1 for a single output.

    Args:
        outputs: n_L.
        smoothing: the share of each target that is spread evenly over the classes.
    """
    if outputs == 1:
        return np.array([[0.0], [1.0]]) * (1 - smoothing) + smoothing / 2
    return np.eye(outputs) * (1 - smoothing) + smoothing / outputs


class Batches:
    """Mini-batches of examples; each iteration is one epoch.

    Rows are gathered into buffers that are made once, and handed out as their transposes: X (n_0, m) and
    Y (n_L, m) are column-stacked views, valid until the next pair is asked for.

    Args:
        examples: what to draw from; images of bytes are scaled to 0..1, others are taken as they are.
        outputs: n_L, the number of classes; 1 for two classes and a single output unit.
        size: m; the last batch of an epoch may be smaller.
        rng: reshuffles each epoch; None keeps the order.
        smoothing: of the labels.
        dtype: of X and Y.
        images: those of each epoch, where they change from one to the next.
    """

    def __init__(
        self,
        examples: Examples,
        outputs: int,
        size: int,
        rng: np.random.Generator | None = None,
        *,
        smoothing: float = 0.0,
        dtype: DTypeLike = np.float32,
        images: Iterable[Array] | None = None,
    ) -> None:
        self._examples = examples
        self._images = repeat(examples.images) if images is None else iter(images)
        self._rng = rng
        self.size = min(size, len(examples))
        self._block = min(len(examples), max(self.size, GATHERED // self.size * self.size))
        self._targets = targets(outputs, smoothing).astype(dtype)
        self._raw = np.empty((self._block, examples.images.shape[1]), examples.images.dtype)
        self._pixels = np.empty(self._raw.shape, dtype)
        self._one_hot = np.empty((self._block, outputs), dtype)
        self._scale = self._pixels.dtype.type(MAX_PIXEL if self._raw.dtype == np.uint8 else 1)
        self._same = images is None and rng is None and self._block == len(examples)  # in every epoch
        if self._same:
            self._gather(examples.images, examples.rows)

    def __len__(self) -> int:
        return math.ceil(len(self._examples) / self.size)

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        rows = self._examples.rows
        order = rows if self._rng is None else self._rng.permutation(rows)
        images = next(self._images)
        for block in range(0, len(order), self._block):
            gathered = order[block : block + self._block]
            if not self._same:
                self._gather(images, gathered)
            for start in range(0, len(gathered), self.size):
                batch = slice(start, min(start + self.size, len(gathered)))
                yield self._pixels[batch].T, self._one_hot[batch].T

    def _gather(self, images: Array, rows: Array) -> None:
        raw, pixels = self._raw[: len(rows)], self._pixels[: len(rows)]
        # mode="clip" lets take write straight into out; the default mode copies
        images.take(rows, 0, out=raw, mode="clip")
        np.divide(raw, self._scale, out=pixels)
        self._targets.take(self._examples.labels[rows], 0, out=self._one_hot[: len(rows)], mode="clip")
