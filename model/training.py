"""The training loop. It yields one report an epoch, prints nothing and decides nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from model.activations import Array
from model.backprop import backprop
from model.errors import TrainingError
from model.network import Network
from model.parameters import Parameters
from model.threads import Threads
from model.workspace import Workspace

COLUMNS = 4096  # whose cost is worked out together


class Batches(Protocol):
    """Mini-batches of columns; each iteration is one epoch, freshly shuffled."""

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        """Yield X (n_0, m) and Y (n_L, m), valid until the next pair is asked for."""


class Optimizer(Protocol):
    """Turns gradients into a step."""

    def step(self, gradients: Sequence[Parameters], threads: Threads) -> None:
        """Move the parameters against the sum of the gradients, in place."""


@dataclass(frozen=True)
class EpochReport:
    """What one epoch did.

    Attributes:
        epoch: counted from 1.
        training_cost: mean over the epoch's examples, each seen before the step that it took part in.
    """

    epoch: int
    training_cost: float


def train(
    networks: Network | Sequence[Network], batches: Batches, optimizer: Optimizer, epochs: int, first: int = 1
) -> Iterator[EpochReport]:
    """Train the network in place.

    Args:
        networks: the network; or several that share their parameters, to divide each mini-batch among as many
            threads. One BLAS thread is then enough for each.
        batches: what to learn from.
        optimizer: of the network's parameters.
        epochs: number of the last epoch.
        first: number of the first.

    Yields:
        One report after each epoch; whoever receives it may evaluate, log, or stop.

    Raises:
        TrainingError: the cost became NaN or infinite.
    """
    shares = [networks] if isinstance(networks, Network) else networks
    with Threads(len(shares)) as threads:
        team = _Team(shares, threads)
        for epoch in range(first, epochs + 1):
            cost = _MeanCost(shares[0])
            for X, Y in batches:
                optimizer.step(team.gradients(X, Y, cost), threads)
            yield EpochReport(epoch, cost.mean())


class _Team:
    """Takes the gradient of a mini-batch, a share of its columns in each thread."""

    def __init__(self, networks: Sequence[Network], threads: Threads) -> None:
        self._networks = networks
        self._threads = threads
        dtype = networks[0].parameters.flat.dtype
        self._gradients = [Parameters(network.sizes, dtype) for network in networks]
        self._shares: dict[int, list[_Share]] = {}

    def gradients(self, X: Array, Y: Array, cost: "_MeanCost") -> list[Parameters]:
        """One for each share; their sum is the gradient of the mean cost."""
        m = X.shape[1]
        if m not in self._shares:  # twice at most: the last mini-batch of an epoch may be smaller
            self._shares[m] = self._divide(m)
        shares = self._shares[m]
        for share in shares:
            share.X, share.Y = X[:, share.columns], Y[:, share.columns]
        self._threads.run(_Share.backprop, shares)
        for share in shares:
            cost.add(share.space.Z[-1], share.space.A[-1], share.Y)
        return self._gradients

    def _divide(self, m: int) -> list["_Share"]:
        cuts = [m * index // len(self._networks) for index in range(len(self._networks) + 1)]
        return [
            _Share(network, slice(start, stop), Workspace(network, stop - start, m, gradient))
            for network, gradient, (start, stop) in zip(
                self._networks, self._gradients, pairwise(cuts), strict=True
            )
        ]


class _Share:
    """What one thread works with."""

    def __init__(self, network: Network, columns: slice, space: Workspace) -> None:
        self.network = network
        self.columns = columns
        self.space = space
        self.X = self.Y = np.empty((0, 0))

    def backprop(self) -> None:
        backprop(self.network, self.X, self.Y, self.space)


class _MeanCost:
    """The mean cost of all columns of an epoch, worked out for many of them together."""

    def __init__(self, network: Network) -> None:
        self._cost = network.cost
        self._held: list[tuple[Array, Array, Array]] = []
        self._columns = self._counted = 0
        self._sum = 0.0

    def add(self, Z: Array, A: Array, Y: Array) -> None:
        """Count some columns in."""
        self._held.append((Z.copy(), A.copy(), Y.copy()))
        self._columns += Y.shape[1]
        if self._columns >= COLUMNS:
            self._work_out()

    def mean(self) -> float:
        """The mean cost of a column."""
        self._work_out()
        mean = self._sum / self._counted
        if not abs(mean) < float("inf"):
            raise TrainingError(
                f"training cost: expected a finite number, got {mean}; lower the learning rate"
            )
        return mean

    def _work_out(self) -> None:
        if self._columns:
            Z, A, Y = (np.concatenate(arrays, axis=1) for arrays in zip(*self._held, strict=True))
            self._sum += self._cost.value(Z, A, Y) * self._columns
            self._counted += self._columns
            self._held, self._columns = [], 0
