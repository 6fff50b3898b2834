"""Scales: order is kept, values are inside, and marks stand at round numbers."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from report.charts.scale import MARKS, Scale, round_step

VALUES = st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=20)
WHOLE = st.lists(st.integers(0, 10**15), min_size=1, max_size=20)


@given(VALUES)
@example([0.0, 1e-300])
@example([1.0, 1.0 + 1e-10])
def test_every_value_lies_between_the_ends(values):
    scale = Scale.around(values, 200, 20)
    assert all(20 - 1e-3 <= scale(value) <= 200 + 1e-3 for value in values)


@given(VALUES)
def test_order_is_kept(values):
    scale = Scale.around(values, 0, 100)
    places = [scale(value) for value in sorted(values)]
    assert all(before <= after for before, after in pairwise(places))


@given(VALUES)
def test_marks_rise_in_equal_steps_and_are_few(values):
    scale = Scale.around(values, 0, 100)
    assert 2 <= len(scale.ticks) <= MARKS + 3
    places = [scale(tick) for tick in scale.ticks]
    steps = [after - before for before, after in pairwise(places)]
    assert steps == pytest.approx([steps[0]] * len(steps), rel=1e-3)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_axis_of_shares_does_not_leave_them_by_a_step(one, other):
    scale = Scale.around([one, other], 0, 100)
    assert scale.high <= 1 + 1e-9
    assert scale.low > -1.01


@given(WHOLE)
def test_marks_of_whole_numbers_are_whole_and_inside(values):
    scale = Scale.whole(values, 0, 100)
    assert scale.ticks
    assert all(tick == int(tick) and scale.low <= tick <= scale.high for tick in scale.ticks)
    assert (scale.low, scale.high) == (min(values), max(values))


def test_a_single_value_stands_in_the_middle():
    assert Scale.whole([7], 0, 100)(7) == 50


@given(st.floats(1e-100, 1e100))
def test_a_round_step_is_not_less_and_not_much_more(least):
    assert least * (1 - 1e-6) <= round_step(least) <= least * 2.5 * (1 + 1e-6)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ((0.1, 0.38), ["0.1", "0.2", "0.3", "0.4"]),
        ((0, 1), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ((3, 5200), ["0", "2,000", "4,000", "6,000"]),
    ],
)
def test_marks_have_the_decimals_of_their_step(values, labels):
    scale = Scale.around(values, 0, 1)
    assert [scale.label(tick) for tick in scale.ticks] == labels


def test_marks_of_shares_are_per_cent():
    scale = Scale.around([0.975, 0.994], 0, 1)
    assert [scale.share(tick) for tick in scale.ticks][:2] == ["97.5\u00a0%", "98.0\u00a0%"]
