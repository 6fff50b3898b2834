"""Parameters: every weight and bias of a network in one flat vector, seen layer by layer through views.

Gradients have the same shape, so an optimizer's step is a few lines over flat vectors.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike

from model.arrays import Array


class Parameters:
    """W[l] (n_l, n_(l-1)) and b[l] (n_l, 1) for l = 1 .. L, as views of `flat`.

    Args:
        sizes: n_0 .. n_L.
        dtype: float32 to train and to serve; float64 to check gradients.
        flat: a vector that is there already, instead of a new one of zeros.

    Attributes:
        flat: one vector: every W in row order, layer after layer, then every b.
        weights: the length of its first part, which holds the weights.
        W: the weights; W[0] belongs to layer 1.
        b: the biases; b[0] belongs to layer 1.
    """

    def __init__(
        self, sizes: Sequence[int], dtype: DTypeLike = np.float32, flat: Array | None = None
    ) -> None:
        shapes = [(rows, columns) for columns, rows in pairwise(sizes)]
        self.weights = sum(rows * columns for rows, columns in shapes)
        self.flat: Array = np.zeros(self.weights + sum(sizes[1:]), dtype) if flat is None else flat
        self.W = _views(self.flat[: self.weights], shapes)
        self.b = _views(self.flat[self.weights :], [(rows, 1) for rows, _ in shapes])


def _views(flat: Array, shapes: Sequence[tuple[int, int]]) -> list[Array]:
    ends = np.cumsum([rows * columns for rows, columns in shapes])
    parts = np.split(flat, ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
