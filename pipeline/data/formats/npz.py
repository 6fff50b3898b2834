"""NPZ: NumPy's archives of arrays, with the names that Keras's mnist.npz or others gave them."""

import hashlib
import io
import re
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from model.arrays import Array
from model.errors import NumeralError
from pipeline.data.dataset.datasets import Dataset, Labelled, content_of, dataset_of
from pipeline.data.dataset.labels import names_of
from pipeline.data.dataset.pixels import check_images, pixels_of
from pipeline.data.formats.idx_folder import parts_in

FORMS = (  # names of images and labels, to learn from and, where they are there, to test; the first that fits
    (("x_train", "y_train"), ("x_test", "y_test")),
    (("train_images", "train_labels"), ("test_images", "test_labels")),  # MedMNIST
    (("x", "y"),),
    (("x_train", "y_train"),),
    (("train_images", "train_labels"),),
    (("images", "labels"),),
    (("arr_0", "arr_1"),),  # what numpy.savez calls arrays that were given no names
)
NAMES = re.compile(r"((?P<set>.+)-)?(?P<part>train|test)-(?P<kind>images|imgs|labels)\.npz")
USUAL = ("train-imgs.npz", "train-labels.npz", "test-imgs.npz", "test-labels.npz")
# What zipfile, zlib and NumPy, which parses the header of an array as Python, raise for damaged bytes.
BROKEN_ARCHIVE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
BROKEN_ARRAY = (ValueError, TypeError, SyntaxError, MemoryError, tokenize.TokenError)
BROKEN = BROKEN_ARCHIVE + BROKEN_ARRAY


class NpzError(NumeralError):
    """A file is not an archive of the arrays of a data set."""


class Member(NamedTuple):
    """An array of an archive; `where` it was, for messages."""

    where: str
    array: Array


def load_npz(place: Path) -> Dataset:
    """An archive of images and labels, or a folder of four of an array each, as Kuzushiji-MNIST's.

    The names are those of `FORMS`, in capitals or not; where none are for the test, about a fifth is. Images
    are (m, ...): bytes, or numbers from 0 to 1. Labels are (m,), whole numbers or text, or one-hot.

    Raises:
        NumeralError: the file is not there, or not what it should be.
    """
    if place.is_file():
        return _of_archive(place)
    what = "a file that numpy.savez writes or a folder of four"
    name, paths = parts_in(place, NAMES, USUAL, what)
    files = {path: content_of(path) for path in paths}
    members = [_only_member(_archive(raw, path.name), path.name) for path, raw in files.items()]
    digests = {path.name: hashlib.sha256(raw).hexdigest() for path, raw in files.items()}
    return dataset_of(f"npz:{name}", digests, _part(*members[:2]), _part(*members[2:]))


def _of_archive(path: Path) -> Dataset:
    raw = content_of(path)
    archive = _archive(raw, path.name)
    parts = [
        _part(*(_member(archive, name, path.name) for name in pair))
        for pair in _names(archive.files, path.name)
    ]
    return dataset_of(f"npz:{path.name}", {path.name: hashlib.sha256(raw).hexdigest()}, *parts)


def _archive(raw: bytes, where: str) -> Any:
    expected = f"{where}: expected an archive that numpy.savez writes"
    if not zipfile.is_zipfile(io.BytesIO(raw)):
        raise NpzError(f"{expected}, got another file")
    try:
        return np.load(io.BytesIO(raw), allow_pickle=False)
    except BROKEN as error:
        raise NpzError(f"{expected}: {_first_line(error)}") from None


def _names(held: list[str], where: str) -> list[tuple[str, ...]]:
    spelled = {name.lower(): name for name in held} | {name: name for name in held}
    for form in FORMS:
        if {name for pair in form for name in pair} <= spelled.keys():
            return [tuple(spelled[name] for name in pair) for pair in form]
    raise NpzError(
        f"{where}: expected the arrays x_train, y_train, x_test and y_test, or x and y; "
        f"got {', '.join(held) or 'none'}"
    )


def _only_member(archive: Any, where: str) -> Member:
    if len(archive.files) != 1:
        raise NpzError(f"{where}: expected one array, got {', '.join(archive.files) or 'none'}")
    return _member(archive, archive.files[0], where)


def _member(archive: Any, name: str, file: str) -> Member:
    where = f"{file}, {name}"
    try:
        array = archive[name]
    except BROKEN as error:
        raise NpzError(f"{where}: expected an array of numbers or text: {_first_line(error)}") from None
    if not isinstance(array, np.ndarray):  # a member that is not in NumPy's format comes as bytes
        raise NpzError(f"{where}: expected an array of numbers or text, got another file")
    return Member(where, array)


def _part(images: Member, labels: Member) -> Labelled:
    check_images(images.array, images.where)
    rows = pixels_of(
        images.array.reshape(len(images.array), -1),
        lambda row, column: f"{images.where}[{row}], number {column}",
    )
    names = names_of(labels.array, len(images.array), labels.where)
    return Labelled(images.where, rows.reshape(images.array.shape), names)


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
