import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.evaluation.calibration import BINS, EVIDENCE, SURE, bins_of, calibration_error, sure_from

ANSWERS = st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), min_size=1, max_size=60)


def binned(confidence, right):
    return bins_of(np.array(confidence, np.float32), np.array(right, bool))


def made(*counts):
    """Bins from the surest down, each (answers, right)."""
    edges = [1 - place / BINS for place in range(len(counts) + 1)]
    bins = [
        {"from": low, "to": high, "answers": n, "confidence": 0, "accuracy": right / n}
        for high, low, (n, right) in zip(edges, edges[1:], counts, strict=False)
    ]
    return bins[::-1]


@pytest.mark.parametrize(
    ("right", "wrong", "share"),
    [(0.81, 0.85, True), (0.79, 0.85, False), (0.9, 0.95, False), (0.95, 1, True)],
)
def test_errors_even_out_within_a_bin_alone(right, wrong, share):
    """A bin is 1/15 wide: they end at 0.8, 0.867, 0.933 and 1, which is in the last."""
    error = calibration_error(binned([right, wrong], [True, False]))
    assert error == pytest.approx((abs(1 - right - wrong) if share else 1 - right + wrong) / 2, rel=1e-6)


@pytest.mark.parametrize(("sure", "of"), [(1, 2), (3, 4), (9, 10), (1, 1), (0, 5)])
def test_answers_that_are_right_as_often_as_they_are_sure_have_no_calibration_error(sure, of):
    assert calibration_error(binned([sure / of] * of, np.arange(of) < sure)) == pytest.approx(0, abs=1e-6)


def test_float32_confidence_of_more_than_one_falls_into_the_last_bin():
    (last,) = binned([1, np.nextafter(np.float32(1), np.float32(2))], [True, True])
    assert (last["from"], last["to"], last["answers"]) == (14 / 15, 1.0, 2)


@given(ANSWERS)
def test_every_answer_is_in_the_bin_of_its_confidence(answers):
    confidence, right = zip(*answers, strict=True)
    bins = binned(confidence, right)
    assert sum(each["answers"] for each in bins) == len(answers)
    assert sum(each["answers"] * each["accuracy"] for each in bins) == pytest.approx(sum(right))
    assert all(each["from"] - 1e-6 <= each["confidence"] <= each["to"] + 1e-6 for each in bins)
    assert [each["from"] for each in bins] == sorted({each["from"] for each in bins})


@pytest.mark.parametrize(
    ("counts", "bins"),
    [
        ([(100, 99), (100, 95), (100, 80)], 2),  # the third is not right often enough
        ([(100, 80), (100, 100)], 0),  # the surest answers are not to be trusted, nor is then what is below
        ([(100, 99), (9, 0), (100, 99)], 3),  # nine answers alone say nothing: with those below, 99 of 109
        ([(100, 99), (9, 0), (20, 20)], 1),  # with those below, 20 of 29
        ([(100, 99), (9, 9)], 1),  # nothing below to count them with
        ([(9, 9)], 0),
        ([(EVIDENCE, int(SURE * EVIDENCE))], 1),
    ],
)
def test_sure_is_what_was_right_nine_times_of_ten_from_there_up(counts, bins):
    expected = pytest.approx(1 - bins / BINS) if bins else None
    assert sure_from(made(*counts)) == expected


def test_everything_is_an_ordinary_number():
    """A document takes them as they are."""
    bins = binned([0.5, 0.9, 0.95], [True, False, True])
    assert {type(value) for each in bins for value in each.values()} == {int, float}
