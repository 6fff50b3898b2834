"""Committees: networks that see an image in different ways, and answer with the mean of their answers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from model.arrays import MAX_PIXEL, Array
from model.network.network import Network, predicted_classes
from pipeline.augmentation.normalisation import View
from pipeline.data.dataset.subsets import Examples

BLOCK = 1000  # images that are answered together


@dataclass(frozen=True)
class Member:
    """A network, what it sees of an image, the seed of its training and the seconds that it took."""

    network: Network
    view: View
    seed: int
    seconds: float


@dataclass(frozen=True)
class MemberStanding:
    """Accuracy of a member on some examples, and its training."""

    accuracy: float
    seed: int
    seconds: float


@dataclass(frozen=True)
class Standing:
    """Accuracy of a committee on some examples, and how each member does."""

    accuracy: float
    members: tuple[MemberStanding, ...]


@dataclass(frozen=True)
class Committee:
    """Some members.

    Attributes:
        members: with the same outputs.
        shape: (h, w) of an image.
    """

    members: tuple[Member, ...]
    shape: tuple[int, ...]

    def answers(self, images: Array) -> Array:
        """The mean (n_L, m) of all members' outputs for images (m, h * w) uint8."""
        answers: Array = np.mean(list(self._each(images)), axis=0)
        return answers

    def standing(self, examples: Examples) -> Standing:
        """Ask all of them about every example."""
        right = np.zeros(1 + len(self.members), np.intp)
        for start in range(0, len(examples), BLOCK):
            rows = examples.rows[start : start + BLOCK]
            each = list(self._each(examples.images[rows]))
            answers = [np.mean(each, axis=0), *each]
            right += [int((predicted_classes(A) == examples.labels[rows]).sum()) for A in answers]
        accuracy, *each_accuracy = (right / len(examples)).tolist()
        members = zip(each_accuracy, self.members, strict=True)
        return Standing(accuracy, tuple(MemberStanding(a, m.seed, m.seconds) for a, m in members))

    def _each(self, images: Array) -> Iterator[Array]:
        images = images.reshape(-1, *self.shape)
        for member in self.members:
            X = member.view.of(images).reshape(len(images), -1).T / np.float32(MAX_PIXEL)
            yield member.network.forward(X)
