"""Committees: networks that see an image in different ways, and answer with the mean of their answers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from model.activations import Array
from model.network import Network, predicted_classes
from pipeline.batches import MAX_PIXEL
from pipeline.examples import Examples
from pipeline.views import View

BLOCK = 1000  # images that are answered together


@dataclass(frozen=True)
class Member:
    """A network, what it sees of an image, and the seconds that its training took."""

    network: Network
    view: View
    seconds: float = 0.0


@dataclass(frozen=True)
class Standing:
    """How a committee does.

    Attributes:
        committee: its accuracy on some examples.
        members: accuracy of each.
        seconds: that each one's training took.
    """

    committee: float
    members: tuple[float, ...]
    seconds: tuple[float, ...]


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
        committee, *members = (right / len(examples)).tolist()
        return Standing(committee, tuple(members), tuple(member.seconds for member in self.members))

    def _each(self, images: Array) -> Iterator[Array]:
        images = images.reshape(-1, *self.shape)
        for member in self.members:
            X = member.view.of(images).reshape(len(images), -1).T / np.float32(MAX_PIXEL)
            yield member.network.forward(X)
