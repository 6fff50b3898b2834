"""Augmentation: images deformed afresh for each epoch, by the team that learns from them."""

from collections.abc import Iterator

import numpy as np

from model.arrays import Array
from model.training.process_group import Team
from pipeline.augmentation.elastic import Deformation, deform
from pipeline.data.dataset.subsets import Examples

BLOCK = 128  # images that are bent together: what that needs stays in a core's cache


class Augmented:
    """The images of each epoch.

    Args:
        examples: what to deform.
        shape: (h, w) of an image.
        steadiness: (n,) what the rotation of each image is multiplied with.
        deformation: how far.
        epochs: of the whole training.
        seed: with the numbers of an epoch and of a block, of all that is drawn for it, whoever draws.
        first: number of the first epoch that is asked for.
        team: who deforms together, and sees the same images.

    Attributes:
        answers: none; each image keeps its label.
    """

    answers: Array | None = None

    def __init__(
        self,
        examples: Examples,
        shape: tuple[int, ...],
        steadiness: Array,
        deformation: Deformation,
        epochs: int,
        seed: int,
        first: int = 1,
        team: Team | None = None,
    ) -> None:
        self._images = examples.images.reshape(-1, *shape)
        self._rows, self._steadiness, self._deformation = examples.rows, steadiness, deformation
        self._epochs, self._seed, self._first = epochs, seed, first
        self._team = team or Team()
        self._deformed = self._team.array(self._images.size, np.uint8).reshape(examples.images.shape)

    def __iter__(self) -> Iterator[Array]:
        """Yield images (n, h * w) uint8, an epoch each, valid until any member asks for the next."""
        blocks = range(0, len(self._rows), BLOCK)
        for epoch in range(self._first, self._epochs + 1):
            for start in blocks[self._team.share(len(blocks))]:
                self._deform(epoch, start)
            self._team.meet()
            yield self._deformed

    def _deform(self, epoch: int, start: int) -> None:
        rows = self._rows[start : start + BLOCK]
        rng = np.random.default_rng((self._seed, epoch, start))
        strength = self._deformation.strength(epoch, self._epochs)
        images = deform(self._images[rows], self._steadiness[rows], self._deformation, strength, rng)
        self._deformed[rows] = images.reshape(len(rows), -1)
