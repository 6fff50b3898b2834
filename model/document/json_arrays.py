"""Matrices in JSON: lists of rows of numbers, read into float32 arrays or refused with the place."""

from typing import Any

import numpy as np

from model.arrays import Array
from model.document.json_parser import ARRAY, numbers
from model.document.strict_json import expect, shown
from model.errors import FormatError


def read_matrix(rows: Any, out: Array, where: str) -> None:
    """Read n rows of m numbers into `out` (n, m).

    Raises:
        FormatError: they are not so many, not numbers, or one is beyond float32.
    """
    expect(rows, ARRAY, where)
    widths = {len(row) if isinstance(row, ARRAY) else None for row in rows}
    if len(widths) == 1 and None not in widths and (shape := (len(rows), *widths)) != out.shape:
        raise FormatError(f"{where}: expected shape {out.shape}, got {shape}")
    if len(rows) != len(out):
        raise FormatError(f"{where}: expected {len(out)} rows, got {len(rows)}")
    for index, row in enumerate(rows):
        read_row(row, out[index], f"{where}[{index}]")


def read_row(row: Any, out: Array, where: str) -> None:
    """Read m numbers into `out` (m,).

    Raises:
        FormatError: as for a matrix.
    """
    expect(row, ARRAY, where)
    if len(row) != len(out):
        raise FormatError(f"{where}: expected {len(out)} numbers, got {len(row)}")
    # simdjson flattens lists within the row without a word, so every value is looked at first
    if not {*map(type, row)} <= {int, float}:
        index, value = next(item for item in enumerate(row) if type(item[1]) not in (int, float))
        raise FormatError(f"{where}[{index}]: expected a number, got {shown(value)}")
    values = numbers(row)
    with np.errstate(over="ignore"):
        out[...] = values
    if not np.isfinite(out).all():
        index = int(np.isfinite(out).argmin())
        raise FormatError(f"{where}[{index}]: expected a number within float32, got {values[index]}")
