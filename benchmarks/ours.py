"""Numeral, as pipeline.fit trains it. What this file calls is all that the benchmark knows of it."""

from threadpoolctl import threadpool_limits

from benchmarks.rows import Row
from model.activations import Array
from model.optimizers import RULES, Optimizer
from model.schedules import schedule
from model.training import train
from pipeline.batches import Batches
from pipeline.examples import Examples
from pipeline.fit import threads_for

EPOCHS = 1_000  # more than are asked for


class Contender:
    """One training, an epoch at a time."""

    def __init__(self, row: Row, images: Array, labels: Array) -> None:
        threadpool_limits(1, "blas")
        batches = Batches(Examples.of(images, labels), row.sizes[-1], row.mini_batch, row.shuffling())
        rate = schedule("constant", row.learning_rate, EPOCHS * len(batches))
        self._network = row.network()
        optimizer = Optimizer(self._network.parameters, RULES["sgd"](), rate)
        networks = [self._network] * threads_for(row.sizes, row.mini_batch)
        self._reports = train(networks, batches, optimizer, EPOCHS)

    def epoch(self) -> float:
        """Its mean training cost."""
        return next(self._reports).training_cost

    def parameters(self) -> Array:
        """All of them, as model.parameters has them."""
        return self._network.parameters.flat
