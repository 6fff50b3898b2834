"""Fitting: a recipe, examples and a seed become a trained network with its history."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from model.initialisation import INITIALISATIONS
from model.network import Network
from model.optimizers import SGD
from model.schedules import SCHEDULES
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
        history: for each epoch, its number, training cost, validation cost and validation accuracy.
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
        validation: what to watch; nothing is learned from it.
        classes: how many there are.
        seed: of the first parameters and of every shuffle; the same seed gives the same network, bit for bit.

    Raises:
        TrainingError: the cost is no longer a number.
        ValueError: the recipe does not describe a network.
    """
    start = time.perf_counter()
    drawing, shuffling = np.random.default_rng(seed).spawn(2)
    sizes = (training.images.shape[1], *recipe.hidden, classes)
    network = Network.build(sizes, recipe.activations, recipe.cost)
    INITIALISATIONS[recipe.initialisation].draw(network.parameters, drawing)
    batches = Batches(training, classes, recipe.mini_batch, shuffling)
    steps = recipe.epochs * math.ceil(len(training) / recipe.mini_batch)
    optimizer = SGD(SCHEDULES[recipe.schedule](recipe.learning_rate, steps), recipe.l2 / len(training))
    history: list[dict[str, Any]] = []
    with (
        progress(f"training {recipe.name}", recipe.epochs, "epochs") as advance,
        threadpool_limits(_blas_threads(sizes, recipe.mini_batch), "blas"),
    ):
        for report in train(network, batches, optimizer, recipe.epochs):
            watched = evaluate(network, validation).metrics
            history.append(
                {
                    "epoch": report.epoch,
                    "training_cost": report.training_cost,
                    "validation_cost": watched.cost,
                    "validation_accuracy": watched.accuracy,
                }
            )
            advance(1, f"cost {report.training_cost:.4f}, validation accuracy {watched.accuracy:.2%}")
    return Fitted(recipe, seed, network, history, time.perf_counter() - start)


def _blas_threads(sizes: Sequence[int], mini_batch: int) -> int:
    """One where the largest product is small: threads that wait for each other cost more than they bring."""
    largest = max(rows * columns for columns, rows in pairwise(sizes)) * mini_batch
    return CORES if largest > SMALL_PRODUCT else 1
