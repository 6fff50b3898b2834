"""Recipes: everything that decides how a network is trained, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Recipe:
    """A network and its training.

    Attributes:
        name: what `--recipe` takes.
        summary: one line for people, with what to expect.
        hidden: units of each hidden layer.
        activations: one for each layer after the input.
        cost: what training lowers.
        initialisation: what the parameters are drawn from.
        mini_batch: examples in a batch.
        learning_rate: eta, of the first step.
        schedule: how it goes on from there.
        l2: lambda; weights shrink by 1 - eta * lambda / n in each step, n the number of training examples.
        epochs: passes over the training examples.
    """

    name: str
    summary: str
    hidden: tuple[int, ...]
    activations: tuple[str, ...]
    cost: str
    initialisation: str
    mini_batch: int
    learning_rate: float
    schedule: str
    l2: float
    epochs: int


QUICK = Recipe(
    name="quick",
    summary="the default for MNIST: 98.2 % in 10 s on two cores",
    hidden=(256,),
    activations=("relu", "softmax"),
    cost="categorical_cross_entropy",
    initialisation="he_normal",
    mini_batch=64,
    learning_rate=0.4,
    schedule="cosine",
    l2=2.0,
    epochs=15,
)

SMALL = Recipe(
    name="small",
    summary="the default for the bundled digits: 98 % in 1 s",
    hidden=(128,),
    activations=("relu", "softmax"),
    cost="categorical_cross_entropy",
    initialisation="he_normal",
    mini_batch=8,
    learning_rate=0.1,
    schedule="cosine",
    l2=0.1,
    epochs=40,
)

RECIPES: Mapping[str, Recipe] = MappingProxyType({recipe.name: recipe for recipe in (QUICK, SMALL)})
DEFAULTS: Mapping[str, Recipe] = MappingProxyType({"mnist": QUICK, "digits": SMALL})
