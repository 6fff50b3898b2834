"""The training loop. It yields one report an epoch, prints nothing and decides nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from model.activations import Array
from model.backprop import backprop
from model.errors import TrainingError
from model.network import Network
from model.parameters import Parameters


class Batches(Protocol):
    """Mini-batches of columns; each iteration is one epoch, freshly shuffled."""

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        """Yield X (n_0, m) and Y (n_L, m), valid until the next pair is asked for."""


class Optimizer(Protocol):
    """Turns a gradient into a step."""

    def step(self, parameters: Parameters, gradient: Parameters) -> None:
        """Move the parameters, in place."""


@dataclass(frozen=True)
class EpochReport:
    """What one epoch did.

    Attributes:
        epoch: counted from 1.
        training_cost: mean over the epoch's examples, each seen before the step that it took part in.
    """

    epoch: int
    training_cost: float


def train(network: Network, batches: Batches, optimizer: Optimizer, epochs: int) -> Iterator[EpochReport]:
    """Train the network in place.

    Yields:
        One report after each epoch; whoever receives it may evaluate, log, or stop.

    Raises:
        TrainingError: the cost became NaN or infinite.
    """
    gradient = Parameters(network.sizes, network.parameters.flat.dtype)
    for epoch in range(1, epochs + 1):
        yield EpochReport(epoch, _train_epoch(network, batches, optimizer, gradient))


def _train_epoch(
    network: Network, batches: Iterable[tuple[Array, Array]], optimizer: Optimizer, gradient: Parameters
) -> float:
    cost, examples = 0.0, 0
    for X, Y in batches:
        cost += backprop(network, X, Y, gradient) * X.shape[1]
        examples += X.shape[1]
        optimizer.step(network.parameters, gradient)
    mean = cost / examples
    if not abs(mean) < float("inf"):
        raise TrainingError(f"training cost: expected a finite number, got {mean}; lower the learning rate")
    return mean
