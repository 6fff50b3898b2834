"""Augmentation: images deformed afresh for each epoch, by a second process that is one epoch ahead."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any, Self

import numpy as np
from threadpoolctl import threadpool_limits

from model.activations import Array
from model.errors import TrainingError
from pipeline.deform import Deformation, deform
from pipeline.examples import Examples

BLOCK = 128  # images that are bent together: what that needs stays in a core's cache

_spawning = get_context("spawn")  # a fork would copy locks that other threads hold


@dataclass
class _Work:
    """What the second process is told once, and the memory that both look at."""

    shape: tuple[int, ...]
    rows: Array
    steadiness: Array
    deformation: Deformation
    epochs: int
    seed: int
    shared: list[Any] = field(default_factory=list)  # the images, then two places that take turns

    def images(self, index: int) -> Array:
        return np.frombuffer(self.shared[index], np.uint8).reshape(-1, *self.shape)

    def deformed(self, epoch: int) -> Array:
        return self.images(1 + epoch % 2)

    def deform(self, epoch: int) -> None:
        rng = np.random.default_rng((self.seed, epoch))
        strength = self.deformation.strength(epoch, self.epochs)
        images, deformed = self.images(0), self.deformed(epoch)
        for start in range(0, len(self.rows), BLOCK):
            rows = self.rows[start : start + BLOCK]
            deformed[rows] = deform(images[rows], self.steadiness[rows], self.deformation, strength, rng)


class Augmented:
    """The images of each epoch; to be used in a `with`, at whose end the second process ends.

    Args:
        examples: what to deform.
        shape: (h, w) of an image.
        steadiness: (n,) what the rotation of each image is multiplied with.
        deformation: how far.
        epochs: of the whole training.
        seed: with an epoch's number, of all that is drawn for it.
        first: number of the first epoch that is asked for.
    """

    def __init__(
        self,
        examples: Examples,
        shape: tuple[int, ...],
        steadiness: Array,
        deformation: Deformation,
        epochs: int,
        seed: int,
        first: int = 1,
    ) -> None:
        self._work = _Work(shape, examples.rows, steadiness, deformation, epochs, seed)
        self._work.shared += [_spawning.RawArray("B", examples.images.size) for _ in range(3)]
        self._work.images(0)[...] = examples.images.reshape(-1, *shape)
        self._epochs = range(first, epochs + 1)
        self._process = ProcessPoolExecutor(1, _spawning, _begin, (self._work,))

    def __iter__(self) -> Iterator[Array]:
        """Yield images (n, h * w) uint8, an epoch each, valid until the next are asked for.

        Raises:
            TrainingError: the second process was killed.
        """
        ahead = self._process.submit(_deform, self._epochs[0])
        for epoch in self._epochs:
            try:
                ahead.result()
            except BrokenProcessPool:
                raise TrainingError(
                    "the process that deforms the images was killed; does it fit into memory?"
                ) from None
            if epoch != self._epochs[-1]:
                ahead = self._process.submit(_deform, epoch + 1)
            yield self._work.deformed(epoch).reshape(-1, np.prod(self._work.shape))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.shutdown(cancel_futures=True)


_work: _Work | None = None  # in the second process


def _begin(work: _Work) -> None:
    global _work  # noqa: PLW0603  how a pool's process is told what does not change
    _work = work
    threadpool_limits(1, "blas")


def _deform(epoch: int) -> None:
    assert _work is not None
    _work.deform(epoch)
