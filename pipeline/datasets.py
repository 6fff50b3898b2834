"""Data sets: examples to learn from and to be tested on, their classes, and what they were read from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from model.activations import Array
from model.document import Input
from model.errors import NumeralError
from pipeline.examples import Examples, stratified
from pipeline.labels import classes_of, numbers_of

TEST_SHARE = 5  # one example in five is for the test, where a data set does not say which
TEST_SEED = 0  # fixed: every version is tested on the same examples


class DatasetError(NumeralError):
    """What was named is not a data set; the message says what was expected."""


@dataclass(frozen=True)
class Dataset:
    """What there is to learn from, and what to be examined on.

    Attributes:
        name: `mnist`, `digits`, `fashion-mnist`, or the kind and name of a file, such as `csv:iris.csv`.
        learning: examples for training and validation.
        test: examples that are looked at once.
        classes: the label of each class.
        sha256: digest of each file that the images and labels were read from.
        input: the shape of an image, and how one is made.
    """

    name: str
    learning: Examples
    test: Examples
    classes: tuple[str, ...]
    sha256: Mapping[str, str]
    input: Input = Input()


class Labelled(NamedTuple):
    """Images (m, ...), uint8 or float32 in 0..1, and the label of each; `where` they were, for messages."""

    where: str
    images: Array
    labels: Sequence[str]


def dataset_of(
    name: str, sha256: Mapping[str, str], learning: Labelled, test: Labelled | None = None
) -> Dataset:
    """The data set of what files held; without a test part, a fifth of every class is for the test.

    Raises:
        DatasetError, LabelError: there is too little of it, or its parts do not fit together.
    """
    classes = classes_of(learning.labels, 2 if test is None else 1, learning.where)
    learned = _examples(learning, classes)
    if test is None:
        learned, tested = with_test(learned)
    else:
        _check_likeness(learning, test)
        tested = _examples(test, classes)
    shape = learning.images.shape[1:]
    return Dataset(name, learned, tested, classes, sha256, Input(shape, preprocessing="none"))


def with_test(examples: Examples) -> tuple[Examples, Examples]:
    """Examples to learn from and to be tested on: the same whenever the examples are the same."""
    size = max(len(examples) // TEST_SHARE, 1)
    return stratified(examples, size, np.random.default_rng(TEST_SEED))


def only(dataset: Dataset, labels: Sequence[str]) -> Dataset:
    """The part of a data set that has these labels; the classes are numbered anew, in the order given.

    Raises:
        DatasetError: there is no such label or no example of it, or fewer than two were given.
    """
    if not 1 < len(labels) == len(set(labels)) or not set(labels) <= set(dataset.classes):
        known = ", ".join(dataset.classes)
        raise DatasetError(f"classes: expected two or more of {known}, got {', '.join(labels) or 'none'}")
    old = [dataset.classes.index(label) for label in labels]
    new = np.zeros(len(dataset.classes), np.uint8)
    new[old] = range(len(old))

    def renumbered(examples: Examples) -> Examples:
        rows = examples.rows[np.isin(examples.true_classes(), old)]
        if not len(rows):
            raise DatasetError(f"classes: expected test examples of {', '.join(labels)}, got none")
        return replace(examples, labels=new[examples.labels], rows=rows)

    return replace(
        dataset, learning=renumbered(dataset.learning), test=renumbered(dataset.test), classes=tuple(labels)
    )


def content_of(path: Path) -> bytes:
    """What is in a file.

    Raises:
        DatasetError: there is no such file.
    """
    if path.is_dir():
        raise DatasetError(f"{path}: expected a file, got a folder")
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise DatasetError(f"{path}: expected a file, and there is none") from None


def _examples(part: Labelled, classes: tuple[str, ...]) -> Examples:
    rows = part.images.reshape(len(part.images), -1)
    return Examples.of(rows, numbers_of(part.labels, classes, part.where))


def _check_likeness(learning: Labelled, test: Labelled) -> None:
    expected, got = (f"{part.images.shape[1:]} of {part.images.dtype}" for part in (learning, test))
    if expected != got:
        raise DatasetError(f"{test.where}: expected images {expected} as in {learning.where}, got {got}")
