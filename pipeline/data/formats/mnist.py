"""MNIST, and what comes in four IDX files like it: Fashion-MNIST, EMNIST, QMNIST, or one's own folder."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from model.arrays import Array
from pipeline.data.dataset.datasets import Dataset, DatasetError, Labelled, content_of, dataset_of, unpacked
from pipeline.data.dataset.labels import names_of
from pipeline.data.dataset.pixels import check_images
from pipeline.data.formats import idx
from pipeline.data.formats.idx_folder import parts_in

LEARNING = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
TEST = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
NAMES = re.compile(
    r"((?P<set>.+)-)?(?P<part>train|t10k|test)-(?P<kind>images|labels)[-.]idx\d-(ubyte|int)(\.gz)?"
)

DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def load_mnist(folder: Path) -> Dataset:
    """MNIST: 60,000 examples to learn from, 10,000 to test.

    Raises:
        NumeralError: a file is not what it should be.
    """
    dataset = _of_ten_classes(folder)
    return replace(dataset, name="mnist", input=replace(dataset.input, preprocessing="mnist"))


def load_fashion_mnist(folder: Path) -> Dataset:
    """Fashion-MNIST: as many pictures of clothes.

    Raises:
        NumeralError: a file is not what it should be.
    """
    return replace(_of_ten_classes(folder), name="fashion-mnist", classes=CLOTHES)


def load_idx(place: Path) -> Dataset:
    """Four IDX files named like MNIST's, EMNIST's or QMNIST's, or packed: images of any size, any labels.

    Args:
        place: their folder, or where that holds several data sets FOLDER/NAME.

    Raises:
        NumeralError: a file is not there, or not what it should be.
    """
    name, paths = parts_in(place, NAMES, LEARNING + TEST, "a folder of IDX files")
    files = {path: content_of(path) for path in paths}
    digests = {path.name: hashlib.sha256(raw).hexdigest() for path, raw in files.items()}
    arrays = [(path.name, idx.decode(unpacked(path, raw), path.name)) for path, raw in files.items()]
    return dataset_of(f"idx:{name}", digests, _part(*arrays[:2]), _part(*arrays[2:]))


def _of_ten_classes(folder: Path) -> Dataset:
    dataset = load_idx(folder)
    if dataset.classes != DIGITS:
        raise DatasetError(f"{LEARNING[1]}: expected labels 0 to 9, got {', '.join(dataset.classes)}")
    return dataset


def _part(images_file: tuple[str, Array], labels_file: tuple[str, Array]) -> Labelled:
    (images_name, images), (labels_name, labels) = images_file, labels_file
    check_images(images, images_name)
    if images.dtype != np.uint8:
        raise DatasetError(f"{images_name}: expected images of bytes, got {images.dtype}")
    if labels.ndim == 2 and labels.dtype != np.uint8:  # noqa: PLR2004  QMNIST's: the class comes first
        labels = labels[:, 0]
    return Labelled(images_name, images, names_of(labels, len(images), labels_name))
