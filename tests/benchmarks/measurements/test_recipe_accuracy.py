"""The table of recipes: read from documents, kept from one measurement to the next."""

from dataclasses import replace

import pytest

from benchmarks.measurements import recipe_accuracy
from benchmarks.measurements.recipe_accuracy import Run, lines, read, run_of, seeds_of, write
from pipeline.training.recipes import NIELSEN, QUICK, RECIPES

RUN = Run("quick", 0, 0.985, 0.984, 11.0, "2026-11-21")


@pytest.fixture(autouse=True)
def file(monkeypatch, tmp_path):
    monkeypatch.setattr(recipe_accuracy, "RUNS", tmp_path / "runs.jsonl")


def keyed(*runs):
    return {(run.recipe, run.seed): run for run in runs}


def test_runs_are_kept_from_one_measurement_to_the_next():
    assert read() == {}
    runs = keyed(RUN, replace(RUN, recipe="committee", committee=0.9965))
    write(runs)
    assert read() == runs


def test_a_line_has_the_mean_and_the_extremes_of_its_seeds():
    runs = keyed(
        RUN,
        replace(RUN, seed=1, accuracy=0.987, seconds=13.0),
        replace(RUN, seed=2, accuracy=0.989, measured="2026-11-22"),
    )
    (line,) = lines(runs)
    assert line == [
        "`quick`",
        "0, 1, 2",
        "98.70%",
        "98.50% to 98.90%",
        "98.40% (98.40% to 98.40%)",
        "-",
        "11 (11 to 13)",
        "2026-11-22",
    ]


def test_a_committee_is_told_beside_the_network_that_it_taught():
    (line,) = lines(keyed(replace(RUN, recipe="committee", committee=0.9965)))
    assert line[3] == "-", "one seed has no extremes"
    assert line[5] == "99.65%"


def test_lines_are_in_the_order_of_the_recipes():
    names = list(RECIPES)
    runs = keyed(*(replace(RUN, recipe=name) for name in reversed(names)))
    assert [line[0] for line in lines(runs)] == [f"`{name}`" for name in names]


@pytest.fixture
def document(make_document):
    def make(history, lineage=None, **training):
        training = {
            "recipe": "quick",
            "seed": 3,
            "history": history,
            "seconds": 10.26,
            "patience": None,
        } | training
        return replace(
            make_document(),
            created_at="2026-11-22T01:02:03.000Z",
            training=training,
            metrics={"accuracy": 0.97},
            lineage=lineage or {},
        )

    return make


HISTORY = [
    {"epoch": 1, "training_cost": 0.2, "validation_accuracy": 0.99},
    {"epoch": 2, "training_cost": 0.1, "validation_accuracy": 0.98},
]


def test_a_run_is_what_its_document_says(document):
    assert run_of(document(HISTORY)) == Run("quick", 3, 0.97, 0.98, 10.3, "2026-11-22")


def test_the_best_epoch_is_published_where_the_recipe_waits_for_it(document):
    assert run_of(document(HISTORY, patience=5)).validation == 0.99


def test_teachers_take_their_time_too(document):
    members = [
        {"accuracy": 0.994, "seed": 1, "seconds": 20.0},
        {"accuracy": 0.995, "seed": 2, "seconds": 30.0},
    ]
    run = run_of(document(HISTORY, {"teachers": {"accuracy": 0.996, "members": members}}))
    assert (run.committee, run.seconds) == (0.996, 60.3)


def test_without_validation_images_the_training_images_were_watched(document):
    history = [
        {"epoch": 1, "training_cost": 0.2},
        {"epoch": 2, "training_cost": 0.2, "training_accuracy": 0.9},
    ]
    assert run_of(document(history)).validation == 0.9


def test_a_recipe_with_a_seed_of_its_own_is_trained_with_that_alone():
    assert seeds_of(NIELSEN) == (NIELSEN.seed,)
    assert len(seeds_of(QUICK)) >= 3
