"""Deformation: images of handwriting as other hands would have written them.

Elastic displacements after Simard et al. 2003, with the rotations, shears and scales of Ciresan et al. 2010.
Every image gets a draw of its own; a whole block of them is bent at once.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from model.arrays import Array

DENSITY = 2  # values drawn per standard deviation of the blur: more would be blurred away
FULL = np.float32(255)  # ink
MARGIN = 1  # of empty pixels around an image, where nothing is drawn


@dataclass(frozen=True)
class Deformation:
    """How far images may be bent; each draw is uniform up to these bounds.

    Attributes:
        displacement: least and most, root mean square, pixels.
        smoothness: least and most standard deviation of the Gaussian that blurs the displacements, pixels.
        rotation: most, degrees to either side.
        shear: most, degrees to either side.
        scale: most, as a share of the size, of height and width apart.
        shift: most, pixels along either axis.
        thinning: most shade that is taken from every pixel, as a share of full ink: strokes become finer.
        steady: labels of classes that are rotated half as far: a 1 that leans becomes a 7.
        fade: share of the epochs, the last ones, over which all of it dwindles.
    """

    displacement: tuple[float, float] = (0.9, 1.5)
    smoothness: tuple[float, float] = (4.0, 6.0)
    rotation: float = 15.0
    shear: float = 15.0
    scale: float = 0.15
    shift: float = 1.0
    thinning: float = 0.0
    steady: tuple[str, ...] = ("1", "7")
    fade: float = 0.07

    def strength(self, epoch: int, epochs: int) -> float:
        """The share of it that is used in an epoch, counted from 1."""
        fading = max(round(self.fade * epochs), 1)
        return min((epochs - epoch) / fading, 1.0)


def deform(
    images: Array, steadiness: Array, deformation: Deformation, strength: float, rng: np.random.Generator
) -> Array:
    """Images that are bent, each in its own way.

    Args:
        images: (m, h, w) uint8.
        steadiness: (m,) what each one's rotation is multiplied with.
        deformation: how far.
        strength: share of it.
        rng: draws.

    Returns:
        (m, h, w) uint8.
    """
    m, h, w = images.shape
    y, x = _affine(images.shape, steadiness, deformation, strength, rng)
    dy, dx = _elastic(images.shape, deformation, strength, rng)
    y += dy
    x += dx
    padded = np.zeros((m, h + 2 * MARGIN + 1, w + 2 * MARGIN + 1), np.float32)
    padded[:, MARGIN : MARGIN + h, MARGIN : MARGIN + w] = images
    values = _bilinear(padded, y.clip(0, h + MARGIN), x.clip(0, w + MARGIN))
    if deformation.thinning:
        _thin(values, rng.uniform(0, deformation.thinning * strength, (m, 1)).astype(np.float32))
    values += 0.5  # to the nearest
    return values.astype(np.uint8).reshape(images.shape)


def _affine(
    shape: tuple[int, ...],
    steadiness: Array,
    deformation: Deformation,
    strength: float,
    rng: np.random.Generator,
) -> Array:
    """Where each pixel is taken from, (2, m, h * w), in rows and columns of the padded image."""
    m, h, w = shape

    def draw(bound: float) -> Array:
        return rng.uniform(-bound * strength, bound * strength, m).astype(np.float32)

    angle = draw(math.radians(deformation.rotation)) * steadiness
    slant = np.tan(draw(math.radians(deformation.shear)))
    scale_y, scale_x = 1 + draw(deformation.scale), 1 + draw(deformation.scale)
    cos, sin = np.cos(angle), np.sin(angle)
    middle_y, middle_x = (h - 1) / 2 + MARGIN, (w - 1) / 2 + MARGIN
    of_y = np.stack([cos * scale_y, sin * scale_x, middle_y + draw(deformation.shift)], axis=1)
    of_x = np.stack(
        [(slant * cos - sin) * scale_y, (cos + slant * sin) * scale_x, middle_x + draw(deformation.shift)],
        axis=1,
    )
    return np.stack([of_y, of_x]).astype(np.float32) @ _grid(h, w)


def _elastic(
    shape: tuple[int, ...], deformation: Deformation, strength: float, rng: np.random.Generator
) -> Array:
    """Displacements (2, m, h * w), smooth, of the drawn size."""
    m, h, w = shape
    smoothness = rng.uniform(*deformation.smoothness)
    rows, columns = _blur(h, smoothness), _blur(w, smoothness)
    noise = rng.standard_normal((2 * m, rows.shape[1], columns.shape[1]), np.float32)
    field = (rows @ noise @ columns.T).reshape(2, m, h * w)
    size = rng.uniform(*deformation.displacement, m).astype(np.float32) * np.float32(strength)
    power = np.einsum("amp,amp->m", field, field) / (2 * h * w)
    field *= (size / np.sqrt(power))[:, None]
    return field


def _bilinear(padded: Array, y: Array, x: Array) -> Array:
    """The values (m, p) of images (m, H, W) at real coordinates (m, p) that lie inside."""
    m, height, width = padded.shape
    row, column = y.astype(np.intp), x.astype(np.intp)
    y -= row
    x -= column
    row *= width
    row += column
    row += (np.arange(m) * height * width)[:, None]
    flat = padded.ravel()
    above = flat.take(row)
    above += (flat[1:].take(row) - above) * x
    below = flat[width:].take(row)
    below += (flat[width + 1 :].take(row) - below) * x
    below -= above
    below *= y
    above += below
    return above


def _thin(values: Array, shares: Array) -> None:
    """Take shares (m, 1) of full ink from shades (m, p), and stretch what is left; in place."""
    values -= shares * FULL
    values /= 1 - shares
    np.maximum(values, 0, out=values)


@cache
def _grid(h: int, w: int) -> Array:
    """Rows and columns of the pixels, from the middle, and ones: (3, h * w)."""
    y, x = np.mgrid[:h, :w].reshape(2, -1)
    return np.stack([y - (h - 1) / 2, x - (w - 1) / 2, np.ones(h * w)]).astype(np.float32)


def _blur(side: int, deviation: float) -> Array:
    """A matrix (side, n) whose product with n values, evenly apart, is a smooth column."""
    apart = max(deviation / DENSITY, 1)
    distance = np.arange(side)[:, None] - np.arange(apart / 2 - 0.5, side, apart)
    return np.exp(-0.5 * (distance / deviation) ** 2).astype(np.float32)
