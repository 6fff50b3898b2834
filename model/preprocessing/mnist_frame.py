"""Ink: what of a picture is the digit, brought to the form that MNIST's digits have.

Light on dark, cropped to its ink, fitted into a box of 20 x 20 with its aspect kept, and moved until its
centre of mass is in the pixel (14, 14) of 28 x 28, counted from 0, as it is in all of MNIST (the centre, say
LeCun et al. 1998); other sizes in proportion.
"""

import math

import numpy as np
from PIL import Image, ImageFilter

from model.arrays import Array
from model.preprocessing import illumination

BOX = 20 / 28  # of a side, that a digit is fitted into
DEVIATIONS = 4  # from the background that are noise
FAINT = 0.2  # of the darkest ink: what is lighter bounds no digit
SHADES = 255 / 16  # what differs less is no ink
SPECK = 0.05  # of all ink: less is no part of a digit, where it lies apart
FINE = 4  # pixels for one of the box, that strokes are widened in
THINNEST = 1 / 8  # of these
STROKE = 0.07  # of the box: strokes of a pen are that wide at least; those of MNIST mostly are


def formed(picture: Image.Image, shape: tuple[int, ...]) -> Array | None:
    """A grey picture as an image of this shape, from 0 to 1, like MNIST's; None where it has no ink."""
    ink = _ink(picture if illumination.is_even(picture) else illumination.evened(picture))
    if ink is None:
        return None
    fitted = _fitted(_widened(_cropped(ink), shape), shape)
    return _centred(fitted, shape) if fitted.any() else None


def _ink(picture: Image.Image) -> Image.Image | None:
    """How much ink there is, from 0 to 255; None where there is none. Most of the border is background."""
    border = illumination.border(picture)
    background = float(np.median(border))
    noise = DEVIATIONS * float(np.median(np.abs(border - background)))
    shades = np.asarray(picture)
    darkest, lightest = int(shades.min()), int(shades.max())
    sign = 1 if lightest - background > background - darkest else -1
    most = max(lightest - background, background - darkest) - noise
    if most <= SHADES:
        return None
    share = (sign * (np.arange(256) - background) - noise) / most
    return picture.point(_table(share * 255))


def _table(shades: Array) -> list[int]:
    table: list[int] = shades.clip(0, 255).round().astype(int).tolist()
    return table


def _cropped(ink: Image.Image) -> Image.Image:
    dark = np.asarray(ink) > FAINT * 255
    top, left, bottom, right = 0, 0, *dark.shape
    for _ in range(2):  # what is beside a speck may have hidden another
        above, below = _extent(np.count_nonzero(dark[top:bottom, left:right], axis=1))
        top, bottom = top + above, top + below
        before, behind = _extent(np.count_nonzero(dark[top:bottom, left:right], axis=0))
        left, right = left + before, left + behind
    return ink.crop((left, top, right, bottom))


def _extent(counts: Array) -> tuple[int, int]:
    """From where to where there is ink, of the counts in each row or column; specks apart do not count."""
    runs = np.flatnonzero(np.diff(counts > 0, prepend=False, append=False)).reshape(-1, 2)
    before = np.append(0, counts.cumsum())
    large = np.flatnonzero(np.diff(before[runs], axis=1) > SPECK * before[-1])
    first, last = (large[0], large[-1]) if len(large) else (0, -1)
    return int(runs[first, 0]), int(runs[last, 1])


def _widened(ink: Image.Image, shape: tuple[int, ...]) -> Image.Image:
    """Ink whose strokes are as wide as a pen's, where they were thinner."""
    ink = ink.reduce(max(1, int(max(ink.size) / (FINE * BOX * max(shape)))))
    shades = np.asarray(ink, np.float32)
    if not shades.any():
        return ink
    edges = np.abs(np.diff(shades, axis=0)).sum() + np.abs(np.diff(shades, axis=1)).sum()
    mass, usual = shades.sum(), (shades**2).sum() / shades.sum()
    length = edges * math.pi / 8 / usual  # of lines in any direction, on average
    width = max(mass / 255 / max(length, 1), THINNEST)
    wanted = STROKE * max(ink.size)
    if width >= wanted:
        return ink
    room = math.ceil(wanted / 2)
    roomy = Image.fromarray(np.pad(shades.astype(np.uint8), room))
    blurred = roomy.filter(ImageFilter.BoxBlur(max(wanted - 1, 0) / 2))
    return blurred.point(_table(np.arange(256) * wanted / width))


def _fitted(ink: Image.Image, shape: tuple[int, ...]) -> Array:
    scale = min(BOX * shape[0] / ink.height, BOX * shape[1] / ink.width)
    size = max(1, round(ink.width * scale)), max(1, round(ink.height * scale))
    return np.asarray(ink.resize(size, Image.Resampling.LANCZOS), np.float32) / np.float32(255)


def _centred(ink: Array, shape: tuple[int, ...]) -> Array:
    image = np.zeros(shape, np.float32)
    mass = ink.sum()
    places = []
    for axis, whole in enumerate(shape):
        length = ink.shape[axis]
        centre = (ink.sum(axis=1 - axis) * np.arange(length)).sum() / mass
        places.append(int(np.clip(round(whole / 2 - centre), 0, whole - length)))
    row, column = places
    image[row : row + ink.shape[0], column : column + ink.shape[1]] = ink
    return image
