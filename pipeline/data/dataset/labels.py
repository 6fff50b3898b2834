"""Labels: the names of classes as files give them, and the numbers that stand for them."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from model.arrays import Array
from model.errors import NumeralError
from pipeline.data.dataset.cells import cut, is_number

MAX_CLASSES = 256  # a number is kept in a byte
WHOLE = re.compile(r"[+-]?[0-9]+")


class LabelError(NumeralError):
    """The labels are not those of a data set; the message says where and what was expected."""


def names_of(labels: Array, count: int, where: str) -> list[str]:
    """The labels in an array: whole numbers or text, (count,) or (count, 1), or one-hot, (count, classes).

    Raises:
        LabelError: it is another array.
    """
    if _is_one_hot(labels):
        labels = labels.argmax(axis=1)
    if labels.shape not in ((count,), (count, 1)):
        raise LabelError(f"{where}: expected {count} labels, got dimensions {labels.shape}")
    values = labels.ravel().tolist()
    if labels.dtype.kind == "f":
        fraction = next((value for value in values if not value.is_integer()), None)
        if fraction is not None:
            got = f"{labels.dtype} such as {fraction:g}"
            raise LabelError(f"{where}: expected whole numbers or text as labels, got {got}")
        return [str(int(value)) for value in values]
    if labels.dtype.kind not in "iuU":
        raise LabelError(f"{where}: expected whole numbers or text as labels, got {labels.dtype}")
    return [str(value) for value in values]


def spelled(labels: Sequence[str], place: Callable[[int], str]) -> list[str]:
    """The labels that a text file holds: where all are numbers, without a point or an exponent.

    Args:
        labels: as they were written, without spaces around them.
        place: says where the label of an example was found.

    Raises:
        LabelError: one is missing, or all are numbers and one is not whole.
    """
    distinct = set(labels)
    if "" in distinct:
        raise LabelError(f"{place(labels.index(''))}: expected a label")
    if not all(map(is_number, distinct)):
        return list(labels)
    for row, label in enumerate(labels):
        if not float(label).is_integer():
            raise LabelError(f"{place(row)}: expected a whole number or text as label, got {cut(label)}")
    names = {label: label if WHOLE.fullmatch(label) else str(int(float(label))) for label in distinct}
    return [names[label] for label in labels]


def classes_of(names: Iterable[str], least: int, where: str) -> tuple[str, ...]:
    """The classes that there are, by number if all are whole numbers, else by the alphabet.

    Args:
        names: the label of each example.
        least: examples that each class must have.
        where: for messages.

    Raises:
        LabelError: there are too many or too few classes, or too few examples of one, or its name is no text.
    """
    counts = Counter(names)
    if not 2 <= len(counts) <= MAX_CLASSES:  # noqa: PLR2004
        raise LabelError(f"{where}: expected 2 to {MAX_CLASSES} classes, got {len(counts)}")
    rarest, count = min(counts.items(), key=lambda item: item[1])
    if count < least:
        raise LabelError(f"{where}: expected {least} or more examples of each class, got {count} of {rarest}")
    alphabetical = sorted(counts)
    for name in alphabetical:
        if not is_text(name):
            raise LabelError(f"{where}: expected labels of Unicode characters, got {name!r}")
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


def is_text(name: str) -> bool:
    """Whether a document can hold it: a half of a character, as in a name that is not UTF-8, it cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _is_one_hot(labels: Array) -> bool:
    if labels.dtype.kind not in "biuf" or labels.ndim != 2 or labels.shape[1] == 1:  # noqa: PLR2004  rows, classes
        return False
    return bool(((labels == 0) | (labels == 1)).all() and (labels.sum(axis=1) == 1).all())
