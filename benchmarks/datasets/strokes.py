"""Strokes: a digit of MNIST as lines without pixels, wider or thinner, and put somewhere else."""

import math

import numpy as np
from PIL import Image, ImageFilter

from model.arrays import Array

FINE, ROOM = 4, 3  # pixels for each of MNIST's, and empty ones of those around the digit
SOFT = 0.4  # standard deviation of the blur that rounds the steps of MNIST's pixels, in these
STEEP = 4  # ink is as sharp as on a screen after this, times the enlargement
HALF = 110  # of 255: the edge of what is ink in MNIST
NEIGHBOURS = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))  # in a circle


def thinned(ink: Array) -> Array:
    """The lines in the middle of strokes, (h, w) of booleans with an empty border (Zhang and Suen 1984)."""
    before = None
    while before is None or (ink != before).any():
        before = ink
        for sides in ((0, 2, 4), (2, 4, 6)), ((0, 2, 6), (0, 4, 6)):
            around = np.stack([np.roll(ink, (-row, -column), (0, 1)) for row, column in NEIGHBOURS])
            many = around.sum(axis=0, dtype=np.uint8)
            strokes = (around < np.roll(around, -1, axis=0)).sum(axis=0, dtype=np.uint8)
            needed = [around[list(three)].all(axis=0) for three in sides]
            ink = ink & ~((many >= 2) & (many <= 6) & (strokes == 1) & ~needed[0] & ~needed[1])
    return ink


def thickened(digit: Array, wider: float) -> Image.Image:
    """The digit with its own strokes, by so many of MNIST's pixels wider; its ink ends at HALF."""
    image = _fine(digit).filter(ImageFilter.MaxFilter(2 * round(wider * FINE / 2) + 1))
    return image.filter(ImageFilter.GaussianBlur(SOFT * FINE))


def redrawn(digit: Array, pen: float) -> Image.Image:
    """The digit as a round pen leaves it that follows the middle of its strokes; its ink ends at HALF.

    Args:
        digit: (28, 28) uint8, light on dark.
        pen: its width, as a share of the digit's height.
    """
    ink = np.asarray(_fine(digit)) > HALF
    width = pen * float(max(map(np.ptp, np.nonzero(ink))))
    deviation = max(width / 2, 0.8)
    line = Image.fromarray(thinned(ink).astype(np.uint8) * 255)
    edge = 255 / (deviation * math.sqrt(math.tau)) * math.exp(-((width / 2 / deviation) ** 2) / 2)
    blurred = np.asarray(line.filter(ImageFilter.GaussianBlur(deviation)), np.float32)
    return Image.fromarray((blurred * HALF / edge).clip(0, 255).astype(np.uint8))


def placed(strokes: Image.Image, side: int, height: float, aside: Array, angle: float) -> Image.Image:
    """The strokes, sharp, at a height, turned, on a square (side, side)."""
    rows, columns = np.nonzero(np.asarray(strokes) > HALF)
    middle = np.array([columns.min() + columns.max() + 1, rows.min() + rows.max() + 1]) / 2
    size = np.array([np.ptp(columns) + 1, np.ptp(rows) + 1])
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    turned = np.abs(turn) @ size
    scale = height / turned.max()
    at = side / 2 + aside * (side - turned * scale) / 2
    back = turn.T / scale
    moved = middle - back @ at
    affine = (*back[0], moved[0], *back[1], moved[1])
    image = strokes.transform((side, side), Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR)
    steep = max(STEEP * scale, 1)
    return image.point([round(min(max((shade - HALF) * steep + 127.5, 0), 255)) for shade in range(256)])


def _fine(digit: Array) -> Image.Image:
    rows, columns = np.nonzero(digit)
    digit = np.pad(digit[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1], ROOM)
    image = Image.fromarray(digit)
    return image.resize((image.width * FINE, image.height * FINE), Image.Resampling.BICUBIC)
