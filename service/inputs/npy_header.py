"""NumPy's files: the header of an array, a dictionary in Python's notation.

It is read as the few words that it may be: Python's own parser, which NumPy has read it, is not made for what
anybody may send.
"""

import re
from typing import Any, NamedTuple

import numpy as np

LENGTH_BYTES = {b"\x93NUMPY\1\0": 2, b"\x93NUMPY\2\0": 4, b"\x93NUMPY\3\0": 4}  # by signature and version
MAGIC_BYTES, MOST_BYTES = 8, 10_000  # of a header no more, as NumPy has it
DTYPE = r"""['"][<>|=]?[a-zA-Z]\d{0,9}['"]"""
SHAPE = r"\((?:\s*\d{1,18}L?\s*,)*\s*(?:\d{1,18}L?\s*)?\)"  # with Python 2's L
PAIR = rf"""['"](\w+)['"]\s*:\s*({DTYPE}|True|False|{SHAPE})"""
HEADER = re.compile(rf"\s*\{{\s*{PAIR}\s*,\s*{PAIR}\s*,\s*{PAIR}\s*+,?\s*+\}}\s*")
SIZE = re.compile(r"\d+")


class Header(NamedTuple):
    """What stands before the numbers of an array.

    Attributes:
        shape: of the array.
        columns_first: whether its first index varies fastest.
        dtype: of a number.
        end: bytes of the header.
    """

    shape: tuple[int, ...]
    columns_first: bool
    dtype: "np.dtype[Any]"
    end: int


def read_header(content: bytes) -> Header:
    """Return the header of a file, as `numpy.save` writes it.

    Raises:
        ValueError: it has none.
    """
    digits = LENGTH_BYTES.get(content[:MAGIC_BYTES])
    if digits is None:
        raise ValueError("no signature")
    start = MAGIC_BYTES + digits
    length = int.from_bytes(content[MAGIC_BYTES:start], "little")
    text = content[start : start + length].decode("latin-1")
    found = HEADER.fullmatch(text) if len(text) == length <= MOST_BYTES else None
    if found is None:
        raise ValueError("no header")
    said = dict(zip(found.groups()[::2], found.groups()[1::2], strict=True))
    if said.keys() != {"descr", "fortran_order", "shape"}:
        raise ValueError(f"keys: {', '.join(said)}")
    descr, order, shape = said["descr"], said["fortran_order"], said["shape"]
    if descr[0] not in "'\"" or order not in ("True", "False") or shape[0] != "(":
        raise ValueError("values")
    try:
        dtype = np.dtype(descr[1:-1])
    except TypeError as error:
        raise ValueError(str(error)) from None
    return Header(tuple(map(int, SIZE.findall(shape))), order == "True", dtype, start + length)
