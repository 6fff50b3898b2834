import dataclasses

import numpy as np
import pytest

from model.errors import TrainingError
from pipeline.datasets import only
from pipeline.evaluate import evaluate
from pipeline.examples import divided, stratified
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


CHANGES = [
    {"schedule": "constant"},
    {"warm_up": 1},
    {"optimizer": "nesterov"},
    {"l2": 5.0},
    {"label_smoothing": 0.1},
    {"mini_batch": 16},
    {"initialisation": "unit_normal"},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_every_part_of_the_recipe_counts(parts, change):
    changed = dataclasses.replace(BRIEF, **change)
    one, other = (fit(recipe, *parts, 10, seed=0).network.parameters.flat for recipe in (BRIEF, changed))
    assert (one != other).any()


def test_two_classes_share_a_single_output(digits):
    part = only(digits, ("5", "8"))
    recipe = dataclasses.replace(
        BRIEF, activations=("sigmoid", "sigmoid"), cost="bernoulli_cross_entropy", epochs=20
    )
    fitted = fit(recipe, *divided(part.learning, 0.1, 0, "random"), 2, seed=0)
    assert fitted.network.sizes == (784, 128, 1)
    assert evaluate(fitted.network, part.test).metrics.accuracy >= 0.95


def test_the_best_epoch_is_kept_where_the_recipe_has_patience(parts):
    recipe = dataclasses.replace(BRIEF, epochs=5, learning_rate=0.3, schedule="constant", patience=5)
    fitted = fit(recipe, *parts, 10, seed=0)
    best = max(entry["validation_accuracy"] for entry in fitted.history)
    assert best > fitted.history[-1]["validation_accuracy"]
    assert evaluate(fitted.network, parts[1]).metrics.accuracy == best


def test_training_stops_where_patience_ends(parts):
    recipe = dataclasses.replace(BRIEF, epochs=50, learning_rate=0.3, schedule="constant", patience=2)
    accuracies = [entry["validation_accuracy"] for entry in fit(recipe, *parts, 10, seed=0).history]
    assert len(accuracies) < 50
    assert max(accuracies[-2:]) <= max(accuracies[:-2])
    assert accuracies.index(max(accuracies)) == len(accuracies) - 3


def test_without_validation_examples_the_training_examples_are_watched(digits):
    fitted = fit(BRIEF, *divided(digits.learning, 0, 0, "random"), 10, seed=0)
    assert fitted.history[-1].keys() == {"epoch", "training_cost", "training_accuracy"}


def test_a_look_is_taken_as_often_as_the_recipe_says(parts):
    history = fit(dataclasses.replace(BRIEF, epochs=5, watch_every=2), *parts, 10, seed=0).history
    assert [entry["epoch"] for entry in history if "validation_accuracy" in entry] == [2, 4, 5]


def test_all_four_monitors_can_be_on(parts):
    (entry, *_) = fit(dataclasses.replace(BRIEF, watch_training=True), *parts, 10, seed=0).history
    names = {f"{part}_{what}" for part in ("training", "validation") for what in ("cost", "accuracy")}
    assert entry.keys() == names | {"epoch"}


def test_double_precision_ends_in_float32(parts):
    fitted = fit(dataclasses.replace(BRIEF, dtype="float64", mini_batch=None), *parts, 10, seed=0)
    assert fitted.network.parameters.flat.dtype == np.float32
