import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.evaluation.novelty import AXES, STRANGE, Familiarity


def line(m, rng, width=100):
    """Inputs on a line through a square's middle, and a little beside it."""
    along = rng.normal(0, 0.1, (m, 1)) * np.linspace(-1, 1, width)
    return (0.5 + along + rng.normal(0, 0.01, (m, width))).astype(np.float32)


@pytest.fixture
def rows(rng):
    return line(2000, rng)


@pytest.fixture
def familiarity(rows):
    return Familiarity.of(rows)


def test_nearly_all_that_was_learned_from_is_familiar(familiarity, rows):
    strange = 1 - familiarity.knows(rows).mean()
    assert STRANGE / 2 <= strange <= 2.1 * STRANGE  # of two measures


def test_more_of_the_same_is_familiar(familiarity, rng):
    assert familiarity.knows(line(1000, rng)).mean() > 0.97


def test_what_lies_in_another_direction_is_strange_at_a_distance_that_is_familiar_along_the_first(
    familiarity, rows
):
    mean, step = rows.mean(axis=0), np.float32(0.08)
    along = np.linspace(-1, 1, 100, dtype=np.float32)
    beside = np.roll(along, 50)
    beside -= along * (beside @ along) / (along @ along)  # across the first axis
    beside *= np.linalg.norm(along) / np.linalg.norm(beside)
    assert familiarity.knows(np.stack([mean + step * along, mean + step * beside])).tolist() == [True, False]


def test_more_ink_than_ever_is_strange(familiarity):
    blank = Familiarity(familiarity.mean, familiarity.axes, familiarity.variances, 1.0, np.inf, 0.5)
    assert blank.knows(np.full((1, 100), 0.4, np.float32)).all()
    assert not blank.knows(np.full((1, 100), 0.6, np.float32)).any()


def test_distance_by_hand():
    axes = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
    known = Familiarity(np.zeros(3, np.float32), axes, np.array([4, 1], np.float32), 0.5, 9.0, 9.0)
    assert known.distances(np.array([[2, 3, 1]], np.float32)).tolist() == [2 * 2 / 4 + 3 * 3 / 1 + 1 / 0.5]


@pytest.mark.parametrize("width", [1, 2, AXES, AXES + 1])
def test_inputs_of_any_width_are_measured(rng, width):
    rows = rng.uniform(0, 1, (500, width)).astype(np.float32)
    known = Familiarity.of(rows)
    assert known.axes.shape == (min(width, AXES), width)
    assert known.knows(rows).mean() > 0.95
    assert np.isfinite(known.distances(rows)).all()


def test_pixels_that_never_changed_are_no_division_by_zero(rng):
    rows = np.zeros((100, 80), np.float32)
    rows[:, :5] = rng.uniform(0, 1, (100, 5))
    known = Familiarity.of(rows)
    corner = np.zeros((1, 80), np.float32)
    corner[0, 70] = 1
    assert known.knows(rows).mean() > 0.9
    assert not known.knows(corner).any()


@given(st.permutations(range(6)))
def test_each_input_is_judged_by_itself(order):
    rows = np.random.default_rng(1).uniform(0, 1, (40, 20)).astype(np.float32)
    known = Familiarity.of(rows)
    some = np.vstack([rows[:3], np.zeros((1, 20)), np.ones((1, 20)), rows[3:4] * 5]).astype(np.float32)
    assert known.knows(some[order]).tolist() == known.knows(some)[order].tolist()


@st.composite
def little_variety(draw):
    """A few distinct inputs, each some times."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    width = draw(st.sampled_from([1, 3, 70, 784]))
    distinct = rng.choice([0, 1, 0.25, 1 / 3], (draw(st.integers(1, 3)), width)).astype(np.float32)
    return distinct, distinct[rng.permutation(np.arange(draw(st.integers(1, 300))) % len(distinct))]


@given(little_variety())
def test_the_few_inputs_that_there_are_are_familiar_beside_any_others(case):
    distinct, rows = case
    known = Familiarity.of(rows)
    assert min(known.rest, known.farthest, known.most_ink) > 0
    assert (known.variances > 0).all()
    seen = distinct[: len(rows)]
    asked = np.asfortranarray(np.vstack([seen, np.random.default_rng(0).random((5, seen.shape[1]))]))
    assert known.knows(asked.astype(np.float32))[: len(seen)].all()


def test_what_is_never_black_is_no_longer_familiar_in_white():
    known = Familiarity.of(np.zeros((300, 784), np.float32))
    assert known.knows(np.zeros((1, 784), np.float32)).all()
    assert not known.knows(np.ones((1, 784), np.float32)).any()


def by_eigenvectors(rows):
    """The variances along the first axes, and the axes, from the whole covariance."""
    variances, axes = np.linalg.eigh(np.cov(rows, rowvar=False))
    return variances[::-1][:AXES], axes.T[::-1][:AXES]


def test_the_axes_are_those_of_the_whole_covariance(digits):
    rows = digits.learning.images[digits.learning.rows].astype(np.float32) / 255
    known = Familiarity.of(rows)
    variances, axes = by_eigenvectors(rows)
    np.testing.assert_allclose(known.variances, variances, rtol=1e-3)
    same = np.square(np.vstack(known.axes) @ axes.T)  # one column a true axis: how much of it is spanned
    assert same.sum(axis=0).min() > 0.99


def test_few_inputs_of_many_numbers_are_measured(rng):
    rows = rng.random((20, 50_000)).astype(np.float32)
    known = Familiarity.of(rows)
    assert known.axes.shape == (2, 50_000)
    assert known.knows(rows).all()
    assert not known.knows(rows**4).any()
