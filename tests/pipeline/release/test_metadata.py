import dataclasses
import subprocess

import numpy as np
import pytest

from model.document.format import decode, encode
from model.evaluation.novelty import Familiarity
from pipeline.data.dataset.subsets import Examples, stratified
from pipeline.ensemble.ensemble import MemberStanding, Standing
from pipeline.release import metadata
from pipeline.release.gate import Comparison
from pipeline.release.metadata import document_of, familiarity_of, lineage_facts
from pipeline.release.sample_images import samples
from pipeline.training.evaluate import evaluate
from pipeline.training.fit import fit
from pipeline.training.recipe import hyper_parameters
from pipeline.training.recipes import COMMITTEE, SMALL


def trained(digits, seed):
    parts = stratified(digits.learning, 120, np.random.default_rng(seed))
    fitted = fit(dataclasses.replace(SMALL, epochs=2), digits, *parts, seed)
    return document_of("mnist", digits, parts, fitted, evaluate(fitted.network, digits.test), {"notes": []})


@pytest.fixture(scope="module")
def document(digits):
    return trained(digits, 5)


def test_every_hyper_parameter_is_told(document):
    parameters = {field.name for field in dataclasses.fields(SMALL)} - {"name", "source", "expected"}
    assert parameters <= document.training.keys()
    assert (document.training["recipe"], document.training["seed"]) == ("small", 5)
    assert document.training["epochs_run"] == len(document.training["history"]) == 2


def test_the_data_set_is_told(document, digits):
    assert document.dataset == {
        "name": "digits",
        "sha256": dict(digits.sha256),
        "sizes": {"train": 1318, "validation": 120, "test": 359},
        "samples": samples(digits),
    }


def test_the_input_is_the_data_set_s(document, digits):
    assert document.input == digits.input


def test_metrics_are_those_of_the_test_set(document, digits):
    assert document.metrics["accuracy"] == evaluate(document.network, digits.test).metrics.accuracy


def test_the_same_seed_gives_the_same_document_bit_for_bit(document, digits):
    """But for what is meant to differ: the moment and the duration."""

    def settled(document):
        training = document.training | {"seconds": 0}
        return encode(dataclasses.replace(document, created_at="", training=training))

    assert settled(document) == settled(trained(digits, 5)) != settled(trained(digits, 6))


def test_a_published_document_is_read_back_to_the_same_bits(document):
    read = decode(encode(document))
    assert read.network.parameters.flat.tobytes() == document.network.parameters.flat.tobytes()


def test_what_is_familiar_is_read_back_to_the_same_answers(document, digits):
    rows = digits.learning.images[:50].astype(np.float32) / 255
    read = decode(encode(document)).familiarity
    assert read.distances(rows).tolist() == document.familiarity.distances(rows).tolist()
    assert document.familiarity.knows(rows).mean() > 0.9
    assert not read.knows(np.ones((1, 784), np.float32)).any()


def sorted_examples(count):
    """As many bright as dark images, the dark ones first."""
    images = np.random.default_rng(0).integers(0, 50, (2 * count, 30), np.uint8)
    images[count:] += 200
    return Examples.of(images, np.repeat(np.uint8([0, 1]), count))


def test_every_class_is_familiar_however_the_file_is_sorted(monkeypatch):
    monkeypatch.setattr(metadata, "FAMILIAR", 200)
    examples = sorted_examples(400)
    known = familiarity_of(examples, 3)
    rows = examples.images.astype(np.float32) / 255
    assert known.knows(rows[:400]).mean() > 0.9
    assert known.knows(rows[400:]).mean() > 0.9
    assert known.axes.tolist() == familiarity_of(examples, 3).axes.tolist()
    assert known.axes.tolist() != familiarity_of(examples, 4).axes.tolist()


def test_of_wide_inputs_fewer_are_looked_at(monkeypatch):
    monkeypatch.setattr(metadata, "FAMILIAR_NUMBERS", 30 * 100)
    asked = []
    monkeypatch.setattr(Familiarity, "of", asked.append)
    familiarity_of(sorted_examples(400), 3)
    assert asked[0].shape == (100, 30)
    assert (asked[0][:, 0] > 0.5).sum() == 50


def test_the_comparison_with_the_champion_is_told_where_there_was_one():
    assert lineage_facts(None, None, [])["comparison"] is None
    facts = lineage_facts(None, 1, [], comparison=Comparison(1, 90, 3, 2, 5, 0.8))
    assert facts["comparison"] == {
        "version": 1,
        "both_right": 90,
        "gained": 3,
        "lost": 2,
        "both_wrong": 5,
        "p": 0.8,
    }


def test_lineage_names_commit_run_parent_and_libraries(tmp_path, monkeypatch):
    monkeypatch.setattr(metadata, "__file__", str(tmp_path / "lineage.py"))
    for command in ("init -q", "-c user.name=n -c user.email=e commit -q --allow-empty -m m"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    facts = lineage_facts("run-1", 3, ["a note"])
    assert len(facts["git_commit"]) == 40
    assert (facts["flow_run"], facts["parent_version"], facts["notes"]) == ("run-1", 3, ["a note"])
    assert facts["libraries"]["numpy"] == np.__version__


def test_without_a_repository_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(metadata, "__file__", str(tmp_path / "lineage.py"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert lineage_facts(None, None, [])["git_commit"] is None


def test_without_git_there_is_no_commit(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert lineage_facts(None, None, [])["git_commit"] is None


def test_teachers_are_told_of_where_there_were_some():
    assert "teachers" not in lineage_facts(None, None, [])
    facts = lineage_facts(None, None, [], Standing(0.99, (MemberStanding(0.98, 7, 3.0),)))
    assert facts["teachers"] == {
        "accuracy": 0.99,
        "members": ({"accuracy": 0.98, "seed": 7, "seconds": 3.0},),
    }


def test_what_a_teacher_does_is_told_and_nothing_that_it_is_not():
    facts = hyper_parameters(COMMITTEE)
    told = facts["teachers"][1]
    second = COMMITTEE.teachers[1]
    assert told["view"] == {"width": second.view.width, "upright": second.view.upright}
    assert (told["hidden"], told["epochs"]) == (second.recipe.hidden, second.recipe.epochs)
    assert not {"name", "source", "expected", "seed"} & (told.keys() | facts.keys())
