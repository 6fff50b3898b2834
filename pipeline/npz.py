"""NPZ: NumPy's archive of arrays, with the names that Keras's mnist.npz gave them."""

import hashlib
import io
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from model.activations import Array
from model.errors import NumeralError
from pipeline.datasets import Dataset, Labelled, content_of, dataset_of
from pipeline.labels import names_of
from pipeline.pixels import check_images, pixels_of

DIVIDED = (("x_train", "y_train"), ("x_test", "y_test"))
WHOLE = (("x", "y"),)
# What zipfile, zlib and NumPy, which parses the header of an array as Python, raise for damaged bytes.
BROKEN_ARCHIVE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
BROKEN_ARRAY = (ValueError, TypeError, SyntaxError, MemoryError, tokenize.TokenError)
BROKEN = BROKEN_ARCHIVE + BROKEN_ARRAY


class NpzError(NumeralError):
    """A file is not an archive of the arrays of a data set."""


def load_npz(path: Path) -> Dataset:
    """An archive with x_train, y_train, x_test and y_test, or with x and y, of which a fifth is for the test.

    Images are (m, ...): bytes, or numbers from 0 to 1. Labels are (m,): whole numbers or text.

    Raises:
        NumeralError: the file is not there, or not what it should be.
    """
    raw = content_of(path)
    if not zipfile.is_zipfile(io.BytesIO(raw)):
        raise NpzError(f"{path.name}: expected an archive that numpy.savez writes, got another file")
    try:
        archive = np.load(io.BytesIO(raw), allow_pickle=False)
    except BROKEN as error:
        raise NpzError(
            f"{path.name}: expected an archive that numpy.savez writes: {_first_line(error)}"
        ) from None
    parts = [_part(archive, images, labels) for images, labels in _names(archive.files, path.name)]
    return dataset_of(f"npz:{path.name}", {path.name: hashlib.sha256(raw).hexdigest()}, *parts)


def _names(held: list[str], where: str) -> tuple[tuple[str, str], ...]:
    for names in (DIVIDED, WHOLE):
        if {name for pair in names for name in pair} <= set(held):
            return names
    raise NpzError(
        f"{where}: expected the arrays x_train, y_train, x_test and y_test, or x and y; "
        f"got {', '.join(held) or 'none'}"
    )


def _part(archive: Any, images_name: str, labels_name: str) -> Labelled:
    images, labels = (_array(archive, name) for name in (images_name, labels_name))
    check_images(images, images_name)
    rows = pixels_of(
        images.reshape(len(images), -1), lambda row, column: f"{images_name}[{row}], number {column}"
    )
    return Labelled(images_name, rows.reshape(images.shape), names_of(labels, len(images), labels_name))


def _array(archive: Any, name: str) -> Array:
    try:
        array = archive[name]
    except BROKEN as error:
        raise NpzError(f"{name}: expected an array of numbers or text: {_first_line(error)}") from None
    if not isinstance(array, np.ndarray):  # a member that is not in NumPy's format comes as bytes
        raise NpzError(f"{name}: expected an array of numbers or text, got another file")
    return array


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
