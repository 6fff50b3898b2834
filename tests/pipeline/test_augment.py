import multiprocessing
import signal

import numpy as np
import pytest

from model.errors import TrainingError
from pipeline.augment import Augmented
from pipeline.deform import Deformation
from pipeline.examples import Examples

SHAPE = (8, 8)


@pytest.fixture(scope="module")
def examples():
    rng = np.random.default_rng(0)
    whole = Examples.of(rng.integers(0, 256, (40, 64), np.uint8), np.zeros(40, np.uint8))
    return whole.part(np.arange(5, 35))


def augmented(examples, **changes):
    options = {"epochs": 4, "seed": 3} | changes
    return Augmented(examples, SHAPE, np.ones(40, np.float32), Deformation(), **options)


@pytest.fixture(scope="module")
def epochs(examples):
    """The images of four epochs, copied."""
    with augmented(examples) as images:
        return [epoch.copy() for epoch in images]


def test_every_epoch_is_deformed_afresh_and_the_last_not_at_all(examples, epochs):
    first, second, third, last = epochs
    rows = examples.rows
    assert all((one[rows] != other[rows]).any() for one, other in [(first, second), (second, third)])
    assert (last[rows] == examples.images[rows]).all()


def test_only_the_examples_of_the_part_are_deformed(examples, epochs):
    others = np.setdiff1d(np.arange(40), examples.rows)
    assert not epochs[0][others].any()


def test_a_training_that_goes_on_later_gets_the_same_images(examples, epochs):
    *_, third, last = epochs
    with augmented(examples, first=3) as images:
        again = [epoch.copy() for epoch in images]
    assert [epoch.tobytes() for epoch in again] == [third.tobytes(), last.tobytes()]


def test_the_second_process_ends_with_the_training(examples):
    with augmented(examples) as images:
        next(iter(images))
        assert multiprocessing.active_children()
    assert not multiprocessing.active_children()


def test_a_second_process_that_is_killed_is_a_sentence(examples):
    with augmented(examples) as images:
        epochs = iter(images)
        next(epochs)
        for process in multiprocessing.active_children():
            process.kill()
            process.join()
            assert process.exitcode == -signal.SIGKILL
        with pytest.raises(TrainingError, match=r"^the process that deforms the images was killed"):
            list(epochs)
