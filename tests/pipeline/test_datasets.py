from pathlib import Path

import numpy as np
import pytest

from pipeline import idx
from pipeline.datasets import DatasetError, load_digits, load_mnist, only


def test_the_bundled_digits_are_1797_of_28_by_28(digits):
    assert len(digits.learning) + len(digits.test) == 1797
    assert digits.learning.images.shape == (1797, 784)
    assert digits.classes == tuple("0123456789")


def test_the_bundled_digits_are_framed_as_mnist_frames_its_own(digits):
    images = digits.learning.images.reshape(-1, 28, 28)
    inner = images[:, 4:24, 4:24]
    assert inner.sum() == images.sum() > 0


def test_the_bundled_digits_are_divided_the_same_way_each_time(digits):
    again = load_digits(None)
    assert (again.test.rows == digits.test.rows).all()
    assert (np.bincount(digits.test.true_classes()) >= 34).all()


def test_the_bundled_files_are_the_ones_that_were_made(digits):
    assert {name: digest[:8] for name, digest in digits.sha256.items()} == {
        "images-idx3-ubyte": "d224a90b",
        "labels-idx1-ubyte": "ce71631c",
    }


def write(folder: Path, **changes):
    """A small MNIST of 6 and 2 examples, with some of its files changed."""
    arrays = {
        "train-images-idx3-ubyte": np.zeros((6, 28, 28), np.uint8),
        "train-labels-idx1-ubyte": np.arange(6, dtype=np.uint8),
        "t10k-images-idx3-ubyte": np.zeros((2, 28, 28), np.uint8),
        "t10k-labels-idx1-ubyte": np.arange(2, dtype=np.uint8),
    }
    for name, array in (arrays | {name.replace("_", "-"): array for name, array in changes.items()}).items():
        (folder / name).write_bytes(idx.encode(array))


def test_four_files_make_a_data_set(tmp_path):
    write(tmp_path)
    dataset = load_mnist(tmp_path)
    assert (len(dataset.learning), len(dataset.test)) == (6, 2)
    assert dataset.learning.true_classes().tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"train_images_idx3_ubyte": np.zeros((6, 8, 8), np.uint8)},
            "28 x 28, got dimensions (6, 8, 8)",
        ),
        (
            {"train_images_idx3_ubyte": np.zeros((6, 784), np.uint8)},
            "28 x 28, got dimensions (6, 784)",
        ),
        ({"train_labels_idx1_ubyte": np.zeros(5, np.uint8)}, "expected 6 labels, got dimensions (5,)"),
        ({"t10k_labels_idx1_ubyte": np.uint8([3, 10])}, "expected labels 0 to 9, got 10"),
    ],
    ids=["small", "flat", "fewer-labels", "label-10"],
)
def test_files_that_do_not_fit_together_are_a_sentence(tmp_path, changes, sentence):
    write(tmp_path, **changes)
    with pytest.raises(DatasetError) as caught:
        load_mnist(tmp_path)
    assert sentence in str(caught.value)


@pytest.mark.mnist
def test_mnist_comes_from_a_mirror_whole(mnist_folder):
    dataset = load_mnist(mnist_folder)
    assert (len(dataset.learning), len(dataset.test)) == (60_000, 10_000)
    assert dataset.learning.true_classes()[:5].tolist() == [5, 0, 4, 1, 9]
    assert np.bincount(dataset.test.true_classes())[:3].tolist() == [980, 1135, 1032]


def test_a_part_has_the_classes_that_were_asked_for_in_that_order(digits):
    part = only(digits, ("8", "5"))
    assert part.classes == ("8", "5")
    for whole, examples in ((digits.learning, part.learning), (digits.test, part.test)):
        labels = whole.labels[examples.rows]
        assert set(labels) == {5, 8}
        assert (examples.true_classes() == (labels == 5)).all()
        assert len(examples) == np.isin(whole.true_classes(), [5, 8]).sum()


@pytest.mark.parametrize("labels", [(), ("5",), ("5", "5"), ("5", "x")])
def test_a_part_has_two_or_more_classes_that_there_are(digits, labels):
    with pytest.raises(DatasetError, match="classes: expected two or more of 0, 1"):
        only(digits, labels)
