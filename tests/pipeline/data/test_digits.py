import numpy as np

from pipeline.data.digits import load_digits


def test_the_bundled_digits_are_1797_of_28_by_28(digits):
    assert len(digits.learning) + len(digits.test) == 1797
    assert digits.learning.images.shape == (1797, 784)
    assert digits.classes == tuple("0123456789")
    assert digits.input.shape == (28, 28)


def test_the_bundled_digits_are_framed_as_mnist_frames_its_own(digits):
    images = digits.learning.images.reshape(-1, 28, 28).astype(float)
    mass = images.sum(axis=(1, 2))
    for axis in (1, 2):
        lines = images.sum(axis=3 - axis)
        off = np.abs(lines @ np.arange(28) / mass - 14)
        at_the_border = lines[:, [0, -1]].any(axis=1)  # there the frame ends
        assert off[~at_the_border].max() < 0.501
        assert at_the_border.sum() < 10
        assert off.max() < 0.6
    sides = [max(np.ptp(np.nonzero(image.any(axis=axis))) + 1 for axis in (0, 1)) for image in images]
    assert (max(sides), min(sides)) == (20, 20)
    assert (images.max(axis=(1, 2)) == 255).all()
    assert digits.input.preprocessing == "mnist"


def test_the_bundled_digits_are_divided_the_same_way_each_time(digits):
    again = load_digits(None)
    assert (again.test.rows == digits.test.rows).all()
    assert (np.bincount(digits.test.true_classes()) >= 34).all()


def test_the_bundled_files_are_the_ones_that_were_made(digits):
    assert {name: digest[:8] for name, digest in digits.sha256.items()} == {
        "images-idx3-ubyte": "d224a90b",
        "labels-idx1-ubyte": "ce71631c",
    }
