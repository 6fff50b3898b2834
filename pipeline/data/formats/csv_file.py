"""Tables: CSV files, one example a line, which is its label and its numbers.

The first line may name the columns; the label is in the one that is called label, class or target then,
and else in the first. A first column without a name numbers the lines, and is left out.
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import numpy as np

from model.arrays import Array
from pipeline.data.dataset.datasets import Dataset, Labelled, content_of, dataset_of, unpacked
from pipeline.data.dataset.labels import spelled
from pipeline.data.dataset.pixels import pixels_of
from pipeline.data.dataset.read_options import AS_IT_IS, ReadOptions
from pipeline.data.formats.csv_columns import Columns, Line, TableError, names_in, refuse
from pipeline.data.formats.csv_header import columns_of

BLOCK = 1000  # lines that are parsed at once


def load_csv(path: Path, options: ReadOptions = AS_IT_IS) -> Dataset:
    """A table of examples, about a fifth of which is for the test; it may be packed, as NAME.csv.gz.

    Raises:
        NumeralError: the file is not there, or not what it should be.
    """
    raw = content_of(path)
    lines = _lines(unpacked(path, raw), path.name)
    first = next(lines, None)
    if first is None:
        raise TableError(f"{path.name}: expected an example a line, got an empty file")
    columns, is_header = columns_of(first, path.name, options)
    names = names_in(first, columns) if is_header else None
    labels, numbers, line_of = _read(lines if is_header else chain([first], lines), columns)
    images = pixels_of(numbers, lambda row, column: columns.place(line_of[row], column))
    digest = hashlib.sha256(raw).hexdigest()
    dataset = dataset_of(f"csv:{path.name}", {path.name: digest}, Labelled(path.name, images, labels))
    return replace(dataset, input=replace(dataset.input, names=names))


def _lines(raw: bytes, where: str) -> Iterator[Line]:
    """Every line but the empty ones."""
    try:
        for number, text in enumerate(io.TextIOWrapper(io.BytesIO(raw), "utf-8-sig"), 1):
            if text.strip():
                yield number, text
    except UnicodeDecodeError as error:
        raise TableError(f"{where}: expected UTF-8: {error}") from None


def _read(lines: Iterator[Line], columns: Columns) -> tuple[list[str], Array, list[int]]:
    """The label and the numbers (m, n_0) of each example, and the line that it was in."""
    blocks: list[Array] = []
    labels: list[str] = []
    line_of: list[int] = []
    while block := list(islice(lines, BLOCK)):
        blocks.append(_parsed(block, columns, labels))
        line_of += [number for number, _ in block]
    numbers = np.concatenate([np.empty((0, len(columns.inputs)), np.float32), *blocks])
    names = spelled(labels, lambda row: f"{columns.where}, line {line_of[row]}, column {columns.label + 1}")
    return names, numbers, line_of


def _parsed(block: list[Line], columns: Columns, labels: list[str]) -> Array:
    """The numbers (lines, columns but one) of a block; its labels are added to `labels`."""

    def note(label: str) -> int:
        labels.append(label.strip())
        return 0

    others = [columns.label] if columns.index is None else [columns.label, columns.index]
    try:
        values = np.loadtxt(
            [text for _, text in block],
            np.float32,
            comments=None,
            delimiter=",",
            converters=dict(zip(others, (note, lambda _: 0), strict=False)),
            ndmin=2,
            quotechar='"',
        )
    except ValueError as error:
        refuse(block, columns, str(error))
    if values.shape != (len(block), columns.count):
        refuse(block, columns, f"got {values.shape[0]} with {values.shape[1]} columns")
    return np.delete(values, others, axis=1)
