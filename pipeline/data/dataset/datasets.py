"""Data sets: examples to learn from and to be tested on, their classes, and what they were read from."""

import gzip
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from model.arrays import Array
from model.document.document import Input
from model.errors import NumeralError
from pipeline.data.dataset.holdout import held_out
from pipeline.data.dataset.labels import classes_of, is_text, numbers_of
from pipeline.data.dataset.subsets import Examples


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
    """The data set of what files held; without a test part, about a fifth of every class is for the test.

    Raises:
        DatasetError, LabelError: there is too little of it, or its parts do not fit together.
    """
    if not is_text(name):
        raise DatasetError(f"data set: expected a file name in UTF-8, got {name!r}")
    classes = classes_of(learning.labels, 2 if test is None else 1, learning.where)
    learned = _examples(learning, classes)
    if test is None:
        held = held_out(learned.images, learned.labels)
        learned, tested = learned.part(np.flatnonzero(~held)), learned.part(np.flatnonzero(held))
    else:
        _check_likeness(learning, test)
        tested = _examples(test, classes)
    shape = learning.images.shape[1:]
    return Dataset(name, learned, tested, classes, sha256, Input(shape, preprocessing="none"))


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


def unpacked(path: Path, raw: bytes) -> bytes:
    """What a file holds, which its name says is packed, or is not.

    Raises:
        DatasetError: it is not, and its name says so.
    """
    if path.suffix != ".gz":
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path.name}: expected a gzip file: {error}") from None


def transposed(dataset: Dataset) -> Dataset:
    """The data set with rows and columns of its images exchanged.

    Raises:
        DatasetError: they have none.
    """
    shape = dataset.input.shape
    if len(shape) < len("hw"):
        raise DatasetError(
            f"--transpose: expected images in rows and columns, got {shape[0]} numbers in a row"
        )
    height, width, *more = shape

    def turned(examples: Examples) -> Examples:
        images = examples.images.reshape(-1, *shape).swapaxes(1, 2)
        return replace(examples, images=images.reshape(len(images), -1))

    learning = turned(dataset.learning)
    is_one_array = dataset.test.images is dataset.learning.images
    test = learning.part(dataset.test.rows) if is_one_array else turned(dataset.test)
    turned_input = replace(dataset.input, shape=(width, height, *more))
    return replace(dataset, learning=learning, test=test, input=turned_input)


def _examples(part: Labelled, classes: tuple[str, ...]) -> Examples:
    rows = part.images.reshape(len(part.images), -1)
    return Examples.of(rows, numbers_of(part.labels, classes, part.where))


def _check_likeness(learning: Labelled, test: Labelled) -> None:
    expected, got = (f"{part.images.shape[1:]} of {part.images.dtype}" for part in (learning, test))
    if expected != got:
        raise DatasetError(f"{test.where}: expected images {expected} as in {learning.where}, got {got}")
