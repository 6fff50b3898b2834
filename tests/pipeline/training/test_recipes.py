import dataclasses

import pytest

from model.network.initialisation import INITIALISATIONS
from model.network.network import Network
from model.training.optimizers import RULES
from model.training.schedules import SHAPES
from pipeline.augmentation.normalisation import View
from pipeline.training.recipes import COMMITTEE, DIGITS, QUICK, RECIPES, SMALL, default


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_describes_a_network_and_its_training(name):
    assert RECIPES[name].name == name
    for recipe in (RECIPES[name], *(teacher.recipe for teacher in RECIPES[name].teachers)):
        sizes = (784, *recipe.hidden, len(recipe.classes or "0123456789"))
        Network.build(sizes, recipe.activations, recipe.cost)
        assert recipe.initialisation in INITIALISATIONS
        assert recipe.schedule in SHAPES
        assert recipe.optimizer in RULES


def test_teachers_have_names_topologies_and_views_of_their_own():
    teachers = COMMITTEE.teachers
    assert len({teacher.recipe.name for teacher in teachers} | {COMMITTEE.name}) == len(teachers) + 1
    assert len({teacher.recipe.hidden for teacher in teachers}) == len(teachers)
    assert len({teacher.view for teacher in teachers}) == len(teachers)


def test_who_goes_on_from_a_teacher_has_its_units_and_sees_images_as_they_are():
    first = COMMITTEE.teachers[0]
    assert (COMMITTEE.goes_on, COMMITTEE.hidden, first.view) == (True, first.recipe.hidden, View())


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_data_that_does_not_change(name):
    with pytest.raises(dataclasses.FrozenInstanceError):
        RECIPES[name].epochs = 0


@pytest.mark.parametrize(
    ("examples", "recipe"), [(60_000, QUICK), (10_000, QUICK), (9_999, SMALL), (1_437, SMALL), (2, SMALL)]
)
def test_the_default_is_by_the_number_of_examples(examples, recipe):
    assert default("csv:flowers.csv", examples) is recipe


def test_the_bundled_digits_have_a_default_of_their_own():
    assert default("digits", 1_437) is DIGITS
