"""Familiarity: whether an input looks like those that a network learned from.

A network names a class for whatever it is shown. So that is compared with what the network learned from: by
the distance from its mean, each principal axis measured in its own standard deviations (Mahalanobis; all axes
but the first few share one variance), and by the amount of ink.
"""

from dataclasses import dataclass, replace

import numpy as np

from model.arrays import Array
from model.evaluation.principal_axes import principal_axes

AXES = 60  # principal ones that have a variance of their own
ROWS_PER_AXIS = 8  # fewer would fit an axis to noise
DECIMALS = 4  # of what a document holds
STRANGE = 0.005  # of the inputs that were learned from, those that either measure finds strange
LEAST_VARIANCE = 1e-4  # of an axis: where nothing ever varied, rounding is no novelty
SLACK = 1 + 1e-3  # of both limits: beside other inputs, the same one's sums are rounded in another way


@dataclass(frozen=True)
class Familiarity:
    """What is familiar.

    Attributes:
        mean: (n_0,) of the inputs, float32.
        axes: (k, n_0) the first principal ones.
        variances: (k,) along them.
        rest: variance along every other axis.
        farthest: distance, squared, of what is still familiar.
        most_ink: the same of the mean of an input's pixels.
    """

    mean: Array
    axes: Array
    variances: Array
    rest: float
    farthest: float
    most_ink: float

    @classmethod
    def of(cls, rows: Array) -> "Familiarity":
        """What inputs (m, n_0) float32 make familiar; time and memory are linear in n_0."""
        m, n = rows.shape
        mean = rows.mean(axis=0)
        centred = rows - mean
        variances, axes = principal_axes(centred, min(AXES, max(m // ROWS_PER_AXIS, 1)))
        total = float(np.einsum("mn,mn->m", centred, centred).sum()) / max(m - 1, 1)
        others = n - len(axes)
        rest = max((total - float(variances.sum())) / others, LEAST_VARIANCE) if others else 1.0
        variances = np.maximum(variances, LEAST_VARIANCE).round(2 * DECIMALS)
        unlimited = cls(mean.round(DECIMALS), axes.round(DECIMALS), variances, rest, np.inf, np.inf)
        # n is the mean distance of inputs that vary along every axis by as much as is taken for its variance
        farthest = max(_limit(unlimited.distances(rows)), float(n))
        most_ink = max(_limit(rows.mean(axis=1)), 10**-DECIMALS)
        return replace(unlimited, farthest=farthest, most_ink=most_ink)

    def distances(self, rows: Array) -> Array:
        """The squared distance (m,) of each input (m, n_0) from the mean."""
        centred = rows - self.mean
        along = centred @ self.axes.T
        across = np.square(centred).sum(axis=1) - np.square(along).sum(axis=1)
        distances: Array = (along**2 / self.variances).sum(axis=1) + across / self.rest
        return distances

    def knows(self, rows: Array) -> Array:
        """Whether each input (m, n_0) looks like those that were learned from: (m,) of bool."""
        known: Array = (self.distances(rows) <= self.farthest) & (rows.mean(axis=1) <= self.most_ink)
        return known


def _limit(measured: Array) -> float:
    """What all but a few of the inputs that were learned from keep within."""
    return float(np.quantile(measured, 1 - STRANGE, method="higher")) * SLACK
