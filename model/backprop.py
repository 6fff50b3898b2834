"""Backpropagation: the gradient of the cost over a whole mini-batch, without a loop over its examples.

BP1  delta_L = dC/dA_L * f'(Z_L) / m                (for a matched cost and activation, (A - Y) / m)
BP2  delta_l = (W_(l+1).T @ delta_(l+1)) * f'(Z_l)
BP3  dC/db_l = the sum of delta_l over its columns, kept as (n_l, 1)
BP4  dC/dW_l = delta_l @ A_(l-1).T

C is the mean over the m columns: dividing delta_L by m makes every sum that follows a mean.
"""

import numpy as np

from model.activations import Array
from model.network import Network
from model.parameters import Parameters
from model.workspace import Workspace


def backprop(network: Network, X: Array, Y: Array, space: Workspace) -> Parameters:
    """The gradient of the mean cost of a mini-batch.

    Args:
        network: where the gradient is taken.
        X: (n_0, m), one example a column.
        Y: (n_L, m), the target of each.
        space: for m columns; afterwards Z[-1] and A[-1] hold what the network answered.

    Returns:
        The workspace's gradient, which the next call overwrites.
    """
    W, b, f = network.parameters.W, network.parameters.b, network.activations
    Z, A, delta, gradient = space.Z, space.A, space.delta, space.gradient
    A[0] = X
    for layer in range(len(W)):
        np.matmul(W[layer], A[layer], out=Z[layer])
        Z[layer] += b[layer]
        f[layer].value(Z[layer], out=A[layer + 1])

    network.cost.delta(f[-1], A[-1], Y, delta[-1])  # BP1
    delta[-1] /= space.batch  # m, all columns: len(X) would be n_0
    for layer in reversed(range(len(W))):
        delta[layer].sum(axis=1, keepdims=True, out=gradient.b[layer])  # BP3
        np.matmul(delta[layer], A[layer].T, out=gradient.W[layer])  # BP4
        if layer > 0:
            dA = np.matmul(W[layer].T, delta[layer], out=delta[layer - 1])
            f[layer - 1].backward(A[layer], dA)  # BP2
    return gradient
