import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.schedules import SCHEDULES, constant, cosine


def test_constant_never_changes():
    assert {constant(0.5, 4)(step) for step in (0, 1, 4, 1000)} == {0.5}


@pytest.mark.parametrize(
    ("step", "rate"),
    [
        (0, 0.8),  # 0.4 * (1 + cos 0)
        (1, 0.4 * (1 + math.sqrt(0.5))),  # 0.4 * (1 + cos 45 degrees)
        (2, 0.4),  # 0.4 * (1 + cos 90 degrees)
        (3, 0.4 * (1 - math.sqrt(0.5))),
        (4, 0.0),  # 0.4 * (1 + cos 180 degrees)
        (9, 0.0),  # and it stays there
    ],
)
def test_cosine_by_hand(step, rate):
    assert cosine(0.8, 4)(step) == pytest.approx(rate, rel=1e-12, abs=1e-16)


@given(rate=st.floats(1e-6, 10), steps=st.integers(1, 1000))
def test_cosine_never_rises(rate, steps):
    rates = [cosine(rate, steps)(step) for step in range(steps + 2)]
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_starts_at_its_rate(name):
    assert SCHEDULES[name](0.3, 10)(0) == 0.3
