import numpy as np
import pytest

from model.training.process_group import CAN_FORK, Team
from pipeline.augmentation import augmented
from pipeline.augmentation.augmented import Augmented
from pipeline.augmentation.elastic import Deformation
from pipeline.data.dataset.subsets import Examples

SHAPE = (8, 8)


@pytest.fixture(scope="module")
def examples():
    rng = np.random.default_rng(0)
    whole = Examples.of(rng.integers(0, 256, (40, 64), np.uint8), np.zeros(40, np.uint8))
    return whole.part(np.arange(5, 35))


@pytest.fixture(autouse=True)
def blocks(monkeypatch):
    """Several of them."""
    monkeypatch.setattr(augmented, "BLOCK", 8)


def epochs(examples, **changes):
    """The images of each epoch, copied."""
    options = {"epochs": 4, "seed": 3} | changes
    images = Augmented(examples, SHAPE, np.ones(40, np.float32), Deformation(), **options)
    return [epoch.copy() for epoch in images]


def test_every_epoch_is_deformed_afresh_and_the_last_not_at_all(examples):
    first, second, third, last = epochs(examples)
    rows = examples.rows
    assert all(
        (one[rows] != other[rows]).any(axis=1).all() for one, other in [(first, second), (second, third)]
    )
    assert (last[rows] == examples.images[rows]).all()


def test_only_the_examples_of_the_part_are_deformed(examples):
    others = np.setdiff1d(np.arange(40), examples.rows)
    assert not epochs(examples)[0][others].any()


def test_no_two_blocks_are_deformed_alike():
    same = Examples.of(np.tile(np.arange(64, dtype=np.uint8) * 3, (24, 1)), np.zeros(24, np.uint8))
    first, *_ = epochs(same)
    assert len(np.unique(first, axis=0)) == 24


def test_a_training_that_goes_on_later_gets_the_same_images(examples):
    *_, third, last = epochs(examples)
    again = epochs(examples, first=3)
    assert [epoch.tobytes() for epoch in again] == [third.tobytes(), last.tobytes()]


@pytest.mark.skipif(not CAN_FORK, reason="teams fork on Linux alone")
@pytest.mark.parametrize("size", [2, 3])
def test_a_team_sees_what_one_would_see_alone(examples, size):
    alone = epochs(examples)
    team = Team(size)
    images = Augmented(examples, SHAPE, np.ones(40, np.float32), Deformation(), epochs=4, seed=3, team=team)

    def work():
        for _ in images:
            team.meet()

    team.start(work)
    try:
        together = []
        for epoch in images:
            together.append(epoch.copy())
            team.meet()
    finally:
        team.dismiss()
    assert [epoch.tobytes() for epoch in together] == [epoch.tobytes() for epoch in alone]
