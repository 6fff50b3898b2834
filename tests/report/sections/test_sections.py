"""Sections: what a document tells is shown, what it lacks is said, and nothing in it makes an exception."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.document.document import Input
from model.network.network import Network
from report.sections.calibration import calibration
from report.sections.champion_comparison import comparison
from report.sections.confusion import confusion
from report.sections.learning_curves import learning
from report.sections.mistakes import mistakes
from report.sections.precision_and_recall import classes
from report.sections.recipe_and_lineage import lineage, recipe
from report.sections.weights import weights
from report.version_report import SECTIONS, fragment

PARTS = ("training", "dataset", "metrics", "lineage")
VISUAL = (learning, confusion, mistakes, classes, calibration, comparison)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def words(section) -> str:
    return " ".join(section.text)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_a_document_that_tells_everything_has_every_part(section, told):
    shown = section(told)
    assert shown.figures or shown.pictures or shown.tables


@pytest.mark.parametrize("section", VISUAL, ids=lambda section: section.__name__)
def test_of_a_document_that_tells_nothing_it_is_said_why_a_part_is_missing(section, make_document):
    shown = section(make_document(**{part: {} for part in PARTS}))
    assert shown.figures == shown.pictures == shown.tables == ()
    assert words(shown).endswith(".")


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_chart_has_a_table_with_as_many_cells_as_columns(section, told):
    for figure in section(told).figures:
        ET.fromstring(figure.svg)
        assert figure.table.rows
        assert all(len(row) == len(figure.table.header) for row in figure.table.rows)


class TestWhatComesFromOutside:
    @given(data=st.data())
    def test_any_fact_may_be_anything(self, data, told):
        parts = {part: dict(getattr(told, part)) for part in PARTS}
        part = data.draw(st.sampled_from(PARTS))
        parts[part][data.draw(st.sampled_from(sorted(parts[part])))] = data.draw(ANYTHING)
        fragment(replace(told, **parts))

    @given(data=st.data())
    def test_so_may_any_fact_inside_a_list(self, data, told):
        place = st.sampled_from(["calibration", "mistakes", "confusion", "precision", "recall"])
        metrics = dict(told.metrics)
        key = data.draw(place)
        changed = list(metrics[key])
        first = changed[0]
        if isinstance(first, dict):
            changed[0] = first | {data.draw(st.sampled_from(sorted(first))): data.draw(ANYTHING)}
        else:
            changed[0] = data.draw(ANYTHING)
        fragment(replace(told, metrics=metrics | {key: changed}))

    def test_numbers_without_end(self, make_told):
        told = make_told(metrics__confusion=[[10**99] * 3] * 3, training__history=[{"epoch": 10**99}] * 2)
        assert "<svg" in fragment(told)

    def test_a_label_is_text(self, make_told):
        page = fragment(make_told(classes=("<script>alert(1)</script>", "\x00", "\ud800")))
        assert "<script" not in page
        page.encode("utf-8")


class TestLearning:
    def test_the_table_has_the_numbers_of_the_history(self, told):
        cost, accuracy = learning(told).figures
        assert cost.table.header == ("epoch", "validation", "training")
        assert cost.table.rows[1] == ("2", "0.6", "0.5")
        assert accuracy.table.rows[3] == ("4", "87.50\u00a0%", "90.00\u00a0%")

    def test_what_was_not_recorded_is_said(self, make_told):
        history = [{"epoch": 1, "validation_cost": 0.5, "training_cost": 0.6, "validation_accuracy": 0.9}]
        section = learning(make_told(training__history=history))
        assert section.text == ("Accuracy on training examples was not recorded in this training.",)
        assert section.figures[1].table.header == ("epoch", "validation")

    def test_one_epoch_is_a_point(self, make_told):
        section = learning(make_told(training__history=[{"epoch": 1, "validation_cost": 0.5}]))
        (figure,) = section.figures
        assert "Validation cost is 0.5 after epoch 1." in figure.svg

    def test_an_epoch_may_lack_a_number(self, make_told):
        history = [{"epoch": 1, "validation_cost": 0.5}, {"epoch": 2, "training_cost": 0.4}]
        (figure,) = learning(make_told(training__history=history)).figures
        assert [row[0] for row in figure.table.rows] == ["1", "2"]
        assert figure.table.rows[0][1] == "0.5"

    @pytest.mark.parametrize(("epochs", "shown"), [(1000, 1000), (1001, 501)])
    def test_of_very_many_epochs_some_are_shown(self, make_told, epochs, shown):
        history = [{"epoch": n, "validation_cost": 1 / n} for n in range(1, epochs + 1)]
        section = learning(make_told(training__history=history))
        assert len(section.figures[0].table.rows) == shown
        assert ("one in 2" in words(section)) == (shown < epochs)


class TestConfusion:
    def test_it_names_the_most_frequent_mistake(self, told):
        assert words(confusion(told)) == (
            "24 of 30 test examples (80.00\u00a0%) are right. "
            "The most frequent mistake: perhaps is taken for no, 3 times."
        )

    def test_the_table_has_the_counts(self, told):
        assert confusion(told).figures[0].table.rows[2] == ("perhaps", "3", "0", "7")

    def test_without_a_mistake_none_is_named(self, make_told):
        section = confusion(make_told(metrics__confusion=[[1, 0, 0], [0, 1, 0], [0, 0, 1]]))
        assert words(section) == "3 of 3 test examples (100.00\u00a0%) are right."

    @pytest.mark.parametrize(
        "rows", [[[1]], [[1, 2, 3]] * 2, [[1, 2]] * 3, [[1, 2, -3]] * 3, [[1, 2, 0.5]] * 3, "abc", None]
    )
    def test_what_is_no_square_of_counts_is_missing(self, make_told, rows):
        assert not confusion(make_told(metrics__confusion=rows)).figures

    def test_of_very_many_classes_the_most_frequent_mistakes_are_listed(self, make_document):
        rows = np.eye(100, dtype=int)
        rows[5, 7] = 40
        network = Network.build((784, 100), ("softmax",), "categorical_cross_entropy")
        names = tuple(f"c{n}" for n in range(100))
        told = make_document(network=network, classes=names, metrics={"confusion": rows.tolist()})
        section = confusion(told)
        assert not section.figures
        assert section.tables[0].rows == (("c5", "c7", "40"),)


class TestClasses:
    def test_the_table_has_both_shares(self, told):
        assert classes(told).figures[0].table.rows[0] == ("no", "66.00\u00a0%", "80.00\u00a0%")

    def test_the_class_least_often_found_is_named(self, told):
        assert "Least often found is perhaps: 70.00\u00a0%" in classes(told).figures[0].svg

    def test_shares_of_other_classes_are_missing(self, make_told):
        assert not classes(make_told(metrics__recall=[0.5])).figures

    def test_of_very_many_classes_the_least_found_are_shown(self, make_document):
        network = Network.build((784, 100), ("softmax",), "categorical_cross_entropy")
        shares = [n / 100 for n in range(100)]
        names = tuple(f"c{n}" for n in range(100))
        told = make_document(network=network, classes=names, metrics={"precision": shares, "recall": shares})
        section = classes(told)
        assert [row[0] for row in section.figures[0].table.rows] == [f"c{n}" for n in range(30)]
        assert "Of 100 classes, the 30" in words(section)


class TestCalibration:
    def test_the_error_and_the_line_are_told(self, told):
        section = calibration(told)
        assert "Expected calibration error: 3.10\u00a0%" in words(section)
        assert "From a confidence of 80\u00a0% on, nine answers of ten" in words(section)

    def test_the_table_has_a_row_for_each_bin(self, told):
        rows = calibration(told).figures[0].table.rows
        assert rows[0] == ("60.0\u00a0% to 80.0\u00a0%", "10", "70.00\u00a0%", "50.00\u00a0%")

    def test_that_it_is_never_sure_is_told(self, make_told):
        assert "There is no confidence from which" in words(calibration(make_told(metrics__sure_from=None)))

    def test_without_bins_the_error_is_still_told(self, make_told):
        section = calibration(make_told(metrics__calibration=None))
        assert not section.figures
        assert re.search(r"3.10.*no reliability diagram", words(section))


class TestMistakes:
    def test_each_says_what_is_true_and_what_was_said(self, told):
        first, _ = mistakes(told).pictures
        assert first.alternative == "Test image 321: a no, taken for yes with 98.0\u00a0% confidence"
        assert first.caption == ("no taken for yes", "98.0\u00a0%")
        assert first.source.startswith("data:image/png;base64,iVBOR")

    @pytest.mark.parametrize("image", ["", "PHN2Zz4=", 'iVBORw0KGgo" onerror="x', None, 7])
    def test_what_is_no_png_is_no_picture(self, make_told, facts, image):
        changed = [facts["metrics"]["mistakes"][0] | {"image": image}]
        assert not mistakes(make_told(metrics__mistakes=changed)).pictures

    def test_rows_of_numbers_have_no_pictures(self, make_told):
        section = mistakes(make_told(input=Input((16,), preprocessing="none")))
        assert "numbers, not images" in words(section)

    def test_a_model_without_mistakes_is_said_to_be_one(self, make_told):
        section = mistakes(make_told(metrics__mistakes=[], metrics__accuracy=1.0))
        assert words(section) == "It made no mistake on the test images."


class TestWeights:
    def test_all_units_of_a_small_layer_are_shown(self, told):
        assert "Its 5 units" in words(weights(told))

    def test_of_many_the_strongest_are(self, make_document):
        network = Network.build((784, 150, 10), ("relu", "softmax"), "categorical_cross_entropy")
        assert "The 100 of its 150 units" in words(weights(make_document(network=network)))

    @pytest.mark.parametrize("shape", [(16,), (4, 2, 2)])
    def test_what_is_no_image_has_none(self, make_told, shape):
        assert not weights(make_told(input=Input(shape))).pictures

    def test_nor_has_what_is_very_large(self, make_document):
        network = Network.build((65 * 4, 10), ("softmax",), "categorical_cross_entropy")
        section = weights(make_document(network=network, input=Input((65, 4))))
        assert not section.pictures
        assert "65 by 4 are too large" in words(section)


class TestComparison:
    def test_the_table_is_mcnemar_s(self, told):
        (table,) = comparison(told).tables
        assert table.header == ("", "version 3 right", "version 3 wrong")
        assert table.rows == (("this version right", "20", "4"), ("this version wrong", "2", "4"))

    @pytest.mark.parametrize(
        ("gained", "lost", "p", "meaning"),
        [
            (4, 2, 0.89, "That is 2 more right: no sign that it is worse"),
            (2, 4, 0.34, "That is no sign that it is worse"),
            (1, 20, 0.001, "It is worse, and not by chance"),
            (0, 0, 1.0, "nothing tells them apart"),
        ],
    )
    def test_what_it_means_is_said(self, make_told, facts, gained, lost, p, meaning):
        told = facts["lineage"]["comparison"] | {"gained": gained, "lost": lost, "p": p}
        assert meaning in words(comparison(make_told(lineage__comparison=told)))

    def test_the_first_version_has_nothing_to_compare_with(self, make_told):
        assert words(comparison(make_told(lineage__comparison=None))) == (
            "There was no champion to compare it with."
        )


class TestOrigin:
    def test_a_document_that_tells_nothing_has_no_table(self, make_told):
        told = make_told(training={"history": []}, dataset={}, lineage={})
        assert [recipe(told).tables, lineage(told).tables] == [(), ()]
        assert words(recipe(told)) == "The document does not tell how it was trained."

    def test_facts_inside_others_are_named_by_their_path(self, told):
        rows = dict(recipe(told).tables[0].rows)
        assert (rows["deformation.shift"], rows["deformation.steady"]) == ("1", "1, 7")

    def test_the_history_is_no_hyper_parameter(self, told):
        assert not any(name.startswith("history") for name, _ in recipe(told).tables[0].rows)

    def test_the_data_set_belongs_to_the_lineage(self, told):
        assert ("dataset.sizes.train", "100") in lineage(told).tables[0].rows

    def test_a_list_of_objects_has_a_row_for_each_fact(self, make_told):
        told = make_told(training__teachers=[{"seed": 1}, {"seed": 2, "on": True, "off": None}])
        rows = dict(recipe(told).tables[0].rows)
        assert [rows[f"teachers{key}"] for key in ("[0].seed", "[1].on", "[1].off")] == ["1", "yes", "none"]

    def test_a_table_ends(self, make_told):
        section = recipe(make_told(training={f"fact {n}": n for n in range(500)}))
        assert len(section.tables[0].rows) == 200
        assert "it has more" in words(section)
