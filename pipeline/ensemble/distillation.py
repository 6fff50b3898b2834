"""Distillation: a network learns what a committee answers to each image (Hinton et al. 2015)."""

from collections.abc import Iterable, Iterator

from numpy.typing import DTypeLike

from model.arrays import Array
from model.training.process_group import Team
from pipeline.data.dataset.subsets import Examples
from pipeline.ensemble.ensemble import Committee

BLOCK = 256  # images that are answered together


class Distilled:
    """The images of each epoch, while `answers` has what the committee says to them.

    Args:
        images: those of each epoch, (n, h * w).
        examples: which of them are learned from.
        committee: that answers.
        outputs: n_L.
        dtype: of the answers.
        team: who asks together, and sees the same answers.

    Attributes:
        answers: (n, n_L), of the epoch that was yielded last.
    """

    def __init__(
        self,
        images: Iterable[Array],
        examples: Examples,
        committee: Committee,
        outputs: int,
        dtype: DTypeLike,
        team: Team,
    ) -> None:
        self._images, self._rows, self._committee, self._team = images, examples.rows, committee, team
        self._answers = team.array(len(examples.images) * outputs, dtype).reshape(-1, outputs)
        self.answers: Array | None = self._answers

    def __iter__(self) -> Iterator[Array]:
        """Yield images (n, h * w), an epoch each, valid until any member asks for the next."""
        blocks = range(0, len(self._rows), BLOCK)
        for images in self._images:
            for start in blocks[self._team.share(len(blocks))]:
                rows = self._rows[start : start + BLOCK]
                self._answers[rows] = self._committee.answers(images[rows]).T
            self._team.meet()
            yield images
