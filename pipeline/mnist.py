"""MNIST, and what comes in four IDX files like it: Fashion-MNIST, or a folder of one's own."""

import gzip
import hashlib
import zlib
from dataclasses import replace
from pathlib import Path

from pipeline import idx
from pipeline.datasets import Dataset, DatasetError, Labelled, content_of, dataset_of
from pipeline.labels import names_of
from pipeline.mirrors import Resource
from pipeline.pixels import check_images

LEARNING = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
TEST = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
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


def load_idx(folder: Path) -> Dataset:
    """Four IDX files named like MNIST's, as they are or with .gz: images of any size, any labels.

    Raises:
        NumeralError: a file is not there, or not what it should be.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder}: expected a folder of IDX files, and there is none")
    paths = {name: _path(folder, name) for name in BYTES}
    files = {name: content_of(path) for name, path in paths.items()}
    digests = {paths[name].name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}
    unpacked = {name: _unpacked(paths[name], raw) for name, raw in files.items()}
    name = f"idx:{folder.resolve().name}"
    return dataset_of(name, digests, _part(unpacked, *LEARNING), _part(unpacked, *TEST))


def _of_ten_classes(folder: Path) -> Dataset:
    dataset = load_idx(folder)
    if dataset.classes != DIGITS:
        raise DatasetError(f"{LEARNING[1]}: expected labels 0 to 9, got {', '.join(dataset.classes)}")
    return dataset


def _path(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.exists():
            return path
    raise DatasetError(f"{folder}: expected {', '.join(BYTES)}, as they are or with .gz; {name} is missing")


def _unpacked(path: Path, raw: bytes) -> bytes:
    if path.suffix != ".gz":
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path.name}: expected a gzip file: {error}") from None


def _part(files: dict[str, bytes], images_name: str, labels_name: str) -> Labelled:
    images = idx.decode(files[images_name], images_name)
    labels = idx.decode(files[labels_name], labels_name)
    check_images(images, images_name)
    return Labelled(images_name, images, names_of(labels, len(images), labels_name))
