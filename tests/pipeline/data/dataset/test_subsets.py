import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.data.dataset.subsets import Examples, divided, stratified


def examples_of(labels):
    return Examples.of(np.zeros((len(labels), 4), np.uint8), np.array(labels, np.uint8))


@st.composite
def labels_and_size(draw):
    labels = draw(st.lists(st.integers(0, 3), min_size=2, max_size=80))
    return labels, draw(st.integers(1, len(labels) - 1)), draw(st.integers(0, 2**32))


@given(labels_and_size())
def test_a_split_is_disjoint_and_complete_and_of_the_asked_size(case):
    labels, size, seed = case
    rest, part = stratified(examples_of(labels), size, np.random.default_rng(seed))
    assert len(part) == size
    assert sorted([*rest.rows, *part.rows]) == list(range(len(labels)))


@example(([3, 3, 3, 0, 1, 2, 3, 3], 3, 84))
@given(labels_and_size())
def test_every_class_has_its_share_to_within_one(case):
    labels, size, seed = case
    _, part = stratified(examples_of(labels), size, np.random.default_rng(seed))
    share = np.bincount(labels, minlength=4) * size / len(labels)
    assert (np.abs(np.bincount(part.true_classes(), minlength=4) - share) <= 1).all()


def test_the_seed_decides_the_split():
    examples = examples_of([0, 1] * 50)
    one, same, other = (stratified(examples, 20, np.random.default_rng(seed))[1].rows for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


@pytest.mark.parametrize("size", [0, 4, 5])
def test_a_part_must_leave_a_rest(size):
    with pytest.raises(ValueError, match="expected 1 to 3"):
        stratified(examples_of([0, 1, 0, 1]), size, np.random.default_rng(0))


def test_a_part_shares_the_images():
    examples = examples_of([0, 1, 0, 1])
    rest, part = stratified(examples, 2, np.random.default_rng(0))
    assert rest.images is part.images is examples.images


def test_a_part_of_a_part_keeps_to_it():
    rest, _ = stratified(examples_of([0, 1] * 20), 10, np.random.default_rng(0))
    smaller, taken = stratified(rest, 10, np.random.default_rng(1))
    assert sorted([*smaller.rows, *taken.rows]) == sorted(rest.rows)


def test_without_a_share_everything_is_learned_from():
    rest, part = divided(examples_of([0, 1] * 5), 0, 0, "random")
    assert (len(rest), len(part)) == (10, 0)


def test_a_share_is_divided_by_the_seed():
    examples = examples_of([0, 1] * 50)
    one, same, other = (divided(examples, 0.2, seed, "random")[1].rows for seed in (1, 1, 2))
    assert len(one) == 20
    assert (one == same).all()
    assert (one != other).any()


def test_the_last_examples_validate_where_the_file_s_order_decides():
    rest, part = divided(examples_of([0, 1] * 5), 0.2, 0, "file")
    assert (rest.rows.tolist(), part.rows.tolist()) == (list(range(8)), [8, 9])
