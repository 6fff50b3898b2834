import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.evaluation.metrics import confusion_matrix, measure

ANSWERS = st.integers(1, 60).flatmap(
    lambda m: st.tuples(
        st.lists(st.integers(0, 3), min_size=m, max_size=m),
        st.lists(st.integers(0, 3), min_size=m, max_size=m),
        st.lists(st.floats(0, 1), min_size=m, max_size=m),
    )
)


def metrics(predicted, labels, confidence=None):
    """Metrics of answers over five classes, each as sure as `confidence` says."""
    predicted, labels = np.array(predicted), np.array(labels)
    probabilities = np.zeros((5, len(labels)))
    probabilities[predicted, np.arange(len(labels))] = 1 if confidence is None else confidence
    return measure(probabilities, predicted, labels, cost=0.25)


@pytest.fixture
def worked():
    """Of three 0s two are found, of two 1s one, of two 3s one; there is no 2, and nobody says 4."""
    return metrics(predicted=[0, 0, 1, 1, 2, 1, 3], labels=[0, 0, 0, 1, 1, 3, 3])


def test_accuracy_by_hand(worked):
    assert worked.accuracy == 4 / 7


def test_balanced_accuracy_by_hand_counts_every_class_that_there_is_alike(worked):
    assert worked.balanced_accuracy == pytest.approx((2 / 3 + 1 / 2 + 1 / 2) / 3)


def test_always_the_same_answer_is_worth_no_more_the_more_frequent_it_is():
    for rare in (1, 10):
        alike = metrics(predicted=[0] * 590 + [0] * rare, labels=[0] * 590 + [1] * rare)
        assert (alike.accuracy, alike.balanced_accuracy) == (590 / (590 + rare), 0.5)


def test_confusion_by_hand_has_a_row_for_each_true_class(worked):
    assert worked.confusion == ((2, 1, 0, 0, 0), (0, 1, 1, 0, 0), (0,) * 5, (0, 1, 0, 1, 0), (0,) * 5)


def test_precision_by_hand(worked):
    """0 is said twice, right twice; 1 three times, right once; 2 once, wrong; 3 once, right; 4 never."""
    assert worked.precision == (1, 1 / 3, 0, 1, 0)


def test_recall_by_hand(worked):
    assert worked.recall == (2 / 3, 1 / 2, 0, 1 / 2, 0)


def test_cost_is_passed_on(worked):
    assert worked.cost == 0.25


def test_calibration_error_by_hand():
    # four answers at 0.95, three right: |3 - 3.80| = 0.80; two at 0.55, both right: |2 - 1.10| = 0.90
    worked = metrics(predicted=[0] * 6, labels=[0, 0, 0, 1, 0, 0], confidence=[0.95] * 4 + [0.55] * 2)
    assert worked.calibration_error == pytest.approx((0.80 + 0.90) / 6)


@given(ANSWERS)
def test_rows_of_the_confusion_count_labels_and_columns_answers(answers):
    predicted, labels, _ = (np.array(part) for part in answers)
    confusion = confusion_matrix(predicted, labels, 4)
    assert confusion.sum(axis=1).tolist() == np.bincount(labels, minlength=4).tolist()
    assert confusion.sum(axis=0).tolist() == np.bincount(predicted, minlength=4).tolist()


@given(ANSWERS)
def test_accuracy_is_the_trace_of_the_confusion(answers):
    measured = metrics(*answers)
    assert measured.accuracy == np.trace(measured.confusion) / len(answers[0])


@given(ANSWERS)
def test_every_share_is_between_0_and_1(answers):
    measured = metrics(*answers)
    shares = [measured.accuracy, measured.calibration_error, *measured.precision, *measured.recall]
    assert all(0 <= share <= 1 for share in shares)


def test_labels_of_small_integers_do_not_overflow():
    labels = np.full(3, 200, np.uint8)
    assert confusion_matrix(labels, labels, 201)[200, 200] == 3


def test_everything_is_an_ordinary_number(worked):
    """A document takes them as they are."""
    flat = [worked.accuracy, worked.calibration_error, *worked.precision, *worked.recall]
    assert {type(value) for value in flat} == {float}
    assert {type(count) for row in worked.confusion for count in row} == {int}
