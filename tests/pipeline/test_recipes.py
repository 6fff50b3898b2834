import dataclasses

import pytest

from model.initialisation import INITIALISATIONS
from model.network import Network
from model.optimizers import RULES
from model.schedules import SHAPES
from pipeline.datasets import LOADERS
from pipeline.recipes import DEFAULTS, RECIPES


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


def test_every_data_set_has_a_default():
    assert DEFAULTS.keys() == LOADERS.keys()
