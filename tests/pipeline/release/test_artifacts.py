from base64 import b64decode

import numpy as np
import pytest

from model.evaluation.metrics import measure
from pipeline.ensemble.ensemble import MemberStanding, Standing
from pipeline.release.artifacts import address, committee_table, confusion_table, metrics_table
from pipeline.training.recipes import COMMITTEE

LABELS, PREDICTED = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])


@pytest.fixture
def metrics():
    return measure(np.eye(2)[:, PREDICTED], PREDICTED, LABELS, 0.25)


def test_the_metrics_table_has_the_figures_of_every_class(metrics):
    table = metrics_table(metrics, ("five", "eight")).splitlines()
    assert {"| accuracy | 75.00% |", "| balanced accuracy | 83.33% |", "| cost | 0.2500 |"} <= set(table)
    assert table[-2:] == ["| five | 100.00% | 66.67% |", "| eight | 50.00% | 100.00% |"]


def test_the_confusion_table_has_a_row_for_each_true_class(metrics):
    assert confusion_table(metrics, ("five", "eight")).splitlines() == [
        "| true \\ predicted | five | eight |",
        "|---|---|---|",
        "| **five** | 2 | 1 |",
        "| **eight** | 0 | 1 |",
    ]


def test_the_committee_table_has_each_teacher_and_all_together():
    members = tuple(MemberStanding(0.99 + place / 1000, 1, 2.0) for place in range(len(COMMITTEE.teachers)))
    first, *_, last = committee_table(Standing(0.9965, members), COMMITTEE).splitlines()[2:]
    assert first == "| committee.1 | 99.00% |"
    assert last == "| **together** | 99.65% |"


def test_the_address_of_a_chart_holds_all_of_it():
    svg = "<svg xmlns='http://www.w3.org/2000/svg'><title>ε &amp; δ</title></svg>"
    form, _, content = address(svg).partition(",")
    assert form == "data:image/svg+xml;base64"
    assert b64decode(content).decode() == svg
