"""Tensors as bytes: numbers of a named type, little-endian, row after row."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from model.arrays import Array
from service.errors import UNPROCESSABLE, RequestError
from service.inputs import json_rows
from service.inputs.json_body import shown
from service.inputs.json_rows import BYTES, Limits, Pixels
from service.inputs.npy_header import read_header

SHOWN = 8  # dimensions, in a message
Datatype: TypeAlias = "np.dtype[np.number[Any]]"

# names of the Open Inference Protocol
DATATYPES: Mapping[str, Datatype] = MappingProxyType(
    {
        f"{kind}{8 * size}": np.dtype(f"<{code}{size}")
        for kind, code, sizes in (
            ("FP", "f", (2, 4, 8)),
            ("UINT", "u", (1, 2, 4, 8)),
            ("INT", "i", (1, 2, 4, 8)),
        )
        for size in sizes
    }
)


def datatype(name: object, where: str) -> Datatype:
    """The type of a name.

    Raises:
        RequestError: 422, it is not one of DATATYPES.
    """
    if not isinstance(name, str) or name not in DATATYPES:
        raise RequestError(
            UNPROCESSABLE, f"{where}: expected one of {', '.join(DATATYPES)}, got {shown(name)}"
        )
    return DATATYPES[name]


def pixels_of(dtype: Datatype, max_value: object = 1) -> Pixels:
    """What pixels come as in a tensor: bytes in whole numbers, else what the request names.

    Raises:
        RequestError: 422, that is not a positive number.
    """
    return BYTES if dtype.kind in "ui" else Pixels.up_to(max_value)


def rows_in(shape: Sequence[object], limits: Limits, where: str) -> int:
    """How many rows a tensor of this shape has, each flat or as the limits have it.

    Raises:
        RequestError: 422, it is not a shape, or not one of such rows.
    """
    rows, *row = shape or [None]
    forms = [[size for size in each if size != 1] for each in ((limits.width,), limits.shape)]
    known = all(type(size) is int for size in shape) and [size for size in row if size != 1] in forms
    if type(rows) is not int or not known or not row:
        expected = " or ".join(str([-1, *each]) for each in dict.fromkeys([(limits.width,), limits.shape]))
        raise RequestError(
            UNPROCESSABLE, f"{where}: expected {expected}, got [{', '.join(map(shown, shape[:SHOWN]))}]"
        )
    limits.check(rows, where)
    return rows


def decode(data: bytes | memoryview, dtype: Datatype, rows: int, pixels: Pixels, where: str) -> Array:
    """The batch (m, n_0) float32 that some bytes are, pixels scaled to 0..1.

    Raises:
        RequestError: 422, a number is not a pixel. The message names the first.
    """
    return json_rows.checked(np.frombuffer(data, dtype), pixels, where).reshape(rows, -1)


def whole(data: bytes | memoryview, dtype: Datatype, limits: Limits, where: str) -> Array:
    """The batch that bytes are, as many rows as there are.

    Raises:
        RequestError: 422, they are not whole rows, none or too many, or a number is not a pixel.
    """
    row = limits.width * dtype.itemsize
    rows, left = divmod(len(data), row)
    if left:
        raise RequestError(UNPROCESSABLE, f"{where}: expected {row} bytes a row, got {len(data)} bytes")
    limits.check(rows, where)
    return decode(data, dtype, rows, pixels_of(dtype), where)


def npy(content: bytes, limits: Limits, max_value: object, where: str) -> Array:
    """The batch that a file of NumPy's is: an array of a DATATYPE, in C or Fortran order.

    Raises:
        RequestError: 422, it is none, or no batch.
    """
    try:
        shape, columns_first, dtype, end = read_header(content)
    except ValueError:
        raise RequestError(UNPROCESSABLE, f"{where}: expected an array as numpy.save writes it") from None
    if dtype not in DATATYPES.values():
        raise RequestError(UNPROCESSABLE, f"{where}: expected numbers, little-endian, got {dtype}")
    rows, data = rows_in(list(shape), limits, f"{where}: shape"), memoryview(content)[end:]
    expected = rows * limits.width * dtype.itemsize
    if len(data) != expected:
        raise RequestError(UNPROCESSABLE, f"{where}: expected {expected} bytes of numbers, got {len(data)}")
    numbers = np.frombuffer(data, dtype).reshape(shape, order="F" if columns_first else "C")
    return json_rows.checked(numbers, pixels_of(dtype, max_value), where).reshape(rows, -1)


def encode(values: Array) -> bytes:
    """The bytes of a tensor: numbers little-endian, strings each after its length in four bytes."""
    if values.dtype != object:
        return values.tobytes()
    encoded = [value.encode() for value in values.ravel()]
    return b"".join(len(value).to_bytes(4, "little") + value for value in encoded)
