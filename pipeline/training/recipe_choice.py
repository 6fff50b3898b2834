"""The choice: the recipe for a data set."""

from dataclasses import replace

import numpy as np

from model.errors import NumeralError
from pipeline.data.dataset.datasets import Dataset
from pipeline.training.recipe import SEEDS, Recipe
from pipeline.training.recipes import RECIPES, default


class ChoiceError(NumeralError):
    """A recipe is none, or not one for the data set, or a seed is none for the recipe."""


def check(name: str | None, seed: int | None) -> None:
    """Refuse what cannot be trained, whatever the data set.

    Args:
        name: as for `choose`.
        seed: of everything random; None for a new one.

    Raises:
        ChoiceError: there is no such recipe, or its generator does not take the seed.
    """
    if name is not None and name not in RECIPES:
        raise ChoiceError(f"recipe: expected one of {', '.join(RECIPES)}, got {name!r}")
    highest = SEEDS[RECIPES[name].generator if name else Recipe.generator]
    if seed is not None and not (type(seed) is int and 0 <= seed <= highest):
        raise ChoiceError(f"seed: expected a whole number from 0 to {highest}, got {seed!r}")


def choose(name: str | None, dataset: Dataset, classes: tuple[str, ...] | None) -> Recipe:
    """The recipe of that name, or the default for the data set, for these classes.

    Args:
        name: what `--recipe` takes, or None.
        dataset: what will be learned.
        classes: those of a part, which it is; None where it is whole.

    Raises:
        ChoiceError: the recipe deforms images, and the data set has none that can be.
    """
    recipe = RECIPES[name] if name else default(dataset.name, len(dataset.learning))
    shape, dtype = dataset.input.shape, dataset.learning.images.dtype
    if (recipe.deformation or recipe.teachers) and (len(shape) != 2 or dtype != np.uint8):  # noqa: PLR2004
        expected = "images of bytes in rows and columns, which it deforms"
        raise ChoiceError(f"recipe {recipe.name}: expected {expected}; got {dtype} of shape {shape}")
    teachers = tuple(replace(each, recipe=replace(each.recipe, classes=classes)) for each in recipe.teachers)
    return replace(recipe, classes=classes, teachers=teachers)
