"""Pixels: numbers from 0 to 1, or whole ones from 0 to 255, whatever type a file keeps them in."""

from collections.abc import Callable

import numpy as np

from model.arrays import Array
from model.errors import NumeralError

MAX_BYTE = 255


class PixelError(NumeralError):
    """A number is no pixel; the message says where, what was expected and what came."""


def check_images(images: Array, where: str) -> None:
    """Raise PixelError unless these are numbers, (m, ...), and not none."""
    if images.dtype.kind not in "buif" or images.ndim < 2 or not images.size:  # noqa: PLR2004
        got = f"{images.dtype} of dimensions {images.shape}"
        raise PixelError(f"{where}: expected the numbers of images, in two dimensions or more; got {got}")


def pixels_of(numbers: Array, place: Callable[[int, int], str]) -> Array:
    """The numbers as float32 if none is above 1, else as bytes.

    Args:
        numbers: (m, n_0), of whatever type.
        place: says where the number in a row and a column was found.

    Raises:
        PixelError: there are others than from 0 to 1, and others than whole ones from 0 to 255.
    """
    greatest = np.fmax.reduce(numbers, axis=None, initial=0)  # fmax passes over NaN
    if numbers.dtype == np.uint8 and greatest > 1:
        return numbers
    with np.errstate(invalid="ignore", over="ignore"):  # a number that does not fit is found below
        pixels = numbers.astype(np.uint8 if greatest > 1 else np.float32)
    right = (numbers >= 0) & (numbers <= MAX_BYTE)
    if greatest > 1:
        right &= pixels == numbers
    if not right.all():
        row, column = np.unravel_index(int(right.argmin()), right.shape)
        raise PixelError(
            f"{place(int(row), int(column))}: expected numbers from 0 to 1, or whole ones from 0 to 255 "
            f"in all of the file; got {numbers[row, column]:g} where the greatest is {greatest:g}"
        )
    return pixels
