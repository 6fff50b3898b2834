import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data.dataset.subsets import Examples
from pipeline.training import batches as batches_module
from pipeline.training.batches import Batches, targets


def numbered(count):
    """Examples whose first pixel is their own number, and whose class is its last digit."""
    images = np.zeros((count, 4), np.uint8)
    images[:, 0] = np.arange(count)
    return Examples.of(images, np.arange(count, dtype=np.uint8) % 10)


def numbers_of(X):
    return np.round(X[0] * 255).astype(int).tolist()


@given(st.integers(1, 200), st.integers(1, 250))
def test_an_epoch_brings_every_example_once(count, size):
    batches = Batches(numbered(count), 10, size, np.random.default_rng(0))
    assert sorted(number for X, _ in batches for number in numbers_of(X)) == list(range(count))


def test_batches_are_full_but_for_the_last():
    assert [X.shape for X, _ in Batches(numbered(23), 10, 10)] == [(4, 10), (4, 10), (4, 3)]


def test_targets_are_one_hot_columns_of_the_right_class():
    for X, Y in Batches(numbered(50), 10, 16, np.random.default_rng(3)):
        assert Y.shape == (10, X.shape[1])
        assert (Y.sum(axis=0) == 1).all()
        assert (Y.argmax(axis=0) == np.array(numbers_of(X)) % 10).all()


def test_a_single_output_has_the_class_as_its_target():
    examples = Examples.of(np.zeros((4, 4), np.uint8), np.array([0, 1, 1, 0], np.uint8))
    assert [Y.tolist() for _, Y in Batches(examples, 1, 4)] == [[[0, 1, 1, 0]]]


def test_each_epoch_is_shuffled_afresh():
    batches = Batches(numbered(100), 10, 100, np.random.default_rng(0))
    (first,), (second,) = ([numbers_of(X) for X, _ in batches] for _ in range(2))
    assert first != second != sorted(second)


def test_without_a_generator_the_order_is_kept():
    assert [numbers_of(X) for X, _ in Batches(numbered(5), 10, 2)] == [[0, 1], [2, 3], [4]]


def test_the_seed_decides_the_order():
    def order(seed):
        return [numbers_of(X) for X, _ in Batches(numbered(100), 10, 10, np.random.default_rng(seed))]

    assert order(1) == order(1) != order(2)


def test_columns_are_views_of_buffers_that_are_used_again():
    batches = Batches(numbered(4), 10, 2, np.random.default_rng(0))
    (X, Y), (X2, Y2) = next(iter(batches)), next(iter(batches))
    assert X.flags.f_contiguous
    assert not X.flags.owndata
    assert np.shares_memory(X, X2)
    assert np.shares_memory(Y, Y2)


def test_everything_is_float32():
    assert {(X.dtype, Y.dtype) for X, Y in Batches(numbered(4), 10, 2)} == {(np.dtype("f4"), np.dtype("f4"))}


def test_a_pixel_is_the_float32_nearest_to_k_over_255():
    images = np.arange(256, dtype=np.uint8).reshape(256, 1)
    ((X, _),) = Batches(Examples.of(images, np.zeros(256, np.uint8)), 10, 256)
    assert (X[0] == np.float32([k / 255 for k in range(256)])).all()


@pytest.mark.parametrize("rows", [[3], [7, 1, 4]])
def test_only_the_rows_of_the_part_are_drawn(rows):
    part = numbered(10).part(np.array(rows))
    assert [number for X, _ in Batches(part, 10, 2) for number in numbers_of(X)] == rows


def test_smoothing_spreads_a_share_of_the_target_over_all_classes():
    # 0.9 of one, and a tenth of it over ten classes
    assert targets(10, 0.1)[3].tolist() == pytest.approx([0.01] * 3 + [0.91] + [0.01] * 6)
    assert targets(1, 0.1).ravel().tolist() == pytest.approx([0.05, 0.95])


@pytest.mark.parametrize(("count", "size", "batches"), [(23, 10, 3), (20, 10, 2), (5, 10, 1)])
def test_the_length_is_the_number_of_batches(count, size, batches):
    assert len(Batches(numbered(count), 10, size)) == len(list(Batches(numbered(count), 10, size))) == batches


def test_double_precision_is_exact():
    images = np.arange(256, dtype=np.uint8).reshape(256, 1)
    ((X, Y),) = Batches(Examples.of(images, np.zeros(256, np.uint8)), 10, 256, dtype=np.float64)
    assert (X[0] == np.arange(256) / 255).all()
    assert Y.dtype == np.float64


@given(st.integers(1, 40), st.integers(1, 45), st.integers(1, 20))
def test_how_many_rows_are_gathered_at_a_time_makes_no_difference(count, size, gathered):
    def epoch():
        batches = Batches(numbered(count), 10, size, np.random.default_rng(0))
        return [(numbers_of(X), Y.tolist()) for X, Y in batches]

    expected = epoch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches_module, "GATHERED", gathered)
        assert epoch() == expected


def test_floats_are_taken_as_they_are():
    images = np.linspace(0, 1, 8, dtype=np.float32).reshape(4, 2)
    ((X, _),) = Batches(Examples.of(images, np.zeros(4, np.uint8)), 10, 4)
    assert (X == images.T).all()


class Changing:
    """Images that are dark in one epoch and bright in the next, as are the answers to them."""

    def __init__(self, answers):
        self.answers = answers

    def __iter__(self):
        for value in (0, 255):
            if self.answers is not None:
                self.answers[...] += 0.25
            yield np.full((3, 4), value, np.uint8)


def test_images_may_change_from_epoch_to_epoch():
    batches = Batches(numbered(3), 10, 3, images=Changing(None))
    for bright in (0, 1):
        ((X, Y),) = batches
        assert (bright == X).all()
        assert (np.eye(10)[:, :3] == Y).all(), "their labels do not"


def test_answers_take_the_place_of_the_labels():
    answers = np.arange(30, dtype=np.float32).reshape(3, 10)
    batches = Batches(numbered(3), 10, 3, np.random.default_rng(1), images=Changing(answers.copy()))
    for more in (0.25, 0.5):
        ((_, Y),) = batches
        assert sorted(Y.T.tolist()) == (answers + more).tolist()


def test_each_image_has_its_own_answer():
    class Same:
        answers = np.arange(300, dtype=np.float32).reshape(30, 10)

        def __iter__(self):
            yield numbered(30).images

    for X, Y in Batches(numbered(30), 10, 8, np.random.default_rng(1), images=Same()):
        assert (Y[0] == np.array(numbers_of(X)) * 10).all()
