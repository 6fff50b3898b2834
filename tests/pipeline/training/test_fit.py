import dataclasses
from contextlib import suppress

import numpy as np
import pytest

from model.errors import TrainingError
from pipeline.augmentation.elastic import Deformation
from pipeline.augmentation.normalisation import View
from pipeline.data.dataset.datasets import only
from pipeline.data.dataset.subsets import divided, stratified
from pipeline.ensemble.ensemble import Committee, Member
from pipeline.training.checkpoint import Checkpoint
from pipeline.training.evaluate import evaluate
from pipeline.training.fit import fit
from pipeline.training.recipes import DIGITS, SMALL
from pipeline.training.trainer import Setup

BRIEF = dataclasses.replace(SMALL, epochs=3)


@pytest.fixture(scope="module")
def parts(digits):
    return stratified(digits.learning, 120, np.random.default_rng(0))


@pytest.mark.slow
def test_the_small_recipe_learns_the_digits(digits, parts):
    fitted = fit(SMALL, digits, *parts, seed=0)
    assert fitted.history[-1]["validation_accuracy"] >= 0.95


@pytest.mark.slow
def test_the_recipe_of_the_bundled_digits_learns_them_better(digits, parts):
    network = fit(DIGITS, digits, *parts, seed=0).network
    assert evaluate(network, digits.test).metrics.accuracy >= 0.98


def test_the_same_seed_gives_the_same_network_bit_for_bit(digits, parts):
    one, same, other = (fit(BRIEF, digits, *parts, seed).network.parameters.flat for seed in (1, 1, 2))
    assert one.tobytes() == same.tobytes() != other.tobytes()


def test_the_history_has_one_entry_an_epoch(digits, parts):
    fitted = fit(BRIEF, digits, *parts, seed=0)
    assert [entry["epoch"] for entry in fitted.history] == [1, 2, 3]
    assert fitted.history[2]["training_cost"] < fitted.history[0]["training_cost"]


def test_nothing_is_learned_from_the_validation_examples(digits, parts):
    training, validation = parts
    scrambled = dataclasses.replace(validation, labels=(validation.labels + 1) % 10)
    one, other = (fit(BRIEF, digits, training, watched, seed=1) for watched in (validation, scrambled))
    assert (one.network.parameters.flat == other.network.parameters.flat).all()
    assert one.history != other.history


def test_weights_are_float32(digits, parts):
    assert fit(BRIEF, digits, *parts, seed=0).network.parameters.flat.dtype == np.float32


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_learning_rate_that_is_too_high_is_a_sentence(digits, parts):
    with pytest.raises(TrainingError, match="lower the learning rate"):
        fit(dataclasses.replace(BRIEF, learning_rate=1e9), digits, *parts, seed=0)


CHANGES = [
    {"schedule": "constant"},
    {"warm_up": 1},
    {"optimizer": "nesterov"},
    {"l2": 5.0},
    {"label_smoothing": 0.1},
    {"mini_batch": 16},
    {"initialisation": "unit_normal"},
    {"dropout": 0.2},
    {"averaging": 0.9},
    {"deformation": Deformation()},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_every_part_of_the_recipe_counts(digits, parts, change):
    changed = dataclasses.replace(BRIEF, **change)
    one, other = (fit(recipe, digits, *parts, seed=0).network.parameters.flat for recipe in (BRIEF, changed))
    assert (one != other).any()


def test_two_classes_share_a_single_output(digits):
    part = only(digits, ("5", "8"))
    recipe = dataclasses.replace(
        BRIEF, activations=("sigmoid", "sigmoid"), cost="bernoulli_cross_entropy", epochs=20
    )
    fitted = fit(recipe, part, *divided(part.learning, 0.1, 0, "random"), seed=0)
    assert fitted.network.sizes == (784, 128, 1)
    assert evaluate(fitted.network, part.test).metrics.accuracy >= 0.95


@pytest.mark.slow
def test_the_best_epoch_is_kept_where_the_recipe_has_patience(digits, parts):
    recipe = dataclasses.replace(BRIEF, epochs=9, schedule="constant", patience=9)
    is_worse_at_the_end = []
    for learning_rate in (0.5, 0.6, 0.7, 0.8):  # where it is worse, processors round differently
        fitted = fit(dataclasses.replace(recipe, learning_rate=learning_rate), digits, *parts, seed=0)
        accuracies = [entry["validation_accuracy"] for entry in fitted.history]
        assert evaluate(fitted.network, parts[1]).metrics.accuracy == max(accuracies)
        is_worse_at_the_end.append(accuracies[-1] < max(accuracies))
    assert any(is_worse_at_the_end)


def test_training_stops_where_patience_ends(digits, parts):
    recipe = dataclasses.replace(BRIEF, epochs=50, learning_rate=0.5, schedule="constant", patience=2)
    accuracies = [entry["validation_accuracy"] for entry in fit(recipe, digits, *parts, seed=0).history]
    assert len(accuracies) < 50
    assert max(accuracies[-2:]) <= max(accuracies[:-2])
    assert accuracies.index(max(accuracies)) == len(accuracies) - 3


def test_without_validation_examples_the_training_examples_are_watched(digits):
    fitted = fit(BRIEF, digits, *divided(digits.learning, 0, 0, "random"), seed=0)
    assert fitted.history[-1].keys() == {"epoch", "training_cost", "training_accuracy"}


def test_a_look_is_taken_as_often_as_the_recipe_says(digits, parts):
    history = fit(dataclasses.replace(BRIEF, epochs=5, watch_every=2), digits, *parts, seed=0).history
    assert [entry["epoch"] for entry in history if "validation_accuracy" in entry] == [2, 4, 5]


def test_all_four_monitors_can_be_on(digits, parts):
    (entry, *_) = fit(dataclasses.replace(BRIEF, watch_training=True), digits, *parts, seed=0).history
    names = {f"{part}_{what}" for part in ("training", "validation") for what in ("cost", "accuracy")}
    assert entry.keys() == names | {"epoch"}


def test_double_precision_ends_in_float32(digits, parts):
    fitted = fit(dataclasses.replace(BRIEF, dtype="float64", mini_batch=None), digits, *parts, seed=0)
    assert fitted.network.parameters.flat.dtype == np.float32


class CutOff(Exception):  # noqa: N818  as a crash would
    pass


class Crashing(Checkpoint):
    """A checkpoint after whose n-th saving the training is cut off."""

    def __init__(self, path, crash):
        super().__init__(path, {})
        self.crash = crash
        self.saved = 0

    def save(self, state):
        super().save(state)
        self.saved += 1
        if self.saved == self.crash:
            raise CutOff


BOLD = {"learning_rate": 0.3, "schedule": "constant"}  # whose best epoch is not the last


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"optimizer": "adam", "learning_rate": 1e-3, "schedule": "cosine", "warm_up": 1},
        {"optimizer": "nesterov", "averaging": 0.99},
        {"dropout": 0.3},
        {"deformation": Deformation()},
        {"dtype": "float64", "mini_batch": None, "generator": "legacy"},
        {"patience": 5, **BOLD},
        {"patience": 1, **BOLD},
    ],
    ids=lambda change: ", ".join(change) or "as it is",
)
def test_a_training_that_was_cut_off_goes_on_to_the_same_network_bit_for_bit(digits, parts, change, tmp_path):
    recipe = dataclasses.replace(BRIEF, epochs=6, hidden=(16,), **change)
    unbroken = fit(recipe, digits, *parts, seed=1)
    for crash in (1, 2):  # after the first epoch, then after the third
        with suppress(CutOff):
            fit(recipe, digits, *parts, seed=1, checkpoint=Crashing(tmp_path / "kept.npz", crash))
    resumed = fit(recipe, digits, *parts, seed=1, checkpoint=Checkpoint(tmp_path / "kept.npz", {}))
    assert resumed.network.parameters.flat.tobytes() == unbroken.network.parameters.flat.tobytes()
    assert resumed.history == unbroken.history


def test_a_lesson_that_was_cut_off_goes_on_to_the_same_network_bit_for_bit(digits, parts, tmp_path):
    recipe = dataclasses.replace(BRIEF, epochs=6, hidden=(16,), deformation=Deformation())
    teacher = fit(BRIEF, digits, *parts, seed=7).network
    committee = Committee((Member(teacher, View(0.6), 7, 0.0),), digits.input.shape)
    unbroken = fit(recipe, digits, *parts, 1, None, committee)
    with suppress(CutOff):
        fit(recipe, digits, *parts, 1, Crashing(tmp_path / "kept.npz", 3), committee)
    resumed = fit(recipe, digits, *parts, 1, Checkpoint(tmp_path / "kept.npz", {}), committee)
    assert resumed.network.parameters.flat.tobytes() == unbroken.network.parameters.flat.tobytes()
    assert resumed.history == unbroken.history


@pytest.mark.parametrize("classes", [None, ("8", "7", "1")])
def test_classes_that_lean_easily_into_another_are_rotated_half_as_far(digits, classes, monkeypatch):
    dataset = only(digits, classes) if classes else digits
    asked = []
    monkeypatch.setattr(
        "pipeline.training.trainer.Augmented", lambda *arguments: asked.append(arguments) or Unchanging()
    )
    recipe = dataclasses.replace(BRIEF, deformation=Deformation(), epochs=0)
    training = dataset.learning
    Setup(recipe, dataset, training, 0).batches(1)
    ((_, _, steadiness, *_),) = asked
    leaning = np.isin(np.array(dataset.classes)[training.labels], ("1", "7"))
    assert (steadiness == np.where(leaning, 0.5, 1)).all()


class Unchanging:
    """Images that do not change."""

    answers = None

    def __iter__(self):
        return iter(())


def test_a_training_that_was_over_is_not_trained_again(digits, parts, tmp_path):
    checkpoint = Checkpoint(tmp_path / "kept.npz", {})
    first, second = (fit(BRIEF, digits, *parts, seed=1, checkpoint=checkpoint) for _ in range(2))
    assert first.network.parameters.flat.tobytes() == second.network.parameters.flat.tobytes()
    assert second.history == first.history
    assert second.seconds >= first.seconds - 0.1, "the time of what was trained before counts, too"


def test_the_average_of_the_parameters_is_what_is_kept(digits, parts):
    averaging, plain = (
        fit(dataclasses.replace(BRIEF, averaging=beta), digits, *parts, seed=1) for beta in (0.5, 0.0)
    )
    apart = np.abs(averaging.network.parameters.flat - plain.network.parameters.flat).max()
    assert 0 < apart < 0.05


def test_images_that_are_deformed_are_learned_from_and_not_watched(digits, parts):
    recipe = dataclasses.replace(SMALL, deformation=Deformation(), epochs=10)
    entry = fit(recipe, digits, *parts, seed=0).history[-3]
    assert entry["validation_accuracy"] > 0.9
    assert entry["training_cost"] > entry["validation_cost"], "what is watched is easier"
