"""Data sets: images as rows of bytes, labels as indices of classes, and where they came from."""

import gzip
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

import numpy as np
from PIL import Image

from model.activations import Array
from model.document import Input
from model.errors import NumeralError
from pipeline import idx
from pipeline.examples import Examples, stratified
from pipeline.mirrors import Resource

DIGITS = tuple("0123456789")
MNIST_SIDE = 28
MNIST_INK_SIDE = 20  # MNIST fits its digits into 20 x 20 and centres them in 28 x 28
BUNDLED_TEST_SHARE = 5  # one in five of the bundled digits is for the test
BUNDLED_TEST_SEED = 0  # fixed: every version is tested on the same digits

# SHA-256 and bytes of the unpacked files: mirrors compress differently.
MNIST = {
    name: Resource(name, sha256, size, "mnist_mirrors")
    for name, sha256, size in (
        (
            "train-images-idx3-ubyte",
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            47_040_016,
        ),
        (
            "train-labels-idx1-ubyte",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            60_008,
        ),
        (
            "t10k-images-idx3-ubyte",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            7_840_016,
        ),
        (
            "t10k-labels-idx1-ubyte",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            10_008,
        ),
    )
}


class DatasetError(NumeralError):
    """The files of a data set do not fit together."""


@dataclass(frozen=True)
class Dataset:
    """What there is to learn from, and what to be examined on.

    Attributes:
        name: `mnist` or `digits`.
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


def load_mnist(folder: Path) -> Dataset:
    """MNIST from its four unpacked IDX files: 60,000 examples to learn from, 10,000 to test.

    Raises:
        IdxError, DatasetError: a file is not what it should be.
    """
    return Dataset(
        "mnist",
        _examples(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        _examples(folder, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
        DIGITS,
        {name: resource.sha256 for name, resource in MNIST.items()},
    )


def load_digits(_: Path) -> Dataset:
    """The digits that come with the project: 1,797 of 8 x 8 pixels, enlarged the way MNIST frames its own."""
    raw = {name: _bundled(name) for name in ("images-idx3-ubyte", "labels-idx1-ubyte")}
    images = idx.decode(raw["images-idx3-ubyte"], "digits images")
    labels = idx.decode(raw["labels-idx1-ubyte"], "digits labels")
    rows = np.stack([_enlarge(image) for image in images]).reshape(len(images), -1)
    rng = np.random.default_rng(BUNDLED_TEST_SEED)
    learning, test = stratified(Examples.of(rows, labels), len(labels) // BUNDLED_TEST_SHARE, rng)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in raw.items()}
    return Dataset("digits", learning, test, DIGITS, digests)


def only(dataset: Dataset, labels: Sequence[str]) -> Dataset:
    """The part of a data set that has these labels; the classes are numbered anew, in the order given.

    Raises:
        DatasetError: there is no such label, or fewer than two were given.
    """
    if len(set(labels)) < 2 or not set(labels) <= set(dataset.classes):  # noqa: PLR2004
        known = ", ".join(dataset.classes)
        raise DatasetError(f"classes: expected two or more of {known}, got {', '.join(labels) or 'none'}")
    numbers = np.full(len(dataset.classes), len(labels), np.uint8)
    for number, label in enumerate(labels):
        numbers[dataset.classes.index(label)] = number

    def renumbered(examples: Examples) -> Examples:
        anew = numbers[examples.labels]
        return replace(examples, labels=anew, rows=examples.rows[anew[examples.rows] < len(labels)])

    return replace(
        dataset, learning=renumbered(dataset.learning), test=renumbered(dataset.test), classes=tuple(labels)
    )


LOADERS: Mapping[str, Callable[[Path], Dataset]] = MappingProxyType(
    {"mnist": load_mnist, "digits": load_digits}
)


def _examples(folder: Path, images_name: str, labels_name: str) -> Examples:
    images = idx.decode((folder / images_name).read_bytes(), images_name)
    labels = idx.decode((folder / labels_name).read_bytes(), labels_name)
    if images.shape[1:] != (MNIST_SIDE, MNIST_SIDE):
        raise DatasetError(f"{images_name}: expected images of 28 x 28, got dimensions {images.shape}")
    if labels.shape != images.shape[:1]:
        raise DatasetError(f"{labels_name}: expected {len(images)} labels, got dimensions {labels.shape}")
    if labels.max() >= len(DIGITS):
        raise DatasetError(f"{labels_name}: expected labels 0 to 9, got {labels.max()}")
    return Examples.of(images.reshape(len(images), -1), labels)


def _bundled(name: str) -> bytes:
    return gzip.decompress((files("pipeline.digits") / f"{name}.gz").read_bytes())


def _enlarge(image: Array) -> Array:
    ink = Image.fromarray(image).resize((MNIST_INK_SIDE, MNIST_INK_SIDE), Image.Resampling.BILINEAR)
    margin = (MNIST_SIDE - MNIST_INK_SIDE) // 2
    return np.pad(np.asarray(ink), margin)
