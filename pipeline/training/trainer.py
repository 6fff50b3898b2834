"""The setup: all that a recipe asks for, made for a data set and a seed."""

import math
import os
from dataclasses import replace
from itertools import pairwise, repeat

import numpy as np

from model.network.initialisation import INITIALISATIONS
from model.network.network import Network
from model.network.parameters import Parameters
from model.settings import CORES, Settings
from model.training.dropout import with_dropout
from model.training.optimizers import RULES, Optimizer
from model.training.process_group import Team
from model.training.schedules import schedule
from pipeline.augmentation.augmented import Augmented
from pipeline.augmentation.elastic import Deformation
from pipeline.data.dataset.datasets import Dataset
from pipeline.data.dataset.subsets import Examples
from pipeline.ensemble.distillation import Distilled
from pipeline.ensemble.ensemble import Committee
from pipeline.training.batches import Batches, Images
from pipeline.training.recipe import Recipe

LITTLE = 1 << 19  # multiplications in a step's largest product: to meet would cost more than it brings
STEADINESS = np.float32(0.5)


class Setup:
    """What trains a network.

    Args:
        recipe: how.
        dataset: whose classes and shape of images the examples have.
        training: the examples to learn from.
        seed: of all that is random.
        committee: what to learn from instead of the labels.

    Attributes:
        team: who trains it: all cores, or one for little.
        generators: what is drawn from in each epoch.
    """

    def __init__(
        self,
        recipe: Recipe,
        dataset: Dataset,
        training: Examples,
        seed: int,
        committee: Committee | None = None,
    ) -> None:
        self._recipe, self._dataset, self._training, self._seed = recipe, dataset, training, seed
        self._committee = committee
        self._mini_batch = min(recipe.mini_batch or len(training), len(training))
        self._drawing, shuffling = np.random.default_rng(seed).spawn(2)
        self.generators = [shuffling, *shuffling.spawn(1)]  # of the examples; of units to leave out
        alone = recipe.dropout or "softmax" in recipe.activations[:-1]
        units = (training.images.shape[1], *recipe.hidden)
        self.team = Team(1 if alone else cores_for(units, self._mini_batch))

    def network(self) -> Network:
        """The network before its first epoch."""
        recipe = self._recipe
        sizes = (self._training.images.shape[1], *recipe.hidden, self._outputs())
        network = Network.build(sizes, recipe.activations, recipe.cost, recipe.dtype)
        flat = self.team.array(len(network.parameters.flat), recipe.dtype)
        network = replace(network, parameters=Parameters(sizes, flat=flat))
        if recipe.goes_on and self._committee:
            flat[...] = self._committee.members[0].network.parameters.flat
            return network
        legacy = recipe.generator == "legacy"
        rng = np.random.RandomState(self._seed) if legacy else self._drawing
        INITIALISATIONS[recipe.initialisation].draw(network.parameters, rng)
        return network

    def optimizer(self, network: Network) -> Optimizer:
        """What moves its parameters."""
        recipe, examples = self._recipe, len(self._training)
        batches = math.ceil(examples / self._mini_batch)
        steps, warm_up = recipe.epochs * batches, recipe.warm_up * batches
        return Optimizer(
            network.parameters,
            RULES[recipe.optimizer](),
            schedule(recipe.schedule, recipe.learning_rate, steps, warm_up),
            recipe.l2 / examples,
            recipe.averaging,
            self.team,
        )

    def learning(self, network: Network) -> Network:
        """The network as it learns: with units left out, where the recipe says so."""
        rate = self._recipe.dropout
        return with_dropout(network, rate, self.generators[1]) if rate else network

    def answering(self, network: Network, optimizer: Optimizer) -> Network:
        """The network as it answers: with averaged parameters, where the recipe says so."""
        if not self._recipe.averaging:
            return network
        return replace(network, parameters=Parameters(network.sizes, flat=optimizer.memory["average"]))

    def batches(self, first: int) -> Batches:
        """The mini-batches, from the epoch `first` on."""
        recipe = self._recipe
        return Batches(
            self._training,
            self._outputs(),
            self._mini_batch,
            self.generators[0] if recipe.mini_batch else None,
            smoothing=recipe.label_smoothing,
            dtype=recipe.dtype,
            images=self._images(first),
            team=self.team,
        )

    def _images(self, first: int) -> Images | None:
        """Those of each epoch from the epoch `first` on, where they change."""
        deformation = self._recipe.deformation
        images = self._augmented(deformation, first) if deformation else None
        if not self._committee:
            return images
        outputs, dtype = self._outputs(), self._recipe.dtype
        same = repeat(self._training.images)
        return Distilled(images or same, self._training, self._committee, outputs, dtype, self.team)

    def _augmented(self, deformation: Deformation, first: int) -> Augmented:
        steady = [index for index, label in enumerate(self._dataset.classes) if label in deformation.steady]
        steadiness = np.where(np.isin(self._training.labels, steady), STEADINESS, np.float32(1))
        shape, epochs = self._dataset.input.shape, self._recipe.epochs
        return Augmented(self._training, shape, steadiness, deformation, epochs, self._seed, first, self.team)

    def _outputs(self) -> int:
        """One for each class; two classes share a single sigmoid."""
        classes = len(self._dataset.classes)
        return 1 if classes == 2 and self._recipe.activations[-1] == "sigmoid" else classes  # noqa: PLR2004


def cores_for(units: tuple[int, ...], mini_batch: int) -> int:
    """How many cores train a network: NUMERAL_CORES, or one where its largest product is little work."""
    largest = max((rows * columns for columns, rows in pairwise(units)), default=0) * mini_batch
    return min(CORES, Settings.from_environment(os.environ).cores) if largest >= LITTLE else 1
