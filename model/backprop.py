"""Backpropagation: the gradient of the cost over a whole mini-batch, without a loop over its examples.

BP1  delta_L = dC/dA_L * f'(Z_L)                     (for a matched cost and activation, A - Y)
BP2  delta_l = (W_(l+1).T @ delta_(l+1)) * f'(Z_l)
BP3  dC/db_l = the mean of delta_l over its columns, kept as (n_l, 1)
BP4  dC/dW_l = delta_l @ A_(l-1).T / m
"""

from model.activations import Array
from model.network import Network
from model.parameters import Parameters


def backprop(network: Network, X: Array, Y: Array, gradient: Parameters) -> float:
    """Write the gradient of the mean cost of a mini-batch into `gradient`.

    Args:
        network: where the gradient is taken.
        X: (n_0, m), one example a column.
        Y: (n_L, m), the target of each.
        gradient: as the network's parameters; overwritten.

    Returns:
        The mean cost of a column.
    """
    m = X.shape[1]  # columns: len(X) would be n_0
    W, b = network.parameters.W, network.parameters.b
    A = [X]
    Z = X
    for layer, activation in enumerate(network.activations):
        Z = W[layer] @ A[layer] + b[layer]
        A.append(activation.value(Z))

    delta = network.cost.delta(network.activations[-1], A[-1], Y)  # BP1
    for layer in reversed(range(len(W))):
        gradient.b[layer][...] = delta.mean(axis=1, keepdims=True)  # BP3
        gradient.W[layer][...] = delta @ A[layer].T / m  # BP4
        if layer > 0:
            delta = network.activations[layer - 1].backward(A[layer], W[layer].T @ delta)  # BP2
    return network.cost.value(Z, A[-1], Y)
