"""Principal axes: a truncated singular value decomposition; memory and time are linear in the width.

Randomised subspace iteration (Halko, Martinsson, Tropp 2011, algorithm 4.4). More axes are followed than are
given back, so that these converge; where rows or columns are few, all are followed, and it is exact.
"""

import numpy as np

from model.arrays import Array

FOLLOWED = 2  # times the axes that are asked for
ITERATIONS = 5


def principal_axes(centred: Array, count: int) -> tuple[Array, Array]:
    """The variances (k,) along the first principal axes of rows (m, n), and the axes (k, n).

    Args:
        centred: rows whose mean is 0, float32.
        count: k; fewer come back where there are fewer rows or columns.
    """
    m, n = centred.shape
    width = min(m, n, FOLLOWED * count)
    basis = np.random.default_rng(0).standard_normal((n, width), np.float32)
    for _ in range(ITERATIONS):
        basis = _orthonormal(centred.T @ _orthonormal(centred @ basis))
    _, singular, rotation = np.linalg.svd(centred @ basis, full_matrices=False)
    variances: Array = np.square(singular[:count]) / max(m - 1, 1)
    return variances, rotation[:count] @ basis.T


def _orthonormal(columns: Array) -> Array:
    basis: Array = np.linalg.qr(columns)[0]
    return basis
