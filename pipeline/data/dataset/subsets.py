"""Examples: rows of one shared array of images, with their labels. A part is a list of rows, not a copy."""

from dataclasses import dataclass, replace

import numpy as np

from model.arrays import Array


@dataclass(frozen=True)
class Examples:
    """Some examples of a data set.

    Attributes:
        images: (n, n_0), every image, one a row: uint8, or float32 from 0 to 1.
        labels: (n,) uint8, index of the class of each.
        rows: (m,) which of them belong to this part.
    """

    images: Array
    labels: Array
    rows: Array

    @classmethod
    def of(cls, images: Array, labels: Array) -> "Examples":
        """All of them."""
        return cls(images, labels, np.arange(len(labels)))

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, rows: Array) -> "Examples":
        """The examples in these rows of `images`."""
        return replace(self, rows=rows)

    def true_classes(self) -> Array:
        """The label (m,) of each example, in order."""
        return self.labels[self.rows]


def divided(examples: Examples, share: float, seed: int, order: str) -> tuple[Examples, Examples]:
    """Training and validation examples.

    Args:
        examples: what to divide.
        share: of the examples, those to validate with; 0 leaves none.
        seed: of the draw.
        order: `random` draws the share of every class; `file` takes the last ones, as older sources do.
    """
    size = round(share * len(examples))
    cut = len(examples) - size
    if size == 0 or order == "file":
        return examples.part(examples.rows[:cut]), examples.part(examples.rows[cut:])
    return stratified(examples, size, np.random.default_rng(seed))


def stratified(examples: Examples, size: int, rng: np.random.Generator) -> tuple[Examples, Examples]:
    """Split at random into a rest and a part of `size` in which every class has its share, to within one.

    Raises:
        ValueError: the part would not leave a rest.
    """
    if not 0 < size < len(examples):
        raise ValueError(f"size of a part: expected 1 to {len(examples) - 1}, got {size}")
    shuffled = rng.permutation(examples.rows)
    labels = examples.labels[shuffled]
    classes, counts = np.unique(labels, return_counts=True)
    taken = [
        shuffled[labels == label][:count]
        for label, count in zip(classes, _apportioned(counts, size), strict=True)
    ]
    part = np.sort(np.concatenate(taken))
    return examples.part(np.setdiff1d(shuffled, part)), examples.part(part)


def _apportioned(counts: Array, size: int) -> Array:
    """Seats for `size` by the largest remainders (Hamilton's method)."""
    shares = counts * size / counts.sum()
    seats: Array = np.floor(shares).astype(np.intp)
    largest = np.argsort(seats - shares, kind="stable")
    seats[largest[: size - seats.sum()]] += 1
    return seats
