import dataclasses

import pytest

from model.initialisation import INITIALISATIONS
from model.network import Network
from model.optimizers import RULES
from model.schedules import SHAPES
from pipeline.recipes import QUICK, RECIPES, SMALL, default


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_describes_a_network_and_its_training(name):
    recipe = RECIPES[name]
    assert recipe.name == name
    Network.build((784, *recipe.hidden, len(recipe.classes or "0123456789")), recipe.activations, recipe.cost)
    assert recipe.initialisation in INITIALISATIONS
    assert recipe.schedule in SHAPES
    assert recipe.optimizer in RULES


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_data_that_does_not_change(name):
    with pytest.raises(dataclasses.FrozenInstanceError):
        RECIPES[name].epochs = 0


@pytest.mark.parametrize(
    ("examples", "recipe"), [(60_000, QUICK), (10_000, QUICK), (9_999, SMALL), (1_437, SMALL), (2, SMALL)]
)
def test_the_default_is_by_the_number_of_examples(examples, recipe):
    assert default(examples) is recipe
