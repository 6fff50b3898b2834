import dataclasses

import numpy as np
import pytest

from model.errors import TrainingError
from pipeline.examples import stratified
from pipeline.fit import fit
from pipeline.recipes import SMALL

BRIEF = dataclasses.replace(SMALL, epochs=3)


@pytest.fixture(scope="module")
def parts(digits):
    return stratified(digits.learning, 120, np.random.default_rng(0))


def test_the_small_recipe_learns_the_digits(parts):
    fitted = fit(SMALL, *parts, 10, seed=0)
    assert fitted.history[-1]["validation_accuracy"] >= 0.95


def test_the_same_seed_gives_the_same_network_bit_for_bit(parts):
    one, same, other = (fit(BRIEF, *parts, 10, seed).network.parameters.flat for seed in (1, 1, 2))
    assert one.tobytes() == same.tobytes() != other.tobytes()


def test_the_history_has_one_entry_an_epoch(parts):
    fitted = fit(BRIEF, *parts, 10, seed=0)
    assert [entry["epoch"] for entry in fitted.history] == [1, 2, 3]
    assert fitted.history[2]["training_cost"] < fitted.history[0]["training_cost"]


def test_nothing_is_learned_from_the_validation_examples(parts):
    training, validation = parts
    scrambled = dataclasses.replace(validation, labels=(validation.labels + 1) % 10)
    one, other = (fit(BRIEF, training, watched, 10, seed=1) for watched in (validation, scrambled))
    assert (one.network.parameters.flat == other.network.parameters.flat).all()
    assert one.history != other.history


def test_weights_are_float32(parts):
    assert fit(BRIEF, *parts, 10, seed=0).network.parameters.flat.dtype == np.float32


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_learning_rate_that_is_too_high_is_a_sentence(parts):
    with pytest.raises(TrainingError, match="lower the learning rate"):
        fit(dataclasses.replace(BRIEF, learning_rate=1e9), *parts, 10, seed=0)


@pytest.mark.parametrize(
    "change", [{"schedule": "constant"}, {"l2": 5.0}, {"mini_batch": 16}, {"initialisation": "unit_normal"}]
)
def test_every_part_of_the_recipe_counts(parts, change):
    changed = dataclasses.replace(BRIEF, **change)
    one, other = (fit(recipe, *parts, 10, seed=0).network.parameters.flat for recipe in (BRIEF, changed))
    assert (one != other).any()
