"""Labels: the names of classes as files give them, and the numbers that stand for them."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from model.activations import Array
from model.errors import NumeralError

MAX_CLASSES = 256  # a number is kept in a byte


class LabelError(NumeralError):
    """The labels are not those of a data set; the message says where and what was expected."""


def names_of(labels: Array, count: int, where: str) -> list[str]:
    """The labels in an array, (count,) or (count, 1), of whole numbers or of text.

    Raises:
        LabelError: it is another array.
    """
    if labels.shape not in ((count,), (count, 1)):
        raise LabelError(f"{where}: expected {count} labels, got dimensions {labels.shape}")
    if labels.dtype.kind not in "iuU":
        raise LabelError(f"{where}: expected whole numbers or text as labels, got {labels.dtype}")
    return [str(label) for label in labels.ravel().tolist()]


def classes_of(names: Iterable[str], least: int, where: str) -> tuple[str, ...]:
    """The classes that there are, by number if all are whole numbers, else by the alphabet.

    Args:
        names: the label of each example.
        least: examples that each class must have.
        where: for messages.

    Raises:
        LabelError: there are too many or too few classes, or too few examples of one.
    """
    counts = Counter(names)
    if not 2 <= len(counts) <= MAX_CLASSES:  # noqa: PLR2004
        raise LabelError(f"{where}: expected 2 to {MAX_CLASSES} classes, got {len(counts)}")
    rarest, count = min(counts.items(), key=lambda item: item[1])
    if count < least:
        raise LabelError(f"{where}: expected {least} or more examples of each class, got {count} of {rarest}")
    alphabetical = sorted(counts)
    try:
        return tuple(sorted(alphabetical, key=int))
    except ValueError:
        return tuple(alphabetical)


def numbers_of(names: Sequence[str], classes: tuple[str, ...], where: str) -> Array:
    """The class (m,) of each label, uint8.

    Raises:
        LabelError: there is a label that is none of the classes.
    """
    number = {label: index for index, label in enumerate(classes)}
    if unknown := set(names) - number.keys():
        raise LabelError(f"{where}: expected the labels {', '.join(classes)}, got {min(unknown)}")
    return np.array([number[name] for name in names], np.uint8)
