"""The choice: the recipe for a data set."""

from dataclasses import replace

import numpy as np

from model.errors import NumeralError
from pipeline.datasets import Dataset
from pipeline.recipe import Recipe
from pipeline.recipes import RECIPES, default


class ChoiceError(NumeralError):
    """A recipe is not one for the data set."""


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
