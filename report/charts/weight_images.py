"""Sprites: many small images of weights as one PNG, blue above zero and orange below, clear at zero."""

import base64
import io
from math import ceil

import numpy as np
from PIL import Image

from model.arrays import Array

LEVELS = 15  # of each colour
ABOVE, BELOW = (46, 112, 245), (232, 128, 12)  # seen on white and on black
GAP = 2


def sprite(images: Array, limit: float, columns: int) -> str:
    """A data: URL.

    Args:
        images: (n, rows, columns) of weights.
        limit: the magnitude from which on a colour is full.
        columns: images in a row.
    """
    scaled = np.clip(images / limit, -1, 1) if limit > 0 else np.zeros_like(images)
    levels = (np.rint(scaled * LEVELS) + LEVELS).astype(np.uint8)
    picture = Image.fromarray(_tiled(levels, columns))
    picture.putpalette([*BELOW] * LEVELS + [*ABOVE] * (LEVELS + 1))
    opacity = bytes(round(255 * abs(level) / LEVELS) for level in range(-LEVELS, LEVELS + 1))
    content = io.BytesIO()
    picture.save(content, "PNG", transparency=opacity, optimize=True)
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()


def _tiled(levels: Array, columns: int) -> Array:
    """The images (n, r, c) side by side, in as many lines as they need, with clear gaps."""
    count, height, width = levels.shape
    lines = ceil(count / columns)
    whole = np.full((lines * (height + GAP) - GAP, columns * (width + GAP) - GAP), LEVELS, np.uint8)
    for place, image in enumerate(levels):
        top, left = place // columns * (height + GAP), place % columns * (width + GAP)
        whole[top : top + height, left : left + width] = image
    return whole
