"""The training loop. It yields one report an epoch, prints nothing and decides nothing."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from model.arrays import Array
from model.errors import TrainingError
from model.network.costs import Cost
from model.network.network import Network, predicted_classes
from model.network.parameters import Parameters
from model.training.backprop import backprop
from model.training.buffers import Workspace
from model.training.process_group import Team

COLUMNS = 4096  # whose cost is worked out together


class Batches(Protocol):
    """Mini-batches of columns; each iteration is one epoch, freshly shuffled."""

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        """Yield X (n_0, m) and Y (n_L, m), valid until the next pair is asked for."""


class Optimizer(Protocol):
    """Turns gradients into a step."""

    def step(self, gradient: Parameters) -> None:
        """Move the parameters, in place."""


@dataclass(frozen=True)
class EpochReport:
    """What one epoch did.

    Attributes:
        epoch: counted from 1.
        training_cost: mean over the epoch's examples, each seen before the step that it took part in.
        training_accuracy: the share of them that was answered right.
    """

    epoch: int
    training_cost: float
    training_accuracy: float


def train(
    network: Network,
    batches: Batches,
    optimizer: Optimizer,
    epochs: int,
    first: int = 1,
    team: Team | None = None,
) -> Iterator[EpochReport]:
    """Train the network in place.

    Args:
        network: what to train.
        batches: what to learn from.
        optimizer: of the network's parameters.
        epochs: number of the last epoch.
        first: number of the first.
        team: who shares the work, by default nobody. The parameters are in its memory, the hidden layers'
            activations go unit by unit, and batches and optimizer know it, too.

    Yields:
        One report after each epoch; whoever receives it may evaluate, log, or stop.

    Raises:
        TrainingError: the cost became NaN or infinite.
    """
    training = _Training(network, batches, optimizer, team or Team())
    numbers = range(first, epochs + 1)
    try:
        training.team.start(lambda: training.epochs(len(numbers)))
        for number in numbers:
            seen = _Means(network.cost)
            training.epoch(seen)
            yield EpochReport(number, *seen.means())
    finally:
        training.team.dismiss()


class _Training:
    """What every member of a team does alike."""

    def __init__(self, network: Network, batches: Batches, optimizer: Optimizer, team: Team) -> None:
        self.team = team
        self._network, self._batches, self._optimizer = network, batches, optimizer
        flat = network.parameters.flat
        self._gradient = Parameters(network.sizes, flat=team.array(len(flat), flat.dtype))
        self._spaces: dict[int, Workspace] = {}

    def epochs(self, count: int) -> None:
        """Train for so many epochs, as another member than the first."""
        for _ in range(count):
            self.epoch(None)

    def epoch(self, seen: "_Means | None") -> None:
        """Train for an epoch, and count what is seen of it, which is the same for every member."""
        for X, Y in self._batches:
            space = self._space(X.shape[1])
            gradient = backprop(self._network, X, Y, space)
            if seen:
                seen.add(space.Z[-1], space.A[-1], Y)
            self.team.meet()  # nobody needs the parameters as they were, nor X
            self._optimizer.step(gradient)  # they are needed next after meetings of the forward pass
        self.team.meet()  # all have moved

    def _space(self, columns: int) -> Workspace:
        if columns not in self._spaces:
            self._spaces[columns] = Workspace(self._network, columns, self._gradient, self.team)
        return self._spaces[columns]


class _Means:
    """The mean cost and accuracy of all columns of an epoch, worked out for many of them together."""

    def __init__(self, cost: Cost) -> None:
        self._cost = cost
        self._held: list[tuple[Array, Array, Array]] = []
        self._columns = self._counted = self._right = 0
        self._sum = 0.0

    def add(self, Z: Array, A: Array, Y: Array) -> None:
        """Count some columns in."""
        self._held.append((Z.copy(), A.copy(), Y.copy()))
        self._columns += Y.shape[1]
        if self._columns >= COLUMNS:
            self._work_out()

    def means(self) -> tuple[float, float]:
        """Cost and accuracy of a column.

        Raises:
            TrainingError: the cost is NaN or infinite.
        """
        self._work_out()
        mean = self._sum / self._counted
        if not math.isfinite(mean):
            raise TrainingError(
                f"training cost: expected a finite number, got {mean}; lower the learning rate"
            )
        return mean, self._right / self._counted

    def _work_out(self) -> None:
        if self._columns:
            Z, A, Y = (np.concatenate(arrays, axis=1) for arrays in zip(*self._held, strict=True))
            self._sum += self._cost.value(Z, A, Y) * self._columns
            self._right += int((predicted_classes(A) == predicted_classes(Y)).sum())
            self._counted += self._columns
            self._held, self._columns = [], 0
