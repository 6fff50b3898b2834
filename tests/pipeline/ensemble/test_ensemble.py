"""A committee, and a network that learns from it."""

from dataclasses import replace

import numpy as np
import pytest

from model.network.network import Network
from model.training.process_group import Team
from pipeline.augmentation.normalisation import View
from pipeline.data.dataset.datasets import only
from pipeline.data.dataset.subsets import divided
from pipeline.ensemble.distillation import Distilled
from pipeline.ensemble.ensemble import Committee, Member
from pipeline.training.ensemble_members import member
from pipeline.training.evaluate import evaluate
from pipeline.training.fit import fit
from pipeline.training.recipe import Teacher
from pipeline.training.recipes import SMALL
from pipeline.training.trainer import Setup

SHAPE = (28, 28)
BRIEF = replace(SMALL, epochs=4)


def drawn(seed, sizes=(784, 12, 10), output="softmax", cost="categorical_cross_entropy"):
    network = Network.build(sizes, ("relu", output), cost, "float32")
    network.parameters.flat[...] = np.random.default_rng(seed).normal(0, 0.1, len(network.parameters.flat))
    return network


@pytest.fixture(scope="module")
def parts(digits):
    return divided(digits.learning, 1 / 12, 0, "random")


@pytest.fixture
def committee():
    return Committee(
        (
            Member(drawn(0), View(), 0, 0.0),
            Member(drawn(1), View(0.43), 0, 0.0),
            Member(drawn(2), View(upright=True), 0, 0.0),
        ),
        SHAPE,
    )


def test_a_committee_answers_with_the_mean_of_what_each_member_says_to_what_it_sees(committee, digits):
    images = digits.test.images[digits.test.rows[:50]]
    said = [
        each.network.forward(
            each.view.of(images.reshape(-1, *SHAPE)).reshape(50, 784).T.astype(np.float32) / 255
        )
        for each in committee.members
    ]
    np.testing.assert_allclose(committee.answers(images), sum(said) / 3, rtol=1e-5)


def test_a_standing_has_the_accuracy_of_each_and_of_all(digits):
    alone = Committee((Member(drawn(3), View(), 0, 0.0),), SHAPE)
    accuracy = evaluate(drawn(3), digits.test).metrics.accuracy
    assert alone.standing(digits.test).accuracy == accuracy
    both = Committee(
        (Member(drawn(3), View(), 0, 0.0), Member(drawn(3), View(0.43), 0, 0.0)), SHAPE
    ).standing(digits.test)
    assert both.members[0].accuracy == accuracy
    assert both.members[1].accuracy != accuracy


def test_two_classes_share_the_single_output_of_a_committee_and_of_what_it_teaches(digits):
    pair = only(digits, ("5", "8"))
    recipe = replace(
        SMALL, activations=("relu", "sigmoid"), cost="bernoulli_cross_entropy", classes=("5", "8")
    )
    parts = divided(pair.learning, 1 / 12, 0, "random")
    teacher = member(Teacher(recipe, View()), pair, parts, 1)
    committee = Committee((teacher,), SHAPE)
    assert committee.answers(pair.test.images[:7]).shape == (1, 7)
    assert committee.standing(pair.test).accuracy == evaluate(teacher.network, pair.test).metrics.accuracy
    taught = fit(recipe, pair, *parts, 2, None, committee)
    assert evaluate(taught.network, pair.test).metrics.accuracy > 0.9


def test_answers_are_those_to_the_images_of_the_epoch(committee, parts):
    training, _ = parts
    upside_down = training.images[:, ::-1].copy()
    distilled = Distilled([training.images, upside_down], training, committee, 10, np.float64, Team())
    for images, expected in zip(distilled, (training.images, upside_down), strict=True):
        assert images is expected
        wanted = committee.answers(expected[training.rows]).T
        np.testing.assert_allclose(distilled.answers[training.rows], wanted, rtol=1e-5)


def test_nothing_is_asked_about_the_validation_images(committee, parts):
    training, validation = parts
    distilled = Distilled([training.images], training, committee, 10, np.float32, Team())
    list(distilled)
    assert not distilled.answers[validation.rows].any()


def test_a_member_learns_from_what_it_sees(digits, parts):
    teacher = Teacher(BRIEF, View(0.43, upright=True))
    taught = member(teacher, digits, parts, seed=1)
    assert taught.view == teacher.view
    fitted = fit(BRIEF, digits, *parts, seed=1)
    assert (taught.network.parameters.flat != fitted.network.parameters.flat).any()
    assert Committee((taught,), SHAPE).standing(parts[1]).accuracy > 0.9
    assert (
        evaluate(taught.network, parts[1]).metrics.accuracy
        < Committee((taught,), SHAPE).standing(parts[1]).accuracy
    )


def test_a_member_with_a_plain_view_is_an_ordinary_network(digits, parts):
    taught = member(Teacher(BRIEF, View()), digits, parts, seed=1)
    fitted = fit(BRIEF, digits, *parts, seed=1)
    assert (taught.network.parameters.flat == fitted.network.parameters.flat).all()


@pytest.mark.slow
def test_a_network_learns_from_the_committee_and_not_from_the_labels(digits, parts):
    teachers = Committee(tuple(member(Teacher(BRIEF, View()), digits, parts, seed) for seed in (1, 2)), SHAPE)
    training, validation = parts
    mislabelled = replace(training, labels=(training.labels + 1) % 10)
    recipe = replace(SMALL, label_smoothing=0.0)
    fitted = fit(recipe, digits, mislabelled, validation, 3, None, teachers)
    accuracy = evaluate(fitted.network, digits.test).metrics.accuracy
    assert accuracy > 0.9
    assert accuracy == pytest.approx(teachers.standing(digits.test).accuracy, abs=0.03)


def test_a_network_goes_on_where_its_first_teacher_is_where_the_recipe_says_so(committee, digits, parts):
    recipe, first = replace(BRIEF, hidden=(12,)), committee.members[0].network
    begun = Setup(replace(recipe, goes_on=True), digits, parts[0], 3, committee).network()
    np.testing.assert_array_equal(begun.parameters.flat, first.parameters.flat)
    assert not np.shares_memory(begun.parameters.flat, first.parameters.flat)
    own = Setup(recipe, digits, parts[0], 3, committee).network()
    assert (own.parameters.flat != first.parameters.flat).any()


def test_a_taught_training_is_the_same_whoever_shares_it(digits, parts, monkeypatch):
    teachers = Committee((Member(drawn(1, (784, 300, 10)), View(0.57), 0, 0.0),), SHAPE)
    recipe = replace(BRIEF, hidden=(700,), mini_batch=128, epochs=2)
    flats = []
    for cores in (1, 2):
        monkeypatch.setattr("pipeline.training.trainer.CORES", cores)
        flats.append(fit(recipe, digits, *parts, 3, None, teachers).network.parameters.flat)
    np.testing.assert_allclose(flats[0], flats[1], rtol=1e-3, atol=1e-5)
