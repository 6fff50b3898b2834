"""Batches in JSON: lists of numbers become one float32 array, or a sentence about the first thing wrong.

simdjson reads the numbers of a list straight into a buffer, and flattens whatever is nested on the way. So
every list's length is checked, and the lists are counted: one that hides among a row's numbers would be one
too many. Where anything is off, every value is looked at.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.arrays import Array
from model.document import json_parser
from model.document.document import Input
from model.document.json_parser import ARRAY
from service.errors import UNPROCESSABLE, RequestError
from service.inputs.json_body import BEYOND, is_number, shown

MAX_PIXEL = 255
UNITS = 3  # axes of length one around a row, or in it, as the channels of an image are


@dataclass(frozen=True)
class Limits:
    """What a batch must keep to: instances of `shape`, at most `rows`, their numbers called `names`."""

    shape: tuple[int, ...]
    rows: int
    names: tuple[str, ...] | None = None

    @classmethod
    def of(cls, taken: Input, rows: int) -> "Limits":
        """Those of a model that takes such an input."""
        return cls(taken.shape, rows, taken.names)

    @property
    def width(self) -> int:
        """Numbers in an instance: n_0."""
        return math.prod(self.shape)

    def check(self, rows: int, where: str) -> None:
        """Hold the number of rows to them.

        Raises:
            RequestError: 422, there are none or too many.
        """
        if not 1 <= rows <= self.rows:
            raise RequestError(UNPROCESSABLE, f"{where}: expected 1 to {self.rows} rows, got {rows}")


@dataclass(frozen=True)
class Pixels:
    """What pixels come as: numbers from 0, black, to `top`, white."""

    top: float = 1
    whole: bool = False

    @classmethod
    def up_to(cls, top: Any, where: str = "max_value") -> "Pixels":
        """Those that a request names.

        Raises:
            RequestError: 422, it is not a positive number.
        """
        if not is_number(top) or not 0 < top < BEYOND:
            raise RequestError(UNPROCESSABLE, f"{where}: expected a positive number, got {shown(top)}")
        return cls(float(top))

    def fit(self, numbers: Array) -> bool:
        """Whether all of them are such."""
        least, most = np.minimum.reduce(numbers, axis=None), np.maximum.reduce(numbers, axis=None)
        if not (least >= 0 and float(most) <= self.top):  # so for NaN, too
            return False
        return not self.whole or numbers.dtype.kind in "ui" or not (numbers % 1).any()

    def first_wrong(self, numbers: Array) -> int:
        """The index of the first that is none."""
        least, most = numbers >= 0, numbers.astype(np.float64) <= self.top
        return int((least & most & (not self.whole or numbers % 1 == 0)).argmin())

    def scaled(self, numbers: Array) -> Array:
        """From 0 to 1, float32."""
        if self.top != 1:
            numbers = numbers / (np.float32(self.top) if self.whole else np.float64(self.top))
        return numbers.astype(np.float32, copy=False)

    def __str__(self) -> str:
        return f"a {'whole ' * self.whole}number from 0 to {self.top:g}"


BYTES = Pixels(MAX_PIXEL, whole=True)


def decode(
    rows: Any, shape: tuple[int, ...], where: Callable[[int], str], lists: int, pixels: Pixels
) -> Array:
    """The batch (m, n_0) float32 that some rows are, pixels scaled to 0..1.

    Args:
        rows: a list of the parser's, or a list of such; each is flat or nested as `shape`, and may have axes
            of length one.
        shape: of a row.
        where: each is, for the message.
        lists: how many they are, with those in them, if none hides among their numbers.
        pixels: what the numbers are.

    Raises:
        RequestError: 422, a row is none. The message names the first that is wrong.
    """
    numbers = _flattened(rows, shape, lists)
    if numbers is None or not pixels.fit(numbers):
        for index, row in enumerate(rows):
            _check(row, where(index), shape, pixels)
        numbers = json_parser.numbers(rows)  # nothing is wrong: there are brackets within strings
    return pixels.scaled(numbers).reshape(len(rows), math.prod(shape))


def checked(numbers: Array, pixels: Pixels, where: str) -> Array:
    """Numbers of any shape, scaled to 0..1, float32.

    Raises:
        RequestError: 422, a number is not a pixel. The message names the first.
    """
    if not pixels.fit(numbers):
        wrong = pixels.first_wrong(numbers)
        got = f"{numbers.flat[wrong]} at number {wrong}, counted from 0"
        raise RequestError(UNPROCESSABLE, f"{where}: expected {pixels}, got {got}")
    return pixels.scaled(numbers)


def _flattened(rows: Any, shape: tuple[int, ...], lists: int) -> Array | None:
    """All numbers at once, if every list is as long as it must be and holds what it must; None otherwise."""
    try:
        return json_parser.numbers(rows) if sum(_lists(row, shape) for row in rows) == lists else None
    except TypeError:  # not numbers, or no lists
        return None


def _lists(row: Any, shape: Sequence[int], units: int = UNITS) -> int:
    """How many lists make up a row; too few where a length is wrong.

    Raises:
        TypeError: it is no list, nor are some in it that should be.
    """
    if not isinstance(row, ARRAY):
        raise TypeError
    if not _is_nested(row):
        return len(row) == math.prod(shape)
    return 1 + sum(_lists(*part) for part in _parts(row, shape, units)) if _fits(row, shape) else 0


def _fits(row: Any, shape: Sequence[int]) -> bool:
    return len(row) in (math.prod(shape), *([1, shape[0]] if _is_nested(row) else ()))


def _parts(row: Any, shape: Sequence[int], units: int) -> list[tuple[Any, Sequence[int], int]]:
    """The lists in a row that fits, each with its shape: its lines, or what axes of length one enclose."""
    if not _is_nested(row):
        return []
    if len(shape) > 1 and len(row) == shape[0]:
        return [(line, shape[1:], units) for line in row]
    inner = shape if len(row) == 1 else (1,)
    return [(part, inner, units - 1) for part in row] if units else []


def _is_nested(row: Any) -> bool:
    return len(row) > 0 and isinstance(row[0], ARRAY)


def _check(row: Any, where: str, shape: Sequence[int], pixels: Pixels, units: int = UNITS) -> None:
    """Say what is wrong with the first value that is: slow, but hardly any batch comes here that is right."""
    if not isinstance(row, ARRAY):
        raise RequestError(UNPROCESSABLE, f"{where}: expected a list of numbers, got {shown(row)}")
    if not _fits(row, shape):
        raise RequestError(UNPROCESSABLE, f"{where}: expected {math.prod(shape)} numbers, got {len(row)}")
    if parts := _parts(row, shape, units):
        for index, part in enumerate(parts):
            _check(part[0], f"{where}[{index}]", part[1], pixels, part[2])
        return
    values = list(row)
    wrong = next((index for index, value in enumerate(values) if not is_number(value)), len(values))
    numbers = np.array(values[:wrong], np.float64)
    if wrong and not pixels.fit(numbers):
        wrong = pixels.first_wrong(numbers)
    if wrong < len(values):
        raise RequestError(UNPROCESSABLE, f"{where}[{wrong}]: expected {pixels}, got {shown(values[wrong])}")
