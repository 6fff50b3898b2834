"""Familiarity: whether an input looks like those that a network learned from.

A network names a class for whatever it is shown. So that is compared with what the network learned from: by
the distance from its mean, each principal axis measured in its own standard deviations (Mahalanobis; all axes
but the first few share one variance), and by the amount of ink.
"""

from dataclasses import dataclass

import numpy as np

from model.activations import Array

AXES = 60  # principal ones that have a variance of their own
DECIMALS = 4  # of what a document holds
STRANGE = 0.005  # of the inputs that were learned from, those that either measure finds strange
LEAST_VARIANCE = 1e-4  # of an axis: where nothing ever varied, rounding is no novelty


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
        """What inputs (m, n_0) float32 make familiar."""
        mean = rows.mean(axis=0).round(DECIMALS)
        variances, axes = np.linalg.eigh(np.cov(rows - mean, rowvar=False).reshape(len(mean), -1))
        variances = np.maximum(variances[::-1], LEAST_VARIANCE).astype(np.float32)
        axes = np.ascontiguousarray(axes.T[::-1][:AXES], np.float32).round(DECIMALS)
        rest = float(variances[AXES:].mean()) if len(mean) > AXES else 1.0
        unlimited = cls(mean, axes, variances[:AXES].round(2 * DECIMALS), rest, np.inf, np.inf)
        farthest = float(np.quantile(unlimited.distances(rows), 1 - STRANGE))
        most_ink = float(np.quantile(rows.mean(axis=1), 1 - STRANGE))
        return cls(mean, axes, unlimited.variances, rest, farthest, most_ink)

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
