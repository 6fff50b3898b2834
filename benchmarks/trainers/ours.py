"""Numeral, as pipeline.training.fit trains it. What this file calls is all that the benchmark knows of it."""

from dataclasses import replace

from threadpoolctl import threadpool_limits

from benchmarks.trainers.problems import Row
from model.arrays import Array
from model.network.parameters import Parameters
from model.training.loop import train
from model.training.optimizers import RULES, Optimizer
from model.training.process_group import Team
from model.training.schedules import schedule
from pipeline.data.dataset.subsets import Examples
from pipeline.training.batches import Batches
from pipeline.training.trainer import cores_for

EPOCHS = 1_000  # more than are asked for


class Contender:
    """One training, an epoch at a time."""

    def __init__(self, row: Row, images: Array, labels: Array) -> None:
        threadpool_limits(1, "blas")
        team = Team(cores_for(row.sizes[:-1], row.mini_batch))
        untrained = row.network()
        flat = team.array(len(untrained.parameters.flat), "float32")
        flat[...] = untrained.parameters.flat
        self._network = replace(untrained, parameters=Parameters(row.sizes, flat=flat))
        examples = Examples.of(images, labels)
        batches = Batches(examples, row.sizes[-1], row.mini_batch, row.shuffling(), team=team)
        rate = schedule("constant", row.learning_rate, EPOCHS * len(batches))
        optimizer = Optimizer(self._network.parameters, RULES["sgd"](), rate, team=team)
        self._reports = train(self._network, batches, optimizer, EPOCHS, team=team)

    def epoch(self) -> float:
        """Its mean training cost."""
        return next(self._reports).training_cost

    def parameters(self) -> Array:
        """All of them, as model.network.parameters has them."""
        return self._network.parameters.flat
