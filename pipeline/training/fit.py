"""Fitting: a recipe, examples and a seed become a trained network with its history."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from model.arrays import Array
from model.network.network import Network
from model.training.loop import train
from pipeline.data.dataset.datasets import Dataset
from pipeline.data.dataset.subsets import Examples
from pipeline.ensemble.ensemble import Committee
from pipeline.progress import progress
from pipeline.training.checkpoint import Checkpoint, State
from pipeline.training.early_stopping import Watch
from pipeline.training.recipe import Recipe
from pipeline.training.trainer import Setup


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
    committee: Committee | None = None,
) -> Fitted:
    """Train a network as the recipe says.

    Args:
        recipe: what to do.
        dataset: whose classes and shape of images the examples have.
        training: what to learn from.
        validation: what to watch; nothing is learned from it. Where it is empty, `training` is watched.
        seed: of everything random; the same seed gives the same network, bit for bit.
        checkpoint: where the state is kept after each epoch; if one is there, the training goes on from it.
        committee: whose answers to learn, where the recipe has teachers.

    Raises:
        TrainingError: the cost is no longer a number.
        CheckpointError: the checkpoint is not this training's.
        ValueError: the recipe does not describe a network, or not one for these examples.
    """
    with threadpool_limits(1, "blas"):
        run = _Training(recipe, dataset, training, validation, seed, committee)
        if checkpoint and (state := checkpoint.load()):
            run.restore(state)
        with progress(f"training {recipe.name}", recipe.epochs, "epochs") as advance:
            advance(len(run.watch.history), "")
            for text in run.epochs():
                advance(1, text)
                if checkpoint:
                    checkpoint.save(run.state())
    return run.fitted()


class _Training:
    """A network, what it learns from and how, and what is seen of it."""

    def __init__(
        self,
        recipe: Recipe,
        dataset: Dataset,
        training: Examples,
        validation: Examples,
        seed: int,
        committee: Committee | None,
    ) -> None:
        self._start = time.perf_counter()
        self._setup = Setup(recipe, dataset, training, seed, committee)
        self._network = self._setup.network()
        self._optimizer = self._setup.optimizer(self._network)
        self._answering = self._setup.answering(self._network, self._optimizer)
        self._recipe, self._seed = recipe, seed
        self.watch = Watch(recipe, self._answering, training, validation)

    def epochs(self) -> Iterator[str]:
        """Train; yield what each epoch did, in a few words."""
        first = len(self.watch.history) + 1
        if first > self._recipe.epochs or (first > 1 and self.watch.has_lost_patience()):
            return
        network, batches = self._setup.learning(self._network), self._setup.batches(first)
        for report in train(network, batches, self._optimizer, self._recipe.epochs, first, self._setup.team):
            yield self.watch.look(report)
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
            "generators": [rng.bit_generator.state for rng in self._setup.generators],
        }
        return State(facts, self._arrays())

    def restore(self, state: State) -> None:
        """Go on from there."""
        self.watch.history += state.facts["history"]
        self._start -= state.facts["seconds"]
        self._optimizer.steps = state.facts["steps"]
        for rng, kept in zip(self._setup.generators, state.facts["generators"], strict=True):
            rng.bit_generator.state = kept
        for name, array in self._arrays().items():
            array[...] = state.arrays[name]

    def _arrays(self) -> dict[str, Array]:
        return {
            "parameters": self._network.parameters.flat,
            "best": self.watch.best,
            **self._optimizer.memory,
        }

    def _seconds(self) -> float:
        return time.perf_counter() - self._start
