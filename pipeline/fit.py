"""Fitting: a recipe, examples and a seed become a trained network with its history."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from model.initialisation import INITIALISATIONS
from model.network import Network
from model.optimizers import RULES, Optimizer
from model.parameters import Parameters
from model.schedules import schedule
from model.settings import CORES
from model.training import train
from pipeline.batches import Batches
from pipeline.evaluate import evaluate
from pipeline.examples import Examples
from pipeline.progress import progress
from pipeline.recipes import Recipe

SMALL_PRODUCT = 1 << 25  # multiplications


@dataclass(frozen=True)
class Fitted:
    """A trained network.

    Attributes:
        recipe: what was done.
        seed: of the first parameters and of every shuffle.
        network: float32.
        history: for each epoch its number and `training_cost`, the mean over its batches. An epoch that was
            looked at has cost and accuracy on the validation examples, and on the training examples if the
            recipe says so: their cost then stands for the mean over the batches.
        seconds: wall time of the training, validation included.
    """

    recipe: Recipe
    seed: int
    network: Network
    history: list[dict[str, Any]]
    seconds: float


def fit(recipe: Recipe, training: Examples, validation: Examples, classes: int, seed: int) -> Fitted:
    """Train a network as the recipe says.

    Args:
        recipe: what to do.
        training: what to learn from.
        validation: what to watch; nothing is learned from it. Where it is empty, `training` is watched.
        classes: how many there are.
        seed: of the first parameters and of every shuffle; the same seed gives the same network, bit for bit.

    Raises:
        TrainingError: the cost is no longer a number.
        ValueError: the recipe does not describe a network.
    """
    start = time.perf_counter()
    drawing, shuffling = _generators(recipe, seed)
    outputs = 1 if classes == 2 and recipe.activations[-1] == "sigmoid" else classes  # noqa: PLR2004
    sizes = (training.images.shape[1], *recipe.hidden, outputs)
    network = Network.build(sizes, recipe.activations, recipe.cost, recipe.dtype)
    INITIALISATIONS[recipe.initialisation].draw(network.parameters, drawing)
    batches = Batches(
        training,
        outputs,
        recipe.mini_batch or len(training),
        shuffling if recipe.mini_batch else None,
        smoothing=recipe.label_smoothing,
        dtype=recipe.dtype,
    )
    watch = _Watch(recipe, network, training, validation)
    with (
        progress(f"training {recipe.name}", recipe.epochs, "epochs") as advance,
        threadpool_limits(1, "blas"),
    ):
        optimizer = _optimizer(recipe, network.parameters, len(batches), len(training))
        for report in train([network] * _threads(sizes, batches.size), batches, optimizer, recipe.epochs):
            advance(1, watch.look(report.epoch, report.training_cost))
            if watch.has_lost_patience():
                break
    return Fitted(recipe, seed, watch.best(), watch.history, time.perf_counter() - start)


class _Watch:
    """What is seen of a training while it goes on."""

    def __init__(self, recipe: Recipe, network: Network, training: Examples, validation: Examples) -> None:
        self.history: list[dict[str, Any]] = []
        self._recipe = recipe
        self._network = network
        self._watched = {"validation": validation} if len(validation) else {}
        if recipe.watch_training or not len(validation):
            self._watched["training"] = training
        self._best_epoch = 0
        self._best_accuracy = -1.0
        self._best_parameters = network.parameters.flat.copy()

    def look(self, epoch: int, cost: float) -> str:
        """Note what an epoch did, and say it in a few words."""
        entry: dict[str, Any] = {"epoch": epoch, "training_cost": cost}
        self.history.append(entry)
        if epoch % self._recipe.watch_every and epoch != self._recipe.epochs:
            return f"cost {cost:.4f}"
        for name, examples in self._watched.items():
            metrics = evaluate(self._network, examples).metrics
            entry |= {f"{name}_cost": metrics.cost, f"{name}_accuracy": metrics.accuracy}
        first = next(iter(self._watched))
        accuracy = entry[f"{first}_accuracy"]
        if accuracy > self._best_accuracy:
            self._best_epoch, self._best_accuracy = epoch, accuracy
            self._best_parameters[...] = self._network.parameters.flat
        return f"cost {cost:.4f}, {first} accuracy {accuracy:.2%}"

    def has_lost_patience(self) -> bool:
        patience = self._recipe.patience
        return patience is not None and self.history[-1]["epoch"] - self._best_epoch >= patience

    def best(self) -> Network:
        """The network of the best epoch, where the recipe asks for it, else of the last; in float32."""
        if self._recipe.patience is not None:
            self._network.parameters.flat[...] = self._best_parameters
        return self._network.astype(np.float32)


def _generators(recipe: Recipe, seed: int) -> tuple[Any, Any]:
    if recipe.generator == "legacy":
        return np.random.RandomState(seed), np.random.RandomState(seed + 1)
    drawing, shuffling = np.random.default_rng(seed).spawn(2)
    return drawing, shuffling


def _optimizer(recipe: Recipe, parameters: Parameters, batches: int, examples: int) -> Optimizer:
    rate = schedule(recipe.schedule, recipe.learning_rate, recipe.epochs * batches, recipe.warm_up * batches)
    return Optimizer(parameters, RULES[recipe.optimizer](), rate, recipe.l2 / examples)


def _threads(sizes: Sequence[int], mini_batch: int) -> int:
    """One where the largest product is small: threads that wait for each other cost more than they bring."""
    largest = max(rows * columns for columns, rows in pairwise(sizes)) * mini_batch
    return CORES if largest > SMALL_PRODUCT else 1
