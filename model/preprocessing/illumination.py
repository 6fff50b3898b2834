"""Paper: a photo in uneven light, as if the light were even.

What is darker than all around it and narrower than a stroke may be is ink; the rest is paper, lit as it is.
That is a closing by a square (Serra 1982), which keeps the edges of shadows, and slow changes of light.
"""

import math

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from model.arrays import Array

SHADES = 255 / 16  # what differs less is of one shade
UNEVEN = 0.1  # of the border, where it is of other shades: the light is not even
SIDE = 128  # pixels of a side that are enough
WIDEST = 0.3  # of a side: darkness that is wider is a shadow


def border(picture: Image.Image) -> Array:
    """The shades around a picture."""
    shades = np.asarray(picture)
    return np.concatenate([shades[0], shades[-1], shades[:, 0], shades[:, -1]])


def is_even(picture: Image.Image) -> bool:
    """Whether almost all of the border is of one shade."""
    around = border(picture)
    return bool((np.abs(around - np.median(around)) > SHADES).mean() < UNEVEN)


def evened(picture: Image.Image) -> Image.Image:
    """A smaller picture of the same, dark on light, each shade a share of the paper's."""
    small = picture.reduce(max(1, int(math.sqrt(picture.width * picture.height) / SIDE)))
    small = small.filter(ImageFilter.BoxBlur(1))  # what is left of the paper's grain
    shades = np.asarray(ImageChops.invert(small) if _is_light(small) else small)
    lit = _closed(shades, math.ceil(_side(small) * WIDEST)).clip(1)
    return Image.fromarray((shades * np.float32(255) / lit).astype(np.uint8))


def _is_light(picture: Image.Image) -> bool:
    """Whether what stands out from its surroundings is lighter than they are, not darker."""
    coarse = picture.reduce(4)
    around = coarse.filter(ImageFilter.BoxBlur(_side(coarse) * WIDEST / 2))
    difference = np.asarray(coarse, np.float32) - np.asarray(around, np.float32)
    return bool((difference**3).sum() > 0)


def _side(picture: Image.Image) -> float:
    return math.sqrt(picture.width * picture.height)


def _closed(shades: Array, window: int) -> Array:
    """Shades (h, w) without dark parts that a square of this side does not fit into."""
    dark = np.pad(shades, window)  # shadows go on beyond the border
    widened = _most(_most(dark, window).T, window)
    closed: Array = ~_most(_most(~widened[::-1, ::-1], window).T, window)[::-1, ::-1]
    return closed[window:-window, window:-window]


def _most(values: Array, window: int) -> Array:
    """The most of each value and of those below it, as many as the window has."""
    most, width = np.ascontiguousarray(values), 1
    while width < window:
        step = min(width, window - width)
        most = np.concatenate([np.maximum(most[:-step], most[step:]), most[-step:]])
        width += step
    return most
