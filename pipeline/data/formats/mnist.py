"""MNIST, and what comes in four IDX files like it: Fashion-MNIST, EMNIST, QMNIST, or one's own folder."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from model.activations import Array
from pipeline import idx
from pipeline.datasets import Dataset, DatasetError, Labelled, content_of, dataset_of, unpacked
from pipeline.labels import names_of
from pipeline.mirrors import Resource
from pipeline.parts import parts_in
from pipeline.pixels import check_images

LEARNING = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
TEST = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
NAMES = re.compile(
    r"((?P<set>.+)-)?(?P<part>train|t10k|test)-(?P<kind>images|labels)[-.]idx\d-(ubyte|int)(\.gz)?"
)
BYTES = dict(zip(LEARNING + TEST, (47_040_016, 60_008, 7_840_016, 10_008), strict=True))

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

# Mirrors compress MNIST differently, so its digests are of the unpacked files; Fashion-MNIST is packed in
# one way, and the digests of its packed files are the published ones.
MNIST = {
    name: Resource(name, sha256, BYTES[name], "mnist_mirrors")
    for name, sha256 in {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    }.items()
}
FASHION_MNIST = {
    name: Resource(name, sha256, BYTES[name], "fashion_mnist_mirrors", packed=True)
    for name, sha256 in {
        "train-images-idx3-ubyte": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    }.items()
}


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
