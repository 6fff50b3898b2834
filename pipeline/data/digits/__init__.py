"""The digits that come with the project: 1,797 of 8 x 8 pixels, enlarged the way MNIST frames its own."""

import gzip
import hashlib
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image

from model.arrays import Array
from pipeline.data.dataset.datasets import Dataset
from pipeline.data.dataset.subsets import Examples, stratified
from pipeline.data.formats import idx

CLASSES = tuple("0123456789")
SIDE = 28
INK_SIDE = 20  # MNIST fits its digits into 20 x 20 and centres them by mass in 28 x 28
LARGE_SIDE = 80  # that they are cut out at
FULL = 255  # the most ink
TEST_SHARE, TEST_SEED = 5, 0  # one digit in five; always the same ones, as there are never more
SMEARED = 0.4  # of it: what a grid of 8 x 8 spreads over pixels that a pen did not touch


def load_digits(_: Path) -> Dataset:
    """The bundled digits; they are where the code is."""
    raw = {name: _bundled(name) for name in ("images-idx3-ubyte", "labels-idx1-ubyte")}
    images = idx.decode(raw["images-idx3-ubyte"], "digits images")
    labels = idx.decode(raw["labels-idx1-ubyte"], "digits labels")
    rows = np.stack([_framed(image) for image in images]).reshape(len(images), -1)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in raw.items()}
    parts = stratified(Examples.of(rows, labels), len(rows) // TEST_SHARE, np.random.default_rng(TEST_SEED))
    return Dataset("digits", *parts, CLASSES, digests)


def _bundled(name: str) -> bytes:
    return gzip.decompress((files("pipeline.data.digits") / f"{name}.gz").read_bytes())


def _framed(image: Array) -> Array:
    """Its ink in a box of 20 x 20, with its centre of mass where MNIST has it: in the pixel (14, 14)."""
    large = Image.fromarray(image).resize((LARGE_SIDE, LARGE_SIDE), Image.Resampling.BICUBIC)
    sharp = large.point(lambda shade: (shade / FULL - SMEARED) / (1 - SMEARED) * FULL)
    ink = sharp.crop(sharp.getbbox())
    scale = INK_SIDE / max(ink.size)
    fitted = ink.resize((round(ink.width * scale), round(ink.height * scale)), Image.Resampling.LANCZOS)
    shades = np.asarray(fitted, np.float32)
    shades = shades * (FULL / shades.max())
    framed = np.zeros((SIDE, SIDE), np.uint8)
    row, column = (_start(shades.sum(axis=axis)) for axis in (1, 0))
    framed[row : row + fitted.height, column : column + fitted.width] = shades.round()
    return framed


def _start(ink: Array) -> int:
    """Where rows or columns of ink begin, so that their centre of mass is in the middle."""
    centre = float(ink @ np.arange(len(ink)) / ink.sum())
    return min(max(round(SIDE / 2 - centre), 0), SIDE - len(ink))
