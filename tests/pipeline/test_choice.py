import dataclasses

import numpy as np
import pytest

from pipeline.choice import ChoiceError, choose
from pipeline.datasets import Labelled, dataset_of
from pipeline.recipes import QUICK, RECIPES, SMALL


def dataset(count=4, shape=(3, 3), dtype=np.uint8):
    images = Labelled("x", np.zeros((count, *shape), dtype), ["a", "b"] * (count // 2))
    return dataset_of("d", {}, images, images)


def test_the_default_is_by_the_number_of_examples():
    assert choose(None, dataset(10_000), None) == QUICK
    assert choose(None, dataset(9_998), None) == SMALL


def test_a_recipe_that_is_named_is_taken():
    assert choose("nielsen", dataset(), None).name == "nielsen"


def test_the_classes_of_the_part_are_told():
    assert choose(None, dataset(), ("b", "a")) == dataclasses.replace(SMALL, classes=("b", "a"))
    assert choose("five-or-eight", dataset(), ("a", "b")).classes == ("a", "b")


@pytest.mark.parametrize("name", [name for name, recipe in RECIPES.items() if recipe.deformation])
@pytest.mark.parametrize(
    "whole",
    [dataset(shape=(9,)), dataset(shape=(3, 3, 3)), dataset(dtype=np.float32)],
    ids=["rows", "colours", "fractions"],
)
def test_what_cannot_be_deformed_is_a_sentence(name, whole):
    assert choose(name, dataset(), None).deformation
    with pytest.raises(ChoiceError, match=f"recipe {name}: expected images of bytes in rows and columns"):
        choose(name, whole, None)
