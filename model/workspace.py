"""The workspace: every array that backpropagation writes, made once and used in each step of a training.

Where a team trains, the units of each layer are divided among its members. A member computes activations and
deltas of its own hidden units from those of all, and the gradient of the weights and biases that lead to its
own. The output layer is small, and a softmax needs all of it: its activations are computed by every member.
"""

import numpy as np

from model.activations import Array
from model.network import Network
from model.parameters import Parameters
from model.team import Team


class Workspace:
    """Room for the gradient of a mini-batch.

    Args:
        network: whose gradient it is.
        columns: m.
        gradient: to be written into; a new one by default.
        team: who computes it; the network's parameters and the gradient are in its memory.

    Attributes:
        A: activations (n_l, m) of all units; A[0] is the input.
        delta: dC/dZ (n_l, m) of all units; delta[0] belongs to layer 1.
        gradient: of the mean cost, as the network's parameters.
        W, b, Z: of the units to compute; W[0] belongs to layer 1. A hidden layer's Z is where its A will be.
        own_A, own_delta, own_gradient_W, own_gradient_b: rows of own units of the above.
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
        sizes, W, b = network.sizes, network.parameters.W, network.parameters.b
        dtype = network.parameters.flat.dtype
        *own, own_outputs = [team.share(units) for units in sizes[1:]]

        def hidden() -> list[Array]:
            return [team.array(units * columns, dtype).reshape(units, columns) for units in sizes[1:-1]]

        def outputs() -> Array:
            return np.empty((sizes[-1], columns), dtype)

        def rows(arrays: list[Array], last: slice) -> list[Array]:
            return [array[units] for array, units in zip(arrays, (*own, last), strict=True)]

        whole = slice(None)
        self.A = [np.empty((0, columns), dtype), *hidden(), outputs()]
        self.delta = [*hidden(), outputs()]
        self.gradient = gradient or Parameters(sizes, dtype)
        self.W, self.b = rows(W, whole), rows(b, whole)
        self.own_A = [self.A[0], *rows(self.A[1:], whole)]
        self.Z = [*self.own_A[1:-1], outputs()]
        self.own_delta = rows(self.delta, own_outputs)
        self.own_gradient_W = rows(self.gradient.W, own_outputs)
        self.own_gradient_b = rows(self.gradient.b, own_outputs)
        self.W_behind = [W[0], *(W[layer][:, own[layer - 1]] for layer in range(1, len(W)))]
        self.meet = team.meet
