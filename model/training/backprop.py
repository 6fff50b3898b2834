"""Backpropagation: the gradient of the cost over a whole mini-batch, without a loop over its examples.

BP1  delta_L = dC/dA_L * f'(Z_L) / m                (for a matched cost and activation, (A - Y) / m)
BP2  delta_l = (W_(l+1).T @ delta_(l+1)) * f'(Z_l)
BP3  dC/db_l = the sum of delta_l over its columns, kept as (n_l, 1)
BP4  dC/dW_l = delta_l @ A_(l-1).T

C is the mean over the m columns: dividing delta_L by m makes every sum that follows a mean.
"""

import numpy as np

from model.arrays import Array
from model.network.network import Network
from model.network.parameters import Parameters
from model.training.buffers import Workspace


def backprop(network: Network, X: Array, Y: Array, space: Workspace) -> Parameters:
    """The gradient of the mean cost of a mini-batch.

    Args:
        network: where the gradient is taken.
        X: (n_0, m), one example a column.
        Y: (n_L, m), the target of each.
        space: for m columns; afterwards Z[-1] and A[-1] hold what the network answered.

    Returns:
        The workspace's gradient, which the next call overwrites; of a team, each member has written its part.
    """
    m = X.shape[1]  # columns: len(X) would be n_0
    f, W, b, Z, A, delta = network.activations, space.own_W, space.own_b, space.own_Z, space.A, space.delta
    last = len(W) - 1
    A[0] = X
    for layer in range(last + 1):
        np.matmul(W[layer], A[layer], out=Z[layer])
        Z[layer] += b[layer]
        if layer < last:
            f[layer].value(Z[layer], out=Z[layer])
        space.meet()

    f[-1].value(space.Z[-1], out=A[-1])
    network.cost.delta(f[-1], A[-1], Y, delta[-1])  # BP1
    delta[-1] /= m
    for layer in reversed(range(last + 1)):
        own_delta = space.own_delta[layer]
        own_delta.sum(axis=1, keepdims=True, out=space.own_gradient_b[layer])  # BP3
        np.matmul(own_delta, A[layer].T, out=space.own_gradient_W[layer])  # BP4
        if layer > 0:
            if layer < last:
                space.meet()  # for the others' rows of delta; delta[-1] each has for itself
            dA = np.matmul(space.W_behind[layer].T, delta[layer], out=space.own_delta[layer - 1])
            f[layer - 1].backward(space.own_A[layer], dA)  # BP2
    return space.gradient
