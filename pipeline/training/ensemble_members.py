"""Teaching: the members of a committee are trained, each on what it sees."""

from dataclasses import replace

import numpy as np

from pipeline.data.dataset.datasets import Dataset
from pipeline.data.dataset.subsets import Examples
from pipeline.ensemble.ensemble import Member
from pipeline.training.checkpoint import Checkpoint
from pipeline.training.fit import fit
from pipeline.training.recipe import Teacher


def member(
    teacher: Teacher,
    dataset: Dataset,
    parts: tuple[Examples, Examples],
    seed: int,
    checkpoint: Checkpoint | None = None,
) -> Member:
    """Train a member of a committee.

    Args:
        teacher: how, and what it sees.
        dataset: whose classes and shape of images the examples have.
        parts: training and validation examples, of the same images.
        seed: of everything random.
        checkpoint: as for `fit`.

    Raises:
        TrainingError, CheckpointError, ValueError: as by `fit`.
    """
    training, validation = parts
    images = teacher.view.of(training.images.reshape(-1, *dataset.input.shape))
    images = images.reshape(training.images.shape)
    seen = replace(training, images=images), replace(validation, images=images)
    fitted = fit(teacher.recipe, dataset, *seen, seed, checkpoint)
    return Member(fitted.network, teacher.view, seed, round(fitted.seconds, 3))


def member_seed(seed: int, place: int) -> int:
    """The seed of a member's training: of the run's, and the member's place in the committee, from 1."""
    return int(np.random.SeedSequence((seed, place)).generate_state(1)[0])
