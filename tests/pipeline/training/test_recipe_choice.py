import dataclasses

import numpy as np
import orjson
import pytest

from pipeline.data.dataset.datasets import Labelled, dataset_of
from pipeline.training.recipe import SEEDS
from pipeline.training.recipe_choice import ChoiceError, check, choose
from pipeline.training.recipes import QUICK, RECIPES, SMALL


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


@pytest.mark.parametrize("name", [None, *RECIPES])
def test_every_seed_that_is_taken_is_one_for_the_generator_and_for_json(name):
    for seed in (0, SEEDS[RECIPES[name].generator if name else "pcg64"]):
        check(name, seed)
        np.random.RandomState(seed) if name and RECIPES[name].generator == "legacy" else (
            np.random.default_rng(seed)
        )
        assert orjson.loads(orjson.dumps(seed)) == seed


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, "1", True])
def test_a_seed_that_is_none_is_a_sentence(seed):
    with pytest.raises(
        ChoiceError, match=r"^seed: expected a whole number from 0 to 9223372036854775807, got"
    ):
        check("quick", seed)


def test_the_seed_of_an_older_generator_is_shorter():
    with pytest.raises(
        ChoiceError, match=r"^seed: expected a whole number from 0 to 4294967295, got 4294967296$"
    ):
        check("five-or-eight", 2**32)


def test_a_recipe_that_is_none_is_answered_with_those_that_there_are():
    with pytest.raises(ChoiceError, match=r"^recipe: expected one of quick, small, .*, got 'nonsense'$"):
        check("nonsense", None)
