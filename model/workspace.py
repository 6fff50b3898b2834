"""The workspace: every array that backpropagation writes, made once and used in each step of a training."""

import numpy as np

from model.activations import Array
from model.network import Network
from model.parameters import Parameters


class Workspace:
    """Room for the gradient of one mini-batch, or of one thread's share of it.

    Args:
        network: whose gradient it is.
        columns: m, of the share.
        batch: columns of the whole mini-batch, over which the mean is taken; as many as `columns` by default.
        gradient: to be written into; a new one by default.

    Attributes:
        batch: as given.
        Z: weighted inputs (n_l, m); Z[0] belongs to layer 1.
        A: activations (n_l, m); A[0] is the input. A hidden layer's take the place of its Z.
        delta: dC/dZ (n_l, m); delta[0] belongs to layer 1.
        gradient: of the mean cost, as the network's parameters.
    """

    def __init__(
        self, network: Network, columns: int, batch: int | None = None, gradient: Parameters | None = None
    ) -> None:
        dtype = network.parameters.flat.dtype

        def arrays() -> list[Array]:
            return [np.empty((units, columns), dtype) for units in network.sizes[1:]]

        self.batch = batch or columns
        self.Z = arrays()
        self.A = [np.empty((0, columns), dtype), *self.Z[:-1], np.empty_like(self.Z[-1])]
        self.delta = arrays()
        self.gradient = gradient or Parameters(network.sizes, dtype)
