import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.training.schedules import SHAPES, schedule


def rates(shape, rate, steps, warm_up=0):
    return [schedule(shape, rate, steps, warm_up)(step) for step in range(steps + 1)]


def test_constant_never_changes():
    assert rates("constant", 0.5, 4) == [0.5] * 5


def test_cosine_by_hand():
    # 0.4 * (1 + cos) of 0, 45, 90, 135 and 180 degrees
    half = math.sqrt(0.5)
    expected = [0.8, 0.4 * (1 + half), 0.4, 0.4 * (1 - half), 0]
    assert rates("cosine", 0.8, 4) == pytest.approx(expected, rel=1e-12, abs=1e-16)


def test_step_takes_a_tenth_after_each_third():
    assert rates("step", 1.0, 6)[:6] == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


def test_a_warm_up_rises_along_a_line_to_the_rate():
    # a quarter, a half, three quarters and all of 0.8 in four steps; then the cosine of the other four
    expected = [0.2, 0.4, 0.6, 0.8, 0.8, 0.4 * (1 + math.sqrt(0.5)), 0.4]
    assert rates("cosine", 0.8, 8, 4)[:7] == pytest.approx(expected)


def test_after_the_last_step_the_rate_stays():
    assert schedule("cosine", 0.8, 4)(9) == 0


def test_a_warm_up_may_take_all_of_the_training():
    assert rates("cosine", 0.8, 2, 2) == [0.4, 0.8, 0.8]


@given(st.sampled_from(sorted(SHAPES)), st.floats(1e-6, 10), st.integers(1, 300))
def test_no_shape_ever_rises_or_leaves_its_bounds(shape, rate, steps):
    taken = rates(shape, rate, steps)
    assert taken == sorted(taken, reverse=True)
    assert taken[0] == rate
    assert taken[-1] >= 0
