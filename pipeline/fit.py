"""Fitting: a recipe, examples and a seed become a trained network with its history."""

import math
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from model.activations import Array
from model.dropout import with_dropout
from model.initialisation import INITIALISATIONS
from model.network import Network
from model.optimizers import RULES, Optimizer
from model.parameters import Parameters
from model.schedules import schedule
from model.settings import CORES
from model.team import Team
from model.training import train
from pipeline.augment import Augmented
from pipeline.batches import Batches
from pipeline.checkpoint import Checkpoint, State
from pipeline.datasets import Dataset
from pipeline.deform import Deformation
from pipeline.examples import Examples
from pipeline.progress import progress
from pipeline.recipes import Recipe
from pipeline.watch import Watch

LITTLE = 1 << 19  # multiplications in a step's largest product: to meet would cost more than it brings


@dataclass(frozen=True)
class Fitted:
    """A trained network.

    Attributes:
        recipe: what was done.
        seed: of the first parameters and of every shuffle.
        network: float32.
        history: of each epoch; see `Watch`.
        seconds: wall time of the training, validation included.
    """

    recipe: Recipe
    seed: int
    network: Network
    history: list[dict[str, Any]]
    seconds: float


def fit(
    recipe: Recipe,
    dataset: Dataset,
    training: Examples,
    validation: Examples,
    seed: int,
    checkpoint: Checkpoint | None = None,
) -> Fitted:
    """Train a network as the recipe says.

    Args:
        recipe: what to do.
        training: what to learn from.
        validation: what to watch; nothing is learned from it. Where it is empty, `training` is watched.
        dataset: whose classes and shape of images they have.
        seed: of everything random; the same seed gives the same network, bit for bit.
        checkpoint: where the state is kept after each epoch; if one is there, the training goes on from it.

    Raises:
        TrainingError: the cost is no longer a number.
        CheckpointError: the checkpoint is not this training's.
        ValueError: the recipe does not describe a network, or not one for these examples.
    """
    with ExitStack() as stack:
        stack.enter_context(threadpool_limits(1, "blas"))
        run = _Training(recipe, dataset, training, validation, seed)
        if checkpoint and (state := checkpoint.load()):
            run.restore(state)
        advance = stack.enter_context(progress(f"training {recipe.name}", recipe.epochs, "epochs"))
        advance(len(run.watch.history), "")
        for text in run.epochs(stack):
            advance(1, text)
            if checkpoint:
                checkpoint.save(run.state())
    return run.fitted()


class _Training:
    """A network, what it learns from and how, and what is seen of it."""

    def __init__(
        self, recipe: Recipe, dataset: Dataset, training: Examples, validation: Examples, seed: int
    ) -> None:
        self._start = time.perf_counter()
        self._recipe, self._training, self._dataset, self._seed = recipe, training, dataset, seed
        drawing, self._shuffling = np.random.default_rng(seed).spawn(2)
        self._mini_batch = min(recipe.mini_batch or len(training), len(training))
        self._team = _team(recipe, training.images.shape[1], self._mini_batch)
        self._network = self._build(np.random.RandomState(seed) if recipe.generator == "legacy" else drawing)
        self._leaving_out = self._shuffling.spawn(1)[0]
        self._optimizer = self._make_optimizer()
        self._answering = self._make_answering()
        self.watch = Watch(recipe, self._answering, training, validation)

    def epochs(self, stack: ExitStack) -> Iterator[str]:
        """Train; yield what each epoch did, in a few words."""
        first = len(self.watch.history) + 1
        if first > self._recipe.epochs or (first > 1 and self.watch.has_lost_patience()):
            return
        batches = self._batches(stack, first)
        network, epochs = self._network, self._recipe.epochs
        if self._recipe.dropout:
            network = with_dropout(network, self._recipe.dropout, self._leaving_out)
        for report in train(network, batches, self._optimizer, epochs, first, self._team):
            yield self.watch.look(report.epoch, report.training_cost)
            if self.watch.has_lost_patience():
                break

    def fitted(self) -> Fitted:
        """The network of the best epoch, where the recipe asks for it, else of the last."""
        if self._recipe.patience is not None:
            self._answering.parameters.flat[...] = self.watch.best
        network = self._answering.astype(np.float32)
        return Fitted(self._recipe, self._seed, network, self.watch.history, self._seconds())

    def state(self) -> State:
        """All that the epochs still to come depend on."""
        facts = {
            "history": self.watch.history,
            "seconds": self._seconds(),
            "steps": self._optimizer.steps,
            "generators": [rng.bit_generator.state for rng in self._generators()],
        }
        return State(facts, self._arrays())

    def restore(self, state: State) -> None:
        """Go on from there."""
        self.watch.history += state.facts["history"]
        self._start -= state.facts["seconds"]
        self._optimizer.steps = state.facts["steps"]
        for rng, kept in zip(self._generators(), state.facts["generators"], strict=True):
            rng.bit_generator.state = kept
        for name, array in self._arrays().items():
            array[...] = state.arrays[name]

    def _arrays(self) -> dict[str, Array]:
        return {
            "parameters": self._network.parameters.flat,
            "best": self.watch.best,
            **self._optimizer.memory,
        }

    def _generators(self) -> list[np.random.Generator]:
        return [self._shuffling, self._leaving_out]

    def _seconds(self) -> float:
        return time.perf_counter() - self._start

    def _build(self, rng: np.random.Generator | np.random.RandomState) -> Network:
        recipe, classes = self._recipe, len(self._dataset.classes)
        outputs = 1 if classes == 2 and recipe.activations[-1] == "sigmoid" else classes  # noqa: PLR2004
        sizes = (self._training.images.shape[1], *recipe.hidden, outputs)
        network = Network.build(sizes, recipe.activations, recipe.cost, recipe.dtype)
        flat = self._team.array(len(network.parameters.flat), recipe.dtype)
        network = replace(network, parameters=Parameters(sizes, flat=flat))
        INITIALISATIONS[recipe.initialisation].draw(network.parameters, rng)
        return network

    def _make_optimizer(self) -> Optimizer:
        recipe, examples = self._recipe, len(self._training)
        batches = math.ceil(examples / self._mini_batch)
        steps, warm_up = recipe.epochs * batches, recipe.warm_up * batches
        return Optimizer(
            self._network.parameters,
            RULES[recipe.optimizer](),
            schedule(recipe.schedule, recipe.learning_rate, steps, warm_up),
            recipe.l2 / examples,
            recipe.averaging,
            self._team,
        )

    def _make_answering(self) -> Network:
        """The network itself, or the one with its averaged parameters."""
        if not self._recipe.averaging:
            return self._network
        average = Parameters(self._network.sizes, flat=self._optimizer.memory["average"])
        return replace(self._network, parameters=average)

    def _batches(self, stack: ExitStack, first: int) -> Batches:
        recipe = self._recipe
        return Batches(
            self._training,
            self._network.sizes[-1],
            self._mini_batch,
            self._shuffling if recipe.mini_batch else None,
            smoothing=recipe.label_smoothing,
            dtype=recipe.dtype,
            images=stack.enter_context(self._augmented(recipe.deformation, first))
            if recipe.deformation
            else None,
            team=self._team,
        )

    def _augmented(self, deformation: Deformation, first: int) -> Augmented:
        steady = [
            self._dataset.classes.index(label)
            for label in deformation.steady
            if label in self._dataset.classes
        ]
        steadiness = np.where(np.isin(self._training.labels, steady), np.float32(0.5), np.float32(1))
        return Augmented(
            self._training,
            self._dataset.input.shape,
            steadiness,
            deformation,
            self._recipe.epochs,
            self._seed,
            first,
        )


def _team(recipe: Recipe, inputs: int, mini_batch: int) -> Team:
    """One alone where another core deforms images, where units are not computed one by one, or for little."""
    units = (inputs, *recipe.hidden)
    largest = max(columns * rows for columns, rows in pairwise(units)) * mini_batch if recipe.hidden else 0
    together = recipe.deformation or recipe.dropout or "softmax" in recipe.activations[:-1]
    return Team(1 if together or largest < LITTLE else CORES)
