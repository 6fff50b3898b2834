"""Batches: pixels scaled to 0..1 and one-hot targets, stacked as columns, drawn afresh each epoch."""

import math
from collections.abc import Iterator
from itertools import repeat
from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike

from model.arrays import MAX_PIXEL, Array
from model.training.process_group import Team
from pipeline.data.dataset.subsets import Examples

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


class Images(Protocol):
    """Images that change from one epoch to the next.

    Attributes:
        answers: (n, n_L), the target of each image, which changes with it; None where that is its label.
    """

    answers: Array | None

    def __iter__(self) -> Iterator[Array]:
        """Yield images (n, n_0), an epoch each, valid until any member asks for the next."""


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
        team: who gathers together, and sees the same mini-batches.
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
        images: Images | None = None,
        team: Team | None = None,
    ) -> None:
        self._examples = examples
        self._images = repeat(examples.images) if images is None else iter(images)
        self._rng = rng
        self.size = min(size, len(examples))
        self._team = team or Team()
        self._block = max(self.size, min(GATHERED, len(examples)) // self.size * self.size)
        self._targets, self._target_of = targets(outputs, smoothing).astype(dtype), examples.labels
        if images is not None and images.answers is not None:
            self._targets, self._target_of = images.answers, np.arange(len(images.answers))
        self._raw = np.empty((self._block, examples.images.shape[1]), examples.images.dtype)
        self._pixels = self._team.array(self._raw.size, dtype).reshape(self._raw.shape)
        self._one_hot = self._team.array(self._block * outputs, dtype).reshape(-1, outputs)
        self._scale = self._pixels.dtype.type(MAX_PIXEL if self._raw.dtype == np.uint8 else 1)
        self._same = images is None and rng is None and self._block == len(examples)  # in every epoch
        self._gathered = False

    def __len__(self) -> int:
        return math.ceil(len(self._examples) / self.size)

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        rows = self._examples.rows
        order = rows if self._rng is None else self._rng.permutation(rows)
        images = next(self._images)
        for first in range(0, len(order), self._block):
            rows = order[first : first + self._block]
            self._gather(images, rows)
            for start in range(0, len(rows), self.size):
                batch = slice(start, min(start + self.size, len(rows)))
                yield self._pixels[batch].T, self._one_hot[batch].T

    def _gather(self, images: Array, rows: Array) -> None:
        if self._same and self._gathered:
            return
        self._gathered = True
        own = self._team.share(len(rows))
        raw, pixels, rows = self._raw[own], self._pixels[own], rows[own]
        # mode="clip" lets take write straight into out; the default mode copies
        images.take(rows, 0, out=raw, mode="clip")
        np.divide(raw, self._scale, out=pixels)
        self._targets.take(self._target_of[rows], 0, out=self._one_hot[own], mode="clip")
        self._team.meet()
