"""Views: an image of handwriting, brought to a common width or slant, as one member of a committee sees it.

Widths after Meier et al. 2011. Rows stay rows: each is stretched and moved, all of an image alike but for the
slant.
"""

from dataclasses import dataclass

import numpy as np

from model.arrays import Array

INK = 64  # of 255: what counts as ink where its extent is measured
LARGEST = 2.0  # times that ink is stretched: a 1 need not be as wide as an 8
MARGIN = 1  # of empty pixels beside an image, where nothing is drawn
BLOCK = 128  # images at a time: what that needs stays in a core's cache


@dataclass(frozen=True)
class View:
    """What is done to an image before it is seen.

    Attributes:
        width: that its ink is stretched or squeezed to, centred, as a share of the image's; None leaves it.
        upright: whether its slant is taken away.
    """

    width: float | None = None
    upright: bool = False

    def of(self, images: Array) -> Array:
        """Images (m, h, w) uint8 as they are seen."""
        if self == View():
            return images
        seen = np.empty_like(images)
        for start in range(0, len(images), BLOCK):
            block = slice(start, start + BLOCK)
            seen[block] = self._of(images[block])
        return seen

    def _of(self, images: Array) -> Array:
        m, h, w = images.shape
        slope, middle_row = _slant(images) if self.upright else np.zeros((2, m, 1), np.float32)
        lean = slope * (np.arange(h, dtype=np.float32) - middle_row)  # (m, h) columns that a row is off
        centre, zoom = _extent(images, lean, self.width * w) if self.width else ((w - 1) / 2, np.float32(1))
        x = (np.arange(w, dtype=np.float32) - np.float32((w - 1) / 2)) * zoom + centre  # (m, w)
        return _moved(images, lean[:, :, None] + np.broadcast_to(x, (m, w))[:, None])


def _slant(images: Array) -> tuple[Array, Array]:
    """Columns per row that the ink of each image leans, and its middle row: (m, 1) both."""
    _, h, w = images.shape
    rows, columns = np.arange(h, dtype=np.float32), np.arange(w, dtype=np.float32)
    of_row = images @ np.stack([np.ones_like(columns), columns], axis=1)  # (m, h, 2) mass and moment
    mass, moment = of_row[..., 0], of_row[..., 1]
    total = np.maximum(mass.sum(axis=1, keepdims=True), 1)
    middle_row = mass @ rows[:, None] / total
    off = rows - middle_row
    spread = np.maximum((mass * off**2).sum(axis=1, keepdims=True), 1)
    return (moment * off).sum(axis=1, keepdims=True) / spread, middle_row


def _extent(images: Array, lean: Array, width: float) -> tuple[Array, Array]:
    """The middle column of each image's ink, and its width over the one to reach, pixels: (m, 1) both."""
    w = images.shape[2]
    ink = images >= INK
    some = np.logical_or.reduce(ink, axis=2)
    first = np.where(some, ink.argmax(axis=2) - lean, np.inf).min(axis=1, keepdims=True)
    last = np.where(some, w - 1 - ink[:, :, ::-1].argmax(axis=2) - lean, -np.inf).max(axis=1, keepdims=True)
    empty = ~np.logical_or.reduce(some, axis=1, keepdims=True)
    first, last = np.where(empty, 0, first), np.where(empty, w - 1, last)
    zoom = np.maximum((last - first + 1) / width, 1 / LARGEST)
    return ((first + last) / 2).astype(np.float32), zoom.astype(np.float32)


def _moved(images: Array, x: Array) -> Array:
    """Images (m, h, w) whose pixels are taken from real columns x (m, h, w) of their rows."""
    m, h, w = images.shape
    padded = np.zeros((m, h, w + 2 * MARGIN + 1), np.float32)
    padded[:, :, MARGIN : MARGIN + w] = images
    x = (x + MARGIN).clip(0, w + MARGIN)
    column = x.astype(np.intp)
    x -= column
    column += np.arange(m * h).reshape(m, h, 1) * padded.shape[2]
    flat = padded.ravel()
    values = flat.take(column)
    values += (flat[1:].take(column) - values) * x
    values += 0.5  # to the nearest
    return values.astype(np.uint8)
