import numpy as np
import pytest
from files import write_csv
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data.dataset.holdout import held_out
from pipeline.data.formats.csv_file import load_csv

SEEDS = st.integers(0, 2**32)


def examples(count, seed, distinct=2**24):
    """Images of three bytes, and labels of two classes, of which one is four times as frequent."""
    rng = np.random.default_rng(seed)
    numbers = rng.integers(0, distinct, count).astype(">u4")
    return numbers.view(np.uint8).reshape(-1, 4)[:, 1:], (rng.random(count) < 0.2).astype(np.uint8)


def as_set(images):
    return {image.tobytes() for image in images}


@given(SEEDS, st.integers(1, 100), SEEDS)
def test_nothing_that_was_learned_from_is_tested_on_when_a_file_has_grown(seed, more, order):
    images, labels = examples(300, seed)
    new_images, new_labels = examples(more, seed + 1)
    learned = as_set(images[~held_out(images, labels)])
    shuffled = np.random.default_rng(order).permutation(300 + more)
    images, labels = np.vstack([images, new_images])[shuffled], np.append(labels, new_labels)[shuffled]
    assert not learned & as_set(images[held_out(images, labels)])


@given(SEEDS)
def test_what_is_the_same_is_on_the_same_side(seed):
    images, labels = examples(500, seed, distinct=60)
    labels[:] = images[:, 2] % 2
    held = held_out(images, labels)
    assert not as_set(images[held]) & as_set(images[~held])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=20))
def test_every_class_is_learned_and_tested(pairs):
    """Each twice, at least: a class of one example is refused before."""
    pixels, labels = np.array(pairs * 2).T
    held = held_out(pixels[:, None].astype(np.uint8), labels.astype(np.uint8))
    assert set(labels[held]) == set(labels[~held]) == set(labels)


def test_about_a_fifth_of_each_class_is_tested_on():
    images, labels = examples(20_000, 0)
    held = held_out(images, labels)
    assert [held[labels == label].mean() for label in (0, 1)] == pytest.approx([0.2, 0.2], abs=0.03)


def test_a_table_with_a_line_more_is_divided_as_before(tmp_path):
    rng = np.random.default_rng(0)
    lines = [f"{row % 2},{','.join(map(str, rng.integers(0, 256, 4)))}" for row in range(1000)]

    def rows(part):
        return {part.images[row].tobytes() for row in part.rows}

    before = load_csv(write_csv(tmp_path / "t.csv", "\n".join(lines)))
    after = load_csv(write_csv(tmp_path / "t.csv", "\n".join(["1,9,9,9,9", *lines[::-1]])))
    assert not rows(before.learning) & rows(after.test)
    assert len(rows(before.test) ^ rows(after.test)) <= 1
