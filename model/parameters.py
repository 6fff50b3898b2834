"""Parameters: every weight and bias of a network in one flat vector, seen layer by layer through views.

Gradients have the same shape, so an optimizer's step is one line over two vectors.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike

from model.activations import Array


class Parameters:
    """W[l] (n_l, n_(l-1)) and b[l] (n_l, 1) for l = 1 .. L, as views of `flat`.

    Args:
        sizes: n_0 .. n_L.
        dtype: float32 to train and to serve; float64 to check gradients.

    Attributes:
        flat: one vector, layer after layer, W in row order and then b.
        W: the weights; W[0] belongs to layer 1.
        b: the biases; b[0] belongs to layer 1.
    """

    def __init__(self, sizes: Sequence[int], dtype: DTypeLike = np.float32) -> None:
        counts = [rows * columns + rows for columns, rows in pairwise(sizes)]
        self.flat: Array = np.zeros(sum(counts), dtype)
        self.W: list[Array] = []
        self.b: list[Array] = []
        start = 0
        for columns, rows in pairwise(sizes):
            middle, end = start + rows * columns, start + rows * columns + rows
            self.W.append(self.flat[start:middle].reshape(rows, columns))
            self.b.append(self.flat[middle:end].reshape(rows, 1))
            start = end
