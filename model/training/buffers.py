"""The workspace: every array that backpropagation writes, made once and used in each step of a training.

Where a team trains, the units of each layer are divided among its members. A member computes the weighted
inputs and deltas of its own units from what all have computed, and the gradient of the weights and biases
that lead to them. The cost's delta, quick and for a softmax in need of all outputs, every member computes.
"""

import numpy as np

from model.arrays import Array
from model.network.network import Network
from model.network.parameters import Parameters
from model.training.process_group import Team


class Workspace:
    """Room for the gradient of a mini-batch.

    Args:
        network: whose gradient it is.
        columns: m.
        gradient: to be written into; a new one by default.
        team: who computes it; the network's parameters and the gradient are in its memory.

    Attributes:
        Z: weighted inputs (n_l, m) of all units; Z[0] belongs to layer 1. A hidden layer's become its A.
        A: activations (n_l, m) of all units; A[0] is the input.
        delta: dC/dZ (n_l, m) of all units; delta[0] belongs to layer 1.
        gradient: of the mean cost, as the network's parameters.
        own_W, own_b, own_Z, own_A, own_delta, own_gradient_W, own_gradient_b: rows of own units.
        W_behind: W of all units of a layer, columns of own units of the layer before it.
        meet: waits until every member has come so far.
    """

    def __init__(
        self,
        network: Network,
        columns: int,
        gradient: Parameters | None = None,
        team: Team | None = None,
    ) -> None:
        team = team or Team()
        units, W = network.sizes[1:], network.parameters.W
        dtype = network.parameters.flat.dtype
        own = [team.share(count) for count in units]

        def shared() -> list[Array]:
            return [team.array(count * columns, dtype).reshape(count, columns) for count in units]

        def rows(arrays: list[Array]) -> list[Array]:
            return [array[share] for array, share in zip(arrays, own, strict=True)]

        self.Z, self.delta = shared(), shared()
        self.A = [np.empty((0, columns), dtype), *self.Z[:-1], np.empty_like(self.Z[-1])]
        self.delta[-1] = np.empty_like(self.Z[-1])
        self.gradient = gradient or Parameters(network.sizes, dtype)
        self.own_W, self.own_b = rows(W), rows(network.parameters.b)
        self.own_Z, self.own_delta = rows(self.Z), rows(self.delta)
        self.own_A = [self.A[0], *rows(self.A[1:])]
        self.own_gradient_W, self.own_gradient_b = rows(self.gradient.W), rows(self.gradient.b)
        self.W_behind = [W[0], *(W[layer][:, own[layer - 1]] for layer in range(1, len(W)))]
        self.meet = team.meet
