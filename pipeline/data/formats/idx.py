"""IDX, the file format of MNIST: a big-endian header, then numbers, the last dimension fastest.

    2 bytes zero, 1 byte type (8: unsigned byte, 12: int), 1 byte number of dimensions, 4 bytes each of them

The format is described on the page that first published MNIST (LeCun, Cortes, Burges 1998).
"""

import math
import struct
from typing import Any

import numpy as np

from model.arrays import Array
from model.errors import NumeralError

UNSIGNED_BYTE = 0x08
TYPES: dict[int, np.dtype[Any]] = {UNSIGNED_BYTE: np.dtype(np.uint8), 0x0C: np.dtype(">i4")}
MAX_DIMENSIONS = 3


class IdxError(NumeralError):
    """A file is not IDX of a type that is known, or not of the length that its header says."""


def decode(raw: bytes, where: str) -> Array:
    """The array (uint8, or int32 as in QMNIST's labels) in an IDX file; a view of `raw`, not a copy.

    Args:
        raw: the whole file.
        where: its name, for messages.

    Raises:
        IdxError: the header or the length is wrong.
    """
    if len(raw) < struct.calcsize(">HBB"):
        raise IdxError(f"{where}: expected an IDX header of 4 bytes or more, got {len(raw)}")
    zero, kind, dimensions = struct.unpack_from(">HBB", raw)
    if zero != 0:
        raise IdxError(f"{where}: expected two zero bytes at the start, got 0x{zero:04x}")
    if kind not in TYPES:
        raise IdxError(f"{where}: expected type 0x08 (unsigned byte) or 0x0c (int), got 0x{kind:02x}")
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise IdxError(f"{where}: expected 1 to {MAX_DIMENSIONS} dimensions, got {dimensions}")
    start = 4 + 4 * dimensions
    if len(raw) < start:
        raise IdxError(f"{where}: expected a header of {start} bytes, got {len(raw)}")
    shape = struct.unpack_from(f">{dimensions}I", raw, 4)
    dtype = TYPES[kind]
    expected = start + math.prod(shape) * dtype.itemsize
    if len(raw) != expected:
        raise IdxError(f"{where}: expected {expected} bytes for dimensions {shape}, got {len(raw)}")
    return np.frombuffer(raw, dtype, offset=start).reshape(shape)


def encode(array: Array) -> bytes:
    """The IDX file of an array.

    Raises:
        IdxError: the array is not of uint8 with 1 to 3 dimensions.
    """
    if array.dtype != np.uint8 or not 1 <= array.ndim <= MAX_DIMENSIONS:
        raise IdxError(
            f"expected uint8 in 1 to {MAX_DIMENSIONS} dimensions, got {array.dtype} in {array.ndim}"
        )
    header = struct.pack(f">HBB{array.ndim}I", 0, UNSIGNED_BYTE, array.ndim, *array.shape)
    return header + array.tobytes()
